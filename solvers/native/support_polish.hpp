// Local search around good integer points.
#pragma once

#include <vector>

#include "support_candidate.hpp"
#include "support_incumbent.hpp"
#include "support_rounding.hpp"

namespace riskslim::supports {

// Moves are ranked by the quadratic model of the loss at the points, the multiplier following
// where it is free, and the best few are evaluated. The neighbourhood: steps of one point, unit
// steps of two, a feature put in the place of another, a feature dropped, a feature added; each
// also with the intercept following, a real one always.
class Polish {
public:
    Polish(const Model& model, Incumbents& incumbents);

    // Improves the points until no move of the neighbourhood helps, offers and returns the last.
    // `same_size`: as many features as before.
    Rounding::Result run(Points points, bool same_size);

private:
    struct Move {
        double predicted;
        int j, l;  // the same where one point moves alone
        Point to_j, to_l, intercept;
    };

    void improve(Rounding::Result& now, bool same_size);
    void expand(const Points& points);
    double predict(int count, const int* column, const double* step) const;
    void consider(const Points& points, int j, Point to_j, int l, Point to_l);
    void collect(const Points& points);
    bool within(int j, Point value) const;
    bool leaves_room(int j, int l);
    double curvature_of(int j, int l) const;
    double evaluate_move(const Move& move, const Points& trial, Scale& scale);
    void profile_intercept(const Points& points);

    const Model& model_;
    Incumbents& incumbents_;
    CandidateFits cells_;
    Valuation valuation_;
    GroupUse use_;
    std::vector<double> score_, slope_, curvature_, scaled_, totals_;
    std::vector<int> support_;                  // the intercept and the features in use
    std::vector<int> place_;                    // of each column in support_, or -1
    std::vector<double> gradient_, diagonal_;   // by column of the model
    std::vector<std::vector<double>> hessian_;  // rows of support_ by columns of the model
    std::vector<double> along_;                 // curvature between the totals and each column
    double slope_along_ = 0.0, curvature_along_ = 0.0;
    std::vector<Move> moves_;
    Scale scale_;
};

}  // namespace riskslim::supports
