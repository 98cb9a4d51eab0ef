#include "slim_points.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "slim_thresholds.hpp"

namespace riskslim::slim {
namespace {

constexpr double kExactTotals = 1e15;
constexpr double kNoBound = -std::numeric_limits<double>::infinity();

struct Head {  // of the rows of a part that are to come
    const SupportPoints::Row *row, *end;
    double shift, total;
    int part;
};

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
    lay_out(given_);
    favour();
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

// Where rounding may hide the order of two rows, a row that is better off below its threshold is
// moved down by what its total may be off, and any other one up: whatever the exact totals are, a
// threshold that parts them leaves each row of these on the side that it is on, or on the better
// one. Multiples and what is added to all of a cell keep that.
void SupportPoints::favour() {
    if (blur_ == 0.0) return;
    Level& level = levels_[given_];
    for (int c = 0; c < level.cells(); ++c) {
        const auto from = level.rows.begin() + level.first[c];
        const auto to = level.rows.begin() + level.first[c + 1];
        for (auto row = from; row != to; ++row) {
            row->total += row->change < 0.0 ? -blur_ : blur_;
            for (auto at = row; at != from && at[-1].total > at->total; --at) {
                std::swap(at[-1], *at);
            }
        }
    }
}

// With the rows of a level in order: what its cells have at least, and what merges would add.
void SupportPoints::begin(int m) {
    Level& level = levels_[m];
    level.all = 0.0;
    for (int c = 0; c < level.cells(); ++c) {
        OneThreshold best;
        for (int i = level.first[c]; i < level.first[c + 1]; ++i) {
            best.add(level.rows[i].total, level.rows[i].change);
        }
        level.least[c] = best.least();
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
    const bool fewer = closed_below(direction, -1), more = closed_below(direction, 1);
    if (fewer && more) return;
    each_longer(model_, features_, direction, [&](const Direction& longer, Point scale) {
        look();
        if (longer.back() < 0 ? fewer : more) return;
        const Step step{static_cast<double>(scale), static_cast<double>(longer.back())};
        const auto least = [&](int cell) {
            OneThreshold best;
            in_order(m, cell, step,
                     [&](double total, double change, int) { best.add(total, change); });
            return best.least();
        };
        if (closed(m, l1_of(longer), least)) return;
        if (longer.size() == features_.size()) {
            weigh(longer);
            return;
        }
        descend(m, step);
        begin(m + 1);
        extend(longer);
    });
}

// Whether all directions that go on from this one with points of a sign are closed. The next
// feature's points are at least 1/scale of a point for each multiple of the direction, so that
// with these, each part of a cell has a threshold no higher than that of the part below it.
bool SupportPoints::closed_below(const Direction& direction, Point sign) {
    const int m = static_cast<int>(direction.size());
    const int next = features_[m];
    if (sign > 0 ? model_.upper[next + 1] <= 0 : model_.lower[next + 1] >= 0) return true;
    if (m == 0) return false;
    Point scale = 0;
    for (bool within = true; within; scale += within) {
        for (int i = 0; i < m; ++i) {
            within = within && within_reach(model_, features_[i], (scale + 1) * direction[i]);
        }
    }
    if (scale <= 1) return scale == 0;
    const Step step{static_cast<double>(scale), static_cast<double>(sign)};
    const Level& after = levels_[m + 1];
    const auto least = [&](int cell) {
        const int parts = after.part[cell + 1] - after.part[cell];
        if (parts > kMostParts) return kNoBound;
        FallingThresholds best(parts);
        in_order(m, cell, step, [&](double total, double change, int part) {
            best.add(total, change, sign > 0 ? parts - 1 - part : part);
        });
        return best.least();
    };
    return closed(m, l1_of(direction), least);
}

long SupportPoints::l1_of(const Direction& direction) const {
    long l1 = static_cast<long>(features_.size() - direction.size());
    for (Point v : direction) l1 += std::abs(v);
    return l1;
}

// Whether the bound of what goes on from the m-th level is too much, with what merged cells have
// at least.
template <class Least>
bool SupportPoints::closed(int m, long l1, const Least& least_of) {
    Level& level = levels_[m];
    const Level& next = levels_[m + 1];
    incumbent_.count();
    cutoff_.refresh();
    double least = level.all;
    const auto enough = [&] {
        return cutoff_.closes(all_->grid * (all_->yes + least), costs_, l1);
    };
    if (enough()) return true;
    for (auto entry = level.merges.begin(); entry != level.merges.end(); ++entry) {
        double more = least_of(entry->cell);
        for (int p = next.part[entry->cell]; p < next.part[entry->cell + 1]; ++p) {
            more -= level.least[p];
        }
        const bool adds = more > 0.0;
        if (adds) least += more;
        // What closes one child closes the next: what adds most comes to the front.
        entry->gain = more;
        for (auto at = entry; at != level.merges.begin() && at[-1].gain < at->gain; --at) {
            std::swap(at[-1], *at);
        }
        if (adds && enough()) return true;
    }
    return false;
}

// Visits the rows of a cell of the level after the m-th in the order of their new totals, with the
// part of the cell that they come from.
template <class Visit>
void SupportPoints::in_order(int m, int cell, const Step& step, const Visit& visit) {
    const Level& from = levels_[m];
    const int first = levels_[m + 1].part[cell], parts = levels_[m + 1].part[cell + 1] - first;
    const auto total = [&](const Row* row, double shift) {
        return step.scale * row->total + shift;
    };
    const auto row_of = [&](int p) { return from.rows.data() + from.first[p]; };
    const auto rest = [&](const Row* row, const Row* end, double shift, int part) {
        for (; row != end; ++row) visit(total(row, shift), row->change, part);
    };
    const double shift = step.points * from.value[first];
    if (parts == 1) return rest(row_of(first), row_of(first + 1), shift, 0);
    if (parts == 2) {
        const double other = step.points * from.value[first + 1];
        const Row *a = row_of(first), *b = row_of(first + 1);
        const Row *const end_a = b, *const end_b = row_of(first + 2);
        double of_a = total(a, shift), of_b = total(b, other);
        while (true) {
            if (of_a <= of_b) {
                visit(of_a, a->change, 0);
                if (++a == end_a) return rest(b, end_b, other, 1);
                of_a = total(a, shift);
            } else {
                visit(of_b, b->change, 1);
                if (++b == end_b) return rest(a, end_a, shift, 0);
                of_b = total(b, other);
            }
        }
    }
    if (parts > kMostParts) {
        sorted_.clear();
        for (int p = 0; p < parts; ++p) {
            const double of_part = step.points * from.value[first + p];
            for (const Row* row = row_of(first + p); row != row_of(first + p + 1); ++row) {
                sorted_.push_back({total(row, of_part), row->change});
            }
        }
        std::sort(sorted_.begin(), sorted_.end(),
                  [](const Row& a, const Row& b) { return a.total < b.total; });
        for (const Row& row : sorted_) visit(row.total, row.change, 0);
        return;
    }
    Head heads[kMostParts];
    int open = 0;
    for (int p = 0; p < parts; ++p) {
        const Row* row = row_of(first + p);
        const double of_part = step.points * from.value[first + p];
        heads[open++] = {row, row_of(first + p + 1), of_part, total(row, of_part), p};
    }
    while (open > 1) {
        Head* least = heads;
        for (Head* head = heads + 1; head != heads + open; ++head) {
            if (head->total < least->total) least = head;
        }
        visit(least->total, least->row->change, least->part);
        if (++least->row == least->end) {
            *least = heads[--open];
        } else {
            least->total = total(least->row, least->shift);
        }
    }
    rest(heads[0].row, heads[0].end, heads[0].shift, heads[0].part);
}

void SupportPoints::descend(int m, const Step& step) {
    Level& next = levels_[m + 1];
    Row* out = next.rows.data();
    for (int c = 0; c < next.cells(); ++c) {
        in_order(m, c, step, [&](double total, double change, int) { *out++ = {total, change}; });
    }
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
