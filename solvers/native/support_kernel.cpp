#include "support_kernel.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "clones.hpp"
#include "rounding.hpp"
#include "support_blocks.hpp"
#include "support_conjugate.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {

// Beyond this score slopes and curvatures stay as they are, at 1e-308: where they vanished,
// Newton's method would not find back. No loss is off by more.
constexpr double kFlat = 708.0;
constexpr double kFlatCurvature = 1e-290;  // of a row's weight: where kFlat has not been reached
constexpr double kNoWeight = 1e-300;       // of padded rows, which have no curvature
constexpr int kOfLoss = 12;                // numbers that the loss of a row counts as
constexpr int kLookEvery = 64;             // columns, or blocks, between two looks at the clock
constexpr double kScaledTerm = kKernelError + 4.0 * kUnit;

// Adds to a sum and to the rounding errors of its additions (Knuth). A macro, because a helper that
// is not inlined would be compiled for the baseline only.
#define ADD(sum, errors, term)                                   \
    do {                                                         \
        const Vec added = (term), total = (sum) + added;         \
        const Vec other = total - (sum);                         \
        (errors) += ((sum) - (total - other)) + (added - other); \
        (sum) = total;                                           \
    } while (false)

}  // namespace

RISKSLIM_CLONES("arch=x86-64-v3")
double evaluate(const Rows& rows, const double* w, double* gradient, double* slope,
                double* curvature) {
    const int p = rows.p;
    count_work(static_cast<long long>(rows.n4) * (2 * p + kOfLoss));
    std::fill(gradient, gradient + p, 0.0);
    double total = 0.0;
    double scores[kBlock];
    BlockRoom room;
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        if (begin % (kLookEvery * kBlock) == 0) {
            look();
        }
        if (rows.offset != nullptr) {
            std::memcpy(scores, rows.offset + begin, sizeof(double) * length);
        } else {
            std::memset(scores, 0, sizeof(double) * length);
        }
        add_products(rows.x, p, w, begin, length, room, scores);
        Lanes value = {0, 0, 0, 0};
        for (int i = 0; i < length; i += kLanes) {
            const Vec s = clip<Vec>(load(scores + i)), a = absolute(s);
            const Vec e = exp_negative(a < kFlat ? a : kFlat - Vec{});
            const RowCurve<Vec> row =
                row_curve<Vec>(s, a, e, load(rows.a + begin + i), load(rows.b + begin + i));
            value += row.loss;
            store(slope + begin + i, row.slope);
            store(curvature + begin + i, row.curvature);
        }
        total += total_of(value);
        add_dots(rows.x, p, slope + begin, begin, length, room, gradient);
    }
    return total;
}

RISKSLIM_CLONES("arch=x86-64-v3")
ScaleSums scale_sums(int n4, const double* score, const double* a, const double* b, double t,
                     double off) {
    const Vec one = broadcast(1.0), zero = {0, 0, 0, 0};
    Vec value = zero, value_rest = zero, slope = zero, slope_rest = zero;
    Vec curvature = zero, value_error = zero, slope_error = zero;
    for (int i = 0; i < n4; i += kLanes) {
        const Vec given = load(score + i), up = load(a + i), down = load(b + i);
        const Vec s = clip<Vec>(given * t), size = absolute(given), e = exp_negative(absolute(s));
        const RowCurve<Vec> row = row_curve<Vec>(s, absolute(s), e, up, down);
        ADD(value, value_rest, row.loss);
        ADD(slope, slope_rest, row.slope * given);
        curvature += row.curvature * given * given;
        const Vec near = 1.0 / (1.0 + e), far = e * near, weight = up + down;
        const Vec moved = size * (t * off);
        const auto is_far = moved > one;
        const Vec growth = 1.0 + 2.0 * moved;  // above e^moved where it is at most 1
        const auto is_up = s > zero;
        const Vec pulled = (is_up ? down * near + up * far : down * far + up * near) * growth;
        const Vec steepest = (is_far | (pulled > weight)) ? weight : pulled;
        const Vec spread = near * far * growth * growth, quarter = broadcast(0.25);
        const Vec bent = (is_far | (spread > quarter)) ? quarter : spread;
        value_error += steepest * moved;
        slope_error += steepest * (kScaledTerm * size + off * size) + weight * bent * moved * size;
    }
    CompensatedSum total, fall;
    for (std::size_t lane = 0; lane < riskslim::kLanes; ++lane) {
        total.add(value[lane]);
        total.add(value_rest[lane]);
        fall.add(slope[lane]);
        fall.add(slope_rest[lane]);
    }
    // these are plain sums of positive terms, off by a share of n u
    const double more = 1.5;
    return {total.value(), fall.value(), total_of(curvature),
            more * (kScaledTerm * total.value() + total_of(value_error)),
            more * total_of(slope_error)};
}

RISKSLIM_CLONES("arch=x86-64-v3")
LineSums line_sums(int n4, const double* zs, const double* a, const double* b, const double* off,
                   double t, double v) {
    const Vec one = broadcast(1.0), zero = {0, 0, 0, 0}, quarter = broadcast(0.25);
    Vec value = zero, value_rest = zero, slope_t = zero, rest_t = zero, slope_v = zero;
    Vec rest_v = zero, curvature_t = zero, curvature_v = zero, mixed = zero;
    Vec value_error = zero, error_t = zero, error_v = zero;
    const double size_v = std::fabs(v);
    for (int i = 0; i < n4; i += kLanes) {
        const Vec z = load(zs + i), up = load(a + i), down = load(b + i), weight = up + down;
        const Vec s = clip<Vec>(z * t + v), size = absolute(z), e = exp_negative(absolute(s));
        const RowCurve<Vec> row = row_curve<Vec>(s, absolute(s), e, up, down);
        ADD(value, value_rest, row.loss);
        ADD(slope_t, rest_t, row.slope * z);
        ADD(slope_v, rest_v, row.slope);
        const Vec bend = row.curvature * z;
        curvature_t += bend * z;
        curvature_v += row.curvature;
        mixed += bend;
        const Vec near = 1.0 / (1.0 + e), far = e * near;
        const auto is_up = s > zero;
        const Vec pulled = is_up ? down * near + up * far : down * far + up * near;
        const Vec own = off == nullptr ? zero : Vec(load(off + i));
        const Vec moved = own * t + 2.0 * kUnit * (size * t + size_v);
        const auto is_far = moved > one;
        const Vec growth = 1.0 + 2.0 * moved;  // above e^moved where it is at most 1
        const Vec grown = pulled * growth, spread = near * far * growth * growth;
        const Vec steepest = (is_far | (grown > weight)) ? weight : grown;
        const Vec bent = weight * ((is_far | (spread > quarter)) ? quarter : spread);
        const Vec slope_error = steepest * kScaledTerm + bent * moved;
        value_error += steepest * moved;
        error_v += slope_error;
        error_t += slope_error * size + steepest * own;
    }
    CompensatedSum total, fall_t, fall_v;
    for (std::size_t lane = 0; lane < riskslim::kLanes; ++lane) {
        total.add(value[lane]);
        total.add(value_rest[lane]);
        fall_t.add(slope_t[lane]);
        fall_t.add(rest_t[lane]);
        fall_v.add(slope_v[lane]);
        fall_v.add(rest_v[lane]);
    }
    // these are plain sums of positive terms, off by a share of n u
    const double more = 1.5;
    return {total.value(),
            fall_t.value(),
            fall_v.value(),
            total_of(curvature_t),
            total_of(curvature_v),
            total_of(mixed),
            more * (kScaledTerm * total.value() + total_of(value_error)),
            more * total_of(error_t),
            more * total_of(error_v)};
}

RISKSLIM_CLONES("arch=x86-64-v3")
Along along(const Rows& rows, const double* d, const double* slope, const double* curvature,
            double* moved, double* product) {
    const int p = rows.p;
    std::fill(product, product + p, 0.0);
    Along sums;
    double steps[kBlock];
    BlockRoom room;
    bool flat = false;
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        if (begin % (kLookEvery * kBlock) == 0) {
            look();
        }
        std::memset(steps, 0, sizeof(double) * length);
        add_products(rows.x, p, d, begin, length, room, steps);
        Lanes fall = {0, 0, 0, 0};
        for (int i = 0; i < length; i += kLanes) {
            const Vec u = load(steps + i), c = load(curvature + begin + i);
            const Vec up = load(rows.a + begin + i), weight = up + load(rows.b + begin + i);
            const auto gone = c < kFlatCurvature * weight;
            flat = flat || gone[0] || gone[1] || gone[2] || gone[3];
            // twice the risk, less one: of the sign of u where the risk moves to the nearer end
            const Vec side = 2.0 * (load(slope + begin + i) + up) - weight;
            const Move<Vec> move = move_of<Vec>(u, c / (weight + kNoWeight), side);
            const Vec term = c * move.u;
            fall += term * move.u * move.factor;
            store(moved + begin + i, term);
        }
        sums.fall += total_of(fall);
        add_dots(rows.x, p, moved + begin, begin, length, room, product);
    }
    sums.flat = flat;
    return sums;
}

RISKSLIM_CLONES("arch=x86-64-v3")
void gram(const Rows& rows, const double* curvature, double* hessian) {
    const int p = rows.p;
    count_work(static_cast<long long>(rows.n4) * p * (p + 1) / 2);
    std::fill(hessian, hessian + static_cast<std::size_t>(p) * p, 0.0);
    double scaled[2][kBlock];
    // a block of every column, widened once
    const bool bits = std::any_of(rows.x, rows.x + p, [](Column x) { return x.are_bits(); });
    std::vector<double> room(bits ? static_cast<std::size_t>(p) * kBlock : 0);
    std::vector<Column> wide(bits ? p : 0);
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        const double* h = curvature + begin;
        for (int j = 0; bits && j < p; ++j) {
            double* own = room.data() + static_cast<std::size_t>(j) * kBlock;
            wide[j] = rows.x[j].block(begin, length, own);
        }
        const Column* x = bits ? wide.data() : rows.x;
        const int at = bits ? 0 : begin;
        for (int j = 0; j < p; j += 2) {
            if (j % kLookEvery == 0) {
                look();
            }
            const bool pair = j + 1 < p;
            const double* x0 = x[j].values() + at;
            const double* x1 = x[pair ? j + 1 : j].values() + at;
            for (int i = 0; i < length; i += kLanes) {
                store(scaled[0] + i, load(x0 + i) * load(h + i));
                store(scaled[1] + i, load(x1 + i) * load(h + i));
            }
            double* row0 = hessian + static_cast<std::size_t>(j) * p;
            double* row1 = row0 + (pair ? p : 0);
            int k = 0;
            for (; k + 1 <= j; k += 2) {
                const double* y0 = x[k].values() + at;
                const double* y1 = x[k + 1].values() + at;
                Lanes s00 = {0, 0, 0, 0}, s01 = s00, s10 = s00, s11 = s00;
                for (int i = 0; i < length; i += kLanes) {
                    const Lanes u0 = load(scaled[0] + i), u1 = load(scaled[1] + i);
                    const Lanes v0 = load(y0 + i), v1 = load(y1 + i);
                    s00 += u0 * v0;
                    s01 += u0 * v1;
                    s10 += u1 * v0;
                    s11 += u1 * v1;
                }
                row0[k] += total_of(s00);
                row0[k + 1] += total_of(s01);
                if (pair) {
                    row1[k] += total_of(s10);
                    row1[k + 1] += total_of(s11);
                }
            }
            Lanes d00 = {0, 0, 0, 0}, d10 = d00, d11 = d00;
            for (int i = 0; i < length; i += kLanes) {
                const Lanes v0 = load(x0 + i);
                d00 += load(scaled[0] + i) * v0;
                d10 += load(scaled[1] + i) * v0;
                d11 += load(scaled[1] + i) * load(x1 + i);
            }
            row0[j] += total_of(d00);
            if (pair) {
                row1[j] += total_of(d10);
                row1[j + 1] += total_of(d11);
            }
        }
    }
}

RISKSLIM_CLONES("arch=x86-64-v3")
void gram_last(const Rows& rows, const double* curvature, double* row) {
    const int p = rows.p;
    count_work(static_cast<long long>(rows.n4) * p);
    std::fill(row, row + p, 0.0);
    double scaled[kBlock];
    BlockRoom room;
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        const double *x = rows.x[p - 1].block(begin, length, room.of[0]), *h = curvature + begin;
        for (int i = 0; i < length; i += kLanes) {
            store(scaled + i, load(x + i) * load(h + i));
        }
        add_dots(rows.x, p, scaled, begin, length, room, row);
    }
}

RISKSLIM_CLONES("arch=x86-64-v3")
double gradient_last(const Rows& rows, const double* slope) {
    count_work(rows.n4);
    double sum = 0.0;
    BlockRoom room;
    for (int begin = 0; begin < rows.n4; begin += kBlock) {
        const int length = std::min(kBlock, rows.n4 - begin);
        add_dots(rows.x + (rows.p - 1), 1, slope + begin, begin, length, room, &sum);
    }
    return sum;
}

RISKSLIM_CLONES("arch=x86-64-v3")
void axpy(int n, double factor, const double* x, double* y) {
    count_work(n / 4);  // most often of rows that are in the cache
    for (int i = 0; i < n; ++i) {
        y[i] += factor * x[i];
    }
}

RISKSLIM_CLONES("arch=x86-64-v3")
double dot(int n4, Column column, const double* ys) {
    count_work(n4);
    Lanes sum = {0, 0, 0, 0};
    double room[kBlock];
    for (int begin = 0; begin < n4; begin += kBlock) {
        const int length = std::min(kBlock, n4 - begin);
        const double *x = column.block(begin, length, room), *y = ys + begin;
        for (int i = 0; i < length; i += kLanes) {
            sum += load(x + i) * load(y + i);
        }
    }
    return total_of(sum);
}

RISKSLIM_CLONES("arch=x86-64-v3")
double dot_any(int n, Column column, const double* y) {
    count_work(n);
    constexpr int kTwo = 2 * kLanes;
    Lanes sum = {0, 0, 0, 0}, more = sum;
    double room[kBlock];
    const int even = n / kTwo * kTwo;
    for (int begin = 0; begin < even; begin += kBlock) {
        const int length = std::min(kBlock, even - begin);
        const double *x = column.block(begin, length, room), *of = y + begin;
        for (int i = 0; i < length; i += kTwo) {
            sum += load(x + i) * load(of + i);
            more += load(x + i + kLanes) * load(of + i + kLanes);
        }
    }
    sum += more;
    double total = total_of(sum);
    for (int i = even; i < n; ++i) {
        total += column[i] * y[i];
    }
    return total;
}

}  // namespace riskslim::supports
