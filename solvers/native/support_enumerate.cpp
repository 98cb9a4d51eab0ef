// Nodes of which few features are left to choose: their supports one by one, where that is cheaper
// than to bound them.
#include <algorithm>
#include <cmath>

#include "support_worker.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
// Fits on nodes that could be enumerated: how many come on trust, and what they may take of the
// work on pairs whatever comes of it.
constexpr double kTestFits = 20.0, kFitShare = 0.2;
constexpr double kPairsAtOnce = 5.0;  // fits on a node that its pairs may take the work of
}  // namespace

// What it takes to look at every support of the node, roughly: each is met once, as a pair that
// joins the others.
double SupportTree::Worker::cost_of_enumeration(const Node& node, int room) const {
    double cost = scan_.cost_of_pairs(node);
    for (int r = 3; r <= room; ++r) {
        cost *= static_cast<double>(node.maybe.size()) / r;
    }
    return cost;
}

// Whether fits on nodes that could be enumerated have spared what they took, or took little beside
// the pairs.
bool SupportTree::Worker::fits_pay(const Node& node) const {
    return fits_spent_ <=
           kTestFits * node.fit_work + fits_saved_ + kFitShare * scan_.work_on_pairs();
}

// Every support of a node with room for three, by its pairs, where fits on such nodes have cost
// more than they have spared: false where they pay.
bool SupportTree::Worker::enumerate(Node& node, const std::vector<double>& gain_of, int room) {
    if (room != 3 || !scan_.pairs_pay(node) || fits_pay(node)) {
        return false;
    }
    std::vector<int> order = node.maybe;
    std::stable_sort(order.begin(), order.end(),
                     [&](int left, int right) { return gain_of[left] > gain_of[right]; });
    const double fitted = node.bound;
    for (int chosen : order) {
        look();
        branch(node, chosen, fitted - model_.cost[chosen], static_cast<int>(node.in.size()) + room);
    }
    scan(node);  // the support itself is still to be tried
    return true;
}

// Of a fit on the node that began at `begun`: what it took and, of what enumeration took `before`,
// what it spared.
void SupportTree::Worker::account(Node& node, long long begun, double before, int room,
                                  bool closed) {
    node.fit_work = static_cast<double>(work_done() - begun);
    if (room <= 3 && std::isfinite(before) && scan_.pairs_pay(node)) {
        fits_spent_ += node.fit_work;
        fits_saved_ += closed ? before : std::max(0.0, before - cost_of_enumeration(node, room));
    }
}

// All pairs of the node, where that is no dearer than to bound it; false where it is.
bool SupportTree::Worker::pairs_at_once(Node& node) {
    const double cost = scan_.cost_of_pairs(node);
    return (cost <= kPairsAtOnce * node.fit_work || (std::isfinite(cost) && !fits_pay(node))) &&
           scan_pairs(node);
}

bool SupportTree::Worker::scan_pairs(Node& node) {
    const int size = static_cast<int>(node.in.size());
    if (!settle(node, deepest(model_, incumbents_, size, node.bound))) {
        return true;
    }
    return static_cast<int>(node.in.size()) == size && scan_.run_pairs(node, screen_);
}

// How many children a fit on the node is for, where to look at all of their supports is cheap: as
// many as take twice as long.
std::size_t SupportTree::Worker::children_at_once(const Node& node, int room) const {
    const double share = 2.0 * node.fit_work / std::max(cost_of_enumeration(node, room - 1), 1.0);
    return share > 1.0 ? static_cast<std::size_t>(std::min(share, 1e6)) : 1;
}

}  // namespace riskslim::supports
