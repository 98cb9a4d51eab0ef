// The points of one support, searched feature by feature: a total of the first ones orders the
// cells into which the others part the rows.
#pragma once

#include <memory>
#include <vector>

#include "slim_cells.hpp"
#include "slim_cutoff.hpp"
#include "slim_sweep.hpp"

namespace riskslim::slim {

using Direction = std::vector<Point>;  // none of them 0, without a common factor

// Directions of these features that the box holds.
std::vector<Direction> directions_of(const Model& model, const std::vector<int>& features);

// Totals of rows at these points.
std::vector<double> totals_of(const Cells& cells, const std::vector<int>& features,
                              const Direction& points);

class SupportPoints {
public:
    SupportPoints(const Model& model, Incumbent& incumbent, Cutoff& cutoff, Grouper& grouper)
        : model_(model),
          incumbent_(incumbent),
          cutoff_(cutoff),
          grouper_(grouper),
          limits_(model) {}

    // Offers the best scores whose features are these, the first of them in one direction.
    void search(const Cells& all, const std::vector<int>& features, const Direction& first);

private:
    void extend(const Direction& direction);
    bool closed(const Direction& direction);
    double least_errors(const Direction& direction);
    void weigh(const Direction& direction);
    void read_whole();
    Sweep& sweep();

    const Model& model_;
    Incumbent& incumbent_;
    Cutoff& cutoff_;
    Grouper& grouper_;
    PredictionLimits limits_;
    CellErrors errors_;
    // of the support at hand
    std::vector<int> features_;
    Cells cells_;
    std::vector<std::vector<int>> code_;  // of a row by its values from the m-th feature on
    std::vector<int> codes_;
    double costs_ = 0.0;
    std::vector<std::vector<int>> whole_;  // values of features that are all small integers
    Table sides_;
    std::unique_ptr<Sweep> sweep_;
    // work space
    Ordered ordered_;
    std::vector<int> cell_;
    std::vector<double> change_;
    std::vector<int> whole_totals_;
};

}  // namespace riskslim::slim
