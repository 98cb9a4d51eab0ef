// Which pairs may fall by what is needed, and the cells of those.
#include <algorithm>
#include <cmath>

#include "clones.hpp"
#include "rounding.hpp"
#include "support_conjugate.hpp"
#include "support_pairs.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kQuotient = 1.0 + 1e-6;  // z' C^-1 z and d' C d, of a determinant that keeps 1e-3

// kept[t] = 0 where the pair of the feature `own` and feature t cannot fall by what it needs.
struct PairTest {
    int columns;
    double slope, schur, spread, slack, need;
    const double *row, *slopes, *schurs, *spreads, *slacks, *needs;
    unsigned char* kept;
};

RISKSLIM_CLONES("arch=x86-64-v4", "arch=x86-64-v3")
void test_pairs(const PairTest& test) {
    const double z = test.slope, c = test.schur, spread = test.spread, slack = test.slack;
    const double need = test.need;
    const double *row = test.row, *slopes = test.slopes, *schurs = test.schurs;
    const double *spreads = test.spreads, *slacks = test.slacks, *needs = test.needs;
    unsigned char* kept = test.kept;
    for (int t = 0; t < test.columns; ++t) {
        const double e = row[t], zt = slopes[t], ct = schurs[t], product = c * ct;
        const double determinant = product - e * e;
        const double own = zt * e - z * ct, other = z * e - zt * c;
        const double reach =
            (std::fabs(own) * spread + std::fabs(other) * spreads[t]) / determinant * kAbove;
        const double fall = -(z * own + zt * other) / determinant * kQuotient;
        const double short_of = need + needs[t] - slack - slacks[t];
        const bool gone = (determinant >= kLeastDeterminant * product) & (reach < 1.0) &
                          (fall * conjugate_factor(reach) < short_of);
        kept[t] = gone ? 0 : 1;
    }
}

// What one cell of the support has of the divergence along a step for two features, of which the
// first is the same for all pairs and column at[k] is the second of pair k. `all`, `ones`: what the
// cell weighs, and of it the rows with the first; `others`, `both`: with the second, with both.
struct CellTest {
    int pairs;
    const int* at;
    double risk, curvature, all, ones, fitted;
    const double *others, *both, *fits, *steps, *other_steps;
    double* fall;
    unsigned char* kept;
};

RISKSLIM_CLONES("arch=x86-64-v4", "arch=x86-64-v3")
void add_divergence(const CellTest& test) {
    constexpr double kRoom = 1.0 - 1e-9;
    const double p = test.risk, h = test.curvature, all = test.all, ones = test.ones;
    const double fitted = test.fitted;
    const int* at = test.at;
    const double *others = test.others, *both = test.both, *fits = test.fits;
    const double *steps = test.steps, *other_steps = test.other_steps;
    double* fall = test.fall;
    unsigned char* kept = test.kept;
    for (int k = 0; k < test.pairs; ++k) {
        const int t = at[k];
        const double step = steps[k], other = other_steps[k], joint = both[t];
        const double u0 = -step * fitted - other * fits[t];
        const double weights[4] = {all - ones - others[t] + joint, ones - joint, others[t] - joint,
                                   joint};
        const double moves[4] = {u0, u0 + step, u0 + other, u0 + step + other};
        double sum = 0.0;
        int refused = 0;
        for (int value = 0; value < 4; ++value) {
            const double u = moves[value], weight = weights[value];
            const double size = std::fabs(u) * kAbove + kManyTerms;
            const bool far = size >= 1.0;
            refused |= far & (weight > 0.0) & !(((p - 1.0) * u <= kRoom) & (p * u <= kRoom));
            sum += weight * h * u * u * (far ? 1.0 : conjugate_factor(size));
        }
        fall[k] += sum;
        kept[k] = static_cast<unsigned char>(kept[k] | (refused != 0));
    }
}

}  // namespace

void PairScan::singles(double need, std::vector<int>& places) const {
    places.clear();
    for (int t = 0; t < m_; ++t) {
        const double step = std::fabs(slope_[t]) / schur_[t], reach = step * spread_[t] * kAbove;
        const double fall = std::fabs(slope_[t]) * step * kQuotient;
        const bool gone = schur_[t] >= kLeastSchur && reach < 1.0 &&
                          fall * conjugate_factor(reach) < need + cost_[t] - slack_[t];
        if (!gone) {
            places.push_back(t);
        }
    }
}

void PairScan::partners(int place, double need, std::vector<int>& places) {
    look();
    const int first = place + 1, columns = m_ - first;
    const std::size_t m = static_cast<std::size_t>(m_), words = bits_.words();
    places.clear();
    fitted_first_ = -1;
    row_.assign(m, 0.0);
    kept_.resize(m);
    if (columns <= 0) {
        return;
    }
    if (counting_) {
        for (int g = 0; g < base_.count; ++g) {
            const BitTable::Word* cell = masks_.data() + g * words;
            for (std::size_t w = 0; w < words; ++w) {
                mask_[w] = cell[w] & local_[w * m + place];
            }
            count_together(g, first, columns);
            const double h = unit_curvature_[g];
            const double* both = both_.data() + g * m;
            for (int t = first; t < m_; ++t) {
                row_[t] += h * both[t];
            }
        }
    } else {
        const std::size_t p = m + q_;
        for (std::size_t t = first; t < m; ++t) {
            row_[t] = whole_[(t + q_) * p + (place + q_)];
        }
    }
    for (int k = 0; k < q_; ++k) {
        const double* scaled = scaled_.data() + k * m;
        const double own = scaled[place];
        for (std::size_t t = first; t < m; ++t) {
            row_[t] -= own * scaled[t];
        }
    }
    count_work(static_cast<long long>(columns) *
               (q_ + 12 + (counting_ ? 2LL * base_.count * static_cast<long long>(words) : 0)));
    test_pairs({columns, slope_[place], schur_[place], spread_[place], slack_[place],
                need + cost_[place], row_.data() + first, slope_.data() + first,
                schur_.data() + first, spread_.data() + first, slack_.data() + first,
                cost_.data() + first, kept_.data() + first});
    for (int t = first; t < m_; ++t) {
        if (kept_[t]) {
            places.push_back(t);
        }
    }
    if (counting_) {
        test_by_cells(place, need, places);
    }
}

// Counts of the rows of a cell, under `mask_`, that have each of the later features.
void PairScan::count_together(int g, int first, int columns) {
    const std::size_t m = static_cast<std::size_t>(m_);
    const int up = bits_.positive_words(), *shift = bits_.shift().data();
    std::uint64_t* positive = both_positive_.data() + g * m + first;
    std::fill(positive, positive + columns, 0);
    add_counts(up, shift, mask_.data(), local_.data() + first, m_, columns, positive);
    count_.assign(positive, positive + columns);
    add_counts(bits_.words() - up, shift + up, mask_.data() + up,
               local_.data() + static_cast<std::size_t>(up) * m + first, m_, columns,
               count_.data());
    double* both = both_.data() + g * m + first;
    std::fill(both, both + columns, 0.0);
    add_scaled(columns, 1.0, count_.data(), both);
}

// As `test_pairs`, with what each cell has of the divergence. Where |u| >= 1 that is at most h u^2,
// as of any two risks, if there is a risk p + h u.
void PairScan::test_by_cells(int place, double need, std::vector<int>& places) {
    const std::size_t m = static_cast<std::size_t>(m_), count = places.size();
    steps_.resize(count);
    other_steps_.resize(count);
    fall_.assign(count, 0.0);
    kept_.assign(std::max(count, m), 0);
    for (std::size_t k = 0; k < count; ++k) {
        const double e = row_[places[k]], product = schur_[place] * schur_[places[k]];
        double step[2];
        newton_step(place, places[k], step);
        const bool certain =
            (product - e * e >= kLeastDeterminant * product) &
            (std::max(std::fabs(step[0]), std::fabs(step[1])) <= 1.0 / kLeastSpread);
        kept_[k] = certain ? 0 : 1;
        steps_[k] = step[0];
        other_steps_[k] = step[1];
    }
    for (int g = 0; g < base_.count; ++g) {
        const double all = std::round(base_.a[g] * model_.total_weight) +
                           std::round(base_.b[g] * model_.total_weight);
        add_divergence({static_cast<int>(count), places.data(),
                        unit_slope_[g] * model_.total_weight, unit_curvature_[g], all,
                        ones_[g * m + place], fitted_[g * m + place], ones_.data() + g * m,
                        both_.data() + g * m, fitted_.data() + g * m, steps_.data(),
                        other_steps_.data(), fall_.data(), kept_.data()});
    }
    count_work(30LL * base_.count * static_cast<long long>(count));
    std::size_t left = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const int t = places[k];
        const double short_of = need + cost_[place] + cost_[t] - slack_[place] - slack_[t];
        if (kept_[k] || !(fall_[k] * kAbove < short_of)) {
            places[left++] = t;
        }
    }
    places.resize(left);
}

const Cells& PairScan::cells(int first, int second) {
    const std::size_t m = static_cast<std::size_t>(m_);
    const double total = model_.total_weight;
    for (int g = 0; g < base_.count; ++g) {
        const double up = static_cast<double>(both_positive_[g * m + second]);
        for (int side = 0; side < 2; ++side) {
            const std::vector<std::uint64_t>& counts = side == 0 ? positive_ : negative_;
            std::vector<double>& weight = side == 0 ? joint_.a : joint_.b;
            const double all = std::round((side == 0 ? base_.a[g] : base_.b[g]) * total);
            const double one = static_cast<double>(counts[g * m + first]);
            const double other = static_cast<double>(counts[g * m + second]);
            const double joint = side == 0 ? up : both_[g * m + second] - up;
            double* cells = weight.data() + 4 * g;
            cells[0] = (all - one - other + joint) / total;
            cells[1] = (one - joint) / total;
            cells[2] = (other - joint) / total;
            cells[3] = joint / total;
        }
    }
    return joint_;
}

void PairScan::newton_step(int first, int second, double (&step)[2]) const {
    const double e = row_[second], a = schur_[first], b = schur_[second];
    const double determinant = std::max(a * b - e * e, 1e-6 * a * b + 1e-300);
    step[0] = (slope_[second] * e - slope_[first] * b) / determinant;
    step[1] = (slope_[first] * e - slope_[second] * a) / determinant;
}

void PairScan::start(int first, int second, std::vector<double>& w) const {
    if (fitted_first_ == first) {
        const auto known = starts_.begin() + static_cast<long>(starts_at_[second]);
        w.assign(known, known + q_ + 2);
        return;
    }
    w = w_;
    double step[2];
    newton_step(first, second, step);
    const int place[2] = {first, second};
    for (int side = 0; side < 2; ++side) {
        for (int k = 0; k < q_; ++k) {
            w[k] -= step[side] * beta_[static_cast<std::size_t>(place[side]) * q_ + k];
        }
    }
    w.push_back(step[0]);
    w.push_back(step[1]);
}

}  // namespace riskslim::supports
