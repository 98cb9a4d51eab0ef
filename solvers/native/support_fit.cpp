#include "support_fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "rounding.hpp"

namespace riskslim::supports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kDear = 1e-12;    // of the value: rounding that is worth a closer look
constexpr double kFar = 1e4;       // of the rounding
constexpr double kStep = 1e-6;     // of the largest slope: what a step changes it by
constexpr double kCoinFlip = 0.7;  // above log(2), the loss of zeros where the weights sum to one

}  // namespace

// Rounding errors of the tangent at w over the box; see rounding.hpp. `box.weight` may be `pulls`.
double Fit::rounding(const Rows& rows, const Box& box, double linear) const {
    double reach = 0.0, shift = 0.0;
    for (int j = 0; j < p_; ++j) {
        reach += box.weight[j] * std::max(box.upper[j] - w[j], w[j] - box.lower[j]);
        shift += box.weight[j] * std::fabs(w[j]);
    }
    return tangent_rounding(rows.n4, p_, value + reach, shift - linear);
}

const double* Fit::pulls(const Rows& rows) {
    pull_.resize(p_);
    for (int j = 0; j < p_; ++j) {
        pull_[j] = pull(rows.n4, rows.x[j], slope_.data(), curvature_.data(), rows.a, rows.b);
    }
    return pull_.data();
}

// What the linear term of a tangent over the box counts beyond the best `chosen` of the optional
// variables: at most so many of them leave zero, all others go to zero, not to the end of their
// box.
double Fit::dropped_gains(const std::vector<double>& slope, const Box& box, const Choice& choice) {
    if (choice.optional < 0 || p_ - choice.optional <= choice.chosen) {
        return 0.0;
    }
    gain_.clear();
    for (int j = choice.optional; j < p_; ++j) {
        const double end = slope[j] > 0.0 ? box.lower[j] : box.upper[j];
        gain_.push_back(-slope[j] * end);
    }
    const auto best = gain_.begin() + choice.chosen;
    std::nth_element(gain_.begin(), best, gain_.end(), std::greater<double>());
    return std::accumulate(best, gain_.end(), 0.0);
}

// The same bound for one variable whose range is so wide that the rounding of the slope costs all
// of it. A little to each side of w slopes have certain signs, so that f is higher beyond: its
// least value is at most the step from w, where the tangent hardly falls. Minus infinity where a
// sign is not certain: a computed slope is off as rounding.hpp says, and by a quarter of what the
// scores are off.
double Fit::from_both_sides(const Rows& rows, const Box& box) const {
    double curvature = 0.0, square = 0.0;
    for (int i = 0; i < rows.n4; ++i) {
        const double x = rows.x[0][i];
        curvature += curvature_[i] * x * x;
        square += (rows.a[i] + rows.b[i]) * x * x;
    }
    const double weight = box.weight[0], step = kStep * weight / curvature;
    double reach = 0.0;
    std::vector<double> slopes(rows.n4), curvatures(rows.n4);
    for (const double side : {-1.0, 1.0}) {
        const double end = side < 0.0 ? box.lower[0] : box.upper[0], at = w[0] + side * step;
        if (!(side * (end - at) > 0.0)) {
            reach = std::max(reach, std::fabs(end - w[0]));
            continue;
        }
        double slope;
        evaluate(rows, &at, &slope, slopes.data(), curvatures.data());
        const double error =
            blocked_sum(rows.n4) * weight + 0.25 * score_error(2) * std::fabs(at) * square;
        if (!(side * slope > error)) {
            return -kInfinity;
        }
        reach = std::max(reach, std::fabs(at - w[0]));
    }
    const double fall = std::fabs(gradient[0]) * reach;
    return value - fall -
           tangent_rounding(rows.n4, 1, value + weight * reach, weight * std::fabs(w[0]) + fall);
}

// Lower bound over the box from the tangent at w, less its rounding errors.
double Fit::rigorous(const Rows& rows, const Box& box, const Choice& choice) {
    double linear = 0.0;
    for (int j = 0; j < p_; ++j) {
        linear += gradient[j] * (gradient[j] > 0.0 ? box.lower[j] - w[j] : box.upper[j] - w[j]);
    }
    const double tighter = dropped_gains(gradient, box, choice);
    bound_from_ = BoundFrom::tangent;
    margin = rounding(rows, box, linear);
    // Where the tangent itself falls far the rounding hardly counts.
    if (margin > kDear * (1.0 + value) && -(linear + tighter) < kFar * margin) {
        margin = std::min(margin, rounding(rows, {box.lower, box.upper, pulls(rows)}, linear));
    }
    const double bound_here = value + (linear + tighter) - margin;
    if (p_ > 1 || rows.offset != nullptr || !(margin > kDear * (1.0 + value))) {
        return bound_here;
    }
    const double from_sides = from_both_sides(rows, box);
    bound_from_ = from_sides > bound_here ? BoundFrom::sides : BoundFrom::tangent;
    return std::max(bound_here, from_sides);
}

// The risks of a bound along a step are not those at w, nor are the slopes.
std::optional<double> Fit::slope_along(const Rows& rows, Column x) const {
    if (bound_from_ == BoundFrom::sides) {
        return std::nullopt;
    }
    const double sum = dot(rows.n4, x, slope_.data());
    return bound_from_ == BoundFrom::step ? sum + dot(rows.n4, x, moved_.data()) : sum;
}

void Fit::evaluate_at(const Rows& rows) {
    value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
    ++evaluations;
}

void Fit::start_from(const Base& base, const Rows& rows) {
    value = base.value;
    std::copy(base.gradient, base.gradient + (p_ - 1), gradient.begin());
    std::copy(base.slope, base.slope + rows.n4, slope_.begin());
    std::copy(base.curvature, base.curvature + rows.n4, curvature_.begin());
    gradient[p_ - 1] = gradient_last(rows, base.slope);
}

void Fit::extend_hessian(const Base& base, const Rows& rows) {
    for (std::size_t r = 0, p = p_; r + 1 < p; ++r) {
        const double* row = base.hessian + r * (p - 1);
        std::copy(row, row + r + 1, hessian.begin() + static_cast<std::ptrdiff_t>(r * p));
    }
    gram_last(rows, base.curvature, hessian.data() + static_cast<std::size_t>(p_ - 1) * p_);
}

// f* is about value - decrement/2: near enough once the slack to the cutoff dwarfs it.
bool Fit::is_below(const Task& task, double cutoff, double decrement) const {
    const double slack = cutoff - value;
    if (task.until == Until::converged || !std::isfinite(cutoff) || value > cutoff ||
        !(decrement < 0.05 * slack + 1e-10)) {
        return false;
    }
    return task.until == Until::decided || value - bound < 0.5 * slack + 1e-9;
}

FitEnd Fit::run(const Rows& rows, const Box& box, double cutoff, const Task& task) {
    p_ = rows.p;
    w.resize(p_);
    gradient.resize(p_);
    slope_.resize(rows.n4);
    curvature_.resize(rows.n4);
    const std::size_t size = static_cast<std::size_t>(p_) * p_;
    bool have = task.reuse && hessian.size() == size;
    hessian.resize(size);
    current_ = false;
    for (int j = 0; j < p_; ++j) {
        w[j] = std::min(std::max(w[j], box.lower[j]), box.upper[j]);
    }
    bound = -kInfinity;
    const Base* base = task.base;  // while w is its start
    if (base != nullptr) {
        start_from(*base, rows);
    } else {
        evaluate_at(rows);
    }
    if (value > kCoinFlip) {
        // A start in the flat tails misleads Newton's method: take the middle if it is better.
        base = nullptr;
        best_ = w;
        const double before = value;
        for (int j = 0; j < p_; ++j) {
            w[j] = std::min(std::max(0.0, box.lower[j]), box.upper[j]);
        }
        evaluate_at(rows);
        if (!(value < before)) {
            w = best_;
            evaluate_at(rows);
        } else {
            have = false;
        }
    }
    double last_decrement = kInfinity;
    FitEnd end = FitEnd::stalled;
    for (int iteration = 0; iteration < 60; ++iteration) {
        bound = std::max(bound, rigorous(rows, box, task.choice));
        if (bound > cutoff) {
            return FitEnd::above;
        }
        if (value - bound <= 2.0 * margin + 1e-13 * value) {
            end = FitEnd::converged;
            break;
        }
        if (!have) {
            if (base != nullptr) {
                extend_hessian(*base, rows);
            } else {
                gram(rows, curvature_.data(), hessian.data());
            }
            have = true;
            current_ = true;
        }
        newton_target(box, target_);
        double decrement = 0.0;
        for (int j = 0; j < p_; ++j) {
            decrement += gradient[j] * (w[j] - target_[j]);
        }
        if (!current_ && (decrement > 0.15 * last_decrement || !(decrement > 0.0))) {
            // the curvature of a neighbour no longer serves
            have = false;
            last_decrement = kInfinity;
            continue;
        }
        if (!(decrement > 0.0)) {
            break;
        }
        if (value - 0.5 * decrement > cutoff) {  // by the quadratic model
            bound = std::max(bound, along_step(rows, box, task.choice));
            if (bound > cutoff) {
                bound_from_ = BoundFrom::step;
                return FitEnd::above;
            }
        }
        if (decrement < enough || is_below(task, cutoff, decrement)) {
            end = FitEnd::below;
            break;
        }
        best_ = w;
        base = nullptr;
        const double before = value;
        double step = 1.0;
        bool moved = false;
        for (int halving = 0; halving < 30; ++halving) {
            for (int j = 0; j < p_; ++j) {
                w[j] = step == 1.0 ? target_[j] : best_[j] + step * (target_[j] - best_[j]);
            }
            evaluate_at(rows);
            if (value < before - 1e-4 * step * decrement ||
                (value <= before + 4.0 * kEpsilon * before && decrement < 1e-11)) {
                moved = true;
                break;
            }
            if (!current_) {
                break;
            }
            step *= 0.5;
        }
        if (!moved) {
            w = best_;
            evaluate_at(rows);
            if (!current_) {
                have = false;
                last_decrement = kInfinity;
                continue;
            }
            break;
        }
        if (decrement < 1e-18 && decrement > 0.25 * last_decrement) {
            break;  // rounding is all that is left
        }
        last_decrement = decrement;
        if (current_) {
            // one Hessian near the minimiser serves for the next step as well
            current_ = false;
            have = decrement < 1e-5;
            last_decrement = have ? decrement : kInfinity;
        }
    }
    return end;
}

void Fit::refresh_hessian(const Rows& rows) {
    if (!current_) {
        gram(rows, curvature_.data(), hessian.data());
        current_ = true;
    }
}

}  // namespace riskslim::supports
