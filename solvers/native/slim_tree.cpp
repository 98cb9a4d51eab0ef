#include "slim_tree.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace riskslim::slim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr auto kWait = std::chrono::milliseconds(20);
constexpr long kEnumerate = 12;       // boxes of so few points are swept point by point
constexpr std::size_t kSample = 512;  // pairs that a branching decision looks at

int least_size(int low, int high) { return low > 0 ? low : high < 0 ? -high : 0; }

}  // namespace

void OpenNodes::push(OpenNode node) {
    std::lock_guard<std::mutex> hold(mutex_);
    nodes_.push(std::move(node));
    changed_.notify_one();
}

bool OpenNodes::pop(OpenNode& node) {
    look();
    std::unique_lock<std::mutex> hold(mutex_);
    while (nodes_.empty() && busy_ > 0) {
        changed_.wait_for(hold, kWait);  // not for ever: the search may be ended meanwhile
        look();
    }
    if (nodes_.empty()) {
        changed_.notify_all();
        return false;
    }
    node = nodes_.top();
    nodes_.pop();
    ++busy_;
    return true;
}

void OpenNodes::done() {
    std::lock_guard<std::mutex> hold(mutex_);
    --busy_;
    changed_.notify_all();
}

double OpenNodes::bound() const {
    std::lock_guard<std::mutex> hold(mutex_);
    return nodes_.empty() ? kInfinity : nodes_.top().bound;
}

long OpenNodes::size() const {
    std::lock_guard<std::mutex> hold(mutex_);
    return static_cast<long>(nodes_.size());
}

template <class T>
PairSearch<T>::PairSearch(const Model& model, const Table& table, const Pairs<T>& pairs,
                          Incumbent& incumbent, OpenNodes& open)
    : model_(model),
      pairs_(pairs),
      incumbent_(incumbent),
      open_(open),
      sweep_(model, table),
      limits_(model) {}

template <class T>
typename PairSearch<T>::Level& PairSearch<T>::level(std::size_t depth) {
    while (levels_.size() <= depth) levels_.push_back(std::make_unique<Level>());
    return *levels_[depth];
}

template <class T>
void PairSearch<T>::search(const OpenNode& node, long budget) {
    budget_ = budget;
    Level& root = level(0);
    root.box = node.box;
    try {
        pairs_.differences(root.box, root.differences);
        pairs_.find_conflicts(root.differences, root.conflicts);
        root.flow.reset(pairs_.positive_capacity, pairs_.negative_capacity);
        explore(0, node.bound);
    } catch (const Stopped&) {
        open_.push(node);
    }
}

template <class T>
bool PairSearch<T>::rules_may_hold(const Box& box) const {
    for (const Rule& rule : model_.rules) {
        double least = 0.0, most = 0.0;
        for (int j = 0; j <= model_.d; ++j) {
            const double low = static_cast<double>(j > 0 ? box.low[j - 1] : model_.lower[0]);
            const double high = static_cast<double>(j > 0 ? box.high[j - 1] : model_.upper[0]);
            const double a = rule.on_points[j], b = rule.on_indicators[j];
            const bool can = low != 0 || high != 0, must = low > 0 || high < 0;
            least += std::min(a * low, a * high) + (must ? b : can ? std::min(b, 0.0) : 0.0);
            most += std::max(a * low, a * high) + (must ? b : can ? std::max(b, 0.0) : 0.0);
        }
        const double slack = 2.0 * rule.tolerance;
        if (least > rule.upper + slack || most < rule.lower - slack) return false;
    }
    return true;
}

// Bounds the box; where it stays open, features that cost more than is left are emptied.
template <class T>
bool PairSearch<T>::closed(Level& now, double& bound, bool& narrowed) {
    narrowed = false;
    if (!rules_may_hold(now.box)) return true;
    double fixed = 0.0;
    long l1 = 0;
    int chosen = 0, possible = 0;
    for (int j = 0; j < model_.d; ++j) {
        const int least = least_size(now.box.low[j], now.box.high[j]);
        possible += now.box.low[j] != 0 || now.box.high[j] != 0;
        if (least == 0) continue;
        l1 += least;
        fixed += model_.cost[j + 1];
        ++chosen;
    }
    if (chosen > model_.max_size || possible < model_.min_size) return true;
    fixed += model_.unit * static_cast<double>(l1);
    // Errors that close the node: the objective is then greater than the incumbent's, or equal
    // with a greater sum of points.
    const double cutoff = any_ ? best_.value : kInfinity;
    const bool longer = any_ && l1 > best_.l1;
    const double room = std::min(model_.error[1] + model_.tie(),
                                 cutoff - fixed + (longer ? -model_.tie() : model_.tie()));
    std::int64_t target = std::numeric_limits<std::int64_t>::max() / 4;
    if (room < 0.0) return true;
    if (room < 1e300) {
        const double scaled = (room + pairs_.penalty) * pairs_.scale;
        if (scaled < 1e18) target = static_cast<std::int64_t>(std::floor(scaled)) + 1;
    }
    target = std::min(target, std::int64_t{1} << 58);
    const bool reached = now.flow.grow(now.conflicts, target);
    const double errors =
        std::max(0.0, static_cast<double>(now.flow.value) / pairs_.scale - pairs_.penalty);
    const bool exact = model_.whole_weights && pairs_.penalty == 0.0;
    bound = std::max(bound, fixed + errors - (exact ? 0.0 : model_.tie()));
    if (reached) return true;
    for (int j = 0; j < model_.d; ++j) {
        int& low = now.box.low[j];
        int& high = now.box.high[j];
        if (low > 0 || high < 0 || (low == 0 && high == 0)) continue;
        const double more = model_.cost[j + 1] + model_.unit;
        if (chosen == model_.max_size || fixed + errors + more > cutoff + model_.tie()) {
            pairs_.narrow(j, low, high, 0, 0, now.differences, now.differences);
            low = high = 0;
            narrowed = true;
        }
    }
    if (narrowed) pairs_.find_conflicts(now.differences, now.conflicts);
    return false;
}

// The feature and the place where both halves of the box promise the greatest rise of the bound:
// how far the differences of a sample of pairs that may still be both right come down.
template <class T>
typename PairSearch<T>::Split PairSearch<T>::choose(Level& now, double gap) {
    std::vector<int> rows_p, rows_n;
    std::int64_t left_p = 0, left_n = 0;
    for (int p = 0; p < pairs_.positives; ++p) {
        if (now.flow.reachable(p)) rows_p.push_back(p);
        left_p += now.flow.left_positive[p];
    }
    for (int n = 0; n < pairs_.negatives; ++n) {
        if (now.flow.left_negative[n] > 0) rows_n.push_back(n);
        left_n += now.flow.left_negative[n];
    }
    sample_.clear();
    const std::size_t total = rows_p.size() * rows_n.size();
    const std::size_t stride = std::max<std::size_t>(1, total / kSample) | 1;
    for (std::size_t k = 0; k < total; k += stride) {
        const int p = rows_p[k / rows_n.size()], n = rows_n[k % rows_n.size()];
        if (now.differences[static_cast<std::size_t>(p) * pairs_.negatives + n] >
            pairs_.conflict_at) {
            sample_.push_back({p, n});
        }
    }
    Split split;
    double top = -1.0;
    for (int j = 0; j < model_.d; ++j) {
        look();
        const int low = now.box.low[j], high = now.box.high[j];
        if (low == high) continue;
        int places[2], count = 1;
        if (low < 0 && high > 0) {
            places[0] = -1;
            places[1] = 0;
            count = 2;
        } else if (low == 0) {
            places[0] = 0;
        } else if (high == 0) {
            places[0] = -1;
        } else {
            const int a = std::min(std::abs(low), std::abs(high));
            const int b = std::max(std::abs(low), std::abs(high));
            const int mid = std::clamp(static_cast<int>(std::sqrt(double(a) * b)), a, b - 1);
            places[0] = low > 0 ? mid : -mid - 1;
        }
        for (int c = 0; c < count; ++c) {
            const int at = places[c];
            double below = 0.0, above = 0.0;
            for (const auto& [p, n] : sample_) {
                const double slack =
                    now.differences[static_cast<std::size_t>(p) * pairs_.negatives + n] -
                    pairs_.conflict_at;
                const double x = double(pairs_.x_positive[j][p]) - double(pairs_.x_negative[j][n]);
                if (x > 0) below += std::min(1.0, x * (high - at) / slack);
                if (x < 0) above += std::min(1.0, -x * (at + 1 - low) / slack);
            }
            const double share = gap / std::max<std::size_t>(1, sample_.size());
            const bool pays = low <= 0 && high >= 0;
            const double cost = model_.cost[j + 1];
            const double gain_below = below * share + (pays && at == -1 ? cost : 0.0);
            const double gain_above = above * share + (pays && at == 0 ? cost : 0.0);
            const double score =
                (gain_below + 1e-6 * gap + 1e-12) * (gain_above + 1e-6 * gap + 1e-12);
            if (score > top) {
                top = score;
                split = {j, at, gain_above < gain_below};
            }
        }
    }
    return split;
}

// Every point of a small box, with its best intercept.
template <class T>
void PairSearch<T>::enumerate(const Box& box) {
    Points points(model_.d + 1, 0);
    std::vector<int> open;
    for (int j = 0; j < model_.d; ++j) {
        points[j + 1] = box.low[j];
        if (box.low[j] < box.high[j]) open.push_back(j);
    }
    const int last = open.empty() ? -1 : open.back();
    for (bool more = true; more;) {
        sweep_.hold(points, last);
        const int from = last < 0 ? 0 : box.low[last], to = last < 0 ? 0 : box.high[last];
        for (int value = from; value <= to; ++value) {
            look();
            if (last >= 0) points[last + 1] = value;
            const Intercepts allowed = model_.intercepts(points);
            if (allowed.empty()) continue;
            Score score;
            score.points = points;
            const auto improves = [&](const Score& priced) {
                return !any_ || model_.better(priced, best_);
            };
            const int held = last < 0 ? 0 : value;
            if (sweep_.weigh(score, allowed, limits_, last, held, improves)) {
                incumbent_.offer(score);
            }
        }
        more = false;
        for (std::size_t k = 0; k + 1 < open.size() && !more; ++k) {
            const int j = open[k];
            if (points[j + 1] < box.high[j]) {
                ++points[j + 1];
                more = true;
            } else {
                points[j + 1] = box.low[j];
            }
        }
    }
}

template <class T>
void PairSearch<T>::explore(std::size_t depth, double bound) {
    Level& now = level(depth);
    if (budget_ <= 0 || !incumbent_.may_bound()) {
        open_.push({now.box, bound});
        return;
    }
    --budget_;
    if (incumbent_.version() != version_) {
        version_ = incumbent_.version();
        any_ = incumbent_.read(best_);
    }
    for (bool narrowed = true; narrowed;) {
        if (closed(now, bound, narrowed)) return;
    }
    long volume = 1;
    for (int j = 0; j < model_.d && volume <= kEnumerate; ++j) {
        volume *= now.box.high[j] - now.box.low[j] + 1L;
    }
    if (volume <= kEnumerate) {
        enumerate(now.box);
        return;
    }
    const double gap = any_ ? std::max(best_.value - bound, 0.5) : 1.0;
    const Split split = choose(now, gap);
    const int j = split.feature, low = now.box.low[j], high = now.box.high[j];
    if (split.upper_first) {
        descend(depth, j, split.at + 1, high, bound);
        descend(depth, j, low, split.at, bound);
    } else {
        descend(depth, j, low, split.at, bound);
        descend(depth, j, split.at + 1, high, bound);
    }
}

template <class T>
void PairSearch<T>::descend(std::size_t depth, int j, int low, int high, double bound) {
    Level& next = level(depth + 1);
    Level& now = *levels_[depth];
    next.box = now.box;
    next.box.low[j] = low;
    next.box.high[j] = high;
    if (incumbent_.stopped() || budget_ <= 0) {
        open_.push({next.box, bound});
        return;
    }
    try {
        pairs_.narrow(j, now.box.low[j], now.box.high[j], low, high, now.differences,
                      next.differences);
        pairs_.find_conflicts(next.differences, next.conflicts);
        next.flow = now.flow;
        explore(depth + 1, bound);
    } catch (const Stopped&) {
        // The box holds whatever was not settled below: narrowing it lost nothing that matters.
        open_.push({next.box, bound});
    }
}

template class PairSearch<std::int16_t>;
template class PairSearch<std::int32_t>;

}  // namespace riskslim::slim
