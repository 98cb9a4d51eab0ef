// Lower Cholesky factors of small matrices, row-major, and solving with them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "support_kernel.hpp"
#include "watch.hpp"

namespace riskslim::supports {

// Factorises the m x m matrix entry(r, c), r >= c, into the lower triangle of `factor`, which may
// be where the entries come from. Collinear columns are common: what is left of a diagonal entry
// counts as least(entry(r, r)) at least.
template <class Entry, class Least>
void factorise(int m, double* factor, const Entry& entry, const Least& least) {
    constexpr int kShort = 16;  // up to where a call takes longer than the sum
    for (int r = 0; r < m; ++r) {
        look();
        double* row = factor + static_cast<std::size_t>(r) * m;
        const double pivot = least(entry(r, r));
        for (int c = 0; c <= r; ++c) {
            const double* other = factor + static_cast<std::size_t>(c) * m;
            double v = entry(r, c);
            if (c >= kShort) {
                v -= dot_any(c, row, other);
            } else {
                for (int t = 0; t < c; ++t) {
                    v -= row[t] * other[t];
                }
            }
            row[c] = r == c ? std::sqrt(std::max(v, pivot)) : v / other[c];
        }
    }
}

// x := L^-1 x
inline void solve_lower(int m, const double* factor, double* x) {
    for (int r = 0; r < m; ++r) {
        const double* row = factor + static_cast<std::size_t>(r) * m;
        for (int t = 0; t < r; ++t) {
            x[r] -= row[t] * x[t];
        }
        x[r] /= row[r];
    }
}

// x := L'^-1 x
inline void solve_upper(int m, const double* factor, double* x) {
    for (int r = m - 1; r >= 0; --r) {
        for (int t = r + 1; t < m; ++t) {
            x[r] -= factor[static_cast<std::size_t>(t) * m + r] * x[t];
        }
        x[r] /= factor[static_cast<std::size_t>(r) * m + r];
    }
}

}  // namespace riskslim::supports
