#include "support_tree.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

#include "support_worker.hpp"

namespace riskslim::supports {
namespace {
constexpr std::size_t kBestFirst = 2000;  // open nodes
// Tries beside the tree begin after so many times the work of the opening. Their share of the work
// is the large one while the gap is large, falls with each try that finds nothing, and is never
// less than the small one.
constexpr long long kTriesAfter = 2;
constexpr long long kTryWork = 1500;  // beside what is counted elsewhere: tries come to an end
constexpr double kLargeGap = 0.3, kLargeShare = 0.5, kSmallShare = 0.03, kFall = 0.95;
constexpr auto kWait = std::chrono::milliseconds(20);
}  // namespace

SupportTree::SupportTree(const Model& model, Incumbents& incumbents, bool by_size)
    : model_(model), incumbents_(incumbents), by_size_(by_size) {}

void SupportTree::push(Node node) {
    const long long limit = incumbents_.byte_limit;
    const bool full = (incumbents_.bytes += bytes_of(node)) > limit && limit >= 0;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (full && busy_ > 0) {  // the root is always worked on
            incumbents_.memory_is_full();
        }
        by_bound_.emplace(node.bound, pushed_);
        open_.emplace(pushed_, std::move(node));
        ++pushed_;
    }
    change_.notify_one();
}

bool SupportTree::pop(Node& node) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (open_.empty() && busy_ > 0) {
        change_.wait_for(lock, kWait);  // not for ever: the search may be ended meanwhile
        lock.unlock();                  // whoever waits as it looks leaves the tree to others
        look();
        lock.lock();
    }
    if (open_.empty()) {
        change_.notify_all();
        return false;
    }
    // lowest bound first, so that the bound of a search that is cut short has moved; depth first
    // once many nodes wait, or half the memory is gone, so that memory stays flat
    const long long limit = incumbents_.byte_limit;
    const bool spacious = limit < 0 || incumbents_.bytes <= limit / 2;
    const auto next = open_.size() < kBestFirst && spacious ? open_.find(by_bound_.begin()->second)
                                                            : std::prev(open_.end());
    by_bound_.erase({next->second.bound, next->first});
    node = std::move(next->second);
    open_.erase(next);
    incumbents_.bytes -= bytes_of(node);
    in_hand_.insert(node.bound);
    ++busy_;
    return true;
}

void SupportTree::done(double bound) {
    std::lock_guard<std::mutex> lock(mutex_);
    in_hand_.erase(in_hand_.find(bound));
    --busy_;
    change_.notify_all();
}

void SupportTree::give(const std::vector<Points>& points) {
    std::lock_guard<std::mutex> lock(mutex_);
    given_.insert(given_.end(), points.begin(), points.end());
}

void SupportTree::offer_given() {
    std::vector<Points> given;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        given.swap(given_);
    }
    for (const Points& points : given) {
        incumbents_.offer(points);
    }
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
    Worker worker(*this);
    try {
        worker.bound_root(root);
        plan_families(root);
    } catch (const Stopped&) {
        incumbents_.leave_open(worker.bound_so_far(root));
        planted_ = true;
        throw;
    }
    push(std::move(root));
    planted_ = true;
}

// Whether the tree chooses families before features.
void SupportTree::plan_families(Node& root) {
    if (by_size_ || !model_.bounds.families ||
        !Families::may_pay(model_, root, incumbents_.cutoff(0, model_.max_size))) {
        return;
    }
    Families families(model_);
    if (families.pay(model_, root)) {
        families_ = std::move(families);
        root.by_families = true;
    }
}

double SupportTree::open_bound() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!planted_) {
        return 0.0;  // losses and costs are not negative
    }
    double least = incumbents_.open_bound();
    if (!by_bound_.empty()) {
        least = std::min(least, by_bound_.begin()->first);
    }
    if (!in_hand_.empty()) {
        least = std::min(least, *in_hand_.begin());
    }
    return least;
}

std::size_t SupportTree::open_nodes() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return open_.size() + static_cast<std::size_t>(busy_);
}

void SupportTree::go_on_with(Opening& opening) {
    opening_ = &opening;
    of_opening_ = work_done();
}

// Of the work of the tree, by the gap as the open nodes have it.
double SupportTree::share_of_tries() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (by_bound_.empty()) {
        return 0.0;
    }
    const double best = incumbents_.cutoff(0, model_.max_size);
    const double gap = best - std::max(0.0, by_bound_.begin()->first);
    const double large = kLargeShare * std::pow(kFall, fruitless_.load());
    return std::max(gap > kLargeGap * best ? large : 0.0, kSmallShare);
}

// `tried`: work that this thread has spent on it, of all since `begun`.
void SupportTree::try_again(long long begun, long long& tried) {
    const long long work = work_done() - begun - tried;
    if (opening_ == nullptr || work < kTriesAfter * of_opening_) {
        return;
    }
    const std::unique_lock<std::mutex> mine(trying_, std::try_to_lock);
    while (mine.owns_lock() &&
           static_cast<double>(tried) < share_of_tries() * static_cast<double>(work)) {
        look();
        const long long before = work_done();
        count_work(kTryWork);
        fruitless_ = opening_->again() ? 0 : fruitless_ + 1;
        tried += work_done() - before;
    }
}

void SupportTree::work() {
    Worker worker(*this);
    Node node;
    while (pop(node)) {
        const double bound = node.bound;
        try {
            offer_given();
            if (incumbents_.may_explore()) {
                worker.explore(node);
            }
            look();
        } catch (const Stopped&) {
            // `explore` keeps it a bound on everything of the node that it has not settled: its
            // children that are in the tree have their own, and are not below it.
            incumbents_.leave_open(node.bound);
            done(bound);
            throw;
        }
        done(bound);
    }
}

}  // namespace riskslim::supports
