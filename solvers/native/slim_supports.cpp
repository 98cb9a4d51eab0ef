#include "slim_supports.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace riskslim::slim {
namespace {

constexpr std::size_t kOrdered = 12;  // features whose order looks at those before them

bool must_be_in(const Model& model, int j) {
    return model.lower[j + 1] > 0 || model.upper[j + 1] < 0;
}

// Gini impurity of cells: what is left to tell apart.
double impurity(const std::vector<int>& ids, int count, const Cells& cells) {
    std::vector<double> positive(count, 0.0), negative(count, 0.0);
    for (int i = 0; i < cells.n; ++i) {
        positive[ids[i]] += cells.positive[i];
        negative[ids[i]] += cells.negative[i];
    }
    double sum = 0.0;
    for (int c = 0; c < count; ++c) {
        sum += positive[c] * negative[c] / (positive[c] + negative[c]);
    }
    return sum;
}

}  // namespace

SupportPlan::SupportPlan(const Model& model, const Table& rows, const std::vector<int>& rich) {
    Grouper grouper;
    std::vector<int> live;
    for (int j = 0; j < model.d; ++j) {
        if (model.lower[j + 1] == 0 && model.upper[j + 1] == 0) continue;
        live.push_back(j);
        if (std::find(rich.begin(), rich.end(), j) == rich.end()) parting.push_back(j);
    }
    max_size = model.max_size;
    cells = Cells(model, rows, live, grouper);
    for (int i = 0; i < cells.n; ++i) {
        bound += cells.grid * std::min(cells.least_positive[i], cells.least_negative[i]);
    }
    order_parting(model, grouper);
    const int count = static_cast<int>(parting.size());
    rest.assign(count + 1, std::vector<int>(cells.n, 0));
    rests.assign(count + 1, 1);
    least_cost.assign(count + 1, 0.0);
    for (int j = count - 1; j >= 0; --j) {
        look();
        const int feature = parting[j];
        rests[j] = grouper.group(rest[j + 1].data(), rests[j + 1], cells.rank[feature].data(),
                                 cells.values[feature], cells.n, rest[j].data());
        const double cost = model.cost[feature + 1];
        least_cost[j] = j + 1 < count ? std::min(cost, least_cost[j + 1]) : cost;
    }
    add_starts(model, rich);
}

// Strong features first, so that the bound of those that are left soon closes what they could do.
void SupportPlan::order_parting(const Model& model, Grouper& grouper) {
    std::vector<int> open;
    std::vector<int> ids(cells.n, 0), trial(cells.n);
    int count = 1;
    const auto with = [&](int j) {
        return grouper.group(ids.data(), count, cells.rank[j].data(), cells.values[j], cells.n,
                             trial.data());
    };
    std::vector<int> ordered;
    for (int j : parting) (must_be_in(model, j) ? ordered : open).push_back(j);
    forced = static_cast<int>(ordered.size());
    for (int j : ordered) {
        count = with(j);
        ids.swap(trial);
    }
    std::vector<std::pair<double, int>> ranked;
    for (std::size_t taken = 0; !open.empty() && taken < kOrdered; ++taken) {
        ranked.clear();
        for (int j : open) {
            look();
            const int parts = with(j);
            ranked.push_back({impurity(trial, parts, cells), j});
        }
        std::sort(ranked.begin(), ranked.end());
        const int best = ranked[0].second;
        count = with(best);
        ids.swap(trial);
        ordered.push_back(best);
        open.erase(std::find(open.begin(), open.end(), best));
    }
    ranked.erase(ranked.begin(), ranked.begin() + (ranked.empty() ? 0 : 1));
    for (const auto& entry : ranked) ordered.push_back(entry.second);
    parting.swap(ordered);
}

void SupportPlan::add_starts(const Model& model, const std::vector<int>& rich) {
    std::vector<std::vector<int>> sets{{}};
    for (int j : rich) {
        const std::size_t before = sets.size();
        for (std::size_t s = 0; s < before; ++s) {
            if (static_cast<int>(sets[s].size()) >= max_size) continue;
            sets.push_back(sets[s]);
            sets.back().push_back(j);
        }
    }
    for (const std::vector<int>& features : sets) {
        bool whole = true;
        for (int j : rich) {
            const bool in = std::find(features.begin(), features.end(), j) != features.end();
            whole = whole && (in || !must_be_in(model, j));
        }
        if (!whole) continue;
        for (const Direction& direction : directions_of(model, features)) {
            look();
            const int start = static_cast<int>(starts.size());
            starts.push_back({features, direction});
            tasks.push_back({start, -1});
            if (static_cast<int>(features.size()) >= max_size) continue;
            for (int j = 0; j < static_cast<int>(parting.size()); ++j) {
                tasks.push_back({start, j});
                if (j < forced) break;
            }
        }
    }
}

SupportTree::SupportTree(const Model& model, const SupportPlan& plan, Incumbent& incumbent)
    : model_(model),
      plan_(plan),
      incumbent_(incumbent),
      cutoff_(model, incumbent),
      points_(model, incumbent, cutoff_, grouper_),
      levels_(plan.max_size + 2) {}

// Brings the rows into the order of the direction that the supports begin with.
void SupportTree::begin(int index) {
    if (index == start_) return;
    const SupportPlan::Start& start = plan_.starts[index];
    const Cells& cells = plan_.cells;
    start_ = -1;
    if (start.features.empty()) {
        ordered_.none(cells.n);
    } else {
        ordered_.sort(totals_of(cells, start.features, start.direction), 2.0 * model_.rounding);
    }
    const auto in_order = [&](const auto& from, auto& to) {
        to.resize(cells.n);
        for (int i = 0; i < cells.n; ++i) to[i] = from[ordered_.order[i]];
    };
    in_order(cells.change, change_);
    const std::size_t count = plan_.parting.size();
    rank_.resize(count);
    rest_.resize(count + 1);
    for (std::size_t j = 0; j < count; ++j) {
        look();
        in_order(cells.rank[plan_.parting[j]], rank_[j]);
        in_order(plan_.rest[j], rest_[j]);
    }
    chosen_ = start.features;
    costs_ = 0.0;
    l1_ = 0;
    for (int j : chosen_) costs_ += model_.cost[j + 1];
    for (Point points : start.direction) l1_ += std::abs(points);
    levels_[0].code.assign(cells.n, 0);
    levels_[0].codes = 1;
    start_ = index;
}

void SupportTree::run(const SupportPlan::Task& task) {
    begin(task.start);
    const int size = static_cast<int>(chosen_.size());
    const SupportPlan::Start& start = plan_.starts[task.start];
    cutoff_.refresh();
    if (task.first >= 0) {
        if (rest_closed(0, task.first)) return;
        try_support(0, task.first);
        descend(0, task.first, plan_.max_size - size - 1);
        return;
    }
    if (plan_.forced > 0 || size < model_.min_size) return;
    incumbent_.count();
    const double errors = errors_with(levels_[0], levels_[0].code, 1);
    if (!cutoff_.closes(errors, costs_, l1_)) {
        points_.search(plan_.cells, ordered_, start.features, start.direction);
    }
}

double SupportTree::errors_with(const Level& level, const std::vector<int>& b, int of_b) {
    const int n = plan_.cells.n;
    const long span = static_cast<long>(level.codes) * of_b;
    cell_.resize(n);
    int cells;
    if (span <= 2L * n + 64) {
        cells = static_cast<int>(span);
        const int* code = level.code.data();
        for (int i = 0; i < n; ++i) cell_[i] = code[i] * of_b + b[i];
    } else {
        cells = grouper_.group(level.code.data(), level.codes, b.data(), of_b, n, cell_.data());
    }
    return plan_.cells.grid *
           (plan_.cells.yes + errors_.least(ordered_, cell_.data(), cells, change_.data()));
}

void SupportTree::try_support(std::size_t depth, int j) {
    if (j + 1 < plan_.forced) return;
    if (static_cast<int>(chosen_.size()) + 1 < model_.min_size) return;
    const int feature = plan_.parting[j];
    const double errors = errors_with(levels_[depth], rank_[j], plan_.cells.values[feature]);
    incumbent_.count();
    const double costs = costs_ + model_.cost[feature + 1];
    if (cutoff_.closes(errors, costs, l1_ + 1)) return;
    std::vector<int> features = chosen_;
    features.push_back(feature);
    points_.search(plan_.cells, ordered_, features, plan_.starts[start_].direction);
}

// With all features from `next` on no support below has fewer errors.
bool SupportTree::rest_closed(std::size_t depth, int next) {
    const double errors = errors_with(levels_[depth], rest_[next], plan_.rests[next]);
    return cutoff_.closes(errors, costs_ + plan_.least_cost[next], l1_ + 1);
}

// With the j-th feature, so many more.
void SupportTree::descend(std::size_t depth, int j, int left) {
    if (left <= 0 || j + 1 >= static_cast<int>(plan_.parting.size())) return;
    const int feature = plan_.parting[j];
    const Level& now = levels_[depth];
    Level& below = levels_[depth + 1];
    below.code.resize(plan_.cells.n);
    below.codes = grouper_.group(now.code.data(), now.codes, rank_[j].data(),
                                 plan_.cells.values[feature], plan_.cells.n, below.code.data());
    const double costs = costs_;
    chosen_.push_back(feature);
    costs_ += model_.cost[feature + 1];
    ++l1_;
    visit(depth + 1, j + 1, left);
    chosen_.pop_back();
    costs_ = costs;
    --l1_;
}

void SupportTree::visit(std::size_t depth, int next, int left) {
    const int count = static_cast<int>(plan_.parting.size());
    for (int j = next; j < count; ++j) {
        look();
        cutoff_.refresh();
        if ((left > 1 || j == next) && rest_closed(depth, j)) return;
        try_support(depth, j);
        descend(depth, j, left - 1);
        if (j < plan_.forced) return;
    }
}

}  // namespace riskslim::slim
