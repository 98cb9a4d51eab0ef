// Two positive and two negative rows that weighted features tell apart least, taken together.
#pragma once

#include "slim_nearest.hpp"

namespace riskslim::slim {

struct FoundQuad {
    int first_positive, first_negative, second_positive, second_negative;
    float weight;
};

// Two pairs of rows with differences D and E (positive less negative row): all four are right only
// if the points gain on D + E. The weight of a quad is that of its rows, each once, plus
// sum_j (plus_j [D_j + E_j > 0] + minus_j [D_j + E_j < 0]). Looks at all twos of the `candidates`
// pairs of least weight, and gives at most `count` of those below `limit`, lightest first; no row
// is part of more than `share` of them.
std::vector<FoundQuad> light_quads(const PairRows& rows, const double* plus, const double* minus,
                                   const double* on_positive, const double* on_negative,
                                   int candidates, int count, int share, float limit);

}  // namespace riskslim::slim
