// Branch and bound over boxes of points, bounded by the conflicts between pairs of rows.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <queue>

#include "slim_incumbent.hpp"
#include "slim_pairs.hpp"
#include "slim_sweep.hpp"

namespace riskslim::slim {

struct OpenNode {
    Box box;
    double bound;  // in units of weight
};

// Open nodes of all threads, the least bound first.
class OpenNodes {
public:
    void push(OpenNode node);
    // Waits for a node; false when none is left anywhere. Looks at the watch meanwhile.
    bool pop(OpenNode& node);
    void done();           // the thread has finished the node it took
    double bound() const;  // least bound of what is open; infinite where nothing is
    long size() const;

private:
    struct Later {
        bool operator()(const OpenNode& a, const OpenNode& b) const { return a.bound > b.bound; }
    };
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::priority_queue<OpenNode, std::vector<OpenNode>, Later> nodes_;
    int busy_ = 0;
};

// One thread's search below nodes of one table of rows.
template <class T>
class PairSearch {
public:
    PairSearch(const Model& model, const Table& table, const Pairs<T>& pairs, Incumbent& incumbent,
               OpenNodes& open);

    // Searches a node; what `budget` nodes do not settle goes back to the open ones, and so does
    // what a search that is ended leaves.
    void search(const OpenNode& node, long budget);

private:
    struct Level {
        std::vector<T> differences;
        Conflicts conflicts;
        Flow flow;
        Box box;
    };
    struct Split {
        int feature = -1, at = 0;  // low..at and at+1..high
        bool upper_first = false;
    };
    Level& level(std::size_t depth);
    void explore(std::size_t depth, double bound);
    void descend(std::size_t depth, int j, int low, int high, double bound);
    bool closed(Level& now, double& bound, bool& narrowed);
    bool rules_may_hold(const Box& box) const;
    Split choose(Level& now, double gap);
    void enumerate(const Box& box);

    const Model& model_;
    const Pairs<T>& pairs_;
    Incumbent& incumbent_;
    OpenNodes& open_;
    Sweep sweep_;
    PredictionLimits limits_;
    std::vector<std::unique_ptr<Level>> levels_;
    long budget_ = 0, version_ = -1;
    bool any_ = false;
    Score best_;
    std::vector<std::pair<int, int>> sample_;
};

}  // namespace riskslim::slim
