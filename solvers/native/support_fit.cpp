#include "support_fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace riskslim::supports {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
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

// Minimiser of the quadratic model over the box, by a few rounds of holding what hits a bound.
void Fit::newton_target(const double* lower, const double* upper, std::vector<double>& target) {
    held_.assign(p_, 0);
    target = w;
    for (int j = 0; j < p_; ++j) {
        if (lower[j] >= upper[j] || (w[j] <= lower[j] && gradient[j] > 0.0) ||
            (w[j] >= upper[j] && gradient[j] < 0.0)) {
            held_[j] = 1;
        }
    }
    for (int round = 0; round < 6; ++round) {
        index_.clear();
        for (int j = 0; j < p_; ++j) {
            if (!held_[j]) {
                index_.push_back(j);
            }
        }
        if (index_.empty()) {
            break;
        }
        factorise(index_);
        solution_.resize(index_.size());
        for (std::size_t r = 0; r < index_.size(); ++r) {
            const int j = index_[r];
            double g = gradient[j];
            for (int k = 0; k < p_; ++k) {
                if (held_[k] && target[k] != w[k]) {
                    const int hi = std::max(j, k), lo = std::min(j, k);
                    g += hessian[static_cast<std::size_t>(hi) * p_ + lo] * (target[k] - w[k]);
                }
            }
            solution_[r] = g;
        }
        solve(solution_);
        bool hit = false;
        for (std::size_t r = 0; r < index_.size(); ++r) {
            const int j = index_[r];
            double v = w[j] - solution_[r];
            if (!(v >= lower[j])) {
                v = lower[j];
                held_[j] = 1;
                hit = true;
            } else if (!(v <= upper[j])) {
                v = upper[j];
                held_[j] = 1;
                hit = true;
            }
            target[j] = v;
        }
        if (!hit) {
            break;
        }
    }
    // Where bounds cut the step short it need not lead down: coordinate descent on the model does.
    double linear = 0.0, square = 0.0;
    for (int j = 0; j < p_; ++j) {
        const double d = target[j] - w[j];
        if (d == 0.0) {
            continue;
        }
        linear += gradient[j] * d;
        square += hessian[static_cast<std::size_t>(j) * p_ + j] * d * d;
        for (int k = 0; k < j; ++k) {
            square += 2.0 * hessian[static_cast<std::size_t>(j) * p_ + k] * d * (target[k] - w[k]);
        }
    }
    if (!(linear + 0.5 * square < 0.1 * linear)) {
        descend_target(lower, upper, target);
    }
}

// The same by coordinate descent on the quadratic model, from w: every sweep goes down.
void Fit::descend_target(const double* lower, const double* upper, std::vector<double>& target) {
    target = w;
    gain_ = gradient;  // of the model
    const double before = std::inner_product(w.begin(), w.end(), w.begin(), 1.0);
    for (int sweep = 0; sweep < 40; ++sweep) {
        double change = 0.0;
        for (int j = 0; j < p_; ++j) {
            const double h = hessian[static_cast<std::size_t>(j) * p_ + j];
            double v = gain_[j] > 0.0 ? lower[j] : (gain_[j] < 0.0 ? upper[j] : target[j]);
            if (h > 1e-280) {
                v = std::min(std::max(target[j] - gain_[j] / h, lower[j]), upper[j]);
            }
            const double d = v - target[j];
            if (d == 0.0) {
                continue;
            }
            target[j] = v;
            change += d * d;
            for (int k = 0; k < p_; ++k) {
                const int hi = std::max(j, k), lo = std::min(j, k);
                gain_[k] += hessian[static_cast<std::size_t>(hi) * p_ + lo] * d;
            }
        }
        if (change < 1e-12 * before) {
            break;
        }
    }
}

// A curvature that majorises the loss everywhere (Jaakkola and Jordan's bound on log cosh): its
// steps go down however far from the minimiser the iterate is.
void Fit::majorise(const Rows& rows) {
    for (int i = 0; i < rows.n4; ++i) {
        double s = rows.offset != nullptr ? rows.offset[i] : 0.0;
        for (int j = 0; j < p_; ++j) {
            s += w[j] * rows.x[j][i];
        }
        const double half = 0.5 * std::fabs(s);
        solution_rows_[i] = (rows.a[i] + rows.b[i]) * (half > 1e-4 ? 0.25 * std::tanh(half) / half : 0.25);
    }
    gram(rows, solution_rows_.data(), hessian.data());
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
    double last_decrement = std::numeric_limits<double>::infinity();
    bool majorised = false;  // the Hessian at hand bounds the curvature everywhere
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
        best_ = w;
        const double before = value;
        double step = 1.0;
        bool moved = false;
        for (int halving = 0; halving < 8; ++halving) {
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
            if (decrement < 1e-11 || majorised) {
                break;
            }
            solution_rows_.resize(rows.n4);
            majorise(rows);
            majorised = true;
            continue;
        }
        if (majorised) {
            majorised = have = false;
            last_decrement = std::numeric_limits<double>::infinity();
            continue;
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
