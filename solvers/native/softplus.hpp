// The logistic loss of a score, and sums that do not lose digits.
//
// The kernels work on vectors of four doubles that the compiler lowers to
// whatever the machine has. They use additions, multiplications and divisions
// in a fixed order and no fused operations (-ffp-contract=off), so that every
// machine, with AVX2 or without, computes the same bits.
//
// With a = |s| and e = exp(-a):
//     softplus(s) = log(1 + exp(s)) = max(s, 0) + log1p(e),   sigmoid(s) from e / (1 + e)
// so nothing overflows whatever the score is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "sums.hpp"

#define RISKSLIM_INLINE inline __attribute__((always_inline))

namespace riskslim {

constexpr std::size_t kLanes = 4;
typedef double Vec __attribute__((vector_size(32)));
typedef std::uint64_t VecBits __attribute__((vector_size(32)));

// Unit roundoff, and the bound on the relative error of every loss term and
// slope that a kernel or a table returns (observed: below 4 units).
constexpr double kUnit = 0x1p-53;
constexpr double kKernelError = 8 * kUnit;

RISKSLIM_INLINE Vec load(const double* p) {
    Vec v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

RISKSLIM_INLINE void store(double* p, Vec v) { std::memcpy(p, &v, sizeof v); }

RISKSLIM_INLINE Vec broadcast(double x) { return Vec{x, x, x, x}; }

// The same in every lane of a vector of any width.
template <class V>
RISKSLIM_INLINE V fill(double x) {
    return x - V{};
}

template <class V>
struct BitsOf;
template <>
struct BitsOf<Vec> {
    typedef VecBits type;
};
#if defined(__x86_64__)
typedef double Vec8 __attribute__((vector_size(64)));
typedef std::uint64_t Vec8Bits __attribute__((vector_size(64)));
template <>
struct BitsOf<Vec8> {
    typedef Vec8Bits type;
};
#endif

// The lanes are added in one order on every machine.
RISKSLIM_INLINE double horizontal_sum(Vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }

// exp(-a) for a >= 0. Beyond 746 the result is 0 in double precision.
template <class V>
RISKSLIM_INLINE V exp_negative(V a) {
    const V limit = fill<V>(746.0);
    a = (a < limit) ? a : limit;
    // a = k ln2 - r with |r| <= ln2 / 2; adding 1.5 * 2^52 rounds to an integer.
    const V magic = fill<V>(0x1.8p52);
    const V shifted = a * 0x1.71547652b82fep+0 + magic;
    const V k = shifted - magic;
    // The high part of ln2 has 42 bits, so k * high is exact.
    const V r = (k * 0x1.62e42fefa3800p-1 - a) + k * 0x1.ef35793c76730p-45;
    // (exp(r) - 1 - r) / r^2: Chebyshev interpolant, relative error of exp below 2e-17.
    V q = fill<V>(2.510038549551032e-08);
    q = q * r + 2.7620088445409746e-07;
    q = q * r + 2.7557268459997064e-06;
    q = q * r + 2.4801521295954376e-05;
    q = q * r + 0.00019841269863053618;
    q = q * r + 0.0013888888917213717;
    q = q * r + 0.008333333333330062;
    q = q * r + 0.04166666666662413;
    q = q * r + 0.16666666666666669;
    q = q * r + 0.5000000000000001;
    const V power = 1.0 + (r + (r * r) * q);
    // 2^-k in two factors, because k reaches 1076 and results may be subnormal.
    typename BitsOf<V>::type ki;
    std::memcpy(&ki, &shifted, sizeof ki);
    ki = ki & 0xffff;
    const typename BitsOf<V>::type half = ki >> 1;
    const typename BitsOf<V>::type first_bits = (1023 - half) << 52;
    const typename BitsOf<V>::type second_bits = (1023 - (ki - half)) << 52;
    V first, second;
    std::memcpy(&first, &first_bits, sizeof first);
    std::memcpy(&second, &second_bits, sizeof second);
    return (power * first) * second;
}

// log(1 + e) for 0 <= e <= 1: 2 atanh(z) with z = e / (2 + e), or, where 1 + e
// exceeds sqrt 2, ln2 + 2 atanh(z) with z = (e - 1) / (e + 3); then z^2 < 0.0295.
template <class V>
RISKSLIM_INLINE V log1p_unit(V e) {
    const auto large = e > fill<V>(0.41421356237309503);
    const V numerator = large ? e - 1.0 : e;
    const V denominator = e + (large ? fill<V>(3.0) : fill<V>(2.0));
    const V base = large ? fill<V>(0.6931471805599453) : fill<V>(0.0);
    const V z = numerator / denominator;
    const V t = z * z;
    V q = fill<V>(0.14619343453512615);
    q = q * t + 0.15331487235865734;
    q = q * t + 0.18182896183483085;
    q = q * t + 0.2222221103781659;
    q = q * t + 0.28571428626570206;
    q = q * t + 0.3999999999989819;
    q = q * t + 0.666666666666667;
    return base + (2.0 * z + (z * t) * q);
}

template <class V>
RISKSLIM_INLINE V absolute(V s) {
    return (s < 0.0) ? -s : s;
}

// Weighted loss of merged rows: positive * softplus(-s) + negative * softplus(s).
// Both terms are sums of non-negative numbers, so relative errors do not grow.
// Infinite scores are clipped to the largest finite number, so that 0 * inf never arises.
template <class V>
RISKSLIM_INLINE V clip(V s) {
    const V top = fill<V>(0x1.fffffffffffffp+1023);
    s = (s > top) ? top : s;
    return (s < -top) ? -top : s;
}

template <class V>
RISKSLIM_INLINE V row_loss(V s, V positive, V negative) {
    s = clip(s);
    const V a = absolute(s);
    const V tail = log1p_unit(exp_negative(a));
    return (positive + negative) * tail + ((s > 0.0) ? negative : positive) * a;
}

template <class V>
struct RowTerms {
    V loss;
    V slope;
};

template <class V>
struct RowCurve {
    V loss;
    V slope;
    V curvature;
};

// The loss and its derivatives in the score, negative * sigmoid(s) - positive * sigmoid(-s) and
// (positive + negative) sigmoid(s) sigmoid(-s), from e = exp(-a) with a = |s|.
template <class V>
RISKSLIM_INLINE RowCurve<V> row_curve(V s, V a, V e, V positive, V negative) {
    const V tail = log1p_unit(e);
    const V near = 1.0 / (1.0 + e);
    const V far = e * near;
    const auto up = s > 0.0;
    return {(positive + negative) * tail + (up ? negative : positive) * a,
            up ? negative * near - positive * far : negative * far - positive * near,
            (positive + negative) * (far * near)};
}

template <class V>
RISKSLIM_INLINE RowTerms<V> row_terms(V s, V positive, V negative) {
    s = clip(s);
    const V a = absolute(s);
    const RowCurve<V> row = row_curve(s, a, exp_negative(a), positive, negative);
    return {row.loss, row.slope};
}

// The second derivative in the score, (positive + negative) sigmoid(s) sigmoid(-s).
template <class V>
RISKSLIM_INLINE V row_curvature(V s, V weight) {
    const V e = exp_negative(absolute(s));
    const V near = 1.0 / (1.0 + e);
    return weight * ((e * near) * near);
}

// The same function of one score by the standard library: for objectives of single scores.
inline double softplus(double s) { return std::max(s, 0.0) + std::log1p(std::exp(-std::fabs(s))); }

// Look-up over integer scores: log1p(exp(-a)) and sigmoid(-a) for a = 0 .. 746,
// correctly rounded where long double is wider than double; from 746 on both are 0
// in double precision, so that the table serves every integer score.
class ScoreTable {
public:
    static constexpr std::int32_t kLast = 746;
    struct Entry {
        double tail;
        double far;
    };
    static const ScoreTable& instance() {
        static const ScoreTable table;
        return table;
    }
    const Entry* entries() const { return entries_; }

private:
    ScoreTable() {
        for (std::int32_t a = 0; a <= kLast; ++a) {
            const long double e = std::exp(-static_cast<long double>(a));
            entries_[a].tail = static_cast<double>(std::log1p(e));
            entries_[a].far = static_cast<double>(e / (1.0L + e));
        }
    }
    Entry entries_[kLast + 1];
};

RISKSLIM_INLINE const ScoreTable::Entry& look_up(const ScoreTable::Entry* table, std::int32_t s) {
    const std::uint32_t a =
        s < 0 ? 0u - static_cast<std::uint32_t>(s) : static_cast<std::uint32_t>(s);
    return table[a < static_cast<std::uint32_t>(ScoreTable::kLast) ? a : ScoreTable::kLast];
}

}  // namespace riskslim
