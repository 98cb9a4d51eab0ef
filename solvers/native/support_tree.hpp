// The tree over supports: leaps and bounds, shared by threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "support_families.hpp"
#include "support_node.hpp"
#include "support_opening.hpp"

namespace riskslim::supports {

class SupportTree {
public:
    // `by_size`: the best score of every size is looked for.
    SupportTree(const Model& model, Incumbents& incumbents, bool by_size);

    // Heuristics that are tried again and again beside the tree, in a share of its work: a large
    // one while the gap is large and they find something. To be called before the threads start.
    void go_on_with(Opening& opening);
    // Runs one worker until the tree is exhausted or stopped; call from each thread.
    void work();
    void push(Node node);
    // Call once, before the threads start.
    void plant_root();
    std::size_t open_nodes() const;
    // Least bound of what is open: in a search that was ended, or one that runs.
    double open_bound() const;
    // Points that were found elsewhere: the next worker that takes a node offers them.
    void give(const std::vector<Points>& points);

private:
    class Worker;
    bool pop(Node& node);
    void done(double bound);
    void plan_families(Node& root);
    void offer_given();
    double share_of_tries() const;
    void try_again(long long begun, long long& tried);
    template <class T>
    std::shared_ptr<const std::vector<T>> share(std::vector<T> values);

    const Model& model_;
    Incumbents& incumbents_;
    const bool by_size_;
    Families families_;  // none where they are not chosen first
    // open nodes by the order they came in, and their bounds
    std::map<long, Node> open_;
    std::set<std::pair<double, long>> by_bound_;
    std::multiset<double> in_hand_;  // bounds of the nodes that workers have, as they took them
    std::vector<Points> given_;
    long pushed_ = 0;
    std::atomic<bool> planted_{false};
    int busy_ = 0;
    Opening* opening_ = nullptr;
    std::mutex trying_;              // one thread at a time
    long long of_opening_ = 0;       // work
    std::atomic<int> fruitless_{0};  // tries in a row
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
