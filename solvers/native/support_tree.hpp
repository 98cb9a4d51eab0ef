// The tree over supports: leaps and bounds, shared by threads.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "support_fit.hpp"
#include "support_incumbent.hpp"
#include "support_points.hpp"
#include "support_table.hpp"

namespace riskslim::supports {

struct SearchSettings {
    int threads = 1;
    bool by_size = false;
    double pool_tolerance = 0.0;
    long pool_limit = 0;
    int heuristic_width = 10;   // supports kept per size by the beam
};

// All supports that contain `in` (points not zero there) and otherwise only features of `maybe`.
struct Node {
    std::vector<int> in, maybe;
    std::vector<double> w;  // d + 1 real coefficients, near the minimiser on in + maybe
    std::vector<double> low, high;  // box of the coefficients
    double bound = 0.0;     // on the objective of everything in the node
    // curvature of the parent's fit, on the columns listed
    std::shared_ptr<const std::vector<double>> hessian;
    std::shared_ptr<const std::vector<int>> hessian_columns;
};

class SupportTree {
public:
    SupportTree(const Model& model, Incumbents& incumbents, const SearchSettings& settings);

    // Runs one worker until the tree is exhausted or stopped; call from each thread.
    void work();
    void push(Node node);
    // Call once, before the threads start.
    void plant_root();
    bool finished() const { return finished_.load(); }
    std::size_t open_nodes() const;

private:
    class Worker;
    bool pop(Node& node);
    void done();

    const Model& model_;
    Incumbents& incumbents_;
    SearchSettings settings_;
    // open nodes by the order they came in, and their bounds
    std::map<long, Node> open_;
    std::set<std::pair<double, long>> by_bound_;
    long pushed_ = 0;
    int busy_ = 0;
    std::atomic<bool> finished_{false};
    mutable std::mutex mutex_;
    std::condition_variable change_;
};

}  // namespace riskslim::supports
