// Integer points, and linear rules over them: what the problems of all searches have in common.
#pragma once

#include <cstdint>
#include <vector>

namespace riskslim {

// Points of a score, the intercept first. With features of large values the intercept is as large
// as their totals, which callers keep below 2^53.
using Point = std::int64_t;
using Points = std::vector<Point>;

// lower <= on_points . points + on_indicators . [points != 0] <= upper, up to the tolerance that
// a search gives it.
struct Rule {
    std::vector<double> on_points, on_indicators;
    double lower, upper, tolerance = 0.0;
};

}  // namespace riskslim
