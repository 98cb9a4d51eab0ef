#include "support_fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace riskslim::supports {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kDear = 1e-12;    // of the value: rounding that is worth a closer look
constexpr double kCoinFlip = 0.7;  // above log(2), the loss of zeros where the weights sum to one

}  // namespace

// Rounding errors of the tangent at w over the box, where weight_j >= sum_i |slope_i| |x_ij|:
// - blocked sums of n rows carry a relative error of at most (n/256 + 64 + 32) epsilon;
// - the scores that the slopes belong to carry an error of (p + 2) epsilon sum_j |x_ij w_j|, and
//   the tangent at rounded scores is a tangent too, only its constant is off by slope times error.
double Fit::rounding(const Rows& rows, const double* lower, const double* upper,
                     const double* weight, double linear) const {
    double reach = 0.0, shift = 0.0;
    for (int j = 0; j < p_; ++j) {
        reach += weight[j] * std::max(upper[j] - w[j], w[j] - lower[j]);
        shift += weight[j] * std::fabs(w[j]);
    }
    const double depth = rows.n4 / 256 + 96;
    return kEpsilon * (depth * (value + reach) + (p_ + 4) * (shift - linear) + 1e-3);
}

// sum_i |slope_i| |x_ij| of each column, and a little more than the slopes' own rounding. Where
// most risks are 0 or 1 the slopes are far smaller than the weights.
const double* Fit::pulls(const Rows& rows) {
    pull_.assign(p_, 0.0);
    for (int j = 0; j < p_; ++j) {
        for (int i = 0; i < rows.n4; ++i) {
            pull_[j] += (std::fabs(slope_[i]) + 16.0 * kEpsilon * (rows.a[i] + rows.b[i])) *
                        std::fabs(rows.x[j][i]);
        }
        pull_[j] *= 1.0 + 1e-9;
    }
    return pull_.data();
}

// Lower bound over the box from the tangent at w, less its rounding errors.
double Fit::rigorous(const Rows& rows, const double* lower, const double* upper,
                     const double* weight, int optional, int chosen) {
    double linear = 0.0;
    for (int j = 0; j < p_; ++j) {
        const double width = gradient[j] > 0.0 ? lower[j] - w[j] : upper[j] - w[j];
        linear += gradient[j] * width;
    }
    double tighter = 0.0;
    if (optional >= 0 && p_ - optional > chosen) {
        // of these variables at most `chosen` leave zero: all but the best go to zero, not to
        // the end of their box
        gain_.clear();
        for (int j = optional; j < p_; ++j) {
            const double end = gradient[j] > 0.0 ? lower[j] : upper[j];
            gain_.push_back(-gradient[j] * end);
        }
        std::nth_element(gain_.begin(), gain_.begin() + chosen, gain_.end(),
                         std::greater<double>());
        for (std::size_t k = chosen; k < gain_.size(); ++k) {
            tighter += gain_[k];
        }
    }
    margin = rounding(rows, lower, upper, weight, linear);
    if (margin > kDear * (1.0 + value)) {
        margin = std::min(margin, rounding(rows, lower, upper, pulls(rows), linear));
    }
    return value + (linear + tighter) - margin;
}

FitEnd Fit::run(const Rows& rows, const double* lower, const double* upper, const double* weight,
                double cutoff, bool precise, bool reuse, int optional, int chosen, bool bounded) {
    p_ = rows.p;
    w.resize(p_);
    gradient.resize(p_);
    slope_.resize(rows.n4);
    curvature_.resize(rows.n4);
    const std::size_t size = static_cast<std::size_t>(p_) * p_;
    bool have = reuse && hessian.size() == size;
    hessian.resize(size);
    current_ = false;
    for (int j = 0; j < p_; ++j) {
        w[j] = std::min(std::max(w[j], lower[j]), upper[j]);
    }
    bound = -std::numeric_limits<double>::infinity();
    value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
    ++evaluations;
    if (value > kCoinFlip) {
        // A start in the flat tails misleads Newton's method: take the middle if it is better.
        best_ = w;
        const double before = value;
        for (int j = 0; j < p_; ++j) {
            w[j] = std::min(std::max(0.0, lower[j]), upper[j]);
        }
        value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
        ++evaluations;
        if (!(value < before)) {
            w = best_;
            value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
            ++evaluations;
        } else {
            have = false;
        }
    }
    double last_decrement = std::numeric_limits<double>::infinity();
    FitEnd end = FitEnd::stalled;
    for (int iteration = 0; iteration < 60; ++iteration) {
        bound = std::max(bound, rigorous(rows, lower, upper, weight, optional, chosen));
        if (bound > cutoff) {
            return FitEnd::above;
        }
        if (value - bound <= 2.0 * margin + 1e-13 * value) {
            end = FitEnd::converged;
            break;
        }
        if (!have) {
            gram(rows, curvature_.data(), hessian.data());
            have = true;
            current_ = true;
        }
        newton_target(lower, upper, target_);
        double decrement = 0.0;
        for (int j = 0; j < p_; ++j) {
            decrement += gradient[j] * (w[j] - target_[j]);
        }
        if (!current_ && (decrement > 0.15 * last_decrement || !(decrement > 0.0))) {
            // the curvature of a neighbour no longer serves
            have = false;
            last_decrement = std::numeric_limits<double>::infinity();
            continue;
        }
        if (!(decrement > 0.0)) {
            break;
        }
        // f* is about value - decrement/2: near enough once the slack to the cutoff dwarfs it
        if (!precise && std::isfinite(cutoff) && value <= cutoff &&
            decrement < 0.05 * (cutoff - value) + 1e-10 &&
            (!bounded || value - bound < 0.5 * (cutoff - value) + 1e-9)) {
            end = FitEnd::below;
            break;
        }
        if (decrement < enough) {
            end = FitEnd::below;
            break;
        }
        best_ = w;
        const double before = value;
        double step = 1.0;
        bool moved = false;
        for (int halving = 0; halving < 30; ++halving) {
            for (int j = 0; j < p_; ++j) {
                w[j] = step == 1.0 ? target_[j] : best_[j] + step * (target_[j] - best_[j]);
            }
            value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
            ++evaluations;
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
            value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
            ++evaluations;
            if (!current_) {
                have = false;
                last_decrement = std::numeric_limits<double>::infinity();
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
            last_decrement = have ? decrement : std::numeric_limits<double>::infinity();
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
