#include "support_incumbent.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Point sum_of_sizes(const Points& points) {
    Point sum = 0;
    for (Point v : points) {
        sum += std::abs(v);
    }
    return sum;
}

}  // namespace

bool better(const Score& left, const Score& right) {
    if (left.objective != right.objective) {
        return left.objective < right.objective;
    }
    if (left.size != right.size) {
        return left.size < right.size;
    }
    if (left.has_intercept && right.has_intercept) {
        const Point first = sum_of_sizes(left.points), second = sum_of_sizes(right.points);
        if (first != second) {
            return first < second;
        }
    }
    return left.points < right.points;
}

Incumbents::Incumbents(const Model& model, Watch& watch, bool by_size, double tolerance,
                       std::size_t limit)
    : model_(model),
      watch_(watch),
      by_size_(by_size),
      tolerance_(tolerance),
      limit_(limit),
      cutoff_(model.d + 1),
      open_(kInfinity) {
    for (auto& c : cutoff_) {
        c.store(kInfinity);
    }
}

double Incumbents::cutoff(int from, int to) const {
    double highest = -kInfinity;
    for (int s = from; s <= to; ++s) {
        highest = std::max(highest, cutoff(s));
    }
    return highest;
}

void Incumbents::offer(const Points& candidate) {
    Score score;
    score.points = candidate;
    if (!model_.allows(score.points)) {
        return;
    }
    score.has_intercept = model_.free_intercept;
    score.scale = model_.best_scale(score.points, score.bound);
    if (model_.free_multiplier) {
        // Points and multiplier that share a factor are the same score, written larger: keep the
        // smallest multiple of the coprime points whose multiplier is within its range. At the
        // largest multiplier the smaller points are another score, as they reach further.
        Point divisor = 0;
        for (Point v : score.points) {
            divisor = std::gcd(divisor, std::abs(v));
        }
        for (Point g = 1; g < divisor && score.scale.t > model_.t_lower; ++g) {
            const double t = score.scale.t * static_cast<double>(divisor) / static_cast<double>(g);
            if (t > model_.t_upper) {
                continue;
            }
            Points reduced = score.points;
            for (Point& v : reduced) {
                v = v / divisor * g;
            }
            if (model_.allows(reduced)) {
                score.points = reduced;
                score.scale = model_.best_scale(score.points, score.bound);
                break;
            }
        }
    }
    for (int j = 1; j <= model_.d; ++j) {
        score.size += score.points[j] != 0;
    }
    score.loss = model_.exact_loss(score.points, score.scale);
    const double cost = model_.switch_cost(score.points);
    score.objective = score.loss + cost;
    score.bound = model_.free_multiplier ? score.bound + cost : score.objective;
    const double matters = cutoff(score.size);
    if (score.objective > matters && score.bound > matters) {
        return;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    const int key = by_size_ ? score.size : 0;
    double& floor = floor_.emplace(key, kInfinity).first->second;
    floor = std::min(floor, score.bound);
    auto found = best_.find(key);
    if (found != best_.end()) {
        found->second.bound = std::min(found->second.bound, floor);
    }
    if (score.objective > matters) {
        return;
    }
    if (trace_.empty() || score.objective < trace_.back().objective) {
        trace_.push_back({watch_.seconds(), score.objective});
    }
    if (found == best_.end() || better(score, found->second)) {
        best_[key] = score;
        best_[key].bound = floor;
    }
    if (limit_ > 0) {
        pool_[score] = 1;
    }
    update();
}

void Incumbents::update() {
    if (by_size_) {
        for (const auto& [size, score] : best_) {
            cutoff_[size].store(score.objective, std::memory_order_relaxed);
        }
        return;
    }
    double highest = best_.begin()->second.objective;
    if (limit_ > 0) {
        highest += tolerance_;
        while (!pool_.empty() && pool_.rbegin()->first.objective > highest) {
            pool_.erase(std::prev(pool_.end()));
        }
        // one more than asked for: its presence says that the pool is cut
        while (pool_.size() > limit_ + 1) {
            pool_.erase(std::prev(pool_.end()));
        }
        if (pool_.size() > limit_) {
            highest = std::min(highest, pool_.rbegin()->first.objective);
        }
    }
    for (auto& c : cutoff_) {
        c.store(highest, std::memory_order_relaxed);
    }
}

Incumbents::Found Incumbents::found() const {
    std::lock_guard<std::mutex> lock(mutex_);
    Found found;
    for (const auto& entry : best_) {
        found.best.push_back(entry.second);
    }
    for (const auto& entry : pool_) {
        if (found.pool.size() < limit_) {
            found.pool.push_back(entry.first);
        }
    }
    found.trace = trace_;
    found.truncated = pool_.size() > limit_;
    return found;
}

double Incumbents::open_bound() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return open_;
}

void Incumbents::leave_open(double bound) {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = std::min(open_, bound);
}

}  // namespace riskslim::supports
