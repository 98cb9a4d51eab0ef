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
constexpr int kBounded = 4;  // families to choose, from which on nodes are few: their bounds are
                             // what a search that is cut short has
constexpr int kOpenFeatures = 10;  // that a point search may leave at zero
}  // namespace

// What the last screening of the node said.
struct SupportTree::Worker::Tangents {
    bool fresh = false;  // for what the node has become since
    double bound = 0.0;
    std::vector<double> gain_of;  // by feature
};

// Rules and limits on groups again and again, until nothing moves.
bool SupportTree::Worker::settle(Node& node, int deepest) {
    std::size_t before;
    do {
        before = node.maybe.size();
        if (!settle_rules(model_, node) || !groups_.settle(node, deepest) ||
            !tree_.families_.settle(node, deepest)) {
            return false;
        }
    } while (!model_.rules.empty() && node.maybe.size() < before);
    return true;
}

void SupportTree::Worker::scan(Node& node) {
    const int size = static_cast<int>(node.in.size());
    if (settle(node, deepest(model_, incumbents_, size, node.bound))) {
        scan_.run(node, screen_);
    }
}

void SupportTree::Worker::bound_root(Node& root) {
    const long long before = work_done();
    fits_.merge(root);
    const int chosen = std::max(0, model_.max_size - static_cast<int>(root.in.size()));
    root.sparse = model_.bounds.hull;
    if (root.sparse) {
        fits_.fit_sparse(root, kInfinity, cost_of(model_, root.in), chosen);
    }
    if (!fits_.sparse().binding) {
        fits_.fit_all(root, kInfinity, Until::converged, chosen);
        keep_fit(root);
    }
    root.fit_work = static_cast<double>(work_done() - before);
}

// Both fits raise their bound by one tangent after the other, each of them valid.
double SupportTree::Worker::bound_so_far(const Node& root) const {
    const double cost = cost_of(model_, root.in);
    return std::max({0.0, root.bound, fits_.sparse().bound + cost, fits_.all().bound + cost});
}

// What the fit on a node leaves for its children: bound, start, curvature.
void SupportTree::Worker::keep_fit(Node& node) {
    const Fit& fit = fits_.all();
    const std::vector<int>& index = fits_.columns().index();
    node.bound = std::max(node.bound, fit.bound + cost_of(model_, node.in));
    for (std::size_t k = 0; k < index.size(); ++k) {
        node.w[index[k]] = fit.w[k];
    }
    node.hessian = tree_.share(fit.hessian);
    node.hessian_columns = tree_.share(index);
}

// A child with the feature in; the node goes on without it.
void SupportTree::Worker::branch(Node& node, int chosen, double fitted, int deepest_size) {
    node.maybe.erase(std::find(node.maybe.begin(), node.maybe.end(), chosen));
    Node child = node;
    child.in.push_back(chosen);
    child.bound = std::max(node.bound, fitted + model_.cost[chosen]);
    node.w[chosen] = 0.0;
    const int room = deepest_size - static_cast<int>(child.in.size());
    if (room > 2 || (room == 2 && !pairs_at_once(child))) {
        tree_.push(std::move(child));
    } else if (room < 2) {
        scan(child);
    }
}

// A child that uses a group; the node goes on without it. Together they hold every support once.
// False where no group is worth it.
bool SupportTree::Worker::branch_on_group(Node& node, int room, double bound) {
    const int group = groups_.to_branch_on(node, room);
    if (group < 0) {
        return false;
    }
    Node child = node;
    child.groups.push_back(group);
    child.bound = std::max(node.bound, bound);
    tree_.push(std::move(child));
    for (int j : model_.groups.members(group)) {
        const auto found = std::find(node.maybe.begin(), node.maybe.end(), j);
        if (found != node.maybe.end()) {
            node.maybe.erase(found);
            node.w[j] = 0.0;
        }
    }
    return true;
}

// Splits the integer range of a point of the support (or of the intercept) in two nodes, where
// the quadratic model says that both come clearly closer to the cutoff; false if none does. What
// all supports below share is then settled once, not once for each of them.
bool SupportTree::Worker::branch_on_points(const Node& node, const NodeFits::Spread& spread,
                                           double slack) {
    // Where the size limit hardly binds, measured worse: dummies that sum to one then leave
    // families of equal scores, and splitting their points multiplies the families.
    if (3 * model_.max_size > 2 * model_.d) {
        return false;
    }
    if (model_.free_multiplier || !(slack > 0.0) || !std::isfinite(slack) ||
        slack > fits_.all().value) {
        return false;
    }
    double best = kBranchGain * slack, cut_low = 0.0, cut_high = 0.0;
    int chosen = -1;
    for (int k = 0; k <= static_cast<int>(node.in.size()); ++k) {
        const int j = fits_.columns().index()[k];
        const double w = fits_.all().w[k];
        if (!spread.free[k] || node.low[j] >= node.high[j] || spread.diagonal[k] <= 0.0) {
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
        const double rise = 0.5 * std::min(rise_down, rise_up) / spread.diagonal[k];
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

// The feature whose loss costs most goes in: what is left without it fails soonest. By Wald's
// statistic w^2 / (H^-1)_jj, or the slope for a coefficient held at its bound.
void SupportTree::Worker::branch_on_dearest(Node& node, const NodeFits::Spread& spread,
                                            double cutoff, double base_cost, int deepest_size) {
    const Fit& fit = fits_.all();
    const std::size_t p = fits_.columns().index().size(), first = 1 + node.in.size();
    std::vector<std::pair<double, int>> order;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const std::size_t k = first + t;
        const double w = fit.w[k], h = fit.hessian[k * p + k];
        const double loss = spread.free[k] ? 0.5 * w * w / std::max(spread.diagonal[k], 1e-300)
                                           : std::fabs(fit.gradient[k] * w) + 0.5 * h * w * w;
        order.emplace_back(-loss, node.maybe[t]);
    }
    std::sort(order.begin(), order.end());
    // Far below the cutoff a fit per feature would close nothing: take several at once.
    const std::size_t far =
        fit.value <= 0.5 * cutoff ? 1 + order.size() / 8 : (fit.value <= 0.8 * cutoff ? 2 : 1);
    const int room = deepest_size - static_cast<int>(node.in.size());
    const std::size_t batch = std::max(far, children_at_once(node, room));
    const double fitted = fit.bound + base_cost;
    for (std::size_t t = 0; t < std::min(batch, order.size()); ++t) {
        branch(node, order[t].second, fitted, deepest_size);
    }
}

// Nodes of which nothing, or next to nothing, is left to choose.
SupportTree::Worker::Step SupportTree::Worker::try_small(Node& node, int size, int deepest_size) {
    if (deepest_size < size || size + static_cast<int>(node.maybe.size()) < model_.min_size) {
        return Step::done;
    }
    if (deepest_size <= size + 1 && model_.max_size >= size) {
        if (deepest_size == size) {
            node.maybe.clear();
        }
        scan(node);
        return Step::done;
    }
    if (deepest_size == size + 2 && pairs_at_once(node)) {
        return Step::done;
    }
    return Step::onward;
}

// The fit whose limit on the size binds; onward where it does not.
SupportTree::Worker::Step SupportTree::Worker::try_sparse(Node& node, Tangents& known, int size,
                                                          int deepest_size) {
    const double base_cost = cost_of(model_, node.in);
    const double cutoff = incumbents_.cutoff(size, deepest_size) - base_cost;
    const int room = deepest_size - size;
    const long long begun = work_done();
    const double whole = cost_of_enumeration(node, room);
    if (fits_.fit_sparse(node, cutoff, base_cost, room) == FitEnd::above) {
        account(node, begun, whole, room, true);
        return Step::done;
    }
    node.sparse = fits_.sparse().binding;
    if (!node.sparse) {
        account(node, begun, whole, room, false);
        return Step::onward;
    }
    const double fitted = node.bound;
    const std::size_t before = node.maybe.size();
    const bool entered = fits_.screen_by_sparse(node, cutoff, room);
    account(node, begun, whole, room, entered);
    if (entered) {
        explore(node);
        return Step::done;
    }
    if (node.maybe.size() < before) {
        known.fresh = 4 * node.maybe.size() > 3 * before;
    } else if (branch_on_group(node, room, fitted)) {
        known.fresh = false;
    } else if (room == 2 && scan_.pairs_pay(node) && scan_.run_pairs(node, screen_)) {
        return Step::done;
    } else {
        for (int chosen : fits_.dearest(node, children_at_once(node, room))) {
            branch(node, chosen, fitted, deepest_size);
        }
    }
    return Step::again;
}

SupportTree::Worker::Step SupportTree::Worker::try_all(Node& node, Tangents& known, int size,
                                                       int deepest_size) {
    const double base_cost = cost_of(model_, node.in);
    const bool by_size = tree_.by_size_;
    const int room = deepest_size - size, open = static_cast<int>(node.maybe.size());
    const double at_first = incumbents_.cutoff(size, deepest_size) - base_cost;
    const Until until = by_size ? Until::converged : Until::bounded;
    const long long begun = work_done();
    const FitEnd end = fits_.fit_all(node, at_first, until, room);
    account(node, begun, cost_of_enumeration(node, room), room, end == FitEnd::above);
    if (end == FitEnd::above) {
        return Step::done;
    }
    keep_fit(node);
    if (branch_on_group(node, room, node.bound)) {
        known.fresh = false;
        return Step::again;
    }
    if (size + open <= model_.max_size && open <= kOpenFeatures && !by_size) {
        scan_.search_points(node);
        return Step::done;
    }
    const NodeFits::Spread spread = fits_.spread();
    const double cutoff = incumbents_.cutoff(size, deepest_size) - base_cost;
    if (branch_on_points(node, spread, cutoff - fits_.all().value)) {
        return Step::done;
    }
    if (room == 2 && scan_.pairs_pay(node) && scan_.run_pairs(node, screen_)) {
        return Step::done;
    }
    branch_on_dearest(node, spread, cutoff, base_cost, deepest_size);
    return Step::again;
}

// Which families a support uses is chosen first, one by one: a child uses the family, the node goes
// on without it. A child that may use no more families has the features of its own alone.
void SupportTree::Worker::explore_by_families(Node& node) {
    const Families& families = tree_.families_;
    for (bool fitted = false;;) {
        look();
        tree_.try_again(begun_, tried_);
        const int room = deepest(model_, incumbents_, 0, node.bound);
        if (room < static_cast<int>(node.families.size()) || !settle(node, room)) {
            return;
        }
        if (room == static_cast<int>(node.families.size())) {
            families.exclude_open(node);
        }
        const std::vector<int> open = families.open(node);
        const double cutoff = incumbents_.cutoff(0, room);
        const int left = room - static_cast<int>(node.families.size());
        if (node.in.empty() && family_fits_.may_close(left, open.size())) {
            incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
            const bool above = family_fits_.above(node, cutoff, room, left >= kBounded);
            family_fits_.account(left, open.size(), above);
            if (above) {
                return;
            }
        }
        if (open.empty() || !node.in.empty()) {
            node.by_families = false;
            explore(node);
            return;
        }
        if (left == 1 && !fitted) {
            family_fits_.fit_chosen(node);
            fitted = true;
        }
        const int chosen = left == 1 ? open.front() : family_fits_.widest(node, open);
        Node child = node;
        child.families.push_back(chosen);
        if (static_cast<int>(child.families.size()) == room) {
            families.exclude_open(child);
            incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
            if (!family_fits_.above(child, cutoff, room)) {
                child.by_families = false;
                tree_.push(std::move(child));
            }
        } else {
            tree_.push(std::move(child));
        }
        families.exclude(node, chosen);
    }
}

void SupportTree::Worker::explore(Node& node) {
    if (node.by_families) {
        explore_by_families(node);
        return;
    }
    const int size = static_cast<int>(node.in.size());
    const double base_cost = cost_of(model_, node.in);
    Tangents known;
    known.gain_of.assign(model_.d + 1, 0.0);
    for (Step step = Step::again; step != Step::done;) {
        look();
        tree_.try_again(begun_, tried_);
        if (!settle(node, deepest(model_, incumbents_, size, node.bound))) {
            return;
        }
        if (static_cast<int>(node.in.size()) > size) {
            explore(node);
            return;
        }
        const int deepest_size = std::min(deepest(model_, incumbents_, size, node.bound),
                                          size + static_cast<int>(node.maybe.size()));
        step = try_small(node, size, deepest_size);
        if (step == Step::done) {
            return;
        }
        if (!known.fresh) {
            const Tangent tangent = screen_.run(node, deepest_size);
            fits_.merge(node);
            known.fresh = true;
            known.bound = tangent.bound + base_cost;
            for (std::size_t t = 0; t < node.maybe.size(); ++t) {
                known.gain_of[node.maybe[t]] = tangent.gain[t];
            }
            continue;
        }
        if (all_gains_fail(incumbents_, node, deepest_size, known.bound, known.gain_of)) {
            node.maybe.clear();
            scan(node);  // the support itself is still to be tried
            return;
        }
        if (enumerate(node, known.gain_of, deepest_size - size)) {
            return;
        }
        step = node.sparse ? try_sparse(node, known, size, deepest_size) : Step::onward;
        if (step == Step::onward) {
            step = try_all(node, known, size, deepest_size);
        }
    }
}

}  // namespace riskslim::supports
