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
#include "support_sparse.hpp"
#include "support_table.hpp"

namespace riskslim::supports {

struct SearchSettings {
    bool by_size = false;
};

// All supports that contain `in` (points not zero there) and otherwise only features of `maybe`.
struct Node {
    std::vector<int> in, maybe;
    std::vector<int> groups;        // used by every support, beside those of `in`
    std::vector<double> w;          // d + 1 real coefficients, near the minimiser on in + maybe
    std::vector<double> low, high;  // box of the coefficients
    double bound = 0.0;             // on the objective of everything in the node
    bool sparse = true;             // the limit on the size is likely to bind: see SparseFit
    // curvature of the parent's fit, on the columns listed
    std::shared_ptr<const std::vector<double>> hessian;
    std::shared_ptr<const std::vector<int>> hessian_columns;
};

// Memory of a node, without what it shares with its siblings.
long long bytes_of(const Node& node);

class SupportTree {
public:
    SupportTree(const Model& model, Incumbents& incumbents, const SearchSettings& settings);

    // Runs one worker until the tree is exhausted or stopped; call from each thread.
    void work();
    void push(Node node);
    // Call once, before the threads start.
    void plant_root();
    std::size_t open_nodes() const;
    // Least bound of what a search that was ended left open.
    double open_bound() const;

private:
    class Worker;
    bool pop(Node& node);
    void done();
    template <class T>
    std::shared_ptr<const std::vector<T>> share(std::vector<T> values);

    const Model& model_;
    Incumbents& incumbents_;
    SearchSettings settings_;
    // open nodes by the order they came in, and their bounds
    std::map<long, Node> open_;
    std::set<std::pair<double, long>> by_bound_;
    long pushed_ = 0;
    bool planted_ = false;
    int busy_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable change_;
};

// What the nodes below share counts once, until the last of them is gone.
template <class T>
std::shared_ptr<const std::vector<T>> SupportTree::share(std::vector<T> values) {
    const long long bytes = static_cast<long long>(sizeof(T) * values.capacity());
    incumbents_.bytes += bytes;
    std::atomic<long long>& total = incumbents_.bytes;
    return std::shared_ptr<const std::vector<T>>(new std::vector<T>(std::move(values)),
                                                 [bytes, &total](const std::vector<T>* gone) {
                                                     total -= bytes;
                                                     delete gone;
                                                 });
}

}  // namespace riskslim::supports
