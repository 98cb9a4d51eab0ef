// Lattice heuristics on the logistic loss: sequential rounding (SeqRd) and
// discrete coordinate descent (DCD), Ustun and Rudin 2019, section 4.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "logistic.hpp"

namespace riskslim {

// Over the points x, intercept first, all of LogisticData::dimension() entries:
//   lower <= x <= upper, cost switch_cost[j] where x[j] != 0, and for every row r
//   row_lower[r] <= on_points[r] . x + on_indicators[r] . [x != 0] <= row_upper[r].
struct Lattice {
    const double* lower;
    const double* upper;
    const double* switch_cost;
    std::size_t rows;
    const double* on_points;
    const double* on_indicators;
    const double* row_lower;
    const double* row_upper;
    double scale = 1.0;  // the loss is that of scale * x
};

// Both answer with integer points that honour the box and the rows, or nothing.

// Rounds one coordinate at a time, the one that costs least; gives up as soon as
// the objective of the half-rounded points exceeds the cutoff.
std::optional<std::vector<double>> sequential_rounding(const LogisticData& data,
                                                       const double* start, const Lattice& lattice,
                                                       double cutoff);

// Moves one free coordinate at a time to its best value and, with swaps, drops one
// feature for another, until neither helps. Only coordinates whose entry of free is true move.
std::optional<std::vector<double>> coordinate_descent(const LogisticData& data, const double* start,
                                                      const Lattice& lattice, const bool* free,
                                                      bool swaps);

}  // namespace riskslim
