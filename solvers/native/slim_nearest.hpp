// Pairs of a positive and a negative row that weighted features tell apart least.
#pragma once

#include <vector>

namespace riskslim::slim {

struct PairRows {
    int positives, negatives, features;
    const double *positive, *negative;  // row by row
};

struct FoundPair {
    int positive, negative;
    float weight;
};

// weight(p, n) = on_positive_p + on_negative_n + sum_j (plus_j [x_pj > x_nj] + minus_j [x_pj <
// x_nj]). For every row the `count` partners of least weight, where that is below `limit`; a pair
// may appear twice. Ties are broken by a fixed scatter, so that not all rows get the same partner.
std::vector<FoundPair> nearest_pairs(const PairRows& rows, const double* plus, const double* minus,
                                     const double* on_positive, const double* on_negative,
                                     int count, float limit);

}  // namespace riskslim::slim
