// What the rules leave a node: which features they leave no room for, and which they ask for.
#include <algorithm>
#include <cmath>

#include "support_node.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {

// Least and most of what a column adds to a rule.
struct Range {
    double least = 0.0, most = 0.0;
};

// Where the column is not zero.
Range in_use(const Model& model, const Rule& rule, int j) {
    const double u = rule.on_points[j] * model.lower[j], v = rule.on_points[j] * model.upper[j];
    const double on = rule.on_indicators[j];
    return {std::min(u, v) + on, std::max(u, v) + on};
}

Range in_use_or_not(const Range& used) {
    return {std::min(0.0, used.least), std::max(0.0, used.most)};
}

bool can_hold(const Rule& rule, const Range& activity, double slack) {
    return activity.least <= rule.upper + slack && activity.most >= rule.lower - slack;
}

Range changed(const Range& activity, const Range& from, const Range& to) {
    return {activity.least - from.least + to.least, activity.most - from.most + to.most};
}

}  // namespace

bool settle_rules(const Model& model, Node& node) {
    for (const Rule& rule : model.rules) {
        look();
        Range activity;
        double size = 1.0;  // of all that is added: what rounding is measured by
        auto add = [&](const Range& part) {
            activity = changed(activity, {}, part);
            size += std::fabs(part.least) + std::fabs(part.most);
        };
        add(in_use_or_not(in_use(model, rule, 0)));
        for (int j : node.in) {
            add(in_use(model, rule, j));
        }
        for (int j : node.maybe) {
            add(in_use_or_not(in_use(model, rule, j)));
        }
        const double slack = 1e-6 * size;
        if (!can_hold(rule, activity, slack)) {
            return false;
        }
        std::vector<int> kept;
        for (int j : node.maybe) {
            const Range used = in_use(model, rule, j), open = in_use_or_not(used);
            const bool with_it = can_hold(rule, changed(activity, open, used), slack);
            const bool without = can_hold(rule, changed(activity, open, {}), slack);
            if (!with_it && !without) {
                return false;
            }
            if (with_it) {
                (without ? kept : node.in).push_back(j);
            }
        }
        node.maybe = std::move(kept);
    }
    return true;
}

bool rules_allow(const Model& model, const std::vector<int>& features) {
    return std::all_of(model.rules.begin(), model.rules.end(), [&](const Rule& rule) {
        Range activity = in_use_or_not(in_use(model, rule, 0));
        double size = 1.0 + std::fabs(activity.least) + std::fabs(activity.most);
        for (int j : features) {
            const Range used = in_use(model, rule, j);
            activity = changed(activity, {}, used);
            size += std::fabs(used.least) + std::fabs(used.most);
        }
        return can_hold(rule, activity, 1e-6 * size);
    });
}

}  // namespace riskslim::supports
