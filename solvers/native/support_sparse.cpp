#include "support_sparse.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "cholesky.hpp"
#include "rounding.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kPays =
    0.02;                  // of the slack to the cutoff: a limit that is cheaper does not count
constexpr int kJoin = 12;  // variables that join the working set at a time
}  // namespace

double SparseFit::use(int j, double v) const {
    return v > 0.0 ? v / upper_[j] : (v < 0.0 ? v / lower_[j] : 0.0);
}

void SparseFit::make_feasible() {
    double total = 0.0;
    for (int j = 0; j < p_; ++j) {
        w[j] = std::min(std::max(w[j], lower_[j]), upper_[j]);
        total += j >= optional_ ? use(j, w[j]) : 0.0;
    }
    if (total > chosen_) {
        const double shrink = chosen_ / total;
        for (int j = optional_; j < p_; ++j) {
            w[j] *= shrink;
        }
    }
}

// Lower bound from the tangent at w, less its rounding errors (see Fit::rigorous).
void SparseFit::tangent(const Rows& rows) {
    double linear = 0.0, size = 0.0, reach = 0.0, shift = 0.0;
    for (int j = 0; j < p_; ++j) {
        const double g = gradient[j];
        const double term =
            j < optional_ ? g * ((g > 0.0 ? lower_[j] : upper_[j]) - w[j]) : -g * w[j];
        linear += term;
        size += std::fabs(term);
        reach += weight_[j] * std::max(upper_[j] - w[j], w[j] - lower_[j]);
        shift += weight_[j] * std::fabs(w[j]);
    }
    trial_gain_.resize(p_ - optional_);
    for (int j = optional_; j < p_; ++j) {
        trial_gain_[j - optional_] =
            std::max({0.0, -gradient[j] * lower_[j], -gradient[j] * upper_[j]});
    }
    ranked_ = trial_gain_;
    const int r = std::min(chosen_, p_ - optional_);
    double best = 0.0;
    if (r > 0) {
        std::nth_element(ranked_.begin(), ranked_.begin() + (r - 1), ranked_.end(),
                         std::greater<double>());
        for (int k = 0; k < r; ++k) {
            best += ranked_[k];
        }
    }
    const double margin = tangent_rounding(rows.n4, p_, value + reach, shift + size + best);
    if (value + linear - best - margin > bound) {
        base = value + linear - margin;
        bound = base - best;
        gain = trial_gain_;
    }
}

// Working set and its curvature: what is not zero, and the best of those that want to leave zero.
void SparseFit::gather(const Rows& rows, double threshold) {
    index_.clear();
    std::vector<std::pair<double, int>> join;
    for (int j = 0; j < p_; ++j) {
        if (j < optional_ || w[j] != 0.0) {
            index_.push_back(j);
        } else if (trial_gain_[j - optional_] > threshold) {
            join.emplace_back(-trial_gain_[j - optional_], j);
        }
    }
    std::sort(join.begin(), join.end());
    for (std::size_t k = 0; k < join.size() && k < kJoin; ++k) {
        index_.push_back(join[k].second);
    }
    const int m = static_cast<int>(index_.size());
    columns_.resize(m);
    for (int k = 0; k < m; ++k) {
        columns_[k] = rows.x[index_[k]];
    }
    Rows part = rows;
    part.p = m;
    part.x = columns_.data();
    hessian_.resize(static_cast<std::size_t>(m) * m);
    gram(part, curvature_.data(), hessian_.data());
    for (int r = 0; r < m; ++r) {
        for (int c = 0; c < r; ++c) {
            hessian_[static_cast<std::size_t>(c) * m + r] =
                hessian_[static_cast<std::size_t>(r) * m + c];
        }
    }
}

// Coordinate descent on the quadratic model with price `mu` per choice; returns the choices used.
double SparseFit::sweep(double mu, int sweeps) {
    const int m = static_cast<int>(index_.size());
    for (int s = 0; s < sweeps; ++s) {
        double change = 0.0, total = 1e-300;
        for (int k = 0; k < m; ++k) {
            look();
            const int j = index_[k];
            const double* row = hessian_.data() + static_cast<std::size_t>(k) * m;
            const double h = row[k] * (1.0 + 1e-12);
            const double old = target_[k],
                         at = h * old - residual_[k];  // h * unpenalised minimiser
            double v = old;
            if (h > 1e-280) {
                if (j < optional_) {
                    v = at / h;
                } else {
                    const double right = upper_[j] > 0.0 ? at - mu / upper_[j] : -1.0;
                    const double left = lower_[j] < 0.0 ? at - mu / lower_[j] : 1.0;
                    v = right > 0.0 ? right / h : (left < 0.0 ? left / h : 0.0);
                }
            }
            v = std::min(std::max(v, lower_[j]), upper_[j]);
            const double d = v - old;
            total += h * v * v;
            if (d == 0.0) {
                continue;
            }
            target_[k] = v;
            change += h * d * d;
            axpy(m, d, row, residual_.data());
        }
        if (change < 1e-14 * total) {
            break;
        }
    }
    double total = 0.0;
    for (int k = 0; k < m; ++k) {
        total += index_[k] >= optional_ ? use(index_[k], target_[k]) : 0.0;
    }
    return total;
}

// Minimiser of the quadratic model over the hull, to `target_`: the price is found by bisection.
void SparseFit::solve_model() {
    const int m = static_cast<int>(index_.size());
    target_.resize(m);
    residual_.resize(m);
    for (int k = 0; k < m; ++k) {
        target_[k] = w[index_[k]];
        residual_[k] = gradient[index_[k]];
    }
    const double limit = chosen_;
    double low = 0.0, high = kInfinity, mu = mu_;
    for (int trial = 0; trial < 24; ++trial) {
        const double total = sweep(mu, 30);
        held_ = true;
        if (total > limit) {
            low = mu;
        } else {
            high = mu;
            if (mu == 0.0) {
                held_ = false;
                break;
            }
        }
        if (std::fabs(total - limit) < 1e-4 * limit) {
            break;
        }
        if (high == kInfinity) {
            mu = std::max(2.0 * mu, 1e-6 * value);
        } else if (low == 0.0) {
            mu = high > 1e-9 * value ? 0.3 * high : 0.0;
        } else {
            mu = 0.5 * (low + high);
        }
    }
    mu_ = mu;
    finish_face();
    double total = 0.0;
    for (int k = 0; k < m; ++k) {
        total += index_[k] >= optional_ ? use(index_[k], target_[k]) : 0.0;
    }
    if (total > limit) {
        for (int k = 0; k < m; ++k) {
            target_[k] *= index_[k] >= optional_ ? limit / total : 1.0;
        }
    }
}

// Factorises the curvature on the face of `at`: the variables of the working set that are off
// their bounds and kinks. Returns the choices used.
double SparseFit::factorise_face(const std::vector<double>& at) {
    const int m = static_cast<int>(index_.size());
    face_.clear();
    direction_.clear();  // gradient of the choices used, on the face
    double used = 0.0;
    for (int k = 0; k < m; ++k) {
        const int j = index_[k];
        const double v = at[k];
        used += j >= optional_ ? use(j, v) : 0.0;
        if (v > lower_[j] && v < upper_[j] && (j < optional_ || v != 0.0)) {
            face_.push_back(k);
            direction_.push_back(j < optional_ ? 0.0 : 1.0 / (v > 0.0 ? upper_[j] : lower_[j]));
        }
    }
    const int q = static_cast<int>(face_.size());
    factor_.resize(static_cast<std::size_t>(q) * q);
    const auto curvature = [&](int r, int c) {
        return hessian_[static_cast<std::size_t>(face_[r]) * m + face_[c]];
    };
    factorise(q, factor_.data(), curvature, [](double h) { return 1e-10 * h + 1e-280; });
    return used;
}

void SparseFit::solve_face(std::vector<double>& x) const {
    const int q = static_cast<int>(face_.size());
    solve_lower(q, factor_.data(), x.data());
    solve_upper(q, factor_.data(), x.data());
}

// On the face that coordinate descent ended on the minimiser solves linear equations. It is taken
// as far as the face goes.
void SparseFit::finish_face() {
    const double used = factorise_face(target_);
    const int q = static_cast<int>(face_.size());
    solution_.resize(q);
    for (int r = 0; r < q; ++r) {
        solution_[r] = -residual_[face_[r]];
    }
    solve_face(solution_);
    if (held_) {
        std::vector<double> along = direction_;
        solve_face(along);
        double top = 0.0, bottom = 0.0;
        for (int r = 0; r < q; ++r) {
            top += direction_[r] * solution_[r];
            bottom += direction_[r] * along[r];
        }
        if (bottom > 1e-280) {
            const double price = (top - (chosen_ - used)) / bottom;
            for (int r = 0; r < q; ++r) {
                solution_[r] -= price * along[r];
            }
        }
    }
    double step = 1.0;
    for (int r = 0; r < q; ++r) {
        const int j = index_[face_[r]];
        const double v = target_[face_[r]], d = solution_[r];
        double end = d > 0.0 ? upper_[j] : lower_[j];
        if (j >= optional_ && v * d < 0.0) {
            end = 0.0;
        }
        if (std::fabs(d) * step > std::fabs(end - v)) {
            step = std::fabs(end - v) / std::fabs(d);
        }
    }
    if (!std::isfinite(step)) {
        return;
    }
    for (int r = 0; r < q; ++r) {
        const int j = index_[face_[r]];
        const double v = target_[face_[r]] + step * solution_[r];
        target_[face_[r]] = std::min(std::max(v, lower_[j]), upper_[j]);
    }
}

void SparseFit::losses_without(const Rows& rows, std::vector<double>& loss) {
    loss.assign(p_ - optional_, 0.0);
    gather(rows, kInfinity);
    const int m = static_cast<int>(index_.size());
    target_.resize(m);
    for (int k = 0; k < m; ++k) {
        target_[k] = w[index_[k]];
        if (index_[k] >= optional_) {
            // at the end of its box: what the tangent and its own curvature say
            const int j = index_[k];
            const double price = binding ? mu_ * use(j, w[j]) : 0.0;
            loss[j - optional_] = std::max(0.0, -gradient[j] * w[j] - price) +
                                  0.5 * hessian_[static_cast<std::size_t>(k) * m + k] * w[j] * w[j];
        }
    }
    factorise_face(target_);
    const int q = static_cast<int>(face_.size());
    std::vector<double> along = direction_;
    solve_face(along);
    double bottom = 0.0;
    for (int r = 0; r < q; ++r) {
        bottom += direction_[r] * along[r];
    }
    for (int r = 0; r < q; ++r) {
        const int j = index_[face_[r]];
        if (j < optional_) {
            continue;
        }
        solution_.assign(q, 0.0);
        solution_[r] = 1.0;
        solve_face(solution_);
        double variance = solution_[r];
        if (binding && bottom > 0.0) {
            variance = std::max(variance - along[r] * along[r] / bottom, 1e-12 * variance);
        }
        loss[j - optional_] = 0.5 * w[j] * w[j] / std::max(variance, 1e-280);
    }
}

FitEnd SparseFit::run(const Rows& rows, const Box& box, const Choice& choice, double cutoff) {
    lower_ = box.lower;
    upper_ = box.upper;
    weight_ = box.weight;
    optional_ = choice.optional;
    const FitEnd end = iterate(rows, choice.chosen, cutoff);
    double used = 0.0;
    for (int j = optional_; j < p_; ++j) {
        used += use(j, w[j]);
    }
    const bool pays = !std::isfinite(cutoff) || mu_ * chosen_ >= kPays * (cutoff - value);
    binding = used > 0.999 * chosen_ && pays;
    return end;
}

FitEnd SparseFit::iterate(const Rows& rows, int chosen, double cutoff) {
    p_ = rows.p;
    chosen_ = chosen;
    gradient.resize(p_);
    slope_.resize(rows.n4);
    curvature_.resize(rows.n4);
    bound = base = -kInfinity;
    gain.assign(p_ - optional_, 0.0);
    mu_ = 0.0;
    make_feasible();
    value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
    for (int iteration = 0; iteration < 40; ++iteration) {
        tangent(rows);
        if (iteration == 0) {
            const int r = std::min(chosen_, p_ - optional_);
            mu_ = r > 0 ? *std::min_element(ranked_.begin(), ranked_.begin() + r) : 0.0;
        }
        if (bound > cutoff) {
            return FitEnd::above;
        }
        if (value - bound <= 1e-4 * (std::isfinite(cutoff) ? std::fabs(cutoff - value) : value) ||
            value - bound <= 1e-9 * value) {
            return value <= cutoff ? FitEnd::below : FitEnd::converged;
        }
        gather(rows, 0.98 * mu_);
        solve_model();
        double decrement = 0.0;
        best_ = w;
        for (std::size_t k = 0; k < index_.size(); ++k) {
            decrement += gradient[index_[k]] * (w[index_[k]] - target_[k]);
        }
        if (!(decrement > 0.0)) {
            return FitEnd::stalled;
        }
        const double before = value;
        double step = 1.0;
        bool moved = false;
        for (int halving = 0; halving < 12 && !moved; ++halving) {
            for (std::size_t k = 0; k < index_.size(); ++k) {
                const int j = index_[k];
                w[j] = step == 1.0 ? target_[k] : best_[j] + step * (target_[k] - best_[j]);
            }
            value = evaluate(rows, w.data(), gradient.data(), slope_.data(), curvature_.data());
            moved = value < before - 1e-4 * step * decrement;
            step *= 0.5;
        }
        if (!moved) {
            tangent(rows);
            return bound > cutoff ? FitEnd::above : FitEnd::stalled;
        }
    }
    return FitEnd::stalled;
}

}  // namespace riskslim::supports
