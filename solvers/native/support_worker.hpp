// One thread of the tree over supports: takes nodes apart. What it asks, in the order it does:
// settle_rules and NodeGroups (rules, limits on groups), Screen (bounds without a fit on the whole
// node), NodeFits (fits on it), Scan (supports one by one, and their points).
#pragma once

#include "support_families.hpp"
#include "support_node_fits.hpp"
#include "support_scan.hpp"
#include "support_screen.hpp"
#include "support_tree.hpp"
#include "support_variables.hpp"
#include "watch.hpp"

namespace riskslim::supports {

class SupportTree::Worker {
public:
    explicit Worker(SupportTree& tree)
        : tree_(tree),
          model_(tree.model_),
          incumbents_(tree.incumbents_),
          groups_(model_),
          screen_(model_, incumbents_),
          fits_(model_, incumbents_),
          scan_(model_, incumbents_),
          family_fits_(model_, tree.families_) {}

    // Settles everything in the node, or leaves it to nodes that it pushes. Keeps node.bound a
    // bound on everything of it that is neither settled nor in the tree.
    void explore(Node& node);
    // A search that ends before its first node has this bound.
    void bound_root(Node& root);
    // What an unfinished bound_root proved.
    double bound_so_far(const Node& root) const;

private:
    enum class Step { done, again, onward };
    struct Tangents;

    bool settle(Node& node, int deepest);
    void explore_by_families(Node& node);
    void scan(Node& node);
    bool pairs_at_once(Node& node);
    bool scan_pairs(Node& node);
    bool fits_pay(const Node& node) const;
    bool enumerate(Node& node, const std::vector<double>& gain_of, int room);
    void account(Node& node, long long begun, double before, int room, bool closed);
    double cost_of_enumeration(const Node& node, int room) const;
    std::size_t children_at_once(const Node& node, int room) const;
    void keep_fit(Node& node);
    Step try_small(Node& node, int size, int deepest_size);
    Step try_sparse(Node& node, Tangents& known, int size, int deepest_size);
    Step try_all(Node& node, Tangents& known, int size, int deepest_size);

    bool branch_on_group(Node& node, int room, double bound);
    bool branch_on_points(const Node& node, const NodeFits::Spread& spread, double slack);
    void branch_on_dearest(Node& node, const NodeFits::Spread& spread, double cutoff,
                           double base_cost, int deepest_size);
    void branch(Node& node, int chosen, double fitted, int deepest_size);

    SupportTree& tree_;
    const long long begun_ = work_done();
    long long tried_ = 0;  // work
    const Model& model_;
    Incumbents& incumbents_;
    NodeGroups groups_;
    Screen screen_;
    NodeFits fits_;
    Scan scan_;
    FamilyFits family_fits_;
    // Work of fits on nodes with little room, and of looking at the pairs that they ruled out.
    double fits_spent_ = 0.0, fits_saved_ = 0.0;
};

}  // namespace riskslim::supports
