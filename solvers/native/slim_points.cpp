#include "slim_points.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace riskslim::slim {
namespace {

constexpr double kExactTotals = 1e15;

}  // namespace

SupportPoints::SupportPoints(const Model& model, Incumbent& incumbent, Cutoff& cutoff,
                             Grouper& grouper)
    : model_(model), incumbent_(incumbent), cutoff_(cutoff), grouper_(grouper), limits_(model) {}

void SupportPoints::search(const Cells& all, const Ordered& ordered,
                           const std::vector<int>& features, const Direction& first) {
    all_ = &all;
    features_ = features;
    given_ = static_cast<int>(first.size());
    const int k = static_cast<int>(features_.size());
    // Features of many values first: the cells of the others are the fewer.
    std::stable_sort(features_.begin() + given_, features_.end(),
                     [&](int a, int b) { return all.values[a] > all.values[b]; });
    costs_ = 0.0;
    for (int j : features_) costs_ += model_.cost[j + 1];
    blur_ = blur();
    sweep_.reset();
    if (given_ == k) {
        weigh(first);
        return;
    }
    if (static_cast<int>(levels_.size()) <= k) levels_.resize(k + 1);
    order_rows(ordered);
    begin(given_);
    extend(first);
}

// A total here is made of at most d products, d sums and d multiples of what there is so far:
// (2 d + 1) u of the size of its terms, of which `rounding` has (2 d + 8). Whole totals are exact.
double SupportPoints::blur() const {
    double reach = 0.0;
    for (int j : features_) {
        const Point most = std::max(std::abs(model_.lower[j + 1]), std::abs(model_.upper[j + 1]));
        reach += static_cast<double>(most) * all_->largest_whole[j];
    }
    return reach < kExactTotals ? 0.0 : 2.0 * model_.rounding;
}

// By the values of the features without points, the last one first, then by total; rows that agree
// in all features become one.
void SupportPoints::order_rows(const Ordered& ordered) {
    const int n = all_->n, k = static_cast<int>(features_.size());
    rows_.resize(n);
    next_rows_.resize(n);
    std::iota(rows_.begin(), rows_.end(), 0);
    for (int m = given_; m < k; ++m) {
        const std::vector<int>& rank = all_->rank[features_[m]];
        count_.assign(all_->values[features_[m]] + 1, 0);
        for (int i = 0; i < n; ++i) ++count_[rank[ordered.order[i]] + 1];
        std::partial_sum(count_.begin(), count_.end(), count_.begin());
        for (int i : rows_) next_rows_[count_[rank[ordered.order[i]]]++] = i;
        rows_.swap(next_rows_);
    }
    std::vector<Row>& out = levels_[given_].rows;
    out.clear();
    differs_.clear();
    of_.clear();
    for (int i : rows_) {
        const int row = ordered.order[i];
        int m = k;
        if (!of_.empty()) {
            const int before = of_.back();
            do {
                --m;
            } while (m >= 0 && all_->rank[features_[m]][row] == all_->rank[features_[m]][before]);
        }
        if (m < 0) {
            out.back().change += all_->change[row];
            continue;
        }
        out.push_back({ordered.total[i], all_->change[row]});
        differs_.push_back(m);
        of_.push_back(row);
    }
    laid_out_ = given_ - 1;
}

// The cells of a level; those of the level above are there.
void SupportPoints::lay_out(int m) {
    if (m <= laid_out_) return;
    laid_out_ = m;
    Level& level = levels_[m];
    const int n = static_cast<int>(of_.size());
    level.first.clear();
    level.value.clear();
    const std::vector<double>* x =
        m < static_cast<int>(features_.size()) ? &all_->x[features_[m]] : nullptr;
    for (int i = 0; i < n; ++i) {
        if (i > 0 && differs_[i] < m) continue;
        level.first.push_back(i);
        if (x) level.value.push_back((*x)[of_[i]]);
    }
    level.first.push_back(n);
    level.rows.resize(n);
    level.least.resize(level.cells());
    level.sum.assign(level.cells(), 0.0);
    if (m == given_) {
        for (int c = 0; c < level.cells(); ++c) {
            for (int i = level.first[c]; i < level.first[c + 1]; ++i) {
                level.sum[c] += level.rows[i].change;
            }
        }
        return;
    }
    const Level& above = levels_[m - 1];
    level.part.clear();
    for (int c = 0, p = 0; c < level.cells(); ++c) {
        level.part.push_back(p);
        for (; above.first[p] < level.first[c + 1]; ++p) level.sum[c] += above.sum[p];
    }
    level.part.push_back(above.cells());
}

// With the rows of a level in order: what its cells have at least, and what merges would add.
void SupportPoints::begin(int m) {
    lay_out(m);
    Level& level = levels_[m];
    level.all = 0.0;
    for (int c = 0; c < level.cells(); ++c) {
        const int from = level.first[c];
        level.least[c] = least_of(level.rows.data() + from, level.first[c + 1] - from);
        level.all += level.least[c];
    }
    level.merges.clear();
    if (m == static_cast<int>(features_.size())) return;
    lay_out(m + 1);
    const Level& next = levels_[m + 1];
    for (int c = 0; c < next.cells(); ++c) {
        if (next.part[c + 1] - next.part[c] < 2) continue;
        double gain = std::min(0.0, next.sum[c]);
        for (int p = next.part[c]; p < next.part[c + 1]; ++p) gain -= level.least[p];
        if (gain > 0.0) level.merges.push_back({gain, c});
    }
    std::sort(level.merges.begin(), level.merges.end(), [](const auto& a, const auto& b) {
        return a.gain != b.gain ? a.gain > b.gain : a.cell < b.cell;
    });
}

void SupportPoints::extend(const Direction& direction) {
    const int m = static_cast<int>(direction.size());
    each_longer(model_, features_, direction, [&](const Direction& longer, Point scale) {
        look();
        if (closed(longer, scale)) return;
        if (longer.size() == features_.size()) {
            weigh(longer);
            return;
        }
        descend(m, scale, longer.back());
        begin(m + 1);
        extend(longer);
    });
}

bool SupportPoints::closed(const Direction& longer, Point scale) {
    const int m = static_cast<int>(longer.size()) - 1;
    const Level& level = levels_[m];
    const Level& next = levels_[m + 1];
    long l1 = static_cast<long>(features_.size() - longer.size());
    for (Point v : longer) l1 += std::abs(v);
    incumbent_.count();
    cutoff_.refresh();
    double least = level.all;
    const auto enough = [&] {
        return cutoff_.closes(all_->grid * (all_->yes + least), costs_, l1);
    };
    if (enough()) return true;
    for (const Level::Merge& entry : level.merges) {
        merge(level, entry.cell, scale, longer.back());
        double more = least_of(merged_.data(), static_cast<int>(merged_.size()));
        for (int p = next.part[entry.cell]; p < next.part[entry.cell + 1]; ++p) {
            more -= level.least[p];
        }
        if (more <= 0.0) continue;
        least += more;
        if (enough()) return true;
    }
    return false;
}

// The rows of a cell of the next level, in the order of their new totals.
void SupportPoints::merge(const Level& from, int cell, Point scale, Point points) {
    const Level& next = levels_[(&from - levels_.data()) + 1];
    const double factor = static_cast<double>(scale), v = static_cast<double>(points);
    merged_.clear();
    for (int p = next.part[cell]; p < next.part[cell + 1]; ++p) {
        const double shift = v * from.value[p];
        const Row* row = from.rows.data() + from.first[p];
        const Row* const end = from.rows.data() + from.first[p + 1];
        const Row* have = merged_.data();
        const Row* const had = have + merged_.size();
        other_.resize(merged_.size() + (end - row));
        Row* out = other_.data();
        while (row != end) {
            const double total = factor * row->total + shift;
            while (have != had && have->total <= total) *out++ = *have++;
            *out++ = {total, row->change};
            ++row;
        }
        std::copy(have, had, out);
        merged_.swap(other_);
    }
}

void SupportPoints::descend(int m, Point scale, Point points) {
    const Level& level = levels_[m];
    Level& next = levels_[m + 1];
    for (int c = 0; c < next.cells(); ++c) {
        merge(level, c, scale, points);
        std::copy(merged_.begin(), merged_.end(), next.rows.begin() + next.first[c]);
    }
}

// A threshold between two runs of rows whose totals may be in any order, or within one of them,
// where each of its rows is on the side that suits it; equal totals are on the same side.
double SupportPoints::least_of(const Row* rows, int count) const {
    double sum = 0.0, run = 0.0, best = 0.0;
    const bool blurred = blur_ > 0.0;
    for (int i = 0; i < count; ++i) {
        if (i > 0 && rows[i].total - rows[i - 1].total > blur_) {
            best = std::min(best, run);
            run = sum;
        }
        sum += rows[i].change;
        run += blurred ? std::min(0.0, rows[i].change) : rows[i].change;
    }
    return std::min(best, std::min(run, sum));
}

Sweep& SupportPoints::sweep() {
    if (!sweep_) {
        cells_ = all_->merged(features_, grouper_);
        sides_ = cells_.sides(model_, features_);
        sweep_ = std::make_unique<Sweep>(model_, sides_);
    }
    return *sweep_;
}

// Every multiple of a direction of all features, with its best intercept.
void SupportPoints::weigh(const Direction& direction) {
    Score score;
    for (Point scale = 1;; ++scale) {
        look();
        score.points.assign(model_.d + 1, 0);
        for (std::size_t m = 0; m < direction.size(); ++m) {
            const Point points = scale * direction[m];
            if (!within_reach(model_, features_[m], points)) return;
            score.points[features_[m] + 1] = points;
        }
        const Intercepts allowed = model_.intercepts(score.points);
        if (!allowed.empty()) {
            sweep().hold(score.points);
            const auto improves = [&](const Score& priced) {
                cutoff_.refresh();
                return cutoff_.improves(priced);
            };
            if (sweep().weigh(score, allowed, limits_, -1, 0, improves)) incumbent_.offer(score);
        }
        if (direction.empty()) return;
    }
}

}  // namespace riskslim::slim
