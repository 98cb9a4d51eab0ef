// Families of nested 0/1 features, as the cuts of a measurement are, and what they settle at once.
//
// A support of at most k features meets at most k families. Where cuts are many and rows are more,
// step functions of five measurements hardly fit noise, while those of thirty do: so the search
// first chooses families, and its bound is the loss of the best step functions of those that a node
// has, every cut of them at once.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "support_node.hpp"

namespace riskslim::supports {

// Runs of columns of which each has ones only where the one before has them, or the reverse.
class Families {
public:
    Families() = default;
    explicit Families(const Model& model);

    int count() const { return static_cast<int>(members_.size()); }
    // Columns, from the one with most ones on: a row's level is the number of them that are 1.
    const std::vector<int>& members(int family) const { return members_[family]; }
    const std::vector<std::uint16_t>& levels(int family) const { return levels_[family]; }
    int of(int column) const { return of_[column]; }

    // Whether to choose families first may pay, by the bound that the root has; and whether it
    // does, by the features.
    static bool may_pay(const Model& model, const Node& root, double cutoff);
    bool pay(const Model& model, const Node& root) const;

    // The families of `maybe`, ascending, but those that every support of the node uses.
    std::vector<int> open(const Node& node) const;
    // Takes a family out of `maybe`, or all but those that every support uses.
    void exclude(Node& node, int family) const;
    void exclude_open(Node& node) const;
    // Takes out of `maybe` what is left no room by the families that are to be used; false if the
    // node holds nothing of a size up to `deepest`.
    bool settle(Node& node, int deepest) const;

private:
    template <class Out>
    static void take_out(Node& node, const Out& is_out);

    std::vector<std::vector<int>> members_;
    std::vector<std::vector<std::uint16_t>> levels_;  // of each family, by row
    std::vector<int> of_;                             // by column; -1 for none
};

// Fits of all features of a node, family by family: sums over rows are sums over levels, and the
// curvature between two families is a table of their levels.
class FamilyFits {
public:
    FamilyFits(const Model& model, const Families& families) : model_(model), families_(families) {}

    // Whether the loss on all of `maybe`, of which at most `room` are used, is above the cutoff.
    // Raises the bound of the node, and moves its coefficients; `to_end` even where the bound is
    // known to stay below. `in` is empty.
    bool above(Node& node, double cutoff, int room, bool to_end = false);

    // Moves the coefficients of the families that are used to their fit without the open ones:
    // where the fits with one more start.
    void fit_chosen(Node& node);

    // Whether fits on nodes with `left` families to choose of so many have closed some of late:
    // more fit more noise. A node that may choose one is tried with few: to try each alone is
    // cheap.
    bool may_close(int left, std::size_t open) const;
    void account(int left, std::size_t open, bool closed);

    // The open family whose part of the scores varies most, by the coefficients of the node.
    int widest(const Node& node, const std::vector<int>& open) const;

private:
    struct Member {
        int place, at;  // place among the family's members; variable of the fit
    };
    void set(const Node& node);
    void give(Node& node) const;
    void evaluate_at(const std::vector<double>& w);
    void curve();
    double lower_bound(int room) const;
    bool step(double& decrement);

    const Model& model_;
    const Families& families_;
    std::vector<int> index_;   // columns of the fit, the intercept first
    std::vector<int> family_;  // of the fit
    std::vector<std::vector<Member>> member_;
    std::vector<double> w_, trial_, gradient_, low_, high_;
    std::vector<double> score_, slope_, curvature_, part_, table_, hessian_, factor_, solution_;
    std::vector<int> free_;
    double value_ = 0.0;
    std::map<std::pair<int, std::size_t>, double> share_;  // of fits that closed, lately
};

}  // namespace riskslim::supports
