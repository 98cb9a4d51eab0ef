// Vector kernels of the search over supports: loss, gradient and curvature of
// weighted logistic rows held column by column.
#pragma once

#include <cstddef>

#include "softplus.hpp"
#include "support_column.hpp"

namespace riskslim::supports {

// Rows come in fours: every array below is padded with rows of weight 0.
constexpr int kLanes = static_cast<int>(riskslim::kLanes);
inline int padded(int n) { return (n + kLanes - 1) / kLanes * kLanes; }

// One logistic problem in p variables on n4 weighted rows,
//   f(w) = sum_i a_i log(1 + exp(-s_i)) + b_i log(1 + exp(s_i)),  s = offset + X w.
struct Rows {
    int n4 = 0;
    int p = 0;
    const Column* x = nullptr;       // p columns of n4 values
    const double* offset = nullptr;  // n4 values, or none
    const double* a = nullptr;       // weight of the +1 rows
    const double* b = nullptr;       // weight of the -1 rows
};

// Value of f at w, its gradient (p), and per row the slope and the curvature of the loss.
double evaluate(const Rows& rows, const double* w, double* gradient, double* slope,
                double* curvature);

// The loss of n4 rows whose scores are t times given ones, its slope and curvature in t, and how
// far value and slope may be off where every given score is off by `off` of itself. With u the
// unit roundoff:
// - t times a score s_i is off by r_i = t off |s_i|; sigmoids grow by a factor of at most e^r over
//   a step of r, and are at most 1, so the loss moves by at most r_i times (the row's slope e^r_i,
//   or its weight), and its terms carry 8 u each (softplus.hpp) and 4 u of weight and sum: the sums
//   are compensated, nothing grows with n;
// - a term of the slope is weight times sigmoid times score: it carries 12 u of itself, off |s_i|
//   times the sigmoid of the score, and the sigmoid moves by r_i times its own slope.
struct ScaleSums {
    double value, slope, curvature, value_error, slope_error;
};
ScaleSums scale_sums(int n4, const double* score, const double* a, const double* b, double t,
                     double off);

// The loss of n4 rows whose log odds are v + t z_i, its derivatives in t and in v, and how far
// value and slopes may be off where every z_i is off by off_i (0 without these). Log odds are off
// by r_i = t off_i + 2 u (|t z_i| + |v|); over a step of r a sigmoid grows by a factor of at most
// e^r, so that the loss moves by at most r_i times (the row's slope e^r_i, or its weight); its
// terms carry 12 u of themselves, as those of the slopes do, which move by r_i times the row's
// curvature. Sums are compensated: nothing grows with n.
struct LineSums {
    double value, slope_t, slope_v, curvature_t, curvature_v, mixed;
    double value_error, error_t, error_v;
};
LineSums line_sums(int n4, const double* z, const double* a, const double* b, const double* off,
                   double t, double v);

// Other risks q_i along d, by the slopes and curvatures at w: W_i (q_i - p_i) = moved_i =
// curvature_i u_i, where u_i = x_i . d, cut off where q_i would leave [0, 1]; product_j = sum_i
// x_ij moved_i. `fall` is at least sum_i W_i KL(q_i || p_i), but for rounding
// (support_conjugate.hpp). `flat`: a row that has weight has next to no curvature.
struct Along {
    double fall = 0.0;
    bool flat = false;
};
Along along(const Rows& rows, const double* d, const double* slope, const double* curvature,
            double* moved, double* product);

// Lower triangle (row-major p x p) of X' diag(curvature) X.
void gram(const Rows& rows, const double* curvature, double* hessian);

// The last row of that triangle alone, to the same bits.
void gram_last(const Rows& rows, const double* curvature, double* row);

// The last entry of the gradient of `evaluate`, from its slopes, to the same bits.
double gradient_last(const Rows& rows, const double* slope);

// y += factor x, of any number of terms.
void axpy(int n, double factor, const double* x, double* y);

// sum_i x_i y_i over n4 rows.
double dot(int n4, Column x, const double* y);

// The same for any number of terms.
double dot_any(int n, Column x, const double* y);

}  // namespace riskslim::supports
