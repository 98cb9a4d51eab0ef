// Integer points near a real fit, over a range of multipliers.
#pragma once

#include <vector>

#include "support_fit.hpp"
#include "support_incumbent.hpp"

namespace riskslim::supports {

// Loss of one column of integer totals, at its best multiplier and intercept where these are free.
class Valuation {
public:
    explicit Valuation(const Model& model) : model_(model) { fit_.enough = 1e-11; }

    // `rows` carries the weights, and the intercept's column first; `scale` is where to start and,
    // after, the best.
    double run(const Rows& rows, const double* totals, Scale& scale);

private:
    const Model& model_;
    Fit fit_;
    std::vector<double> slope_, curvature_;
};

// Rounds real coefficients by the quadratic model of the loss around them: for each of many
// multipliers one coordinate after the other, the one that costs least first, the others moving to
// their conditional optimum; then unit moves and pairs of them while the model falls. Only the
// points that the model likes best are evaluated on the rows.
class Rounding {
public:
    Rounding(const Model& model, Incumbents& incumbents)
        : model_(model), incumbents_(incumbents), valuation_(model) {}

    // `fit` has been run on `rows`, whose columns are the intercept and `features`. Offers the
    // best points and returns them. `whole`: none of the features may go to zero.
    struct Result {
        double objective;
        Points points;  // empty if none is allowed
    };
    Result run(const Rows& rows, Fit& fit, const std::vector<int>& features, bool whole);

private:
    struct Found {
        double predicted, t;
        Points points;  // by coordinate
    };

    void profile_intercept();
    void round_at(double scale);
    void descend(double scale);
    // Evaluates the first few that are allowed, the best predicted first.
    void evaluate_best(const Rows& rows, const std::vector<Found>& found, Result& best);

    const Model& model_;
    Incumbents& incumbents_;
    Valuation valuation_;
    int p_ = 0;
    std::size_t first_ = 0;  // coordinate that is rounded: not a real intercept
    bool whole_ = false;
    std::vector<int> index_;                           // column of the model of each coordinate
    std::vector<double> w_, gradient_, hessian_;       // full matrix
    std::vector<double> inverse_, column_, diagonal_;  // inverse: full matrix
    std::vector<char> held_;
    std::vector<double> real_, left_;  // conditional optimum, covariance left
    Points points_;                    // by coordinate
    std::vector<double> slope_, totals_;
    double model_value_ = 0.0;
};

}  // namespace riskslim::supports
