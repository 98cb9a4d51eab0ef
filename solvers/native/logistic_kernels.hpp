// Kernels on one tile of rows, in versions for the instruction sets of x86-64.
//
// A tile holds kTileRows rows column after column, so that every loop runs over
// rows, the scores of a tile stay in the first cache and its cells in the second
// between the pass for the scores and the pass for the gradient.
#pragma once

#include <cstddef>
#include <cstdint>

#include "softplus.hpp"

namespace riskslim {

constexpr std::size_t kTileRows = 512;
// Partial sums, by row modulo kSumLanes, of every component of a gradient.
constexpr std::size_t kSumLanes = 8;

// Columns with non-zero points; the others cost nothing.
struct ActivePoints {
    const std::uint32_t* columns;
    const double* points;
    std::size_t count;
    double intercept;
};

struct TileTerms {
    double loss;
    CompensatedSum slope;
};

// Along one column: loss, first and second derivative in the step.
struct LineTerms {
    double loss;
    double slope;
    double curvature;
};

// `rows` is the number of rows of the tile, padded to a multiple of kLanes with
// rows of weight zero; it is also the distance between columns.
template <class Cell>
struct TileKernels {
    // Touches half of the tile `next`, if any, ahead of time.
    void (*scores)(const Cell* tile, std::size_t rows, const ActivePoints& points, double* scores,
                   const Cell* next);
    // Exact, for points that are integers; the caller has checked that no score overflows.
    void (*integer_scores)(const Cell* tile, std::size_t rows, const ActivePoints& points,
                           std::int32_t* scores);
    // sums[kSumLanes j ..] += <slopes, column j> by lanes; touches the other half of `next`.
    void (*gradient)(const Cell* tile, std::size_t rows, std::size_t columns, const double* slopes,
                     double* sums, const Cell* next);
    // gradient[j] += <slopes, column j> and curvature[j] += <curvatures, column j squared>.
    void (*line_models)(const Cell* tile, std::size_t rows, std::size_t columns,
                        const double* slopes, const double* curvatures, double* gradient,
                        double* curvature);
    // Loss at scores + step * column; a null column stands for the intercept's ones.
    double (*line_loss)(const Cell* column, std::size_t rows, double step, const double* scores,
                        const double* positive, const double* negative);
    LineTerms (*line_terms)(const Cell* column, std::size_t rows, double step, const double* scores,
                            const double* positive, const double* negative);
    void (*shift)(const Cell* column, std::size_t rows, double step, double* scores);
};

inline double sum_lanes(const double* v) {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// Points four by four: the nibbles of a row's columns that matter, and for each the sums of
// the points of all its sixteen subsets.
struct NibbleSums {
    const std::uint32_t* nibbles;
    const double* sums;
    std::size_t count;
    double intercept;
};

// Features that are all 0 or 1, one bit a cell: look-ups (after Arlazarov, Dinic, Kronrod and
// Faradzev 1970, the four Russians) in place of products. Rows after the last hold zeros.
struct BitKernels {
    void (*scores)(const std::uint64_t* words, std::size_t rows, const NibbleSums& points,
                   double* scores);
    // Adds to the first of each column's kSumLanes sums.
    void (*gradient)(const std::uint64_t* words, std::size_t rows, std::size_t columns,
                     const double* slopes, double* sums);
};

struct ScoreKernels {
    double (*loss)(const double* scores, std::size_t rows, const double* positive,
                   const double* negative);
    TileTerms (*terms)(const double* scores, std::size_t rows, const double* positive,
                       const double* negative, double* slopes);
    void (*curvatures)(const double* scores, std::size_t rows, const double* positive,
                       const double* negative, double* curvatures);
    double (*integer_loss)(const std::int32_t* scores, std::size_t rows, const double* positive,
                           const double* negative);
    TileTerms (*integer_terms)(const std::int32_t* scores, std::size_t rows, const double* positive,
                               const double* negative, double* slopes);
};

// The version for this machine; all versions give the same bits.
template <class Cell>
const TileKernels<Cell>& tile_kernels();
const ScoreKernels& score_kernels();
const BitKernels& bit_kernels();

}  // namespace riskslim
