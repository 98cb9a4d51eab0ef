// The sparse fit of a node: its bound, what it screens away, and the feature it branches on.
#include <algorithm>
#include <cmath>
#include <functional>

#include "support_worker.hpp"

namespace riskslim::supports {

// Loss on in + maybe with at most `chosen` of maybe, relaxed to its convex hull.
FitEnd SupportTree::Worker::fit_sparse(Node& node, double cutoff, double cost, int chosen) {
    const Rows rows = node_rows(node);
    sparse_.w.resize(rows.p);
    for (int k = 0; k < rows.p; ++k) {
        sparse_.w[k] = node.w[columns_index_[k]];
    }
    incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
    const FitEnd end = sparse_.run(rows, lower_.data(), upper_.data(), weight_.data(),
                                   1 + static_cast<int>(node.in.size()), chosen, cutoff);
    for (int k = 0; k < rows.p; ++k) {
        node.w[columns_index_[k]] = sparse_.w[k];
    }
    node.bound = std::max(node.bound, sparse_.bound + cost);
    return end;
}

// By the tangent of the sparse fit: what cannot be chosen leaves `maybe`, what cannot be left out
// goes `in`. True if something went in.
bool SupportTree::Worker::screen_sparse(Node& node, double cutoff, int chosen) {
    const std::size_t r = static_cast<std::size_t>(chosen);
    const std::vector<double>& gain = sparse_.gain;
    ranked_ = gain;
    std::sort(ranked_.begin(), ranked_.end(), std::greater<double>());
    double best = 0.0;
    for (std::size_t k = 0; k < std::min(r, ranked_.size()); ++k) {
        best += ranked_[k];
    }
    const double least = r <= ranked_.size() && r > 0 ? ranked_[r - 1] : 0.0;
    const double next = r < ranked_.size() ? ranked_[r] : 0.0;
    const double slack =
        1e-15 * static_cast<double>(gain.size()) * (std::fabs(sparse_.base) + best);
    std::vector<int> kept, entered;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const double with_it = sparse_.base - (best - least + gain[t]) - slack;
        const double without = sparse_.base - (best - gain[t] + next) - slack;
        if (gain[t] < least && with_it > cutoff) {
            continue;
        }
        (gain[t] >= least && without > cutoff ? entered : kept).push_back(node.maybe[t]);
    }
    node.maybe = std::move(kept);
    node.in.insert(node.in.end(), entered.begin(), entered.end());
    return !entered.empty();
}

// The optional feature that is dearest to leave out of the sparse fit.
int SupportTree::Worker::dearest(const Node& node) {
    sparse_.losses_without(node_rows(node), gain_);
    return node.maybe[static_cast<std::size_t>(std::max_element(gain_.begin(), gain_.end()) -
                                               gain_.begin())];
}

// A child with the feature in; the node goes on without it.
void SupportTree::Worker::branch(Node& node, int chosen, double fitted, int deepest_size) {
    node.maybe.erase(std::find(node.maybe.begin(), node.maybe.end(), chosen));
    Node child = node;
    child.in.push_back(chosen);
    child.bound = std::max(node.bound, fitted + model_.cost[chosen]);
    node.w[chosen] = 0.0;
    if (deepest_size - static_cast<int>(node.in.size()) > 2) {
        tree_.push(std::move(child));
    } else {
        scan(child);
    }
}

}  // namespace riskslim::supports
