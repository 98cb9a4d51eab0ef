// The tree over supports: leaps and bounds, shared by threads.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "support_node.hpp"

namespace riskslim::supports {

class SupportTree {
public:
    // `by_size`: the best score of every size is looked for.
    SupportTree(const Model& model, Incumbents& incumbents, bool by_size);

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
    const bool by_size_;
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
