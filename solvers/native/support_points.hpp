// Exact search over integer points on a few columns.
#pragma once

#include <vector>

#include "support_fit.hpp"
#include "support_incumbent.hpp"
#include "support_table.hpp"

namespace riskslim::supports {

// Depth first over coordinates (an integer intercept is one of them; a real one stays real to the
// leaves): fix one to an integer value, fit
// the others with real numbers, and go outward from the real minimiser until the bound fails.
//
// With a free multiplier the fixed coordinates make one column z = sum_j points_j x_j whose
// coefficient is t = 1 / multiplier, and the others are w_j = t points_j in the hull of their box
// over the range of t: a relaxation, so that its lower bounds hold.
class PointSearch {
public:
    PointSearch(const Model& model, Incumbents& incumbents)
        : model_(model), incumbents_(incumbents) {}

    // Points on `features` (the columns of `cells`, after the intercept), zero elsewhere.
    // Where `must` is set the point is not zero; the others count towards `max_count` only when
    // they are not zero. `start`: real coefficients, intercept first. `bound`: of the node.
    // The box is the node's, of real coefficients, by column of the model.
    void run(const Cells& cells, const std::vector<int>& features, const std::vector<char>& must,
             int max_count, const std::vector<double>& start, double bound,
             const std::vector<double>& box_lower, const std::vector<double>& box_upper);

    // Ends after so many nodes: for heuristics, which report no bounds of what is left open.
    long node_budget = -1;

private:
    struct Level {
        Fit fit;
        std::vector<int> free;  // coordinates that are still real
        std::vector<Column> columns;
        std::vector<double> lower, upper, weight, start, z;
        bool scaled = false;  // parameter 0 is t
        double cost = 0.0;
        int smallest = 0, largest = 0;  // sizes that can still be reached
        double bound = 0.0;
    };

    // Sets up the fit of a level from the coordinates fixed so far; false if a rule forbids it.
    bool prepare(Level& level, const Level* parent, int moved, double shift);
    // Fits it; true if nothing below it matters.
    Rows rows_of(const Level& level) const;
    bool fails(Level& level);
    // Moves the start of a wide intercept to where the classes balance.
    void balance(Level& level);
    void expand(int depth);
    bool spent() const { return node_budget >= 0 && nodes_ > node_budget; }
    int choose(Level& level);
    bool rules_hold() const;
    bool predictions_hold();

    const Model& model_;
    Incumbents& incumbents_;
    const Cells* cells_ = nullptr;
    const double *box_lower_ = nullptr, *box_upper_ = nullptr;      // of real coefficients
    const double *point_lower_ = nullptr, *point_upper_ = nullptr;  // of integer points
    std::vector<int> feature_;  // of each coordinate; 0 is the intercept
    std::vector<char> must_, fixed_;
    Points value_;
    int max_count_ = 0;
    long nodes_ = 0;
    std::vector<Level> levels_;
    std::vector<double> diagonal_, column_;
    std::vector<char> inactive_;
    std::vector<double> low_, high_;  // of the rows' totals, where predictions are limited
    double largest_ = 0.0;            // absolute value of any row
};

}  // namespace riskslim::supports
