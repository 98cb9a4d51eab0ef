#include "support_variables.hpp"

#include <algorithm>
#include <cmath>

namespace riskslim::supports {

// Counts the groups of a node: those of its support, and those it is to use besides.
void NodeGroups::count(const Node& node) {
    use_.reset(node.in);
    for (int g : node.groups) {
        use_.take(g);
    }
}

bool NodeGroups::settle(Node& node, int deepest) {
    const Groups& groups = model_.groups;
    if (groups.empty()) {
        return true;
    }
    count(node);
    if (!use_.holds()) {
        return false;
    }
    auto& maybe = node.maybe;
    maybe.erase(
        std::remove_if(maybe.begin(), maybe.end(), [this](int j) { return !use_.has_room(j); }),
        maybe.end());
    const std::vector<int> due = this->due(node);
    if (due.empty()) {
        return true;
    }
    int most = 0, last = 0;  // due groups that one candidate serves
    std::vector<int> candidates(groups.count(), 0);
    auto serves = [&](int j) {
        int served = 0;
        for (int g : groups.of(j)) {
            served += std::binary_search(due.begin(), due.end(), g);
        }
        return served;
    };
    for (int j : maybe) {
        most = std::max(most, serves(j));
        for (int g : groups.of(j)) {
            ++candidates[g];
        }
    }
    const int room = deepest - static_cast<int>(node.in.size());
    const int n_due = static_cast<int>(due.size());
    if (n_due > room * most) {
        return false;
    }
    if (n_due > (room - 1) * most) {  // no room for a feature that serves none
        maybe.erase(
            std::remove_if(maybe.begin(), maybe.end(), [&](int j) { return serves(j) == 0; }),
            maybe.end());
    }
    for (int g : due) {
        if (candidates[g] == 0) {
            return false;
        }
        if (candidates[g] == 1) {
            last = *std::find_if(maybe.begin(), maybe.end(), [&](int j) {
                const std::vector<int>& of = groups.of(j);
                return std::binary_search(of.begin(), of.end(), g);
            });
        }
    }
    if (last == 0) {
        return true;
    }
    maybe.erase(std::find(maybe.begin(), maybe.end(), last));
    node.in.push_back(last);
    return settle(node, deepest);
}

// Groups that the node is to use and its support does not, ascending.
std::vector<int> NodeGroups::due(const Node& node) const {
    std::vector<int> due;
    for (int g : node.groups) {
        const std::vector<int>& members = model_.groups.members(g);
        if (std::none_of(node.in.begin(), node.in.end(), [&](int j) {
                return std::binary_search(members.begin(), members.end(), j);
            })) {
            due.push_back(g);
        }
    }
    std::sort(due.begin(), due.end());
    return due;
}

int NodeGroups::to_branch_on(const Node& node, int room) {
    const Groups& groups = model_.groups;
    if (groups.empty()) {
        return -1;
    }
    count(node);
    std::vector<char> open(groups.count(), 0);
    std::vector<int> touched(groups.limits(), 0), at_once(groups.limits(), 0);
    for (int j : node.maybe) {
        std::vector<int> added(groups.limits(), 0);
        for (int g : groups.of(j)) {
            const int limit = groups.limit(g);
            if (!use_.uses(g)) {
                touched[limit] += !open[g];
                open[g] = 1;
                at_once[limit] = std::max(at_once[limit], ++added[limit]);
            }
        }
    }
    int best = -1;
    double largest = -1.0;
    for (int g = 0; g < groups.count(); ++g) {
        const int limit = groups.limit(g), left = use_.left(limit);
        if (!open[g] || touched[limit] <= left || room * at_once[limit] <= left) {
            continue;
        }
        const double spread = spread_of(node, g);
        if (spread > largest) {
            largest = spread;
            best = g;
        }
    }
    return best;
}

// Variance over the rows of what the candidates of a group add to the scores.
double NodeGroups::spread_of(const Node& node, int group) const {
    const std::vector<int>& members = model_.groups.members(group);
    std::vector<double> part(model_.n4, 0.0);
    for (int j : node.maybe) {
        if (node.w[j] != 0.0 && std::binary_search(members.begin(), members.end(), j)) {
            const double w = node.w[j];
            Column(model_.x[j]).each(model_.n4, [&](int i, double x) { part[i] += w * x; });
        }
    }
    double mean = 0.0, square = 0.0;
    for (int i = 0; i < model_.n4; ++i) {
        const double weight = model_.a[i] + model_.b[i];
        mean += weight * part[i];
        square += weight * part[i] * part[i];
    }
    return square - mean * mean;
}

}  // namespace riskslim::supports
