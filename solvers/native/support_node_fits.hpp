// Fits on everything that a node of the tree may still use.
#pragma once

#include <vector>

#include "support_node.hpp"
#include "support_sparse.hpp"
#include "support_table.hpp"

namespace riskslim::supports {

class NodeFits {
public:
    NodeFits(const Model& model, Incumbents& incumbents)
        : model_(model), incumbents_(incumbents), partition_(model) {}

    // Merges the rows anew, for fewer features leave fewer distinct rows: for the fits below on the
    // node and on what becomes of it.
    void merge(const Node& node);

    // Loss on in + maybe: the bound of the whole subtree. `chosen`: of maybe, at most.
    FitEnd fit_all(const Node& node, double cutoff, Until until, int chosen);
    // Loss on in + maybe with at most `chosen` of maybe, relaxed to its convex hull. Raises the
    // bound of the node, to which `cost` is added, and moves its coefficients.
    FitEnd fit_sparse(Node& node, double cutoff, double cost, int chosen);

    // By the tangent of the sparse fit: what cannot be chosen leaves `maybe`, what cannot be left
    // out goes `in`. True if something went in.
    bool screen_by_sparse(Node& node, double cutoff, int chosen) const;
    // The optional features that are dearest to leave out of the sparse fit, dearest first.
    std::vector<int> dearest(const Node& node, std::size_t count);

    // The last fits, and their columns.
    const Fit& all() const { return all_; }
    const SparseFit& sparse() const { return sparse_; }
    const FitColumns& columns() const { return columns_; }

    // By the last fit on all: which coefficients no end of the box holds, and the diagonal of the
    // inverse of their curvature.
    struct Spread {
        std::vector<char> free;
        std::vector<double> diagonal;
    };
    Spread spread();

private:
    Rows rows_of(const Node& node);
    bool take_hessian(const Node& node);

    const Model& model_;
    Incumbents& incumbents_;
    Partition partition_;
    Cells cells_;
    Rows merged_;
    FitColumns merged_columns_;
    std::vector<Column> column_;  // of the merged rows, by column of the model
    FitColumns columns_;
    Fit all_;
    SparseFit sparse_;
};

}  // namespace riskslim::supports
