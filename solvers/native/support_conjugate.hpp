// How far a step along the dual of a logistic loss may fall short of its quadratic model.
#pragma once

#include "softplus.hpp"

namespace riskslim::supports {

// With p a risk, h = p (1 - p) and |u| <= U <= 1, the divergence KL(p + h u || p) is at most
// c(U) h u^2, c(U) = ((1 - U) log(1 - U) + U) / U^2: its second derivative in u is
// h / ((1 + (1 - p) u) (1 - p u)) <= h / (1 - |u|). c is sum over k >= 2 of U^(k-2) / (k (k - 1)),
// between 1/2 and 1; here its terms up to U^5, and at most what the others add up to.
template <class V>
RISKSLIM_INLINE V conjugate_factor(V reach) {
    const V u = reach;
    return 0.5 + u * (1.0 / 6 +
                      u * (1.0 / 12 + u * (1.0 / 20 + u * (1.0 / 30 + u * (1.0 / 42 + u / 7)))));
}

// How far a risk moves along u, and what its divergence is of h u^2. With p the risk that is nearer
// to 0 (or 1 - p, mirrored):
// - away from 1/2, q stays in [0, 1] while |u| <= 1, with c(|u|) as above;
// - towards 1/2 and beyond, as far as 1 - p, second derivatives in q are at most 1 / h, so that
//   the divergence is at most h u^2 / 2. That is as far as u = (1 - 2 p) / h >= (1 - 4 h) / h,
//   since (1 - 2 p)^2 = 1 - 4 h <= 1. Beyond, while |u| <= 1, c(|u|) again.
// Longer moves are cut off. Computed h are off by some u of themselves, for which kWithin has room;
// where p is so near to 1/2 that its computed side may be wrong, (1 - 4 h) / h is below rounding,
// and kWithin makes it 0.
template <class V>
struct Move {
    V u, factor;
};

constexpr double kWithin = 1.0 - 1e-9;

template <class V>
RISKSLIM_INLINE Move<V> move_of(V u, V h, V side) {
    const V zero = u - u, size = absolute(u), nearer = 1.0 / (h + 1e-300) - 4.0 / kWithin;
    const V half = nearer > zero ? nearer * kWithin : zero;
    const V inward = u * side < zero ? half : zero;  // how far a half is the factor
    const V least = zero + kWithin, end = inward > least ? inward : least;
    const V moved = size < end ? size : end;
    const V factor = moved <= inward ? zero + 0.5 : conjugate_factor(moved < least ? moved : least);
    return {u < zero ? -moved : moved, factor};
}

}  // namespace riskslim::supports
