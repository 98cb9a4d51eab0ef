// What can be told of a node without a fit on all of its features.
#pragma once

#include <vector>

#include "support_node.hpp"
#include "support_table.hpp"

namespace riskslim::supports {

// The tangent of the loss at the minimiser on `in`: its least value over the box of `in`, and what
// each feature of `maybe` can gain when it leaves zero.
struct Tangent {
    double bound;
    std::vector<double> gain;
};

class Screen {
public:
    Screen(const Model& model, const Incumbents& incumbents)
        : model_(model), incumbents_(incumbents), partition_(model) {}

    // Takes features out of `maybe` that no good enough score of the node uses.
    Tangent run(Node& node, int deepest_size);

    // The fit on `in`, the partition of the rows by it, and its cells.
    const Fit& fit() const { return fit_; }
    const Partition& partition() const { return partition_; }
    // of the model's rows, by that fit: the loss, its gradient on `in`, and by row
    double value() const { return value_; }
    const double* gradient() const { return gradient_.data(); }
    const double* slope() const { return slope_.data(); }
    const double* curvature() const { return curvature_.data(); }
    const Cells& cells(const Node& node);

private:
    Rows rows_of(const Node& node);

    const Model& model_;
    const Incumbents& incumbents_;
    Partition partition_;
    Cells cells_;
    bool have_cells_ = false;
    FitColumns columns_;
    Fit fit_;
    double value_ = 0.0;
    std::vector<double> slope_, curvature_, gradient_;
};

// Whether no addition to the support can pay, by a tangent with `cost` that is the support's, by
// gains by feature, and by what `maybe` has left.
bool all_gains_fail(const Incumbents& incumbents, const Node& node, int deepest_size,
                    double tangent, const std::vector<double>& gain_of);

}  // namespace riskslim::supports
