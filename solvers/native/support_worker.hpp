// What one thread of the tree over supports needs to work on nodes. Its parts:
// support_bounds (fits on a whole node), support_choice (the same under the limit on the size),
// support_screen (bounds without a fit), support_scan
// (supports and their points), support_rules and support_variables (rules, limits on groups),
// support_explore (a node, and how it branches).
#pragma once

#include "support_tree.hpp"

namespace riskslim::supports {

class SupportTree::Worker {
public:
    explicit Worker(SupportTree& tree)
        : tree_(tree),
          model_(tree.model_),
          incumbents_(tree.incumbents_),
          points_(model_, incumbents_),
          support_(model_),
          joint_(model_),
          use_(model_.groups) {}

    void explore(Node& node);
    void bound_root(Node& root);
    // What an unfinished bound_root proved.
    double bound_so_far(const Node& root) const;

private:
    int deepest(int size, double bound) const;
    double cost_of(const std::vector<int>& features) const;
    void keep_fit(Node& node);
    Rows node_rows(const Node& node);
    FitEnd fit_all(const Node& node, double cutoff, bool precise, int chosen);
    FitEnd fit_sparse(Node& node, double cutoff, double cost, int chosen);
    bool screen_sparse(Node& node, double cutoff, int chosen);
    int dearest(const Node& node);
    void branch(Node& node, int chosen, double fitted, int deepest_size);
    void search_points(const Node& node);
    void scan(Node& node);
    void try_support(const Node& node, const std::vector<int>& features, const Rows& rows,
                     const Cells* cells, const std::vector<double>& start);
    bool settle(Node& node, int deepest);
    bool settle_rules(Node& node) const;
    double screen(Node& node, int deepest_size);
    bool all_gains_fail(const Node& node, int deepest_size, double tangent,
                        const std::vector<double>& gain_of);
    Rows base_rows(const std::vector<int>& features);
    void merge_wide(const Node& node);
    void set_box(const Node& node, const std::vector<int>& features);
    bool branch_on_points(const Node& node, double slack);
    void count_groups(const Node& node);
    bool settle_groups(Node& node, int deepest);
    std::vector<int> groups_due(const Node& node) const;
    int group_to_branch_on(const Node& node, int room);
    double spread_of(const Node& node, int group);
    void branch_on_group(Node& node, int group, double fitted);

    SupportTree& tree_;
    const Model& model_;
    Incumbents& incumbents_;
    PointSearch points_;
    Partition support_, joint_;
    GroupUse use_;
    Cells support_cells_, joint_cells_, leaf_cells_, wide_cells_;
    Rows wide_rows_;
    std::vector<const double*> wide_column_;
    Fit big_, inner_, leaf_;
    SparseFit sparse_;
    std::vector<int> columns_index_;
    std::vector<const double*> columns_;
    std::vector<double> lower_, upper_, weight_, count_a_, count_b_, diagonal_;
    std::vector<char> inactive_, must_;
    std::vector<double> slope_, curvature_, gradient_, gain_, ranked_, part_;
};

}  // namespace riskslim::supports
