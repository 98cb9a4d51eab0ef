// Supports of the opening heuristics: real fits on merged rows, and which feature to add.
#pragma once

#include <functional>
#include <vector>

#include "support_fit.hpp"
#include "support_table.hpp"

namespace riskslim::supports {

struct Candidate {
    std::vector<int> features;  // sorted
    std::vector<double> w;      // d + 1 real coefficients
    double value = 0.0;         // loss there, and the cost of the features
};

// A feature that might be added, and the objective that the quadratic model predicts.
struct Extension {
    int feature = 0;
    double predicted = 0.0;
};

// Real fits near a base support. Rows that the columns of a support do not tell apart are merged
// where that leaves clearly fewer.
class CandidateFits {
public:
    explicit CandidateFits(const Model& model);

    void set_base(const std::vector<int>& features);

    // Fit on the base support or, with `added` > 0, on it and this feature.
    Candidate fit(int added, const std::vector<double>& start);

    // The rows of the base support or, with `added` > 0, of it and this feature; columns in the
    // order intercept, features(). Valid until the next call.
    const Rows& select(int added);
    const Rows& rows() const { return rows_; }
    const std::vector<int>& features() const { return features_; }
    Fit& last() { return fit_; }

    // The `count` features outside the support that promise most at its fitted coefficients:
    // shortlisted by the score statistic with the variance given the intercept, ranked with the
    // variance given all coefficients that are not held at a bound.
    // Only those that `admit`. Features that promise nothing come last.
    std::vector<Extension> extensions(const Candidate& candidate, int count,
                                      const std::function<bool(int)>& admit);

private:
    bool useless(int feature, double gradient) const;

    const Model& model_;
    Partition base_, joint_;
    bool merged_ = false;
    std::vector<int> base_features_, features_;
    Cells cells_;
    std::vector<Column> columns_;
    Rows rows_;
    Fit fit_;
    std::vector<double> slope_, curvature_, gradient_, factor_;
    std::vector<std::vector<double>> scaled_;  // curvature times each column of the support
};

}  // namespace riskslim::supports
