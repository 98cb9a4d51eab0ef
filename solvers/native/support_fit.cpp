#include "support_fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace riskslim::supports {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kCoinFlip = 0.7;  // above log(2), the loss of zeros where the weights sum to one
constexpr double kRidge = 1e-12;  // relative to the diagonal: dummies that sum to one are common

}  // namespace

// Lower bound over the box from the tangent at w, less its rounding errors:
// - blocked sums of n rows carry a relative error of at most (n/256 + 64 + 32) epsilon;
// - the scores that the slopes belong to carry an error of (p + 2) epsilon sum_j |x_ij w_j|, and
//   the tangent at rounded scores is a tangent too, only its constant is off by slope times error.
double Fit::rigorous(const Rows& rows, const double* lower, const double* upper,
                     const double* weight, int optional, int chosen) {
    double linear = 0.0, reach = 0.0, shift = 0.0;
    for (int j = 0; j < p_; ++j) {
        const double width = gradient[j] > 0.0 ? lower[j] - w[j] : upper[j] - w[j];
        linear += gradient[j] * width;
        reach += weight[j] * std::max(upper[j] - w[j], w[j] - lower[j]);
        shift += weight[j] * std::fabs(w[j]);
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
    const double depth = rows.n4 / 256 + 96;
    margin = kEpsilon * (depth * (value + reach) + (p_ + 4) * (shift - linear) + 1e-3);
    return value + (linear + tighter) - margin;
}

void Fit::factorise(const std::vector<int>& index) {
    const int m = static_cast<int>(index.size());
    factor_.resize(static_cast<std::size_t>(m) * m);
    scale_.resize(m);
    for (int r = 0; r < m; ++r) {
        const double d = hessian[static_cast<std::size_t>(index[r]) * p_ + index[r]];
        scale_[r] = d > 1e-280 ? 1.0 / std::sqrt(d) : 0.0;
    }
    for (int r = 0; r < m; ++r) {
        double* row = factor_.data() + static_cast<std::size_t>(r) * m;
        for (int c = 0; c <= r; ++c) {
            const int i = std::max(index[r], index[c]), k = std::min(index[r], index[c]);
            double v = hessian[static_cast<std::size_t>(i) * p_ + k] * scale_[r] * scale_[c];
            if (r == c) {
                v = 1.0 + kRidge;
            }
            const double* other = factor_.data() + static_cast<std::size_t>(c) * m;
            if (c >= 16) {
                v -= dot_any(c, row, other);
            } else {
                for (int t = 0; t < c; ++t) {
                    v -= row[t] * other[t];
                }
            }
            if (r == c) {
                row[r] = std::sqrt(std::max(v, kRidge));
            } else {
                row[c] = v / other[c];
            }
        }
    }
}

void Fit::solve(std::vector<double>& rhs) const {
    const int m = static_cast<int>(rhs.size());
    for (int r = 0; r < m; ++r) {
        double v = rhs[r] * scale_[r];
        for (int t = 0; t < r; ++t) {
            v -= factor_[static_cast<std::size_t>(r) * m + t] * rhs[t];
        }
        rhs[r] = v / factor_[static_cast<std::size_t>(r) * m + r];
    }
    for (int r = m - 1; r >= 0; --r) {
        double v = rhs[r];
        for (int t = r + 1; t < m; ++t) {
            v -= factor_[static_cast<std::size_t>(t) * m + r] * rhs[t];
        }
        rhs[r] = v / factor_[static_cast<std::size_t>(r) * m + r];
    }
    for (int r = 0; r < m; ++r) {
        rhs[r] *= scale_[r];
    }
}

// H (target - w), and the value of the quadratic model relative to w.
double Fit::model_at(const std::vector<double>& target) {
    step_.resize(p_);
    model_slope_.assign(gradient.begin(), gradient.begin() + p_);
    double linear = 0.0, quadratic = 0.0;
    for (int j = 0; j < p_; ++j) {
        step_[j] = target[j] - w[j];
    }
    for (int r = 0; r < p_; ++r) {
        const double* row = hessian.data() + static_cast<std::size_t>(r) * p_;
        double along = row[r] * step_[r];
        for (int c = 0; c < r; ++c) {
            along += row[c] * step_[c];
            model_slope_[c] += row[c] * step_[r];
        }
        model_slope_[r] += along;
    }
    for (int j = 0; j < p_; ++j) {
        linear += gradient[j] * step_[j];
        quadratic += (model_slope_[j] - gradient[j]) * step_[j];
    }
    return linear + 0.5 * quadratic;
}

// Minimiser of the quadratic model over the box by projected Newton steps (Bertsekas, "Projected
// Newton methods for optimization problems with simple constraints", SIAM J. Control Optim. 20,
// 1982). Each step lowers the model, so that the target is always a direction of descent.
void Fit::newton_target(const double* lower, const double* upper, std::vector<double>& target) {
    target = w;
    double model = 0.0;
    model_slope_.assign(gradient.begin(), gradient.begin() + p_);
    for (int round = 0; round < 40; ++round) {
        index_.clear();
        for (int j = 0; j < p_; ++j) {
            const bool held = lower[j] >= upper[j] ||
                              (target[j] <= lower[j] && model_slope_[j] >= 0.0) ||
                              (target[j] >= upper[j] && model_slope_[j] <= 0.0);
            if (!held) {
                index_.push_back(j);
            }
        }
        // a coordinate at its bound that the step would push outward stays: with it in the step,
        // clipping could turn descent into ascent
        for (bool outward = true; outward && !index_.empty();) {
            factorise(index_);
            solution_.resize(index_.size());
            for (std::size_t r = 0; r < index_.size(); ++r) {
                solution_[r] = model_slope_[index_[r]];
            }
            solve(solution_);
            std::size_t kept = 0;
            for (std::size_t r = 0; r < index_.size(); ++r) {
                const int j = index_[r];
                if (!((target[j] <= lower[j] && solution_[r] > 0.0) ||
                      (target[j] >= upper[j] && solution_[r] < 0.0))) {
                    index_[kept++] = j;
                }
            }
            outward = kept < index_.size();
            index_.resize(kept);
        }
        if (index_.empty()) {
            return;
        }
        double reach = 1.0;  // of the step inside the box
        for (std::size_t r = 0; r < index_.size(); ++r) {
            const int j = index_[r];
            const double s = solution_[r];
            if (target[j] - s < lower[j]) {
                reach = std::min(reach, (target[j] - lower[j]) / s);
            } else if (target[j] - s > upper[j]) {
                reach = std::min(reach, (target[j] - upper[j]) / s);
            }
        }
        bool hit = false, lower_found = false;
        for (int attempt = 0; attempt < 4 && !lower_found; ++attempt) {
            const double length = attempt < 3 ? 1.0 / (1 << attempt) : reach;
            trial_ = target;
            hit = length < 1.0;
            for (std::size_t r = 0; r < index_.size(); ++r) {
                const int j = index_[r];
                const double v = target[j] - length * solution_[r];
                trial_[j] = std::min(std::max(v, lower[j]), upper[j]);
                hit = hit || trial_[j] != v;
            }
            const double reached = model_at(trial_);
            if (reached < model) {
                lower_found = true;
                model = reached;
            }
        }
        if (!lower_found) {
            return;
        }
        target = trial_;
        if (!hit) {
            // done unless a coordinate held so far wants to leave its bound
            bool leaves = false;
            for (int j = 0; j < p_ && !leaves; ++j) {
                leaves = lower[j] < upper[j] &&
                         ((target[j] <= lower[j] && model_slope_[j] < -1e-12) ||
                          (target[j] >= upper[j] && model_slope_[j] > 1e-12));
            }
            if (!leaves) {
                return;
            }
        }
    }
}

FitEnd Fit::run(const Rows& rows, const double* lower, const double* upper, const double* weight,
                double cutoff, bool precise, bool reuse, int optional, int chosen) {
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
        if (!precise && reuse && value <= 0.5 * cutoff) {
            return FitEnd::below;  // far from being closed: the neighbour's curvature serves on
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
        if (!precise && std::isfinite(cutoff) && value <= cutoff && decrement < 0.05 * (cutoff - value) + 1e-10) {
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

void Fit::inverse_diagonal(const std::vector<char>& free, std::vector<double>& diagonal) {
    index_.clear();
    for (int j = 0; j < p_; ++j) {
        if (free[j]) {
            index_.push_back(j);
        }
    }
    diagonal.assign(p_, 0.0);
    const int m = static_cast<int>(index_.size());
    if (m == 0) {
        return;
    }
    factorise(index_);
    // H^-1 = L^-T L^-1, so its diagonal is the squared column norms of L^-1
    std::vector<double>& column = solution_;
    column.resize(m);
    for (int c = 0; c < m; ++c) {
        double norm = 0.0;
        for (int r = c; r < m; ++r) {
            double v = r == c ? 1.0 : 0.0;
            const double* row = factor_.data() + static_cast<std::size_t>(r) * m;
            v -= dot_any(r - c, row + c, column.data() + c);
            column[r] = v / row[r];
            norm += column[r] * column[r];
        }
        diagonal[index_[c]] = norm * scale_[c] * scale_[c];
    }
}

void Fit::inverse_column(int j, std::vector<double>& column) {
    const int m = static_cast<int>(index_.size());
    solution_.assign(m, 0.0);
    column.assign(p_, 0.0);
    for (int r = 0; r < m; ++r) {
        if (index_[r] == j) {
            solution_[r] = 1.0;
        }
    }
    solve(solution_);
    for (int r = 0; r < m; ++r) {
        column[index_[r]] = solution_[r];
    }
}

}  // namespace riskslim::supports
