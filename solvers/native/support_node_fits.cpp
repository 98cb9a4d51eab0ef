#include "support_node_fits.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "rounding.hpp"

namespace riskslim::supports {
namespace {

std::vector<int> usable(const Node& node) {
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    return features;
}

}  // namespace

void NodeFits::merge(const Node& node) {
    const std::vector<int> features = usable(node);
    const bool merged = partition_.split(features, model_.n * 3 / 4);
    column_.assign(model_.d + 1, Column());
    if (!merged) {
        merged_columns_.set(model_, node, features);
        merged_ = merged_columns_.rows(model_);
        for (int j = 0; j <= model_.d; ++j) {
            column_[j] = model_.x[j];
        }
        return;
    }
    partition_.cells(features, cells_);
    merged_ = cells_.rows();
    column_[0] = cells_.columns[0];
    for (std::size_t k = 0; k < features.size(); ++k) {
        column_[features[k]] = cells_.columns[k + 1];
    }
}

// The merged rows through in + maybe.
Rows NodeFits::rows_of(const Node& node) {
    columns_.set(model_, node, usable(node));
    return columns_.rows(merged_, column_);
}

// The curvature of the parent's fit where it has all columns.
bool NodeFits::take_hessian(const Node& node) {
    if (!node.hessian) {
        return false;
    }
    std::vector<int> place(model_.d + 1, -1);
    const std::size_t m = node.hessian_columns->size();
    for (std::size_t k = 0; k < m; ++k) {
        place[(*node.hessian_columns)[k]] = static_cast<int>(k);
    }
    const std::vector<int>& index = columns_.index();
    const std::size_t p = index.size();
    all_.hessian.resize(p * p);
    for (std::size_t r = 0; r < p; ++r) {
        const int row = place[index[r]];
        for (std::size_t c = 0; c <= r; ++c) {
            const int column = place[index[c]];
            if (row < 0 || column < 0) {
                return false;
            }
            all_.hessian[r * p + c] =
                (*node.hessian)[static_cast<std::size_t>(std::max(row, column)) * m +
                                std::min(row, column)];
        }
    }
    return true;
}

FitEnd NodeFits::fit_all(const Node& node, double cutoff, Until until, int chosen) {
    const Rows rows = rows_of(node);
    all_.w = columns_.start(node);
    const bool reuse = take_hessian(node);
    incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
    const Choice choice{1 + static_cast<int>(node.in.size()), chosen};
    const FitEnd end = all_.run(rows, columns_.box(), cutoff, {until, reuse, choice});
    if (end != FitEnd::above && !reuse) {
        all_.refresh_hessian(rows);
    }
    return end;
}

FitEnd NodeFits::fit_sparse(Node& node, double cutoff, double cost, int chosen) {
    const Rows rows = rows_of(node);
    sparse_.w = columns_.start(node);
    incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
    const Choice choice{1 + static_cast<int>(node.in.size()), chosen};
    const FitEnd end = sparse_.run(rows, columns_.box(), choice, cutoff);
    for (int k = 0; k < rows.p; ++k) {
        node.w[columns_.index()[k]] = sparse_.w[k];
    }
    node.bound = std::max(node.bound, sparse_.bound + cost);
    return end;
}

bool NodeFits::screen_by_sparse(Node& node, double cutoff, int chosen) const {
    const std::size_t r = static_cast<std::size_t>(chosen);
    const std::vector<double>& gain = sparse_.gain;
    std::vector<double> ranked = gain;
    std::sort(ranked.begin(), ranked.end(), std::greater<double>());
    double best = 0.0;
    for (std::size_t k = 0; k < std::min(r, ranked.size()); ++k) {
        best += ranked[k];
    }
    const double least = r <= ranked.size() && r > 0 ? ranked[r - 1] : 0.0;
    const double next = r < ranked.size() ? ranked[r] : 0.0;
    const double slack =
        kFewTerms * static_cast<double>(gain.size()) * (std::fabs(sparse_.base) + best);
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

std::vector<int> NodeFits::dearest(const Node& node, std::size_t count) {
    std::vector<double> loss;
    sparse_.losses_without(rows_of(node), loss);
    std::vector<std::pair<double, int>> order;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        order.emplace_back(-loss[t], static_cast<int>(t));
    }
    std::sort(order.begin(), order.end());
    std::vector<int> first;
    for (std::size_t k = 0; k < std::min(count, order.size()); ++k) {
        first.push_back(node.maybe[order[k].second]);
    }
    return first;
}

NodeFits::Spread NodeFits::spread() {
    const int p = static_cast<int>(columns_.index().size());
    Spread spread;
    spread.free.assign(p, 1);
    for (int k = 0; k < p; ++k) {
        if ((all_.w[k] <= columns_.lower(k) && all_.gradient[k] > 0.0) ||
            (all_.w[k] >= columns_.upper(k) && all_.gradient[k] < 0.0)) {
            spread.free[k] = 0;
        }
    }
    all_.inverse_diagonal(spread.free, spread.diagonal);
    return spread;
}

}  // namespace riskslim::supports
