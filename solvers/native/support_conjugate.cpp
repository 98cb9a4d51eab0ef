// A bound on a fit from the dual of the loss.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rounding.hpp"
#include "support_fit.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

// Let row i have weight W_i, risk p_i and score s_i at w, and let q_i be other risks. A logistic
// loss lies above each of its tangents, so that for every v
//     f(v) >= f(w) + <r, v - w> - sum_i W_i KL(q_i || p_i),   r = gradient at w + X' W (q - p).
// Along a step d take q_i = p_i + h_i u_i with u = X d and h_i = p_i (1 - p_i): then r = gradient +
// H d, which is next to nothing for Newton's step in the box. Rows of large values move far: u_i is
// cut off where q_i would leave [0, 1], and what r keeps of it counts with the box. The divergence
// is bounded row by row (support_conjugate.hpp). So a bound that tangents reach after some further
// steps is at hand before the first one is taken.
//
// Rounding: any u serves, so that only the sums are off, which `tangent_rounding` counts, here
// twice: W |q - p| <= W. Curvatures are off by some units, and rows where they are not are
// refused; kAbove has room for both.
double Fit::along_step(const Rows& rows, const Box& box, const Choice& choice) {
    step_.resize(p_);
    pull_.resize(p_);
    for (int j = 0; j < p_; ++j) {
        step_[j] = target_[j] - w[j];
    }
    moved_.resize(rows.n4);
    const Along sums =
        along(rows, step_.data(), slope_.data(), curvature_.data(), moved_.data(), pull_.data());
    if (sums.flat) {
        return -kInfinity;
    }
    double linear = 0.0, size = 0.0, extent = 0.0, shift = 0.0;
    for (int j = 0; j < p_; ++j) {
        pull_[j] += gradient[j];
        const double r = pull_[j];
        const double term = r * ((r > 0.0 ? box.lower[j] : box.upper[j]) - w[j]);
        linear += term;
        size += std::fabs(term);
        extent += box.weight[j] * std::max(box.upper[j] - w[j], w[j] - box.lower[j]);
        shift += box.weight[j] * std::fabs(w[j]);
    }
    const double fall = sums.fall * kAbove;
    const double tighter = dropped_gains(pull_, box, choice);
    return value + (linear + tighter) - fall -
           2.0 * tangent_rounding(rows.n4, p_, value + extent + 2.0 * fall, shift + size);
}

}  // namespace riskslim::supports
