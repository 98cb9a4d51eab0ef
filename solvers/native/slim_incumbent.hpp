// The best score so far, shared by the threads of a search.
#pragma once

#include <atomic>
#include <limits>
#include <mutex>

#include "slim_model.hpp"
#include "watch.hpp"

namespace riskslim::slim {

class Incumbent {
public:
    // `node_limit`: boxes that are bounded; 0 or less for any number.
    Incumbent(const Model& model, Watch& watch, long node_limit = 0)
        : model_(model), watch_(watch), node_limit_(node_limit) {}

    // Takes the score where it is better than the present one; says whether it did.
    bool offer(const Score& score) {
        std::lock_guard<std::mutex> hold(mutex_);
        if (found_ && !model_.better(score, best_)) return false;
        best_ = score;
        found_ = true;
        ++version_;
        return true;
    }

    // Counts replacements: a thread re-reads the incumbent where this has moved.
    long version() const { return version_.load(std::memory_order_relaxed); }

    bool read(Score& score) const {
        std::lock_guard<std::mutex> hold(mutex_);
        if (found_) score = best_;
        return found_;
    }

    double value() const {
        std::lock_guard<std::mutex> hold(mutex_);
        return found_ ? best_.value : std::numeric_limits<double>::infinity();
    }

    bool stopped() const { return watch_.stopped(); }
    // Counts a box; the count, not a clock, decides when there are too many.
    bool may_bound() {
        if (node_limit_ > 0 && nodes >= node_limit_) watch_.stop(End::nodes);
        if (stopped()) return false;
        ++nodes;
        return true;
    }
    // The same for a search that is left by an exception.
    void count() {
        if (!may_bound()) throw Stopped{};
    }
    std::atomic<long> nodes{0};

private:
    const Model& model_;
    Watch& watch_;
    const long node_limit_;
    mutable std::mutex mutex_;
    Score best_;
    bool found_ = false;
    std::atomic<long> version_{0};
};

}  // namespace riskslim::slim
