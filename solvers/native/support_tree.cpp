#include "support_tree.hpp"

#include <iterator>

#include "support_worker.hpp"

namespace riskslim::supports {
namespace {
constexpr std::size_t kBestFirst = 2000;  // open nodes
}

SupportTree::SupportTree(const Model& model, Incumbents& incumbents,
                         const SearchSettings& settings)
    : model_(model), incumbents_(incumbents), settings_(settings) {}

long long bytes_of(const Node& node) {
    return static_cast<long long>(
        sizeof(Node) + sizeof(int) * (node.in.capacity() + node.maybe.capacity()) +
        sizeof(double) * (node.w.capacity() + node.low.capacity() + node.high.capacity()));
}

void SupportTree::push(Node node) {
    const long long limit = incumbents_.byte_limit;
    const bool full = (incumbents_.bytes += bytes_of(node)) > limit && limit >= 0;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (full && busy_ > 0) {  // the root is always worked on
            incumbents_.memory_hit = true;
            incumbents_.stop = true;
        }
        by_bound_.emplace(node.bound, pushed_);
        open_.emplace(pushed_, std::move(node));
        ++pushed_;
    }
    change_.notify_one();
}

bool SupportTree::pop(Node& node) {
    std::unique_lock<std::mutex> lock(mutex_);
    change_.wait(lock, [this] { return !open_.empty() || busy_ == 0; });
    if (open_.empty()) {
        finished_.store(true);
        change_.notify_all();
        return false;
    }
    // lowest bound first, so that the bound of a search that is cut short has moved; depth first
    // once many nodes wait, or half the memory is gone, so that memory stays flat
    const long long limit = incumbents_.byte_limit;
    const bool spacious = limit < 0 || incumbents_.bytes <= limit / 2;
    const auto next = open_.size() < kBestFirst && spacious
                          ? open_.find(by_bound_.begin()->second)
                          : std::prev(open_.end());
    by_bound_.erase({next->second.bound, next->first});
    node = std::move(next->second);
    open_.erase(next);
    incumbents_.bytes -= bytes_of(node);
    ++busy_;
    return true;
}

void SupportTree::done() {
    std::lock_guard<std::mutex> lock(mutex_);
    --busy_;
    if (busy_ == 0 && open_.empty()) {
        finished_.store(true);
    }
    change_.notify_all();
}

void SupportTree::plant_root() {
    Node root;
    for (int j = 1; j <= model_.d; ++j) {
        if (model_.lower[j] > 0.0 || model_.upper[j] < 0.0) {
            root.in.push_back(j);
        } else if (model_.lower[j] < 0.0 || model_.upper[j] > 0.0) {
            root.maybe.push_back(j);
        }
    }
    root.w.assign(model_.d + 1, 0.0);
    root.low = model_.box_lower;
    root.high = model_.box_upper;
    Worker(*this).bound_root(root);
    push(std::move(root));
}

std::size_t SupportTree::open_nodes() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return open_.size() + static_cast<std::size_t>(busy_);
}

void SupportTree::work() {
    Worker worker(*this);
    Node node;
    while (pop(node)) {
        if (incumbents_.stop.load(std::memory_order_relaxed) || !incumbents_.may_explore()) {
            incumbents_.leave_open(node.bound);
        } else {
            worker.explore(node);
        }
        done();
    }
}

}  // namespace riskslim::supports
