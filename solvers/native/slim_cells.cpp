#include "slim_cells.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace riskslim::slim {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr int kExactBits = 52;  // whole numbers of so many bits add up exactly
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15u;  // 2^64 by the golden ratio

}  // namespace

int Grouper::group(const int* a, int of_a, const int* b, int of_b, int n, int* ids) {
    const std::uint64_t span = static_cast<std::uint64_t>(of_a) * static_cast<std::uint64_t>(of_b);
    std::size_t size = 64;
    while (size < 2 * static_cast<std::size_t>(n)) size *= 2;
    if (stamp_.size() < size || ++now_ == 0) {
        stamp_.assign(std::max(size, stamp_.size()), 0);
        key_.resize(stamp_.size());
        id_.resize(stamp_.size());
        now_ = 1;
    }
    const bool direct = span <= size;
    const std::size_t mask = size - 1;
    int count = 0;
    for (int i = 0; i < n; ++i) {
        const std::uint64_t key = static_cast<std::uint64_t>(a[i]) * of_b + b[i];
        std::size_t at = direct ? key : ((key * kSpread) >> 20) & mask;
        while (stamp_[at] == now_ && key_[at] != key) at = (at + 1) & mask;
        if (stamp_[at] != now_) {
            stamp_[at] = now_;
            key_[at] = key;
            id_[at] = count++;
        }
        ids[i] = id_[at];
    }
    return count;
}

Cells::Cells(const Model& model, const Table& table, const std::vector<int>& live,
             Grouper& grouper) {
    const int rows = table.rows;
    std::vector<std::vector<int>> ranks(model.d);
    values.assign(model.d, 1);
    largest_whole.assign(model.d, 0.0);
    std::vector<int> ids(rows, 0);
    int count = rows > 0;
    for (int j : live) {
        look();
        std::vector<double> distinct(table.x[j]);
        std::sort(distinct.begin(), distinct.end());
        distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
        values[j] = static_cast<int>(distinct.size());
        for (double value : distinct) {
            const bool whole = value == std::floor(value);
            largest_whole[j] = std::max(largest_whole[j], whole ? std::fabs(value) : kInfinite);
        }
        ranks[j].resize(rows);
        for (int i = 0; i < rows; ++i) {
            ranks[j][i] =
                static_cast<int>(std::lower_bound(distinct.begin(), distinct.end(), table.x[j][i]) -
                                 distinct.begin());
        }
        count = grouper.group(ids.data(), std::max(count, 1), ranks[j].data(), values[j], rows,
                              ids.data());
    }
    n = count;
    positive.assign(n, 0.0);
    negative.assign(n, 0.0);
    x.resize(model.d);
    rank.resize(model.d);
    for (int j : live) {
        x[j].resize(n);
        rank[j].resize(n);
    }
    for (int i = 0; i < rows; ++i) {
        (i < table.positives ? positive : negative)[ids[i]] += table.weight[i];
        for (int j : live) {
            x[j][ids[i]] = table.x[j][i];
            rank[j][ids[i]] = ranks[j][i];
        }
    }
    set_grid(model);
    for (int i = 0; i < n; ++i) {
        least_positive.push_back(std::floor(positive[i] / grid));
        least_negative.push_back(std::floor(negative[i] / grid));
    }
    weigh();
}

void Cells::set_grid(const Model& model) {
    if (model.whole_weights) return;
    grid = std::ldexp(1.0, std::ilogb(model.total_weight) + 2 - kExactBits);
}

void Cells::weigh() {
    change.resize(n);
    yes = 0.0;
    for (int i = 0; i < n; ++i) {
        change[i] = least_positive[i] - least_negative[i];
        yes += least_negative[i];
    }
}

Cells Cells::merged(const std::vector<int>& features, Grouper& grouper) const {
    std::vector<int> ids(n, 0);
    int count = n > 0;
    for (int j : features) {
        count =
            grouper.group(ids.data(), std::max(count, 1), rank[j].data(), values[j], n, ids.data());
    }
    Cells out;
    out.n = count;
    out.grid = grid;
    out.values = values;
    out.x.resize(x.size());
    out.rank.resize(x.size());
    for (auto member :
         {&Cells::positive, &Cells::negative, &Cells::least_positive, &Cells::least_negative}) {
        (out.*member).assign(count, 0.0);
        for (int i = 0; i < n; ++i) (out.*member)[ids[i]] += (this->*member)[i];
    }
    for (int j : features) {
        out.x[j].resize(count);
        out.rank[j].resize(count);
        for (int i = 0; i < n; ++i) {
            out.x[j][ids[i]] = x[j][i];
            out.rank[j][ids[i]] = rank[j][i];
        }
    }
    out.weigh();
    return out;
}

Table Cells::sides(const Model& model, const std::vector<int>& features) const {
    Table table;
    table.x.resize(model.d);
    if (model.small_totals) table.whole.resize(model.d);
    for (const bool side : {true, false}) {
        const std::vector<double>& weight = side ? positive : negative;
        for (int i = 0; i < n; ++i) {
            if (weight[i] <= 0.0) continue;
            table.weight.push_back(weight[i]);
            table.positives += side;
            ++table.rows;
            for (int j : features) {
                table.x[j].push_back(x[j][i]);
                if (model.small_totals) {
                    table.whole[j].push_back(static_cast<std::int32_t>(x[j][i]));
                }
            }
        }
    }
    return table;
}

void Ordered::sort(const std::vector<double>& totals, double blur) {
    const int n = static_cast<int>(totals.size());
    order.resize(n);
    run.resize(n);
    total.resize(n);
    sorted_.resize(n);
    for (int i = 0; i < n; ++i) sorted_[i] = {totals[i], i};
    std::sort(sorted_.begin(), sorted_.end());
    one_run = false;
    blurred = blur > 0.0;
    int runs = 0;
    for (int i = 0; i < n; ++i) {
        runs += i > 0 && sorted_[i].first - sorted_[i - 1].first > blur;
        order[i] = sorted_[i].second;
        run[i] = runs;
        total[i] = sorted_[i].first;
    }
}

void Ordered::none(int n) {
    order.resize(n);
    std::iota(order.begin(), order.end(), 0);
    run.assign(n, 0);
    total.assign(n, 0.0);
    one_run = true;
    blurred = false;
}

double CellErrors::least(const Ordered& ordered, const int* cell, int cells, const double* change) {
    const int n = static_cast<int>(ordered.order.size());
    if (ordered.one_run) return least_of_one_run(cell, cells, change, n);
    if (ordered.blurred) return least_of_blurred(ordered, cell, cells, change);
    cells_.assign(cells, {0.0, 0.0, -1});
    const int* run = ordered.run.data();
    for (int i = 0; i < n; ++i) {
        Cell& at = cells_[cell[i]];
        if (at.run != run[i]) {
            at.best = std::min(at.best, at.sum);
            at.run = run[i];
        }
        at.sum += change[i];
    }
    double all = 0.0;
    for (const Cell& at : cells_) all += std::min(at.best, at.sum);
    return all;
}

double CellErrors::least_of_one_run(const int* cell, int cells, const double* change, int n) {
    sums_.assign(cells, 0.0);
    double* sums = sums_.data();
    for (int i = 0; i < n; ++i) sums[cell[i]] += change[i];
    double all = 0.0;
    for (int c = 0; c < cells; ++c) all += std::min(0.0, sums[c]);
    return all;
}

// A threshold within a run leaves each of its rows on the side that suits it.
double CellErrors::least_of_blurred(const Ordered& ordered, const int* cell, int cells,
                                    const double* change) {
    cells_.assign(cells, {0.0, 0.0, -1});
    before_.resize(cells);
    dip_.resize(cells);
    const int n = static_cast<int>(ordered.order.size());
    const int* run = ordered.run.data();
    for (int i = 0; i < n; ++i) {
        const int c = cell[i];
        Cell& at = cells_[c];
        if (at.run != run[i]) {
            before_[c] = at.sum;
            dip_[c] = 0.0;
            at.run = run[i];
        }
        dip_[c] += std::min(change[i], 0.0);
        at.best = std::min(at.best, before_[c] + dip_[c]);
        at.sum += change[i];
    }
    double all = 0.0;
    for (const Cell& at : cells_) all += std::min(at.best, at.sum);
    return all;
}

}  // namespace riskslim::slim
