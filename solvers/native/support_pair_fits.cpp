// Newton's steps for four pairs at a time, on the cells of a support and a pair.
#include <algorithm>
#include <cmath>

#include "clones.hpp"
#include "rounding.hpp"
#include "softplus.hpp"
#include "support_conjugate.hpp"
#include "support_pairs.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr int kMostColumns = 9;          // of support and pair, the intercept among them
constexpr double kLargestScore = 400.0;  // no risk comes near 0 or 1 to the last digit
constexpr std::size_t kMostOfFour = 4 * PairScan::kMostCells;
constexpr int kRounds = 4;
constexpr double kLongestMove = 3.0, kHeld = 1e30;
constexpr double kRoom = 1.0 - 1e-9;

// Four pairs of one first feature. The second features' cells: cell g of the support splits in
// four, of weights a[4 g + value] and b[4 g + value], the first feature being 1 where value is odd.
// Columns: the support's, then the first feature and the second.
struct Four {
    int groups, columns;
    const int *active, *begin;    // of cell g, columns of the support that are 1
    const unsigned char* filled;  // whether any of the four has rows there
    const Vec *a, *b;
    const Vec *low, *high;  // of the box
    Vec limit;              // above which a bound rules the pair out
    Vec extent, shift;      // what tangent_rounding is told, at most
};

struct Sums {
    Vec value, gradient[kMostColumns], curvature[kMostColumns][kMostColumns];
};

RISKSLIM_INLINE Vec least_of(Vec left, Vec right) { return left < right ? left : right; }
RISKSLIM_INLINE Vec most_of(Vec left, Vec right) { return left > right ? left : right; }

// Fits each pair until a bound rules it out, for a few rounds: 1 where it is ruled out. The bound
// is that of `Fit::along_step`. A risk p + h u is one while (p - 1) u and p u are at most 1: where
// a move would go beyond, it is cut off there, and what slopes are left count with the ranges of
// the coefficients, as all do: any move serves. Where a move is 1 or more the divergence is at most
// h u^2, as that of any two risks.
RISKSLIM_CLONES("arch=x86-64-v3")
void rule_out(const Four& pairs, Vec* w, Vec* risk, Vec* rest, Vec* weight, Vec& ruled_out) {
    const int q = pairs.columns - 2, p = pairs.columns;
    const Vec zero = broadcast(0.0), one = broadcast(1.0);
    Vec gone = zero;
    for (int round = 0; round < kRounds; ++round) {
        Sums sums;
        sums.value = zero;
        for (int j = 0; j < p; ++j) {
            sums.gradient[j] = zero;
            for (int i = 0; i <= j; ++i) {
                sums.curvature[j][i] = zero;
            }
        }
        for (int g = 0; g < pairs.groups; ++g) {
            Vec base = zero;
            for (int k = pairs.begin[g]; k < pairs.begin[g + 1]; ++k) {
                base += w[pairs.active[k]];
            }
            Vec slope[4] = {zero, zero, zero, zero}, curve[4] = {zero, zero, zero, zero};
            for (int value = 0; value < 4; ++value) {
                const int cell = 4 * g + value;
                if (!pairs.filled[cell]) {
                    continue;
                }
                Vec s = base;
                if (value & 1) s += w[q];
                if (value & 2) s += w[q + 1];
                const Vec size = absolute(s), e = exp_negative(size);
                const RowCurve<Vec> row = row_curve<Vec>(s, size, e, pairs.a[cell], pairs.b[cell]);
                const Vec share = one / (one + e);
                sums.value += row.loss;
                slope[value] = row.slope;
                curve[value] = row.curvature;
                risk[cell] = s < 0.0 ? e * share : share;
                rest[cell] = s < 0.0 ? share : e * share;
                weight[cell] = row.curvature;
            }
            const Vec slopes = (slope[0] + slope[1]) + (slope[2] + slope[3]);
            const Vec curves = (curve[0] + curve[1]) + (curve[2] + curve[3]);
            const Vec first = curve[1] + curve[3], second = curve[2] + curve[3];
            for (int k = pairs.begin[g]; k < pairs.begin[g + 1]; ++k) {
                const int j = pairs.active[k];
                sums.gradient[j] += slopes;
                for (int l = pairs.begin[g]; l <= k; ++l) {
                    sums.curvature[j][pairs.active[l]] += curves;
                }
                sums.curvature[q][j] += first;
                sums.curvature[q + 1][j] += second;
            }
            sums.gradient[q] += slope[1] + slope[3];
            sums.gradient[q + 1] += slope[2] + slope[3];
            sums.curvature[q][q] += first;
            sums.curvature[q + 1][q + 1] += second;
            sums.curvature[q + 1][q] += curve[3];
        }
        // Newton's step; coefficients that an end of the box holds stay there
        Vec step[kMostColumns], inverse[kMostColumns];
        for (int j = 0; j < p; ++j) {
            const Vec slope = sums.gradient[j];
            const auto held = ((w[j] <= pairs.low[j]) & (slope > 0.0)) |
                              ((w[j] >= pairs.high[j]) & (slope < 0.0));
            Vec* row = sums.curvature[j];
            const Vec least = row[j] * 1e-12 + 1e-280;
            row[j] += held ? broadcast(kHeld) : zero;
            for (int i = 0; i <= j; ++i) {
                Vec v = row[i];
                for (int k = 0; k < i; ++k) {
                    v -= row[k] * sums.curvature[i][k];
                }
                row[i] = v * (i < j ? inverse[i] : one);
            }
            Vec root = most_of(row[j], least);
            for (int lane = 0; lane < static_cast<int>(kLanes); ++lane) {
                root[lane] = std::sqrt(root[lane]);
            }
            inverse[j] = one / root;
            Vec v = slope;
            for (int k = 0; k < j; ++k) {
                v -= row[k] * step[k];
            }
            step[j] = v * inverse[j];
        }
        for (int j = p - 1; j >= 0; --j) {
            for (int k = j + 1; k < p; ++k) {
                step[j] -= sums.curvature[k][j] * step[k];
            }
            step[j] = step[j] * inverse[j];
        }
        for (int j = 0; j < p; ++j) {
            step[j] = -step[j];
        }
        // the bound
        Vec fall = zero, longest = zero;
        Vec* residual = sums.gradient;
        for (int g = 0; g < pairs.groups; ++g) {
            Vec base = zero;
            for (int k = pairs.begin[g]; k < pairs.begin[g + 1]; ++k) {
                base += step[pairs.active[k]];
            }
            Vec pull[4] = {zero, zero, zero, zero};
            for (int value = 0; value < 4; ++value) {
                const int cell = 4 * g + value;
                if (!pairs.filled[cell]) {
                    continue;
                }
                Vec move = base;
                if (value & 1) move += step[q];
                if (value & 2) move += step[q + 1];
                const Vec h = weight[cell];
                longest = most_of(longest, h > 0.0 ? absolute(move) : zero);
                const Vec u = most_of(least_of(move, kRoom / risk[cell]), -(kRoom / rest[cell]));
                const Vec size = absolute(u) * kAbove + kManyTerms;
                fall += h * u * u * (size < 1.0 ? conjugate_factor(size) : one);
                pull[value] = h * u;
            }
            const Vec pulls = (pull[0] + pull[1]) + (pull[2] + pull[3]);
            for (int k = pairs.begin[g]; k < pairs.begin[g + 1]; ++k) {
                residual[pairs.active[k]] += pulls;
            }
            residual[q] += pull[1] + pull[3];
            residual[q + 1] += pull[2] + pull[3];
        }
        Vec linear = zero, size = zero;
        for (int j = 0; j < p; ++j) {
            const Vec r = residual[j];
            const Vec term = r * ((r > 0.0 ? pairs.low[j] : pairs.high[j]) - w[j]);
            linear += term;
            size += absolute(term);
        }
        // Squares of moves are at most twice the divergence.
        const Vec all = sums.value + pairs.extent + 2.0 * fall;
        const int n = 4 * pairs.groups;
        const Vec margin = kEpsilon * (static_cast<double>(n / kBlock + 96) * all +
                                       static_cast<double>(p + 4) * (pairs.shift + size) + 1e-3);
        const Vec bound = sums.value + linear - fall * kAbove - 2.0 * margin;
        gone = bound > pairs.limit ? one : gone;
        if (horizontal_sum(gone) == static_cast<double>(kLanes)) {
            break;
        }
        const Vec length = longest > kLongestMove ? kLongestMove / longest : one;
        for (int j = 0; j < p; ++j) {
            w[j] = least_of(most_of(w[j] + length * step[j], pairs.low[j]), pairs.high[j]);
        }
    }
    ruled_out = gone;
}

}  // namespace

// What the columns of the support need, once for a node.
void PairScan::set_fours(const Node& node) {
    active_.clear();
    begin_.assign(1, 0);
    double reach = 0.0;
    for (int j : node.in) {
        reach += std::max(std::fabs(node.low[j]), std::fabs(node.high[j]));
    }
    double widest = 0.0;
    for (int l : node.maybe) {
        widest = std::max({widest, std::fabs(node.low[l]), std::fabs(node.high[l])});
    }
    reach_ = (reach + 2.0 * widest) * kAbove;
    in_fours_ = q_ + 2 <= kMostColumns && std::all_of(node.in.begin(), node.in.end(),
                                                      [&](int j) { return model_.binary[j]; });
    for (int g = 0; in_fours_ && g < base_.count; ++g) {
        for (int k = 0; k < q_; ++k) {
            if (base_.x[k][g] != 0.0) {
                active_.push_back(k);
            }
        }
        begin_.push_back(static_cast<int>(active_.size()));
    }
}

void PairScan::fit(int first, double most, std::vector<int>& places) {
    if (!in_fours_) {
        return;
    }
    // The features move no score by more than their reach R. An intercept v beyond R leaves the
    // negative rows, of weight N, a loss of log(1 + e^(v - R)) or more each: more than `most` where
    // v > R + most / N. So an integer one, whose box is as wide as the multipliers are many, has
    // a box as narrow as a real one's.
    double ups = 0.0, downs = 0.0;
    for (int g = 0; g < base_.count; ++g) {
        ups += base_.a[g];
        downs += base_.b[g];
    }
    const double least = std::max(low_[0], -(reach_ + most / ups) * kAbove);
    const double greatest = std::min(high_[0], (reach_ + most / downs) * kAbove);
    if (!(least <= greatest) ||
        !(reach_ + std::max(std::fabs(least), std::fabs(greatest)) <= kLargestScore)) {
        return;
    }
    look();
    constexpr int kFour = static_cast<int>(kLanes);
    const std::size_t m = static_cast<std::size_t>(m_);
    const int groups = base_.count, p = q_ + 2;
    const std::size_t cells = 4 * static_cast<std::size_t>(groups);
    Vec a[kMostOfFour], b[kMostOfFour], risk[kMostOfFour], rest[kMostOfFour], weight[kMostOfFour];
    std::vector<unsigned char> filled(cells);
    Vec w[kMostColumns], low[kMostColumns], high[kMostColumns];
    count_work(25LL * groups * static_cast<long long>(places.size()));
    std::vector<double> one(p);
    starts_at_.resize(m);
    starts_.clear();
    std::size_t left = 0;
    for (std::size_t begin = 0; begin < places.size(); begin += kFour) {
        Four four{groups, p, active_.data(), begin_.data(), filled.data(), a, b, low, high, {},
                  {},     {}};
        std::fill(filled.begin(), filled.end(), 0);
        for (int lane = 0; lane < kFour; ++lane) {
            const int t = places[std::min(begin + lane, places.size() - 1)];
            const Cells& own = this->cells(first, t);
            for (std::size_t c = 0; c < cells; ++c) {
                a[c][lane] = own.a[c];
                b[c][lane] = own.b[c];
                filled[c] |= own.a[c] + own.b[c] > 0.0;
            }
            start(first, t, one);
            double extent = 0.0, shift = 0.0;
            for (int k = 0; k < p; ++k) {
                const int feature = k < q_ ? column_[k] : features_[k == q_ ? first : t];
                const double from = feature == 0 ? least : low_[feature];
                const double to = feature == 0 ? greatest : high_[feature];
                low[k][lane] = from;
                high[k][lane] = to;
                w[k][lane] = std::min(std::max(one[k], from), to);
                const double own_weight = model_.weight[feature];
                extent += own_weight * (to - from);
                shift += own_weight * std::max(-from, to);
            }
            four.extent[lane] = extent;
            four.shift[lane] = shift;
            four.limit[lane] = most - cost_[first] - cost_[t];
        }
        Vec ruled_out;
        rule_out(four, w, risk, rest, weight, ruled_out);
        for (int lane = 0; lane < kFour && begin + lane < places.size(); ++lane) {
            if (ruled_out[lane] == 0.0) {
                const int t = places[begin + lane];
                starts_at_[t] = starts_.size();
                for (int k = 0; k < p; ++k) {
                    starts_.push_back(w[k][lane]);
                }
                places[left++] = t;
            }
        }
    }
    places.resize(left);
    fitted_first_ = first;
}

}  // namespace riskslim::supports
