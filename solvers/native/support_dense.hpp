// Cholesky factors of matrices of hundreds of rows, by panels.
#pragma once

namespace riskslim::supports {

// A = U'U of the upper triangle of an m x m matrix, row-major, which U replaces: what is left of a
// diagonal entry counts as `least` of it at least. Every entry is the same sum in the same order
// whatever the width of vectors.
void factorise_upper(int m, double* a, double least);

// x := A^-1 x
void solve_by_upper(int m, const double* u, double* x);

}  // namespace riskslim::supports
