// Vector kernels of the search over supports: loss, gradient and curvature of
// weighted logistic rows held column by column.
#pragma once

#include <cstddef>

#include "softplus.hpp"

namespace riskslim::supports {

// Rows come in fours: every array below is padded with rows of weight 0.
constexpr int kLanes = static_cast<int>(riskslim::kLanes);
inline int padded(int n) { return (n + kLanes - 1) / kLanes * kLanes; }

// One logistic problem in p variables on n4 weighted rows,
//   f(w) = sum_i a_i log(1 + exp(-s_i)) + b_i log(1 + exp(s_i)),  s = offset + X w.
struct Rows {
    int n4 = 0;
    int p = 0;
    const double* const* x = nullptr;  // p columns of n4 values
    const double* offset = nullptr;    // n4 values, or none
    const double* a = nullptr;         // weight of the +1 rows
    const double* b = nullptr;         // weight of the -1 rows
};

// Value of f at w, its gradient (p), and per row the slope and the curvature of the loss.
double evaluate(const Rows& rows, const double* w, double* gradient, double* slope,
                double* curvature);

// Lower triangle (row-major p x p) of X' diag(curvature) X.
void gram(const Rows& rows, const double* curvature, double* hessian);

// sum_i x_i y_i over n4 rows.
double dot(int n4, const double* x, const double* y);

// The same for any number of terms.
double dot_any(int n, const double* x, const double* y);

}  // namespace riskslim::supports
