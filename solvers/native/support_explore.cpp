// A node of the tree over supports, and how it branches.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support_worker.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kBranchGain = 0.5;  // of the slack to the cutoff, predicted on both sides
constexpr int kOpenFeatures = 10;    // that a point search may leave at zero
}  // namespace

// Splits the integer range of a point of the support (or of the intercept) in two nodes, where
// the quadratic model says that both come clearly closer to the cutoff; false if none does. What
// all supports below share is then settled once, not once for each of them.
bool SupportTree::Worker::branch_on_points(const Node& node, double slack) {
    // Where the size limit hardly binds, measured worse: dummies that sum to one then leave
    // families of equal scores, and splitting their points multiplies the families.
    if (3 * model_.max_size > 2 * model_.d) {
        return false;
    }
    if (model_.free_multiplier || !(slack > 0.0) || !std::isfinite(slack) || slack > big_.value) {
        return false;
    }
    double best = kBranchGain * slack, cut_low = 0.0, cut_high = 0.0;
    int chosen = -1;
    for (int k = 0; k <= static_cast<int>(node.in.size()); ++k) {
        const int j = columns_index_[k];
        const double w = big_.w[k];
        if (!inactive_[k] || node.low[j] >= node.high[j] || diagonal_[k] <= 0.0) {
            continue;
        }
        double down = std::floor(w), up = down + 1.0;
        if (k > 0 && down == 0.0) {
            down = -1.0;
        }
        if (k > 0 && up == 0.0) {
            up = 1.0;
        }
        const double rise_down = down < node.low[j] ? kInfinity : (w - down) * (w - down);
        const double rise_up = up > node.high[j] ? kInfinity : (up - w) * (up - w);
        const double rise = 0.5 * std::min(rise_down, rise_up) / diagonal_[k];
        if (rise > best) {
            best = rise;
            chosen = j;
            cut_low = down;
            cut_high = up;
        }
    }
    if (chosen < 0) {
        return false;
    }
    for (int side = 0; side < 2; ++side) {
        Node child = node;
        (side == 0 ? child.high : child.low)[chosen] = side == 0 ? cut_low : cut_high;
        if (child.low[chosen] <= child.high[chosen]) {
            tree_.push(std::move(child));
        }
    }
    return true;
}

void SupportTree::Worker::explore(Node& node) {
    const int size = static_cast<int>(node.in.size());
    const double base_cost = cost_of(node.in);
    bool screened = false;
    double tangent = 0.0;
    std::vector<double> gain_of(model_.d + 1, 0.0);
    while (true) {
        look();
        if (!settle(node, deepest(size, node.bound))) {
            return;
        }
        if (static_cast<int>(node.in.size()) > size) {
            explore(node);
            return;
        }
        const int deepest_size =
            std::min(deepest(size, node.bound), size + static_cast<int>(node.maybe.size()));
        if (deepest_size < size || size + static_cast<int>(node.maybe.size()) < model_.min_size) {
            return;
        }
        if (deepest_size <= size + 1 && model_.max_size >= size) {
            if (deepest_size == size) {
                node.maybe.clear();
            }
            scan(node);
            return;
        }
        if (!screened) {
            screened = true;
            tangent = screen(node, deepest_size);
            merge_wide(node);
            for (std::size_t t = 0; t < node.maybe.size(); ++t) {
                gain_of[node.maybe[t]] = gain_[t];
            }
            continue;
        }
        if (all_gains_fail(node, deepest_size, tangent + base_cost, gain_of)) {
            node.maybe.clear();
            scan(node);  // the support itself is still to be tried
            return;
        }
        if (node.sparse) {
            const double cutoff = incumbents_.cutoff(size, deepest_size) - base_cost;
            if (fit_sparse(node, cutoff, base_cost, deepest_size - size) == FitEnd::above) {
                return;
            }
            node.sparse = sparse_.binding;
            if (node.sparse) {
                const double fitted = node.bound;
                const std::size_t before = node.maybe.size();
                if (screen_sparse(node, cutoff, deepest_size - size)) {
                    explore(node);
                    return;
                }
                if (node.maybe.size() < before) {
                    screened = 4 * node.maybe.size() > 3 * before;
                    continue;
                }
                const int group = group_to_branch_on(node, deepest_size - size);
                if (group >= 0) {
                    branch_on_group(node, group, fitted);
                    screened = false;
                    continue;
                }
                branch(node, dearest(node), fitted, deepest_size);
                continue;
            }
        }
        const bool precise = tree_.settings_.by_size;
        const FitEnd end = fit_all(node, incumbents_.cutoff(size, deepest_size) - base_cost,
                                   precise, deepest_size - size);
        if (end == FitEnd::above) {
            return;
        }
        keep_fit(node);
        const int group = group_to_branch_on(node, deepest_size - size);
        if (group >= 0) {
            branch_on_group(node, group, node.bound);
            screened = false;
            continue;
        }
        const int p = static_cast<int>(columns_index_.size());
        if (size + static_cast<int>(node.maybe.size()) <= model_.max_size &&
            static_cast<int>(node.maybe.size()) <= kOpenFeatures && !tree_.settings_.by_size) {
            search_points(node);
            return;
        }
        // The feature whose loss costs most goes in: what is left without it fails soonest.
        // By Wald's statistic w^2 / (H^-1)_jj, or the slope for a coefficient held at its bound.
        inactive_.assign(p, 1);
        for (int k = 0; k < p; ++k) {
            if ((big_.w[k] <= lower_[k] && big_.gradient[k] > 0.0) ||
                (big_.w[k] >= upper_[k] && big_.gradient[k] < 0.0)) {
                inactive_[k] = 0;
            }
        }
        big_.inverse_diagonal(inactive_, diagonal_);
        if (branch_on_points(node,
                             incumbents_.cutoff(size, deepest_size) - base_cost - big_.value)) {
            return;
        }
        std::vector<std::pair<double, int>> order;
        for (std::size_t t = 0; t < node.maybe.size(); ++t) {
            const int k = 1 + size + static_cast<int>(t);
            const double w = big_.w[k];
            const double h = big_.hessian[static_cast<std::size_t>(k) * p + k];
            const double loss = inactive_[k] ? 0.5 * w * w / std::max(diagonal_[k], 1e-300)
                                             : std::fabs(big_.gradient[k] * w) + 0.5 * h * w * w;
            order.emplace_back(-loss, node.maybe[t]);
        }
        std::sort(order.begin(), order.end());
        // Far below the cutoff a fit per feature would close nothing: take several at once.
        const double cutoff = incumbents_.cutoff(size, deepest_size) - base_cost;
        const std::size_t batch = big_.value <= 0.5 * cutoff ? 1 + order.size() / 8
                                                             : (big_.value <= 0.8 * cutoff ? 2 : 1);
        const double fitted = big_.bound + base_cost;
        for (std::size_t t = 0; t < std::min(batch, order.size()); ++t) {
            const int chosen = order[t].second;
            branch(node, chosen, fitted, deepest_size);
        }
    }
}

}  // namespace riskslim::supports
