// Incumbents, cutoffs and the pool, shared by the threads of a search.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "support_model.hpp"
#include "watch.hpp"

namespace riskslim::supports {

struct Score {
    Points points;
    Scale scale;
    double loss = 0.0, objective = 0.0;
    double bound = 0.0;  // rigorous lower bound on the objective of these points over all scales
    int size = 0;
    bool has_intercept = false;  // a real one, in the scale
};

// Total order: the answer does not depend on the order in which threads meet scores. Of equal
// objectives the fewest features, with a real intercept the smallest points, then by points.
bool better(const Score& left, const Score& right);

// What one search shares: the best scores so far, and when it is to end.
class Incumbents {
public:
    // `by_size`: one incumbent for each size; otherwise one for all.
    // `tolerance`, `limit`: keep every score within the tolerance of the best, at most `limit`.
    Incumbents(const Model& model, Watch& watch, bool by_size, double tolerance, std::size_t limit);

    // A score of size s matters only while its objective is at most this.
    double cutoff(int size) const { return cutoff_[size].load(std::memory_order_relaxed); }
    double cutoff(int from, int to) const;

    // Evaluates integer points exactly and keeps them if they are good enough.
    void offer(const Points& points);

    // Seconds since the search began and objective, each time the best of all sizes fell.
    struct Improvement {
        double seconds, objective;
    };

    // While one thread alone offers.
    const std::map<int, Score>& best() const { return best_; }
    bool keeps_pool() const { return limit_ > 0; }

    // At any moment.
    struct Found {
        std::vector<Score> best, pool;  // one for each size, or one; the pool's best first
        std::vector<Improvement> trace;
        bool truncated = false;  // the pool
    };
    Found found() const;

    std::atomic<long> nodes{0}, point_nodes{0}, fits{0}, supports{0}, leaves{0};
    // Counts a node of the tree over supports; false once there have been as many as the limit.
    // The count, not a clock, decides, so that a run of one thread ends at the same node each time.
    bool may_explore() {
        if (node_limit >= 0 && nodes.load() >= node_limit) {
            watch_.stop(End::nodes);
            return false;
        }
        ++nodes;
        return true;
    }
    long node_limit = -1;
    // Bytes that the open nodes take, and may take at most (negative: any number).
    std::atomic<long long> bytes{0};
    long long byte_limit = -1;
    void memory_is_full() { watch_.stop(End::memory); }
    void leave_open(double bound);
    double open_bound() const;

private:
    void update();

    const Model& model_;
    Watch& watch_;
    bool by_size_;
    double tolerance_;
    std::size_t limit_;
    std::vector<std::atomic<double>> cutoff_;
    std::map<int, Score> best_;  // key: size, or 0 when one incumbent serves all sizes
    // By the same key: no score that was offered has an objective below it, also not one whose
    // computed objective lies a little above the best one's.
    std::map<int, double> floor_;
    struct Order {
        bool operator()(const Score& left, const Score& right) const { return better(left, right); }
    };
    std::map<Score, char, Order> pool_;
    std::vector<Improvement> trace_;
    double open_;
    mutable std::mutex mutex_;
};

}  // namespace riskslim::supports
