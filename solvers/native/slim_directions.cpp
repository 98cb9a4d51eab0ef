#include "slim_directions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace riskslim::slim {
namespace {

constexpr double kSmallTotal = 1e9;
// Totals of so many values are counted, others sorted.
constexpr double kSpanPerRow = 16.0, kLeastSpan = 256.0;

bool within_reach(const Model& model, int feature, Point points) {
    return points > 0 ? points <= model.upper[feature + 1] : points >= model.lower[feature + 1];
}

// Directions that begin with a multiple of a given one and have one feature more.
template <class Visit>
void each_longer(const Model& model, const std::vector<int>& features, const Direction& direction,
                 const Visit& visit) {
    const int m = static_cast<int>(direction.size());
    const int next = features[m];
    Direction longer(m + 1);
    for (Point scale = 1;; ++scale) {
        for (int i = 0; i < m; ++i) {
            longer[i] = scale * direction[i];
            if (!within_reach(model, features[i], longer[i])) return;
        }
        // A multiple of it may lie in a box that excludes what is near to 0.
        const Point low = std::min<Point>(model.lower[next + 1], 0);
        const Point high = std::max<Point>(model.upper[next + 1], 0);
        for (Point v = low; v <= high; ++v) {
            if (v == 0 || std::gcd(m > 0 ? scale : v, v) != 1) continue;
            longer[m] = v;
            visit(longer);
        }
        if (m == 0) return;
    }
}

}  // namespace

std::vector<Direction> directions_of(const Model& model, const std::vector<int>& features) {
    std::vector<Direction> found{{}}, longer;
    for (std::size_t m = 0; m < features.size(); ++m) {
        longer.clear();
        for (const Direction& direction : found) {
            look();
            each_longer(model, features, direction,
                        [&](const Direction& next) { longer.push_back(next); });
        }
        found.swap(longer);
    }
    return found;
}

std::vector<double> totals_of(const Cells& cells, const std::vector<int>& features,
                              const Direction& points) {
    std::vector<double> totals(cells.n, 0.0);
    for (std::size_t m = 0; m < points.size(); ++m) {
        const double v = static_cast<double>(points[m]);
        const double* x = cells.x[features[m]].data();
        for (int i = 0; i < cells.n; ++i) totals[i] += v * x[i];
    }
    return totals;
}

void SupportPoints::search(const Cells& all, const std::vector<int>& features,
                           const Direction& first) {
    features_ = features;
    const int k = static_cast<int>(features_.size()), given = static_cast<int>(first.size());
    // Features of many values first: the cells of the others are the fewer.
    std::stable_sort(features_.begin() + given, features_.end(),
                     [&](int a, int b) { return all.values[a] > all.values[b]; });
    cells_ = all.merged(features_, grouper_);
    code_.assign(k + 1, std::vector<int>(cells_.n, 0));
    codes_.assign(k + 1, 1);
    for (int m = k - 1; m >= given; --m) {
        const int j = features_[m];
        codes_[m] = grouper_.group(code_[m + 1].data(), codes_[m + 1], cells_.rank[j].data(),
                                   cells_.values[j], cells_.n, code_[m].data());
    }
    read_whole();
    costs_ = 0.0;
    for (int j : features_) costs_ += model_.cost[j + 1];
    sweep_.reset();
    if (given == k) {
        weigh(first);
    } else {
        extend(first);
    }
}

void SupportPoints::extend(const Direction& direction) {
    each_longer(model_, features_, direction, [&](const Direction& longer) {
        look();
        if (closed(longer)) return;
        if (longer.size() == features_.size()) {
            weigh(longer);
        } else {
            extend(longer);
        }
    });
}

bool SupportPoints::closed(const Direction& direction) {
    const double errors = cells_.grid * (cells_.yes + least_errors(direction));
    long l1 = static_cast<long>(features_.size() - direction.size());
    for (Point v : direction) l1 += std::abs(v);
    incumbent_.count();
    cutoff_.refresh();
    return cutoff_.closes(errors, costs_, l1);
}

// By a threshold of its own for each cell of the features that have no points yet.
double SupportPoints::least_errors(const Direction& direction) {
    const std::size_t m = direction.size();
    const int n = cells_.n;
    if (!whole_.empty()) {
        whole_totals_.assign(n, 0);
        int* totals = whole_totals_.data();
        for (std::size_t f = 0; f < m; ++f) {
            const int v = static_cast<int>(direction[f]);
            const int* x = whole_[f].data();
            for (int i = 0; i < n; ++i) totals[i] += v * x[i];
        }
        const auto [low, high] = std::minmax_element(totals, totals + n);
        if ((*high - *low + 1.0) * codes_[m] <= kSpanPerRow * n + kLeastSpan) {
            return errors_.least_of_whole(code_[m].data(), codes_[m], totals, *low, *high,
                                          cells_.change.data(), n);
        }
    }
    ordered_.sort(totals_of(cells_, features_, direction), 2.0 * model_.rounding);
    cell_.resize(n);
    change_.resize(n);
    for (int i = 0; i < n; ++i) {
        cell_[i] = code_[m][ordered_.order[i]];
        change_[i] = cells_.change[ordered_.order[i]];
    }
    return errors_.least(ordered_, cell_.data(), codes_[m], change_.data());
}

// Values of the support's features as integers, where all their totals are small ones.
void SupportPoints::read_whole() {
    whole_.clear();
    double reach = 0.0;
    for (int j : features_) {
        const double most = static_cast<double>(
            std::max(std::abs(model_.lower[j + 1]), std::abs(model_.upper[j + 1])));
        double largest = 0.0;
        for (double x : cells_.x[j]) {
            if (x != std::floor(x)) return;
            largest = std::max(largest, std::fabs(x));
        }
        reach += most * largest;
    }
    if (reach > kSmallTotal) return;
    for (int j : features_) whole_.emplace_back(cells_.x[j].begin(), cells_.x[j].end());
}

Sweep& SupportPoints::sweep() {
    if (!sweep_) {
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
