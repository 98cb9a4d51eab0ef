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

}  // namespace riskslim::supports
