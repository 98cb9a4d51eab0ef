// Newton steps over a box, and the inverse of the curvature.
#include <algorithm>
#include <cmath>

#include "cholesky.hpp"
#include "support_fit.hpp"

namespace riskslim::supports {
namespace {
constexpr double kRidge = 1e-12;  // relative to the diagonal: dummies that sum to one are common
}

void Fit::factorise(const std::vector<int>& index) {
    const int m = static_cast<int>(index.size());
    factor_.resize(static_cast<std::size_t>(m) * m);
    scale_.resize(m);
    for (int r = 0; r < m; ++r) {
        const double d = hessian[static_cast<std::size_t>(index[r]) * p_ + index[r]];
        scale_[r] = d > 1e-280 ? 1.0 / std::sqrt(d) : 0.0;
    }
    const auto scaled = [&](int r, int c) {
        const int i = std::max(index[r], index[c]), k = std::min(index[r], index[c]);
        return r == c ? 1.0 + kRidge
                      : hessian[static_cast<std::size_t>(i) * p_ + k] * scale_[r] * scale_[c];
    };
    supports::factorise(m, factor_.data(), scaled, [](double) { return kRidge; });
}

void Fit::solve(std::vector<double>& rhs) const {
    const int m = static_cast<int>(rhs.size());
    for (int r = 0; r < m; ++r) {
        rhs[r] *= scale_[r];
    }
    solve_lower(m, factor_.data(), rhs.data());
    solve_upper(m, factor_.data(), rhs.data());
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
void Fit::newton_target(const Box& box, std::vector<double>& target) {
    const double *lower = box.lower, *upper = box.upper;
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
                leaves =
                    lower[j] < upper[j] && ((target[j] <= lower[j] && model_slope_[j] < -1e-12) ||
                                            (target[j] >= upper[j] && model_slope_[j] > 1e-12));
            }
            if (!leaves) {
                return;
            }
        }
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
