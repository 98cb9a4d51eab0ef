#include "support_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cholesky.hpp"
#include "rounding.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kMostBits = std::size_t{1} << 17;
constexpr double kResidual = 1e-9;
constexpr double kLargestSlack = 1e-6;  // of rounding, where a scan is worth it
constexpr double kFlat = 1e-200;
}  // namespace

PairScan::PairScan(const Model& model) : model_(model), bits_(model, kMostBits) {}

double PairScan::cost_of_pair(const Node& node) const {
    const bool counted =
        !bits_.empty() && node.in.size() <= 6 &&
        std::all_of(node.in.begin(), node.in.end(), [&](int j) { return model_.binary[j]; });
    const double cells = std::ldexp(1.0, static_cast<int>(node.in.size()));
    return 8.0 + (counted ? 0.25 * cells * bits_.words() : 0.25 * model_.n4);
}

bool PairScan::set(const Node& node, Screen& screen) {
    m_ = static_cast<int>(node.maybe.size());
    q_ = 1 + static_cast<int>(node.in.size());
    w_ = screen.fit().w;
    const std::size_t m = static_cast<std::size_t>(m_), q = static_cast<std::size_t>(q_);
    slope_.assign(m, 0.0);
    square_.assign(m, 0.0);
    cross_.assign(q * m, 0.0);
    cost_.clear();
    features_ = node.maybe;
    column_.assign(1, 0);
    column_.insert(column_.end(), node.in.begin(), node.in.end());
    low_ = node.low;
    high_ = node.high;
    fitted_first_ = -1;
    for (int l : node.maybe) {
        cost_.push_back(model_.cost[l]);
    }
    counting_ = !bits_.empty() && screen.partition().groups() <= kMostCells &&
                std::all_of(node.maybe.begin(), node.maybe.end(),
                            [&](int j) { return model_.binary[j] != 0; });
    if (counting_) {
        set_counts(node, screen);
    } else {
        set_rows(node, screen);
    }
    return complement(node) && is_curved(screen);
}

void PairScan::set_rows(const Node& node, Screen& screen) {
    FitColumns columns;
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    columns.set(model_, node, features);
    const Rows rows = columns.rows(model_);
    const std::size_t p = static_cast<std::size_t>(rows.p), m = static_cast<std::size_t>(m_);
    whole_.resize(p * p);
    gram(rows, screen.curvature(), whole_.data());
    for (std::size_t t = 0; t < m; ++t) {
        const double* row = whole_.data() + (t + q_) * p;
        slope_[t] = dot(rows.n4, rows.x[t + q_], screen.slope());
        square_[t] = row[t + q_];
        for (int k = 0; k < q_; ++k) {
            cross_[static_cast<std::size_t>(k) * m + t] = row[k];
        }
    }
    curvature_.resize(static_cast<std::size_t>(q_) * q_);
    for (int r = 0; r < q_; ++r) {
        for (int c = 0; c <= r; ++c) {
            curvature_[r * q_ + c] = whole_[static_cast<std::size_t>(r) * p + c];
        }
    }
}

void PairScan::set_counts(const Node& node, Screen& screen) {
    const std::size_t m = static_cast<std::size_t>(m_), words = bits_.words();
    base_ = screen.cells(node);
    const int groups = base_.count;
    // a row of weight 1 in each cell
    const std::vector<double> none(base_.n4, 0.0);
    std::vector<double> unit(base_.n4, 0.0), gradient(q_);
    std::fill(unit.begin(), unit.begin() + groups, 1.0 / model_.total_weight);
    unit_slope_.resize(base_.n4);
    unit_curvature_.resize(base_.n4);
    Rows rows = base_.rows();
    rows.a = none.data();
    rows.b = unit.data();
    evaluate(rows, w_.data(), gradient.data(), unit_slope_.data(), unit_curvature_.data());
    rows = base_.rows();
    std::vector<double> weighted(base_.n4, 0.0);
    for (int g = 0; g < groups; ++g) {
        weighted[g] = unit_curvature_[g] * ((rows.a[g] + rows.b[g]) * model_.total_weight);
    }
    curvature_.resize(static_cast<std::size_t>(q_) * q_);
    gram(rows, weighted.data(), curvature_.data());

    bits_.masks(screen.partition().group(), groups, masks_);
    local_.resize(words * m);
    for (std::size_t t = 0; t < m; ++t) {
        const BitTable::Word* own = bits_.column(node.maybe[t]);
        for (std::size_t w = 0; w < words; ++w) {
            local_[w * m + t] = own[w];
        }
    }
    positive_.assign(static_cast<std::size_t>(groups) * m, 0);
    negative_.assign(static_cast<std::size_t>(groups) * m, 0);
    ones_.resize(positive_.size());
    both_.resize(positive_.size());
    both_positive_.resize(positive_.size());
    const int up = bits_.positive_words();
    count_work(static_cast<long long>(groups) * static_cast<long long>(words * m));
    for (int g = 0; g < groups; ++g) {
        look();
        const BitTable::Word* mask = masks_.data() + g * words;
        std::uint64_t *plus = positive_.data() + g * m, *minus = negative_.data() + g * m;
        add_counts(up, bits_.shift().data(), mask, local_.data(), m_, m_, plus);
        add_counts(bits_.words() - up, bits_.shift().data() + up, mask + up,
                   local_.data() + static_cast<std::size_t>(up) * m, m_, m_, minus);
        const double p = unit_slope_[g], h = unit_curvature_[g];
        for (std::size_t t = 0; t < m; ++t) {
            const double a = static_cast<double>(plus[t]), b = static_cast<double>(minus[t]);
            ones_[g * m + t] = a + b;
            slope_[t] += p * (a + b) - a / model_.total_weight;
            square_[t] += h * (a + b);
        }
        for (int k = 0; k < q_; ++k) {
            const double x = base_.x[k][g] * h;
            double* cross = cross_.data() + k * m;
            for (std::size_t t = 0; x != 0.0 && t < m; ++t) {
                cross[t] += x * static_cast<double>(plus[t] + minus[t]);
            }
        }
    }
    // the cells of the support and any pair: cell g splits in four
    joint_.reset(q_ + 2);
    for (int g = 0; g < groups; ++g) {
        for (int value = 0; value < 4; ++value) {
            for (int k = 0; k < q_; ++k) {
                joint_.x[k].push_back(base_.x[k][g]);
            }
            joint_.x[q_].push_back(value & 1);
            joint_.x[q_ + 1].push_back(value >> 1);
            joint_.a.push_back(0.0);
            joint_.b.push_back(0.0);
        }
    }
    joint_.finish();
    mask_.resize(words);
    set_fours(node);
}

// What is left of a feature once the support has what it can of it, and how sure that is: the part
// of the step that the support takes leaves a residual in its own slopes, and over the box each
// slope counts with the range of its coefficient.
bool PairScan::complement(const Node& node) {
    const std::size_t m = static_cast<std::size_t>(m_);
    factor_.resize(curvature_.size());
    factorise(
        q_, factor_.data(), [&](int r, int c) { return curvature_[r * q_ + c]; },
        [](double h) { return 1e-12 * h + 1e-280; });
    scaled_ = cross_;
    schur_ = square_;
    beta_.resize(m * static_cast<std::size_t>(q_));
    spread_.assign(m, 0.0);
    fitted_.assign(counting_ ? static_cast<std::size_t>(base_.count) * m : 0, 0.0);
    slack_.assign(m, kInfinity);
    std::vector<double> own(q_);
    bool useful = false;
    for (std::size_t t = 0; t < m; ++t) {
        look();
        for (int k = 0; k < q_; ++k) {
            own[k] = cross_[k * m + t];
        }
        solve_lower(q_, factor_.data(), own.data());
        for (int k = 0; k < q_; ++k) {
            scaled_[k * m + t] = own[k];
            schur_[t] -= own[k] * own[k];
        }
        solve_upper(q_, factor_.data(), own.data());
        std::copy(own.begin(), own.end(), beta_.begin() + static_cast<long>(t) * q_);
        double residual = 0.0;
        for (int r = 0; r < q_; ++r) {
            double left = cross_[r * m + t], size = std::fabs(left);
            for (int c = 0; c < q_; ++c) {
                const double h = curvature_[std::max(r, c) * q_ + std::min(r, c)] * own[c];
                left -= h;
                size += std::fabs(h);
            }
            const int j = r == 0 ? 0 : node.in[r - 1];
            const double range =
                std::max(node.high[j] - w_[r], w_[r] - node.low[j]) + std::fabs(w_[r]);
            residual += range * (std::fabs(left) + kManyTerms * size);
        }
        const int l = node.maybe[t];
        // The residual of C d + z counts with the range of the coefficient, and once more in
        // d'C d, which `test_pairs` takes for -z'd.
        const double slack =
            residual / kLeastSpread +
            kResidual * (std::max(node.high[l], -node.low[l]) + 2.0 / kLeastSpread);
        if (counting_) {
            for (int g = 0; g < base_.count; ++g) {
                double x = 0.0;
                for (int k = 0; k < q_; ++k) {
                    x += base_.x[k][g] * own[k];
                }
                fitted_[g * m + t] = x;
                const std::uint64_t ones = positive_[g * m + t] + negative_[g * m + t];
                const double all = (base_.a[g] + base_.b[g]) * model_.total_weight;
                const double zero = static_cast<double>(ones) < all - 0.5 ? std::fabs(x) : 0.0;
                spread_[t] = std::max({spread_[t], zero, ones > 0 ? std::fabs(1.0 - x) : 0.0});
            }
        } else {
            const Column x = model_.x[l];
            for (int i = 0; i < model_.n; ++i) {
                double left = x[i] - own[0];
                for (int k = 1; k < q_; ++k) {
                    left -= own[k] * model_.x[node.in[k - 1]][i];
                }
                spread_[t] = std::max(spread_[t], std::fabs(left));
            }
        }
        spread_[t] = spread_[t] * kAbove + kManyTerms;
        if (schur_[t] >= kLeastSchur && spread_[t] >= kLeastSpread && slack < kLargestSlack) {
            slack_[t] = slack;
            useful = true;
        }
    }
    return useful;
}

// Where risks are 0 or 1 to the last digit, curvatures are not what they are off by.
bool PairScan::is_curved(const Screen& screen) const {
    for (int g = 0; counting_ && g < base_.count; ++g) {
        if (unit_curvature_[g] * model_.total_weight < kFlat) {
            return false;
        }
    }
    for (int i = 0; !counting_ && i < model_.n; ++i) {
        if (screen.curvature()[i] < kFlat * (model_.a[i] + model_.b[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace riskslim::supports
