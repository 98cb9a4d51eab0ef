// Fits on everything that a node may still use.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support_worker.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

// Bounds of the intercept and these features, in their order.
void SupportTree::Worker::set_box(const Node& node, const std::vector<int>& features) {
    const std::size_t p = features.size() + 1;
    lower_.resize(p);
    upper_.resize(p);
    weight_.resize(p);
    for (std::size_t k = 0; k < p; ++k) {
        const int j = k == 0 ? 0 : features[k - 1];
        lower_[k] = node.low[j];
        upper_[k] = node.high[j];
        weight_[k] = model_.weight[j];
    }
}

// The distinct rows through the intercept and these features.
Rows SupportTree::Worker::base_rows(const std::vector<int>& features) {
    columns_.assign(1, model_.x[0].data());
    for (int j : features) {
        columns_.push_back(model_.x[j].data());
    }
    Rows rows;
    rows.n4 = model_.n4;
    rows.p = static_cast<int>(columns_.size());
    rows.x = columns_.data();
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    return rows;
}

// Rows for the fits on the whole node: merged anew, for fewer features leave fewer distinct rows.
void SupportTree::Worker::merge_wide(const Node& node) {
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    const bool merged = joint_.split(features, model_.n * 3 / 4);
    wide_column_.assign(model_.d + 1, nullptr);
    wide_rows_ = base_rows(features);
    if (!merged) {
        for (int j = 0; j <= model_.d; ++j) {
            wide_column_[j] = model_.x[j].data();
        }
        return;
    }
    joint_.cells(features, wide_cells_);
    wide_rows_ = wide_cells_.rows();
    wide_column_[0] = wide_cells_.columns[0];
    for (std::size_t k = 0; k < features.size(); ++k) {
        wide_column_[features[k]] = wide_cells_.columns[k + 1];
    }
}

// The merged rows through in + maybe, with the boxes that belong to the columns.
Rows SupportTree::Worker::node_rows(const Node& node) {
    columns_index_.assign(1, 0);
    columns_index_.insert(columns_index_.end(), node.in.begin(), node.in.end());
    columns_index_.insert(columns_index_.end(), node.maybe.begin(), node.maybe.end());
    const int p = static_cast<int>(columns_index_.size());
    columns_.resize(p);
    lower_.resize(p);
    upper_.resize(p);
    weight_.resize(p);
    for (int k = 0; k < p; ++k) {
        const int j = columns_index_[k];
        columns_[k] = wide_column_[j];
        lower_[k] = node.low[j];
        upper_[k] = node.high[j];
        weight_[k] = model_.weight[j];
    }
    Rows rows = wide_rows_;
    rows.p = p;
    rows.x = columns_.data();
    return rows;
}

// Loss on in + maybe: the bound of the whole subtree.
FitEnd SupportTree::Worker::fit_all(const Node& node, double cutoff, bool precise, int chosen) {
    const Rows rows = node_rows(node);
    const int p = rows.p;
    big_.w.resize(p);
    for (int k = 0; k < p; ++k) {
        big_.w[k] = node.w[columns_index_[k]];
    }
    bool reuse = false;
    if (node.hessian) {
        std::vector<int> place(model_.d + 1, -1);
        const int m = static_cast<int>(node.hessian_columns->size());
        for (int k = 0; k < m; ++k) {
            place[(*node.hessian_columns)[k]] = k;
        }
        reuse = true;
        big_.hessian.resize(static_cast<std::size_t>(p) * p);
        for (int r = 0; r < p && reuse; ++r) {
            const int pr = place[columns_index_[r]];
            for (int c = 0; c <= r; ++c) {
                const int pc = place[columns_index_[c]];
                if (pr < 0 || pc < 0) {
                    reuse = false;
                    break;
                }
                big_.hessian[static_cast<std::size_t>(r) * p + c] =
                    (*node.hessian)[static_cast<std::size_t>(std::max(pr, pc)) * m +
                                    std::min(pr, pc)];
            }
        }
    }
    incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
    const FitEnd end = big_.run(rows, lower_.data(), upper_.data(), weight_.data(), cutoff, precise,
                                reuse, 1 + static_cast<int>(node.in.size()), chosen, true);
    if (end != FitEnd::above && !reuse) {
        big_.refresh_hessian(rows);
    }
    return end;
}

// What the fit on a node leaves for its children: bound, start, curvature.
void SupportTree::Worker::keep_fit(Node& node) {
    node.bound = std::max(node.bound, big_.bound + cost_of(node.in));
    for (std::size_t k = 0; k < columns_index_.size(); ++k) {
        node.w[columns_index_[k]] = big_.w[k];
    }
    node.hessian = tree_.share(big_.hessian);
    node.hessian_columns = tree_.share(columns_index_);
}

// A search that ends before its first node has this bound.
void SupportTree::Worker::bound_root(Node& root) {
    merge_wide(root);
    const int chosen = std::max(0, model_.max_size - static_cast<int>(root.in.size()));
    fit_sparse(root, kInfinity, cost_of(root.in), chosen);
    if (!sparse_.binding) {
        fit_all(root, kInfinity, true, chosen);
        keep_fit(root);
    }
}

// Both fits raise their bound by one tangent after the other, each of them valid.
double SupportTree::Worker::bound_so_far(const Node& root) const {
    return std::max(
        {0.0, root.bound, sparse_.bound + cost_of(root.in), big_.bound + cost_of(root.in)});
}

}  // namespace riskslim::supports
