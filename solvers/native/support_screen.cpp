#include "support_screen.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "rounding.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

const Cells& Screen::cells(const Node& node) {
    if (!have_cells_) {
        partition_.cells(node.in, cells_);
        have_cells_ = true;
    }
    return cells_;
}

// The rows through `in`, merged where that is worth it.
Rows Screen::rows_of(const Node& node) {
    partition_.split(node.in);
    have_cells_ = false;
    return partition_.groups() * 2 <= model_.n ? cells(node).rows() : columns_.rows(model_);
}

// The tangent of the loss at w (zero outside `in`) bounds every w' of the box that has at most r
// coefficients outside `in`: f(w') >= f(w) + sum_in min <g_j, w'_j - w_j> - the r largest gains,
// where feature l can gain max(0, -g_l lower_l, -g_l upper_l). With l itself among the r, a bound
// above the cutoff at every size removes l. The minimiser on `in` makes the first two terms large.
Tangent Screen::run(Node& node, int deepest_size) {
    const int size = static_cast<int>(node.in.size());
    columns_.set(model_, node, node.in);
    const Box box = columns_.box();
    fit_.w = columns_.start(node);
    fit_.run(rows_of(node), box, kInfinity, {Until::converged});
    const Rows rows = columns_.rows(model_);
    slope_.resize(model_.n4);
    curvature_.resize(model_.n4);
    gradient_.resize(rows.p);
    const double* w = fit_.w.data();
    Tangent tangent;
    value_ = evaluate(rows, w, gradient_.data(), slope_.data(), curvature_.data());
    tangent.bound = value_;
    double reach = tangent.bound;
    for (int k = 0; k < rows.p; ++k) {
        tangent.bound +=
            gradient_[k] * (gradient_[k] > 0.0 ? box.lower[k] - w[k] : box.upper[k] - w[k]);
        reach += 2.0 * box.weight[k] * std::max(std::fabs(box.upper[k]), std::fabs(box.lower[k]));
    }
    // Beside the sums over rows: scores of rows.p products, and up to so many gains.
    const double error = laned_sum(model_.n4, 2 * rows.p + std::max(64, deepest_size - size));
    tangent.bound -= error * reach;
    tangent.gain.resize(node.maybe.size());
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        look();
        const int l = node.maybe[t];
        if (!model_.bounds.gains) {
            tangent.gain[t] = kInfinity;
            continue;
        }
        const double low = node.low[l], high = node.high[l];
        const double g = dot(model_.n4, model_.x[l], slope_.data());
        tangent.gain[t] =
            std::max({0.0, -g * low, -g * high}) + error * model_.weight[l] * std::max(high, -low);
    }
    std::vector<double> ranked = tangent.gain;
    std::sort(ranked.begin(), ranked.end(), std::greater<double>());
    const double base_cost = cost_of(model_, node.in);
    std::size_t kept = 0;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const int l = node.maybe[t];
        double others = 0.0;
        bool useful = false;
        for (int s = size + 1; s <= deepest_size && !useful; ++s) {
            // gains of the s - size - 1 best; where l is one of them this only errs on the safe
            // side
            const int r = s - size - 2;
            if (r >= 0 && r < static_cast<int>(ranked.size())) {
                others += ranked[r];
            }
            useful = tangent.bound - tangent.gain[t] - others + base_cost + model_.cost[l] <=
                     incumbents_.cutoff(s);
        }
        if (useful) {
            tangent.gain[kept] = tangent.gain[t];
            node.maybe[kept++] = l;
        }
    }
    node.maybe.resize(kept);
    tangent.gain.resize(kept);
    return tangent;
}

bool all_gains_fail(const Incumbents& incumbents, const Node& node, int deepest_size,
                    double tangent, const std::vector<double>& gain_of) {
    const int size = static_cast<int>(node.in.size());
    std::vector<double> ranked;
    for (int l : node.maybe) {
        ranked.push_back(gain_of[l]);
    }
    std::sort(ranked.begin(), ranked.end(), std::greater<double>());
    for (int s = size + 1; s <= deepest_size; ++s) {
        const std::size_t r = static_cast<std::size_t>(s - size - 1);
        if (r < ranked.size()) {
            tangent -= ranked[r];
        }
        if (tangent <= incumbents.cutoff(s)) {
            return false;
        }
    }
    return true;
}

}  // namespace riskslim::supports
