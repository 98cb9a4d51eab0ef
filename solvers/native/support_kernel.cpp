#include "support_kernel.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "watch.hpp"

// One source, several instruction sets: the loader takes the widest that the
// machine has, and the baseline stays portable.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define RISKSLIM_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define RISKSLIM_CLONES
#endif

namespace riskslim::supports {
namespace {

typedef double Lanes __attribute__((vector_size(32), aligned(8), may_alias));
typedef std::int64_t Words __attribute__((vector_size(32), aligned(8), may_alias));

constexpr int kLookEvery = 64;  // columns of a block between two looks at the clock
constexpr int kBlock = 256;     // rows at a time: slopes and columns of a block stay in the cache

// Macros, because a helper that is not inlined would be compiled for the baseline only.
#define LOAD(pointer) (*reinterpret_cast<const Lanes*>(pointer))
#define STORE(pointer, value) (*reinterpret_cast<Lanes*>(pointer) = (value))
#define TOTAL(v) (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))
#define LOSS_OF_LANES(s, a, b, value, slope, curvature)                                           \
    {                                                                                             \
        const Lanes zero = {0, 0, 0, 0};                                                          \
        const Lanes one = zero + 1.0;                                                             \
        const auto positive = (s) > zero;                                                         \
        Lanes x = positive ? -(s) : (s);                                                          \
        const Lanes floor_ = zero - 708.0;                                                        \
        x = x < floor_ ? floor_ : x;                                                              \
        /* exp(x) = 2^k exp(r), |r| <= log(2)/2, by its Taylor polynomial of degree 13 */         \
        const Lanes magic = zero + 6755399441055744.0;                                            \
        const Lanes shifted = x * 1.4426950408889634 + magic;                                     \
        const Lanes k = shifted - magic;                                                          \
        const Lanes r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;       \
        Lanes e = zero + 1.0 / 6227020800.0;                                                      \
        e = e * r + 1.0 / 479001600.0;                                                            \
        e = e * r + 1.0 / 39916800.0;                                                             \
        e = e * r + 1.0 / 3628800.0;                                                              \
        e = e * r + 1.0 / 362880.0;                                                               \
        e = e * r + 1.0 / 40320.0;                                                                \
        e = e * r + 1.0 / 5040.0;                                                                 \
        e = e * r + 1.0 / 720.0;                                                                  \
        e = e * r + 1.0 / 120.0;                                                                  \
        e = e * r + 1.0 / 24.0;                                                                   \
        e = e * r + 1.0 / 6.0;                                                                    \
        e = e * r + 0.5;                                                                          \
        e = e * r + 1.0;                                                                          \
        e = e * r + 1.0;                                                                          \
        Words bits = (Words)shifted;                                                              \
        bits = (bits + 1023) << 52;                                                               \
        e = e * (Lanes)bits;                                                                      \
        /* log(1 + e) = 2 artanh(z), z = e / (2 + e) <= 1/3: no cancellation for small e */       \
        const Lanes z = e / (e + 2.0);                                                            \
        const Lanes q = z * z;                                                                    \
        Lanes series = zero + 2.0 / 33.0;                                                         \
        series = series * q + 2.0 / 31.0;                                                         \
        series = series * q + 2.0 / 29.0;                                                         \
        series = series * q + 2.0 / 27.0;                                                         \
        series = series * q + 2.0 / 25.0;                                                         \
        series = series * q + 2.0 / 23.0;                                                         \
        series = series * q + 2.0 / 21.0;                                                         \
        series = series * q + 2.0 / 19.0;                                                         \
        series = series * q + 2.0 / 17.0;                                                         \
        series = series * q + 2.0 / 15.0;                                                         \
        series = series * q + 2.0 / 13.0;                                                         \
        series = series * q + 2.0 / 11.0;                                                         \
        series = series * q + 2.0 / 9.0;                                                          \
        series = series * q + 2.0 / 7.0;                                                          \
        series = series * q + 2.0 / 5.0;                                                          \
        series = series * q + 2.0 / 3.0;                                                          \
        series = series * q + 2.0;                                                                \
        const Lanes inverse = one / (e + one);                                                    \
        const Lanes small = e * inverse;                                                          \
        (value) += ((a) + (b)) * (z * series) + (positive ? (b) : (a)) * (positive ? (s) : -(s)); \
        (slope) = (b) * (positive ? inverse : small) - (a) * (positive ? small : inverse);        \
        (curvature) = ((a) + (b)) * (small * inverse);                                            \
    }

}  // namespace

RISKSLIM_CLONES
double evaluate(const Rows& rows, const double* w, double* gradient, double* slope,
                double* curvature) {
    look();
    const int p = rows.p;
    std::fill(gradient, gradient + p, 0.0);
    double total = 0.0;
    double scores[kBlock];
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        if (rows.offset != nullptr) {
            std::memcpy(scores, rows.offset + begin, sizeof(double) * length);
        } else {
            std::memset(scores, 0, sizeof(double) * length);
        }
        for (int j = 0; j < p; ++j) {
            if (w[j] == 0.0) {
                continue;
            }
            const double* x = rows.x[j] + begin;
            for (int i = 0; i < length; i += kLanes) {
                STORE(scores + i, LOAD(scores + i) + LOAD(x + i) * w[j]);
            }
        }
        Lanes value = {0, 0, 0, 0};
        for (int i = 0; i < length; i += kLanes) {
            const Lanes s = LOAD(scores + i);
            const Lanes a = LOAD(rows.a + begin + i);
            const Lanes b = LOAD(rows.b + begin + i);
            Lanes g, h;
            LOSS_OF_LANES(s, a, b, value, g, h);
            STORE(slope + begin + i, g);
            STORE(curvature + begin + i, h);
        }
        total += TOTAL(value);
        const double* r = slope + begin;
        for (int j = 0; j < p; ++j) {
            const double* x = rows.x[j] + begin;
            Lanes sum = {0, 0, 0, 0};
            for (int i = 0; i < length; i += kLanes) {
                sum += LOAD(x + i) * LOAD(r + i);
            }
            gradient[j] += TOTAL(sum);
        }
    }
    return total;
}

RISKSLIM_CLONES
void gram(const Rows& rows, const double* curvature, double* hessian) {
    const int p = rows.p;
    std::fill(hessian, hessian + static_cast<std::size_t>(p) * p, 0.0);
    double scaled[2][kBlock];
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        const double* h = curvature + begin;
        for (int j = 0; j < p; j += 2) {
            if (j % kLookEvery == 0) {
                look();
            }
            const bool pair = j + 1 < p;
            const double* x0 = rows.x[j] + begin;
            const double* x1 = rows.x[pair ? j + 1 : j] + begin;
            for (int i = 0; i < length; i += kLanes) {
                STORE(scaled[0] + i, LOAD(x0 + i) * LOAD(h + i));
                STORE(scaled[1] + i, LOAD(x1 + i) * LOAD(h + i));
            }
            double* row0 = hessian + static_cast<std::size_t>(j) * p;
            double* row1 = row0 + (pair ? p : 0);
            int k = 0;
            for (; k + 1 <= j; k += 2) {
                const double* y0 = rows.x[k] + begin;
                const double* y1 = rows.x[k + 1] + begin;
                Lanes s00 = {0, 0, 0, 0}, s01 = s00, s10 = s00, s11 = s00;
                for (int i = 0; i < length; i += kLanes) {
                    const Lanes u0 = LOAD(scaled[0] + i), u1 = LOAD(scaled[1] + i);
                    const Lanes v0 = LOAD(y0 + i), v1 = LOAD(y1 + i);
                    s00 += u0 * v0;
                    s01 += u0 * v1;
                    s10 += u1 * v0;
                    s11 += u1 * v1;
                }
                row0[k] += TOTAL(s00);
                row0[k + 1] += TOTAL(s01);
                if (pair) {
                    row1[k] += TOTAL(s10);
                    row1[k + 1] += TOTAL(s11);
                }
            }
            Lanes d00 = {0, 0, 0, 0}, d10 = d00, d11 = d00;
            for (int i = 0; i < length; i += kLanes) {
                const Lanes v0 = LOAD(x0 + i);
                d00 += LOAD(scaled[0] + i) * v0;
                d10 += LOAD(scaled[1] + i) * v0;
                d11 += LOAD(scaled[1] + i) * LOAD(x1 + i);
            }
            row0[j] += TOTAL(d00);
            if (pair) {
                row1[j] += TOTAL(d10);
                row1[j + 1] += TOTAL(d11);
            }
        }
    }
}

RISKSLIM_CLONES
double dot(int n4, const double* x, const double* y) {
    Lanes sum = {0, 0, 0, 0};
    for (int i = 0; i < n4; i += kLanes) {
        sum += LOAD(x + i) * LOAD(y + i);
    }
    return TOTAL(sum);
}

RISKSLIM_CLONES
double dot_any(int n, const double* x, const double* y) {
    Lanes sum = {0, 0, 0, 0}, more = sum;
    int i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
        sum += LOAD(x + i) * LOAD(y + i);
        more += LOAD(x + i + kLanes) * LOAD(y + i + kLanes);
    }
    sum += more;
    double total = TOTAL(sum);
    for (; i < n; ++i) {
        total += x[i] * y[i];
    }
    return total;
}

}  // namespace riskslim::supports
