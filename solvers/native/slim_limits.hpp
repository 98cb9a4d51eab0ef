// Limits on sums over the rows that are predicted yes, and the intercepts that keep them.
#pragma once

#include "slim_model.hpp"

namespace riskslim::slim {

// Intercepts from..to.
struct Interval {
    long from, to;
};

class PredictionLimits {
public:
    explicit PredictionLimits(const Model& model);

    bool any() const { return !model_.predictions.empty(); }

    // The intercepts at which every limit holds for given points of the features, as intervals
    // in ascending order; points[0] is not read.
    const std::vector<Interval>& intercepts(const Points& points);

    // Rows that one call reads.
    double work() const { return 4.0 * model_.limited.rows; }

private:
    const Model& model_;
    std::vector<std::pair<long, int>> turns_;  // the intercept from which a row is a yes
    std::vector<double> total_, size_, sum_;
    std::vector<Interval> found_;
};

}  // namespace riskslim::slim
