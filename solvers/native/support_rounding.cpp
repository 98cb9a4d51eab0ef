#include "support_rounding.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <set>

#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kScales = 64;  // multipliers tried for a support of up to kSmall columns
constexpr int kSmall = 16;
constexpr int kEvaluated = 8;  // roundings evaluated on the rows
constexpr int kDescent = 6;    // moves on the quadratic model, times the columns
}  // namespace

double Valuation::run(const Rows& rows, const double* totals, Scale& scale) {
    Rows one = rows;
    one.p = 0;
    one.x = nullptr;
    one.offset = nullptr;
    if (!model_.free_multiplier) {
        slope_.resize(rows.n4);
        curvature_.resize(rows.n4);
        one.offset = totals;
        double none = 0.0;
        return evaluate(one, &none, &none, slope_.data(), curvature_.data());
    }
    const Column columns[2] = {totals, model_.free_intercept ? rows.x[0] : Column()};
    const double lower[2] = {model_.t_lower, model_.box_lower[0]};
    const double upper[2] = {model_.t_upper, model_.box_upper[0]};
    const double weight[2] = {};  // only the bound, which is not used here, would need it
    one.p = model_.free_intercept ? 2 : 1;
    one.x = columns;
    fit_.w.assign(1, scale.t);
    if (model_.free_intercept) {
        fit_.w.push_back(scale.intercept);
    }
    fit_.run(one, {lower, upper, weight}, kInfinity);
    scale.t = fit_.w[0];
    scale.intercept = model_.free_intercept ? fit_.w[1] : 0.0;
    return fit_.value;
}

// A real intercept follows every move to its optimum: what is left of the quadratic model.
void Rounding::profile_intercept() {
    const std::size_t p = static_cast<std::size_t>(p_);
    const std::vector<double> along(hessian_.begin(), hessian_.begin() + p_);
    const double own = std::max(along[0], 1e-300), slope = gradient_[0];
    for (std::size_t r = 0; r < p; ++r) {
        gradient_[r] -= along[r] / own * slope;
        for (std::size_t c = 0; c < p; ++c) {
            hessian_[r * p + c] -= along[r] / own * along[c];
        }
    }
    gradient_[0] = 0.0;
    for (std::size_t c = 0; c < p; ++c) {
        hessian_[c] = hessian_[c * p] = 0.0;
    }
}

// Points by coordinate at `scale` points per unit of coefficient.
void Rounding::round_at(double scale) {
    const std::size_t p = static_cast<std::size_t>(p_);
    left_ = inverse_;
    real_.resize(p);
    points_.assign(p, 0);
    std::vector<char> done(p, 0);
    for (std::size_t c = 0; c < p; ++c) {
        real_[c] = w_[c] * scale;
    }
    done[0] = model_.free_intercept;
    for (std::size_t step = first_; step < p; ++step) {
        look();
        int chosen = -1;
        double least = kInfinity, to = 0.0;
        for (std::size_t c = 0; c < p; ++c) {
            if (done[c]) {
                continue;
            }
            const int j = index_[c];
            double nearest =
                std::min(std::max(std::round(real_[c]), model_.lower[j]), model_.upper[j]);
            if (nearest == 0.0 && whole_ && c > 0) {
                const bool up = model_.upper[j] >= 1.0;
                nearest = up && (real_[c] >= 0.0 || model_.lower[j] > -1.0) ? 1.0 : -1.0;
            }
            const double error = nearest - real_[c];
            // what a bound holds cannot follow the others: it comes first
            const double cost =
                held_[c] ? -1.0 : error * error / std::max(left_[c * p + c], 1e-300);
            if (chosen < 0 || cost < least) {  // a cost may be no number
                least = cost;
                chosen = static_cast<int>(c);
                to = nearest;
            }
        }
        const std::size_t c = static_cast<std::size_t>(chosen);
        done[c] = 1;
        points_[c] = static_cast<Point>(to);
        const double shift = to - real_[c], spread = left_[c * p + c];
        real_[c] = to;
        if (!(spread > 1e-280)) {
            continue;
        }
        column_.assign(left_.begin() + c * p, left_.begin() + (c + 1) * p);
        for (std::size_t r = 0; r < p; ++r) {
            if (done[r]) {
                continue;
            }
            look();
            const double share = column_[r] / spread;
            real_[r] += share * shift;
            for (std::size_t k = 0; k < p; ++k) {
                left_[r * p + k] -= share * column_[k];
            }
        }
    }
}

// Unit moves and pairs of them on the quadratic model; leaves its value in model_value_.
void Rounding::descend(double scale) {
    const std::size_t p = static_cast<std::size_t>(p_);
    const double t = 1.0 / scale;
    slope_ = gradient_;
    std::vector<double> moved(p);
    model_value_ = 0.0;
    for (std::size_t c = 0; c < p; ++c) {
        moved[c] = static_cast<double>(points_[c]) * t - w_[c];
    }
    for (std::size_t r = 0; r < p; ++r) {
        const double product = dot_any(p_, hessian_.data() + r * p, moved.data());
        slope_[r] += product;
        model_value_ += moved[r] * (gradient_[r] + 0.5 * product);
    }
    auto open = [&](std::size_t c, int step) {
        const int j = index_[c];
        const double v = static_cast<double>(points_[c] + step);
        return v >= model_.lower[j] && v <= model_.upper[j] && (v != 0.0 || c == 0 || !whole_);
    };
    for (int move = 0; move < kDescent * p_; ++move) {
        double best = -1e-13;
        std::size_t from = 0, other = 0;
        int a = 0, b = 0;
        for (std::size_t c = first_; c < p; ++c) {
            look();
            for (int u = -1; u <= 1; u += 2) {
                if (!open(c, u)) {
                    continue;
                }
                const double alone = u * t * slope_[c] + 0.5 * t * t * hessian_[c * p + c];
                if (alone < best) {
                    best = alone;
                    from = c, other = c;
                    a = u, b = 0;
                }
                for (std::size_t k = c + 1; k < p; ++k) {
                    for (int v = -1; v <= 1; v += 2) {
                        const double both =
                            alone + v * t * slope_[k] +
                            t * t * (0.5 * hessian_[k * p + k] + u * v * hessian_[c * p + k]);
                        if (both < best && open(k, v)) {
                            best = both;
                            from = c, other = k;
                            a = u, b = v;
                        }
                    }
                }
            }
        }
        if (a == 0) {
            return;
        }
        model_value_ += best;
        points_[from] += a;
        points_[other] += b;
        for (std::size_t r = 0; r < p; ++r) {
            slope_[r] += t * (a * hessian_[r * p + from] + b * hessian_[r * p + other]);
        }
    }
}

Rounding::Result Rounding::run(const Rows& rows, Fit& fit, const std::vector<int>& features,
                               bool whole) {
    p_ = rows.p;
    whole_ = whole;
    first_ = model_.free_intercept ? 1 : 0;
    const std::size_t p = static_cast<std::size_t>(p_);
    index_.assign(1, 0);
    index_.insert(index_.end(), features.begin(), features.end());
    fit.refresh_hessian(rows);
    w_ = fit.w;
    gradient_ = fit.gradient;
    hessian_.resize(p * p);
    for (std::size_t r = 0; r < p; ++r) {
        for (std::size_t c = 0; c <= r; ++c) {
            hessian_[r * p + c] = hessian_[c * p + r] = fit.hessian[r * p + c];
        }
    }
    fit.inverse_diagonal(std::vector<char>(p, 1), diagonal_);
    inverse_.resize(p * p);
    held_.assign(p, 0);
    double reach = 0.0;  // the largest share of its bound that a coefficient takes
    for (std::size_t c = 0; c < p; ++c) {
        fit.inverse_column(static_cast<int>(c), column_);
        std::copy(column_.begin(), column_.end(), inverse_.begin() + c * p);
        const int j = index_[c];
        held_[c] = (w_[c] <= model_.box_lower[j] && gradient_[c] > 0.0) ||
                   (w_[c] >= model_.box_upper[j] && gradient_[c] < 0.0);
        const double end = w_[c] > 0.0 ? model_.upper[j] : -model_.lower[j];
        if (c > 0 && end > 0.0) {
            reach = std::max(reach, std::fabs(w_[c]) / end);
        }
    }
    if (model_.free_intercept) {
        profile_intercept();
    }
    std::vector<Found> found;
    std::set<Points> seen;
    auto add = [&](double scale) {
        round_at(scale);
        descend(scale);
        Point divisor = 0;
        for (Point v : points_) {
            divisor = std::gcd(divisor, std::abs(v));
        }
        if (model_.free_multiplier && divisor == 0) {
            return;  // nothing but zeros: no multiplier
        }
        if (seen.insert(points_).second) {
            found.push_back({model_value_, 1.0 / scale, points_});
        }
    };
    if (!model_.free_multiplier) {
        add(1.0);
    } else {
        const double smallest = 1.0 / model_.t_upper, largest = 1.0 / model_.t_lower;
        const double top = std::min(std::max(1.6 / std::max(reach, 1e-12), smallest), largest);
        const double bottom = std::min(std::max(0.09 * top, smallest), top);
        const int scales = p_ <= kSmall ? kScales : std::max(4, kScales * kSmall / p_);
        for (int s = 0; s < scales; ++s) {
            add(top - (top - bottom) * s / (scales - 1));
            if (top == bottom) {
                break;
            }
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Found& left, const Found& right) {
        return left.predicted < right.predicted;
    });
    Result best{kInfinity, {}};
    const auto offer = [&] {
        if (!best.points.empty()) {
            incumbents_.offer(best.points);
        }
    };
    try {
        evaluate_best(rows, found, best);
    } catch (const Stopped&) {
        offer();  // the best of those that were evaluated
        throw;
    }
    offer();
    return best;
}

void Rounding::evaluate_best(const Rows& rows, const std::vector<Found>& found, Result& best) {
    const std::size_t p = static_cast<std::size_t>(p_);
    int evaluated = 0;
    Points points(model_.d + 1);
    for (const Found& candidate : found) {
        if (evaluated == kEvaluated) {
            break;
        }
        std::fill(points.begin(), points.end(), 0);
        for (std::size_t c = 0; c < p; ++c) {
            points[index_[c]] = candidate.points[c];
        }
        if (!model_.allows(points)) {
            continue;
        }
        ++evaluated;
        totals_.assign(rows.n4, 0.0);
        for (std::size_t c = 0; c < p; ++c) {
            if (candidate.points[c] != 0) {
                const double v = static_cast<double>(candidate.points[c]);
                rows.x[c].each(rows.n4, [&](int i, double x) { totals_[i] += v * x; });
            }
        }
        Scale scale{candidate.t, w_[0]};
        const double objective =
            valuation_.run(rows, totals_.data(), scale) + model_.switch_cost(points);
        if (objective < best.objective) {
            best = {objective, points};
        }
    }
}

}  // namespace riskslim::supports
