// Local search around good integer points: single moves, pairs of unit moves, swaps of features.
#pragma once

#include <vector>

#include "support_fit.hpp"
#include "support_incumbent.hpp"

namespace riskslim::supports {

class Polish {
public:
    Polish(const Model& model, Incumbents& incumbents);

    // Improves the points until no move of the neighbourhood helps, offering every improvement.
    void run(std::vector<int> points);

private:
    // Objective after moving columns j and l by these steps; the best multiplier where it is free.
    double after(int j, double step_j, int l, double step_l);
    bool within(int j, int value) const;
    bool sweep(std::vector<int>& points, double& objective);

    const Model& model_;
    Incumbents& incumbents_;
    std::vector<double> score_, moved_, slope_, curvature_;
    Fit fit_;
    double t_ = 1.0;
};

}  // namespace riskslim::supports
