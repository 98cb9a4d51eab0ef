// Which groups a node of the tree may still use.
#pragma once

#include <vector>

#include "support_node.hpp"

namespace riskslim::supports {

class NodeGroups {
public:
    explicit NodeGroups(const Model& model) : model_(model), use_(model.groups) {}

    // Takes out of `maybe` what no limit on groups leaves room for, and puts in what is the last
    // candidate of a group that is to be used; false if the node is empty, or holds nothing of a
    // size up to `deepest`.
    bool settle(Node& node, int deepest);

    // The unused group whose part of the scores varies most, of the limits that could be exceeded
    // by what the node may still add, `room` features at most; -1 if none could.
    int to_branch_on(const Node& node, int room);

private:
    void count(const Node& node);
    std::vector<int> due(const Node& node) const;
    double spread_of(const Node& node, int group) const;

    const Model& model_;
    GroupUse use_;
};

}  // namespace riskslim::supports
