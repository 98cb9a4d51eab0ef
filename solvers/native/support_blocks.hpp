// Products of a block of rows with columns, four columns at a time: scores stay in registers, and
// four sums do not wait for one another. Every score and every sum adds the terms that one column
// after the other would add, in the same order.
#pragma once

#include "rounding.hpp"
#include "support_kernel.hpp"

namespace riskslim::supports {

typedef double Lanes __attribute__((vector_size(32), aligned(8), may_alias));
constexpr int kColumnsAtOnce = 4;

// Where blocks of columns that are bits are widened.
struct BlockRoom {
    double of[kColumnsAtOnce][kBlock];
};

RISKSLIM_INLINE Lanes load(const double* from) { return *reinterpret_cast<const Lanes*>(from); }
RISKSLIM_INLINE void store(double* to, Lanes value) { *reinterpret_cast<Lanes*>(to) = value; }
RISKSLIM_INLINE double total_of(Lanes v) { return (v[0] + v[1]) + (v[2] + v[3]); }

// scores += sum_j w_j x_j over `length` rows from `begin` on; columns of weight 0 are not read.
RISKSLIM_INLINE void add_products(const Column* columns, int p, const double* w, int begin,
                                  int length, BlockRoom& room, double* scores) {
    for (int j = 0; j < p;) {
        const double* x[kColumnsAtOnce];
        double of[kColumnsAtOnce];
        int count = 0;
        for (; j < p && count < kColumnsAtOnce; ++j) {
            if (w[j] != 0.0) {
                x[count] = columns[j].block(begin, length, room.of[count]);
                of[count++] = w[j];
            }
        }
        if (count == kColumnsAtOnce) {
            const double *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
            const double w0 = of[0], w1 = of[1], w2 = of[2], w3 = of[3];
            for (int i = 0; i < length; i += kLanes) {
                Lanes s = load(scores + i);
                s += load(x0 + i) * w0;
                s += load(x1 + i) * w1;
                s += load(x2 + i) * w2;
                s += load(x3 + i) * w3;
                store(scores + i, s);
            }
            continue;
        }
        for (int c = 0; c < count; ++c) {
            for (int i = 0; i < length; i += kLanes) {
                store(scores + i, load(scores + i) + load(x[c] + i) * of[c]);
            }
        }
    }
}

// sums_j += x_j . terms over the same rows.
RISKSLIM_INLINE void add_dots(const Column* columns, int p, const double* terms, int begin,
                              int length, BlockRoom& room, double* sums) {
    int j = 0;
    for (; j + kColumnsAtOnce <= p; j += kColumnsAtOnce) {
        const double* x0 = columns[j].block(begin, length, room.of[0]);
        const double* x1 = columns[j + 1].block(begin, length, room.of[1]);
        const double* x2 = columns[j + 2].block(begin, length, room.of[2]);
        const double* x3 = columns[j + 3].block(begin, length, room.of[3]);
        Lanes s0 = {0, 0, 0, 0}, s1 = s0, s2 = s0, s3 = s0;
        for (int i = 0; i < length; i += kLanes) {
            const Lanes term = load(terms + i);
            s0 += load(x0 + i) * term;
            s1 += load(x1 + i) * term;
            s2 += load(x2 + i) * term;
            s3 += load(x3 + i) * term;
        }
        sums[j] += total_of(s0);
        sums[j + 1] += total_of(s1);
        sums[j + 2] += total_of(s2);
        sums[j + 3] += total_of(s3);
    }
    for (; j < p; ++j) {
        const double* x = columns[j].block(begin, length, room.of[0]);
        Lanes sum = {0, 0, 0, 0};
        for (int i = 0; i < length; i += kLanes) {
            sum += load(x + i) * load(terms + i);
        }
        sums[j] += total_of(sum);
    }
}

}  // namespace riskslim::supports
