#include "support_dense.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "clones.hpp"
#include "support_kernel.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr int kPanel = 8;

// row -= sum over the panel of factor[k] panel[k], from a column on.
RISKSLIM_CLONES("arch=x86-64-v4", "arch=x86-64-v3")
void subtract_panel(int n, const double* panel, std::size_t stride, const double* one,
                    const double* two, double* row, double* next) {
    const double *p0 = panel, *p1 = p0 + stride, *p2 = p1 + stride, *p3 = p2 + stride;
    const double *p4 = p3 + stride, *p5 = p4 + stride, *p6 = p5 + stride, *p7 = p6 + stride;
    const double a0 = one[0], a1 = one[1], a2 = one[2], a3 = one[3];
    const double a4 = one[4], a5 = one[5], a6 = one[6], a7 = one[7];
    const double b0 = two[0], b1 = two[1], b2 = two[2], b3 = two[3];
    const double b4 = two[4], b5 = two[5], b6 = two[6], b7 = two[7];
#pragma GCC ivdep
    for (int c = 0; c < n; ++c) {
        const double x0 = p0[c], x1 = p1[c], x2 = p2[c], x3 = p3[c];
        const double x4 = p4[c], x5 = p5[c], x6 = p6[c], x7 = p7[c];
        const double s = ((a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3)) +
                         ((a4 * x4 + a5 * x5) + (a6 * x6 + a7 * x7));
        const double t = ((b0 * x0 + b1 * x1) + (b2 * x2 + b3 * x3)) +
                         ((b4 * x4 + b5 * x5) + (b6 * x6 + b7 * x7));
        row[c] -= s;
        next[c] -= t;
    }
}

}  // namespace

void factorise_upper(int m, double* a, double least) {
    const std::size_t stride = static_cast<std::size_t>(m);
    std::vector<double> pivots(m), spare(m);
    for (int k = 0; k < m; ++k) {
        pivots[k] = least * a[k * stride + k] + 1e-280;
    }
    for (int begin = 0; begin < m; begin += kPanel) {
        look();
        const int end = std::min(begin + kPanel, m);
        for (int k = begin; k < end; ++k) {
            double* own = a + k * stride;
            const double pivot = std::sqrt(std::max(own[k], pivots[k]));
            own[k] = pivot;
            for (int c = k + 1; c < m; ++c) {
                own[c] /= pivot;
            }
            for (int r = k + 1; r < end; ++r) {
                axpy(m - r, -own[r], own + r, a + r * stride + r);
            }
        }
        if (end - begin < kPanel) {
            return;
        }
        for (int r = end; r < m; r += 2) {
            double one[kPanel], two[kPanel];
            const bool pair = r + 1 < m;
            for (int k = 0; k < kPanel; ++k) {
                one[k] = a[(begin + k) * stride + r];
                two[k] = pair ? a[(begin + k) * stride + r + 1] : 0.0;
            }
            subtract_panel(m - r, a + begin * stride + r, stride, one, two, a + r * stride + r,
                           pair ? a + (r + 1) * stride + r : spare.data());
        }
    }
}

void solve_by_upper(int m, const double* u, double* x) {
    const std::size_t stride = static_cast<std::size_t>(m);
    for (int r = 0; r < m; ++r) {
        x[r] /= u[r * stride + r];
        axpy(m - r - 1, -x[r], u + r * stride + r + 1, x + r + 1);
    }
    for (int r = m - 1; r >= 0; --r) {
        const double* row = u + r * stride;
        x[r] = (x[r] - dot_any(m - r - 1, row + r + 1, x + r + 1)) / row[r];
    }
}

}  // namespace riskslim::supports
