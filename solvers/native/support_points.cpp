#include "support_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rounding.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kWide = 1e4;  // a range of the intercept in which most values saturate risks
constexpr int kHalvings = 80;
constexpr double kSame = 5e-16;  // losses that the rounding of an objective hides, with room

}  // namespace

void PointSearch::run(const Cells& cells, const std::vector<int>& features,
                      const std::vector<char>& must, int max_count,
                      const std::vector<double>& start, double bound,
                      const std::vector<double>& box_lower, const std::vector<double>& box_upper) {
    cells_ = &cells;
    box_lower_ = box_lower.data();
    box_upper_ = box_upper.data();
    point_lower_ = model_.free_multiplier ? model_.lower.data() : box_lower_;
    point_upper_ = model_.free_multiplier ? model_.upper.data() : box_upper_;
    feature_.assign(1, 0);
    feature_.insert(feature_.end(), features.begin(), features.end());
    must_.assign(1, 0);
    must_.insert(must_.end(), must.begin(), must.end());
    const int q = static_cast<int>(feature_.size());
    fixed_.assign(q, 0);
    value_.assign(q, 0);
    max_count_ = max_count;
    nodes_ = 0;
    for (int j = 1; !model_.predictions.empty() && low_.empty() && j <= model_.d; ++j) {
        Column(model_.x[j]).each(model_.n, [&](int, double x) {
            largest_ = std::max(largest_, std::fabs(x));
        });
    }
    if (static_cast<int>(levels_.size()) < q + 1) {
        levels_.resize(q + 1);
    }
    Level& root = levels_[0];
    root.bound = bound;
    root.fit.w = start;
    if (!prepare(root, nullptr, -1, 0.0)) {
        return;
    }
    root.start.resize(root.columns.size());
    for (std::size_t c = 0; c < root.free.size(); ++c) {
        root.start[c] = start[root.free[c]];
    }
    if (!fails(root)) {
        expand(0);
    }
}

bool PointSearch::rules_hold() const {
    for (const Rule& rule : model_.rules) {
        double least = 0.0, most = 0.0;
        for (std::size_t c = 0; c < feature_.size(); ++c) {
            const int j = feature_[c];
            if (fixed_[c]) {
                const double v = value_[c] == 0
                                     ? 0.0
                                     : rule.on_points[j] * static_cast<double>(value_[c]) +
                                           rule.on_indicators[j];
                least += v;
                most += v;
            } else {
                const double at_lower = rule.on_points[j] * model_.lower[j];
                const double at_upper = rule.on_points[j] * model_.upper[j];
                double low = std::min(at_lower, at_upper), high = std::max(at_lower, at_upper);
                const double on = rule.on_indicators[j];
                low = must_[c] ? low + on : std::min(0.0, low + std::min(0.0, on));
                high = must_[c] ? high + on : std::max(0.0, high + std::max(0.0, on));
                least += low;
                most += high;
            }
        }
        const double slack = 1e-6 * std::max(1.0, std::fabs(least) + std::fabs(most));
        if (least > rule.upper + slack || most < rule.lower - slack) {
            return false;
        }
    }
    return true;
}

// Ranges of the totals over all values that the open coordinates may take. The margin keeps the
// rounding of these sums from deciding a row that the exact check of a leaf decides otherwise.
bool PointSearch::predictions_hold() {
    low_.assign(model_.n, 0.0);
    high_.assign(model_.n, 0.0);
    double size = 1.0;
    for (std::size_t c = 1; c < feature_.size(); ++c) {
        look();
        const int j = feature_[c];
        const double from = fixed_[c] ? static_cast<double>(value_[c]) : model_.lower[j];
        const double to = fixed_[c] ? static_cast<double>(value_[c]) : model_.upper[j];
        const double least = fixed_[c] || must_[c] ? from : std::min(from, 0.0);
        const double most = fixed_[c] || must_[c] ? to : std::max(to, 0.0);
        size += std::max(std::fabs(least), std::fabs(most));
        Column(model_.x[j]).each(model_.n, [&](int i, double x) {
            const double a = least * x, b = most * x;
            low_[i] += std::min(a, b);
            high_[i] += std::max(a, b);
        });
    }
    const double margin = kManyTerms * size * largest_;
    for (int i = 0; i < model_.n; ++i) {
        low_[i] -= margin;
        high_[i] += margin;
    }
    return model_.predictions_can_hold(
        low_, high_, fixed_[0] ? static_cast<double>(value_[0]) : model_.lower[0],
        fixed_[0] ? static_cast<double>(value_[0]) : model_.upper[0]);
}

bool PointSearch::prepare(Level& level, const Level* parent, int moved, double shift) {
    const int q = static_cast<int>(feature_.size());
    int nonzero = 0, must_free = 0, may_free = 0;
    level.cost = 0.0;
    for (int c = 1; c < q; ++c) {
        if (fixed_[c]) {
            if (value_[c] != 0) {
                ++nonzero;
                level.cost += model_.cost[feature_[c]];
            }
        } else if (must_[c]) {
            ++must_free;
            level.cost += model_.cost[feature_[c]];
        } else {
            ++may_free;
        }
    }
    level.smallest = nonzero + must_free;
    const bool full = level.smallest >= max_count_;  // no room for a feature that may be zero
    level.largest = full ? level.smallest : std::min(max_count_, level.smallest + may_free);
    if (level.smallest > max_count_ || level.largest < model_.min_size) {
        return false;
    }
    if (!model_.rules.empty() && !rules_hold()) {
        return false;
    }
    if (!model_.predictions.empty() && !predictions_hold()) {
        return false;
    }
    // column of the coordinates fixed so far
    const int n4 = cells_->n4;
    level.z.assign(n4, 0.0);
    bool any = false;
    double z_weight = 0.0;
    for (int c = 0; c < q; ++c) {
        if (fixed_[c] && value_[c] != 0) {
            any = true;
            z_weight += std::fabs(static_cast<double>(value_[c])) * model_.weight[feature_[c]];
            const double v = static_cast<double>(value_[c]);
            cells_->columns[c].each(n4, [&](int i, double x) { level.z[i] += v * x; });
        }
    }
    level.scaled = model_.free_multiplier && any;
    level.free.clear();
    level.columns.clear();
    level.lower.clear();
    level.upper.clear();
    level.weight.clear();
    level.start.clear();
    if (level.scaled) {
        level.columns.push_back(level.z.data());
        level.lower.push_back(model_.t_lower);
        level.upper.push_back(model_.t_upper);
        level.weight.push_back(z_weight);
        level.start.push_back(parent != nullptr && parent->scaled
                                  ? parent->fit.w[0]
                                  : std::min(std::max(shift, model_.t_lower), model_.t_upper));
    }
    for (int c = 0; c < q; ++c) {
        if (fixed_[c] || (c > 0 && full && !must_[c])) {
            continue;
        }
        level.free.push_back(c);
        level.columns.push_back(cells_->columns[c]);
        level.lower.push_back(box_lower_[feature_[c]]);
        level.upper.push_back(box_upper_[feature_[c]]);
        level.weight.push_back(model_.weight[feature_[c]]);
        if (parent != nullptr) {
            int at = -1;
            const int base = parent->scaled ? 1 : 0;
            for (std::size_t k = 0; k < parent->free.size(); ++k) {
                if (parent->free[k] == c) {
                    at = base + static_cast<int>(k);
                }
            }
            double w = at >= 0 ? parent->fit.w[at] : 0.0;
            if (at >= 0 && moved >= 0 && (!model_.free_multiplier || parent->scaled) &&
                column_[moved] > 0.0) {
                w += column_[at] / column_[moved] * shift;
            }
            level.start.push_back(w);
        }
    }
    return true;
}

// From a start where every risk is 0 or 1 Newton's method does not come back. The intercept alone,
// with all else held, is found by halving the range in which the slope changes its sign.
void PointSearch::balance(Level& level) {
    const std::size_t at = level.scaled ? 1 : 0;
    if (level.free.empty() || level.free[0] != 0 || level.upper[at] - level.lower[at] < kWide) {
        return;
    }
    column_.assign(level.z.begin(), level.z.end());
    const double held = model_.free_multiplier ? (level.scaled ? level.start[0] : 0.0) : 1.0;
    for (int i = 0; i < cells_->count; ++i) {
        column_[i] *= held;
        for (std::size_t k = 1; k < level.free.size(); ++k) {
            column_[i] += level.start[at + k] * level.columns[at + k][i];
        }
    }
    double low = level.lower[at], high = level.upper[at];
    for (int halving = 0; halving < kHalvings && low < high; ++halving) {
        const double middle = 0.5 * low + 0.5 * high;
        double slope = 0.0;
        for (int i = 0; i < cells_->count; ++i) {
            const double s = column_[i] + middle, e = std::exp(-std::fabs(s));
            const double tail = e / (1.0 + e), rest = 1.0 / (1.0 + e);
            slope += s >= 0.0 ? cells_->b[i] * rest - cells_->a[i] * tail
                              : cells_->b[i] * tail - cells_->a[i] * rest;
        }
        (slope > 0.0 ? high : low) = middle;
        if (slope == 0.0) {
            high = middle;
        }
    }
    level.start[at] = 0.5 * low + 0.5 * high;
}

Rows PointSearch::rows_of(const Level& level) const {
    Rows rows;
    rows.n4 = cells_->n4;
    rows.p = static_cast<int>(level.columns.size());
    rows.x = level.columns.data();
    rows.offset = model_.free_multiplier ? nullptr : level.z.data();
    rows.a = cells_->a.data();
    rows.b = cells_->b.data();
    return rows;
}

bool PointSearch::fails(Level& level) {
    balance(level);
    ++nodes_;
    incumbents_.point_nodes.fetch_add(1, std::memory_order_relaxed);
    const Rows rows = rows_of(level);
    level.fit.w = level.start;
    const double cutoff = incumbents_.cutoff(level.smallest, level.largest) - level.cost;
    const FitEnd end =
        level.fit.run(rows, {level.lower.data(), level.upper.data(), level.weight.data()}, cutoff);
    level.bound = std::max(level.bound, level.fit.bound + level.cost);
    return end == FitEnd::above;
}

// The coordinate that leaves the fewest integer values by the quadratic model.
int PointSearch::choose(Level& level) {
    Rows rows;
    rows.n4 = cells_->n4;
    rows.p = static_cast<int>(level.columns.size());
    rows.x = level.columns.data();
    Fit& fit = level.fit;
    fit.refresh_hessian(rows);
    const int p = rows.p, base = level.scaled ? 1 : 0;
    inactive_.assign(p, 1);
    for (int k = 0; k < p; ++k) {
        if ((fit.w[k] <= level.lower[k] && fit.gradient[k] > 0.0) ||
            (fit.w[k] >= level.upper[k] && fit.gradient[k] < 0.0)) {
            inactive_[k] = 0;
        }
    }
    fit.inverse_diagonal(inactive_, diagonal_);
    const double cutoff = incumbents_.cutoff(level.smallest, level.largest) - level.cost;
    const double slack =
        std::isfinite(cutoff) ? std::max(cutoff - fit.value, 1e-12) : std::max(fit.value, 1e-12);
    int chosen = -1;
    double fewest = kInfinity, dearest = -1.0;
    for (std::size_t k = 0; k < level.free.size(); ++k) {
        const int at = base + static_cast<int>(k), c = level.free[k], j = feature_[c];
        if (c == 0 && model_.free_intercept) {
            continue;  // stays real
        }
        const double move = inactive_[at] ? std::sqrt(2.0 * slack * diagonal_[at])
                                          : slack / std::max(std::fabs(fit.gradient[at]), 1e-12);
        double count, cost;
        if (model_.free_multiplier && !level.scaled) {
            // the first coordinate sets the scale: the one that is known best relative to its size
            if (c == 0 && level.free.size() > 1) {
                continue;
            }
            count = move / std::max(std::fabs(fit.w[at]), 1e-12);
            cost = 0.0;
        } else {
            const double scale = level.scaled ? 1.0 / fit.w[0] : 1.0;
            const double center = fit.w[at] * scale, radius = move * scale;
            const double low = std::max(std::ceil(center - radius), point_lower_[j]);
            const double high = std::min(std::floor(center + radius), point_upper_[j]);
            count = std::max(0.0, high - low + 1.0);
            if (must_[c] && low <= 0.0 && high >= 0.0) {
                count -= 1.0;
            }
            double nearest = std::fabs(
                std::min(std::max(std::round(center), point_lower_[j]), point_upper_[j]) - center);
            cost = radius > 0.0 ? nearest / radius : kInfinity;
            count = std::min(count, 1e9);
        }
        if (chosen < 0 || count < fewest || (count == fewest && cost > dearest)) {
            fewest = count;
            dearest = cost;
            chosen = static_cast<int>(k);
        }
    }
    return chosen;
}

void PointSearch::expand(int depth) {
    Level& level = levels_[depth];
    if (spent()) {
        return;
    }
    if (level.free.empty() || (model_.free_intercept && level.free.back() == 0)) {
        Points points(model_.d + 1, 0);
        for (std::size_t c = 0; c < feature_.size(); ++c) {
            points[feature_[c]] = fixed_[c] ? value_[c] : 0;
        }
        incumbents_.offer(points);
        return;
    }
    const int k = choose(level);
    const int base = level.scaled ? 1 : 0, at = base + k, c = level.free[k], j = feature_[c];
    if (inactive_[at]) {
        level.fit.inverse_column(at, column_);
    } else {
        column_.assign(level.columns.size(), 0.0);
    }
    const std::vector<double> column = column_;
    const double scale = level.scaled ? level.fit.w[0] : 1.0;
    const Point low = static_cast<Point>(point_lower_[j]);
    const Point high = static_cast<Point>(point_upper_[j]);
    double center = level.fit.w[at] / scale;
    if (model_.free_multiplier && !level.scaled) {
        center = level.fit.w[at] > 0.0 ? 1.0 : -1.0;
    }
    if (!std::isfinite(center)) {
        center = 0.0;
    }
    center = std::min(std::max(center, static_cast<double>(low)), static_cast<double>(high));
    Point up = static_cast<Point>(std::ceil(center)), down = up - 1;
    bool up_open = up <= high, down_open = down >= low;
    fixed_[c] = 1;
    Level& child = levels_[depth + 1];
    // Where large values separate the classes, any of billions of intercepts leaves a loss of next
    // to nothing: one will do.
    const bool one_will_do = c == 0 && level.free.size() == 1 && !incumbents_.keeps_pool() &&
                             level.upper[at] - level.lower[at] > kWide;
    while (up_open || down_open) {
        const bool rising = up_open && (!down_open || static_cast<double>(up) - center <=
                                                          center - static_cast<double>(down));
        const Point v = rising ? up : down;
        if (rising) {
            up_open = ++up <= high;
        } else {
            down_open = --down >= low;
        }
        if (v == 0 && must_[c]) {
            continue;
        }
        value_[c] = v;
        child.bound = level.bound;
        column_ = column;
        double shift = static_cast<double>(v) * scale - level.fit.w[at];
        if (model_.free_multiplier && !level.scaled && v != 0) {
            shift = level.fit.w[at] /
                    static_cast<double>(v);  // the scale that keeps the coefficient where it is
        }
        look();
        if (spent()) {
            break;
        }
        if (!prepare(child, &level, at, shift)) {
            continue;
        }
        if (!fails(child)) {
            expand(depth + 1);
            if (one_will_do && child.fit.value <= std::max(level.fit.bound, 0.0) + kSame) {
                break;  // no other is better by more than a bound leaves for rounding
            }
            continue;
        }
        // Values further out: f there >= bound here + slope * (how much further) * t, and t > 0.
        // A slope that does not point back inward ends this direction; the reach of its rounding
        // errors is part of the margin that the bound must keep.
        const std::optional<double> slope =
            child.fit.slope_along(rows_of(child), cells_->columns[c]);
        const double width = static_cast<double>(high - low) * model_.t_upper;
        const double spare =
            child.fit.bound + child.cost - incumbents_.cutoff(level.smallest, level.largest);
        const double each = laned_sum(cells_->n4, 0) * width;
        // pulls are far below the whole weights where most risks are 0 or 1
        const bool safe =
            slope &&
            (spare > 2.0 * each * model_.weight[j] ||
             (!child.fit.bound_is_of_step() &&
              spare > each * pull(cells_->n4, cells_->columns[c], child.fit.slope(),
                                  child.fit.curvature(), cells_->a.data(), cells_->b.data())));
        // crossing zero may save the cost of the feature and leave room for others
        const bool across = c > 0 && !must_[c] && (rising ? v < 0 : v > 0);
        if (safe && !across) {
            if (rising && *slope >= 0.0) {
                up_open = false;
            } else if (!rising && *slope <= 0.0) {
                down_open = false;
            }
        }
    }
    fixed_[c] = 0;
    value_[c] = 0;
}

}  // namespace riskslim::supports
