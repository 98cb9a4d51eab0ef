// What can be told of a node without a fit on all of its features.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "support_worker.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

double SupportTree::Worker::cost_of(const std::vector<int>& features) const {
    double total = 0.0;
    for (int j : features) {
        total += model_.cost[j];
    }
    return total;
}

// Largest size >= `size` at which scores with this lower bound could still matter; size - 1 if
// none.
int SupportTree::Worker::deepest(int size, double bound) const {
    for (int s = model_.max_size; s >= size; --s) {
        if (incumbents_.cutoff(s) >= bound) {
            return s;
        }
    }
    return size - 1;
}

// Takes features out of `maybe` that no good enough score of the node uses.
//
// The tangent of the loss at w (zero outside `in`) bounds every w' of the box that has at most r
// coefficients outside `in`: f(w') >= f(w) + sum_in min <g_j, w'_j - w_j> - the r largest gains,
// where feature l can gain max(0, -g_l lower_l, -g_l upper_l). With l itself among the r, a bound
// above the cutoff at every size removes l. The minimiser on `in` makes the first two terms large.
double SupportTree::Worker::screen(Node& node, int deepest_size) {
    const int size = static_cast<int>(node.in.size());
    set_box(node, node.in);
    std::vector<double> start(1, node.w[0]);
    for (int j : node.in) {
        start.push_back(node.w[j]);
    }
    support_.split(node.in);
    Rows rows;
    if (support_.groups() * 2 <= model_.n) {
        support_.cells(node.in, support_cells_);
        rows = support_cells_.rows();
    } else {
        rows = base_rows(node.in);
    }
    inner_.w = start;
    inner_.run(rows, lower_.data(), upper_.data(), weight_.data(), kInfinity, true);
    rows = base_rows(node.in);
    slope_.resize(model_.n4);
    curvature_.resize(model_.n4);
    gradient_.resize(rows.p);
    double bound =
        evaluate(rows, inner_.w.data(), gradient_.data(), slope_.data(), curvature_.data());
    double reach = bound;
    for (int k = 0; k < rows.p; ++k) {
        bound +=
            gradient_[k] * (gradient_[k] > 0.0 ? lower_[k] - inner_.w[k] : upper_[k] - inner_.w[k]);
        reach += 2.0 * weight_[k] * std::max(std::fabs(upper_[k]), std::fabs(lower_[k]));
    }
    const double epsilon = std::numeric_limits<double>::epsilon();
    const double depth = model_.n4 / 4 + 128 + 2 * rows.p;
    bound -= epsilon * depth * reach;
    gain_.resize(node.maybe.size());
    ranked_.resize(node.maybe.size());
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        look();
        const int l = node.maybe[t];
        const double low = node.low[l], high = node.high[l];
        const double g = dot(model_.n4, model_.x[l].data(), slope_.data());
        gain_[t] = std::max({0.0, -g * low, -g * high}) +
                   epsilon * depth * model_.weight[l] * std::max(high, -low);
    }
    ranked_ = gain_;
    std::sort(ranked_.begin(), ranked_.end(), std::greater<double>());
    const double base_cost = cost_of(node.in);
    std::size_t kept = 0;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const int l = node.maybe[t];
        double others = 0.0;
        bool useful = false;
        for (int s = size + 1; s <= deepest_size && !useful; ++s) {
            // gains of the s - size - 1 best; where l is one of them this only errs on the safe
            // side
            const int r = s - size - 2;
            if (r >= 0 && r < static_cast<int>(ranked_.size())) {
                others += ranked_[r];
            }
            useful =
                bound - gain_[t] - others + base_cost + model_.cost[l] <= incumbents_.cutoff(s);
        }
        if (useful) {
            gain_[kept] = gain_[t];
            node.maybe[kept++] = l;
        }
    }
    node.maybe.resize(kept);
    return bound;
}

// Whether no addition to the support can pay, by the same tangent and what `maybe` has left.
bool SupportTree::Worker::all_gains_fail(const Node& node, int deepest_size, double tangent,
                                         const std::vector<double>& gain_of) {
    const int size = static_cast<int>(node.in.size());
    ranked_.clear();
    for (int l : node.maybe) {
        ranked_.push_back(gain_of[l]);
    }
    std::sort(ranked_.begin(), ranked_.end(), std::greater<double>());
    for (int s = size + 1; s <= deepest_size; ++s) {
        const std::size_t r = static_cast<std::size_t>(s - size - 1);
        if (r < ranked_.size()) {
            tangent -= ranked_[r];
        }
        if (tangent <= incumbents_.cutoff(s)) {
            return false;
        }
    }
    return true;
}

}  // namespace riskslim::supports
