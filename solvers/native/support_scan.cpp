// Supports one by one, and the points on those that survive.
#include <algorithm>
#include <cmath>

#include "support_worker.hpp"
#include "watch.hpp"

namespace riskslim::supports {

// Everything in the node at once, over points: its features are no more than may be chosen.
void SupportTree::Worker::search_points(const Node& node) {
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    support_.split(features);
    support_.cells(features, leaf_cells_);
    must_.assign(features.size(), 0);
    std::fill(must_.begin(), must_.begin() + static_cast<long>(node.in.size()), 1);
    std::vector<double> start(1, node.w[0]);
    for (int j : features) {
        start.push_back(node.w[j]);
    }
    incumbents_.leaves.fetch_add(1, std::memory_order_relaxed);
    points_.run(leaf_cells_, features, must_, model_.max_size, start, node.bound, node.low,
                node.high);
}

// Points on exactly these features, all not zero, unless the real fit already rules them out.
void SupportTree::Worker::try_support(const Node& node, const std::vector<int>& features,
                                      const Rows& rows, const Cells* cells,
                                      const std::vector<double>& start) {
    const int size = static_cast<int>(features.size());
    if (size < model_.min_size || size > model_.max_size) {
        return;
    }
    const double cost = cost_of(features);
    set_box(node, features);
    leaf_.w = start;
    incumbents_.supports.fetch_add(1, std::memory_order_relaxed);
    const FitEnd end = leaf_.run(rows, lower_.data(), upper_.data(), weight_.data(),
                                 incumbents_.cutoff(size) - cost, false);
    if (end == FitEnd::above) {
        return;
    }
    must_.assign(features.size(), 1);
    incumbents_.leaves.fetch_add(1, std::memory_order_relaxed);
    if (cells == nullptr) {
        joint_.split(features);
        joint_.cells(features, leaf_cells_);
        cells = &leaf_cells_;
    }
    points_.run(*cells, features, must_, size, leaf_.w, std::max(node.bound, leaf_.bound + cost),
                node.low, node.high);
}

// The support `in` itself and every support with one feature more.
void SupportTree::Worker::scan(Node& node) {
    if (!settle(node, deepest(static_cast<int>(node.in.size()), node.bound))) {
        return;
    }
    const int size = static_cast<int>(node.in.size());
    screen(node, std::min(size + 1, model_.max_size));
    const int groups = support_.groups();
    const bool merge = groups * 2 <= model_.n;
    const std::vector<double> w = inner_.w;  // minimiser on `in`: where its neighbours' fits start
    if (inner_.bound + cost_of(node.in) <= incumbents_.cutoff(size)) {
        support_.cells(node.in, support_cells_);
        try_support(node, node.in, support_cells_.rows(), &support_cells_, w);
    }
    if (size >= model_.max_size || node.maybe.empty()) {
        return;
    }
    const bool tables = merge && (groups * 4 <= model_.n || groups <= 64);
    const int d1 = model_.d + 1;
    if (tables) {
        count_a_.assign(static_cast<std::size_t>(groups) * d1, 0.0);
        count_b_.assign(static_cast<std::size_t>(groups) * d1, 0.0);
        for (int i = 0; i < model_.n; ++i) {
            if (i % 1024 == 0) {
                look();
            }
            const std::size_t row = static_cast<std::size_t>(support_.group()[i]) * d1;
            const double up = model_.positive[i], down = model_.negative[i];
            for (int t = model_.ones_begin[i]; t < model_.ones_begin[i + 1]; ++t) {
                count_a_[row + model_.ones[t]] += up;
                count_b_[row + model_.ones[t]] += down;
            }
        }
    }
    std::vector<double> start = w;
    start.push_back(0.0);
    std::vector<int> features = node.in;
    features.push_back(0);
    for (int l : node.maybe) {
        look();
        if (node.bound + model_.cost[l] > incumbents_.cutoff(size + 1)) {
            continue;
        }
        features.back() = l;
        if (tables && model_.binary[l] && model_.whole_weights) {
            joint_cells_.reset(size + 2);
            for (int g = 0; g < groups; ++g) {
                const double a1 = count_a_[static_cast<std::size_t>(g) * d1 + l];
                const double b1 = count_b_[static_cast<std::size_t>(g) * d1 + l];
                const double total = model_.total_weight;
                const double a0 = std::round(support_cells_.a[g] * total) - a1;
                const double b0 = std::round(support_cells_.b[g] * total) - b1;
                for (int value = 0; value < 2; ++value) {
                    const double a = value ? a1 : a0, b = value ? b1 : b0;
                    if (a + b <= 0.0) {
                        continue;
                    }
                    for (int c = 0; c <= size; ++c) {
                        joint_cells_.x[c].push_back(support_cells_.x[c][g]);
                    }
                    joint_cells_.x[size + 1].push_back(value);
                    joint_cells_.a.push_back(a / total);
                    joint_cells_.b.push_back(b / total);
                }
            }
            joint_cells_.finish();
        } else if (merge) {
            joint_.refine_from(support_, l);
            joint_.cells(features, joint_cells_);
        } else {
            // too many cells to be worth the merging
            try_support(node, features, base_rows(features), nullptr, start);
            continue;
        }
        try_support(node, features, joint_cells_.rows(), &joint_cells_, start);
    }
}

}  // namespace riskslim::supports
