// How far computed numbers may be off, derived from unit roundoff and operation counts.
//
// With u = 2^-53 the unit roundoff, every operation is off by at most u of its result, and a sum
// of terms t_k in which each passes through at most m additions by at most m u sum |t_k| (up to
// m^2 u^2, which the room that every constant below has takes in: no m here comes near 10^7).
//
// Kernels. A loss or a slope of a row from softplus.hpp is off by kTerm u of itself: the loss of
// the sum of its two positive terms; the slope b sigmoid(s) - a sigmoid(-s) of both terms, of which
// it is the difference. Where they cancel, that is more than kTerm u of the slope: they are
//     |slope| + 2 min(b sigmoid(s), a sigmoid(-s)) <= |slope| + 4 h  with  h = min(curvature, a/2,
//     b/2),
// the curvature being (a + b) sigmoid(s) sigmoid(-s), whose larger sigmoid is at least 1/2. A row
// of one class cancels nothing.
//
// `evaluate` (support_kernel.hpp) adds blocks of kBlock rows in kLanes lanes: a term passes through
// kBlock / kLanes additions in its lane, 2 when lanes are joined, and one for each block. So
//     value       is off by (n / kBlock + 1 + kBlock / kLanes + 2 + kTerm) u value,
//     gradient_j  by as much and one u more for the product, of
//                 sum_i (a_i + b_i) |x_ij|, or of sum_i (|slope_i| + 4 h_i) |x_ij|,
// all below blocked_sum(n). A score of p products is off by (p + 1) u sum_j |x_ij w_j|.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "softplus.hpp"

namespace riskslim {

// u and 2 u. kUnit stands in softplus.hpp, with what its kernels are off by.
constexpr double kEpsilon = 2.0 * kUnit;
static_assert(kEpsilon == std::numeric_limits<double>::epsilon());

// For sums of at most 10^7 positive terms: above them, however they were rounded.
constexpr double kAbove = 1.0 + 1e-9;

constexpr int kBlock = 256;  // rows at a time: slopes and columns of a block stay in the cache

// Relative error of `evaluate` on n rows: of its value, and of a gradient's component as above.
constexpr double blocked_sum(int n) { return kEpsilon * (n / kBlock + 96); }
static_assert(2 * 96 >= 1 + kBlock / kLanes + 2 + kKernelError / kUnit + 1);

// The same of a plain sum of n products of a column and slopes in kLanes lanes (`dot`), by n / 4 +
// 3 additions; `more` counts what is added to that.
constexpr double laned_sum(int n, int more) {
    return kEpsilon * (n / static_cast<int>(kLanes) + 64 + more);
}
static_assert(2 * 64 >= 3 + 1 + kKernelError / kUnit);

// What |slope| is to be raised by in sums that errors of slopes are a share of: half of
// the curvature at 128 u or more takes in kTerm u of 4 h.
constexpr double kCurvatureShare = 0.5;
static_assert(kCurvatureShare * 2 * 64 >= 4 * kKernelError / kUnit);

// What errors of slopes and of sums of slopes along a column are a share of, counted by blocked_sum
// and laned_sum: far below the rows' weights where most risks are 0 or 1. Where slopes vanish, a
// floor keeps bounds of next to nothing from lying above 0, where an objective has no digits for
// them.
template <class Values>
double pull(int n, const Values& x, const double* slope, const double* curvature, const double* a,
            const double* b) {
    constexpr double kFloor = 16.0 * kEpsilon;
    double total = 0.0;
    for (int i = 0; i < n; ++i) {
        const double cancelled = std::min(curvature[i], 0.5 * std::min(a[i], b[i]));
        const double terms =
            std::fabs(slope[i]) + kCurvatureShare * cancelled + kFloor * (a[i] + b[i]);
        total += terms * std::fabs(x[i]);
    }
    return total * kAbove;
}

// The affine bound value + <gradient, v - w> at its least over a box, with `size` = sum_j |w_j| m_j
// + sum_j |gradient_j (v_j - w_j)| and m_j one of the sums above. Its constant carries the slopes
// times the errors of the scores, (p + 1) u of sum_j |w_j| m_j; its linear part p products and
// additions, (p + 2) u; the gains that it drops, each at most |gradient_j| (|v_j - w_j| + |w_j|),
// (p + 1) u; the value three more additions, which blocked_sum has room for: (2 p + 7) u in all.
// Products that underflow lose absolute, not relative, digits, 2^-1074 each: 2e-19 is far more.
inline double tangent_rounding(int n, int p, double sums, double size) {
    return kEpsilon * ((n / kBlock + 96) * sums + (p + 4) * size + 1e-3);
}

// A score of p products, in units of the sum of their sizes.
constexpr double score_error(int p) { return kEpsilon * (p + 2); }

// A plain sum of d products and an intercept, of the largest total: (d + 2) u; twice that, and what
// multiplying by it rounds away.
constexpr double total_error(int d) { return 2.3e-16 * (d + 4); }
static_assert(2.3e-16 > kEpsilon);

// Sums of at most some hundred terms without a derivation of their own: 9 u a term.
constexpr double kFewTerms = 1e-15;
static_assert(kFewTerms > 9 * kUnit);

// Sums of up to thousands of terms without a derivation of their own, with room to spare.
constexpr double kManyTerms = 1e-12;

// Not derived but said to callers: how far sums of real coefficients may miss a limit, of the size
// of their terms. Far above the rounding of a sum of 1000 terms.
constexpr double kRuleTolerance = 1e-12;
constexpr double kPredictionTolerance = 1e-12;

}  // namespace riskslim
