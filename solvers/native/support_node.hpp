// A node of the tree over supports.
#pragma once

#include <memory>
#include <vector>

#include "support_fit.hpp"
#include "support_incumbent.hpp"

namespace riskslim::supports {

// All supports that contain `in` (points not zero there) and otherwise only features of `maybe`.
struct Node {
    std::vector<int> in, maybe;
    std::vector<int> groups;        // used by every support, beside those of `in`
    std::vector<int> families;      // the same of families of nested features: see Families
    bool by_families = false;       // which families are used is still to be chosen
    std::vector<double> w;          // d + 1 real coefficients, near the minimiser on in + maybe
    std::vector<double> low, high;  // box of the coefficients
    double bound = 0.0;             // on the objective of everything in the node
    bool sparse = true;             // the limit on the size is likely to bind: see SparseFit
    double fit_work = 0.0;          // what the last fit on it, or on its parent, took
    // curvature of the parent's fit, on the columns listed
    std::shared_ptr<const std::vector<double>> hessian;
    std::shared_ptr<const std::vector<int>> hessian_columns;
};

// Memory of a node, without what it shares with its siblings.
long long bytes_of(const Node& node);

double cost_of(const Model& model, const std::vector<int>& features);

// Largest size >= `size` at which scores with this lower bound could still matter; size - 1 if
// none.
int deepest(const Model& model, const Incumbents& incumbents, int size, double bound);

// The range of a rule's sum over everything in the node, with one feature in use or left out: where
// that cannot meet the sides, the feature goes out of `maybe`, or into the support. False if the
// rules leave nothing.
bool settle_rules(const Model& model, Node& node);
// Whether the rules leave anything that uses exactly these features.
bool rules_allow(const Model& model, const std::vector<int>& features);

// The columns of one fit: the intercept and features, and their boxes.
class FitColumns {
public:
    // These features, over the box of a node.
    void set(const Model& model, const Node& node, const std::vector<int>& features);
    Box box() const { return {lower_.data(), upper_.data(), weight_.data()}; }
    const std::vector<int>& index() const { return index_; }  // of the model; 0 is the intercept
    double lower(int k) const { return lower_[k]; }
    double upper(int k) const { return upper_[k]; }

    // Their values in the model's distinct rows, or in `rows` with a column for each of the
    // model's.
    Rows rows(const Model& model);
    Rows rows(const Rows& rows, const std::vector<Column>& column);

    std::vector<double> start(const Node& node) const;  // the node's coefficients

private:
    std::vector<int> index_;
    std::vector<Column> data_;
    std::vector<double> lower_, upper_, weight_;
};

}  // namespace riskslim::supports
