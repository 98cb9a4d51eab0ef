#include "slim_model.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rounding.hpp"
#include "watch.hpp"

namespace riskslim::slim {
namespace {

constexpr double kTie = 1e-12;

double largest_of(Point low, Point high) {
    return static_cast<double>(std::max(std::abs(low), std::abs(high)));
}

bool is_whole(double value) { return value == std::floor(value); }

}  // namespace

void Model::prepare(const std::vector<std::vector<double>>& x, const std::vector<double>& positive,
                    const std::vector<double>& negative) {
    const int n = static_cast<int>(positive.size());
    std::vector<std::pair<int, double>> sides;
    for (int i = 0; i < n; ++i) {
        if (positive[i] > 0.0) sides.push_back({i, positive[i]});
    }
    table.positives = static_cast<int>(sides.size());
    for (int i = 0; i < n; ++i) {
        if (negative[i] > 0.0) sides.push_back({i, negative[i]});
    }
    table.rows = static_cast<int>(sides.size());
    whole_weights = true;
    CompensatedSum total;
    for (const auto& [row, weight] : sides) {
        table.weight.push_back(weight);
        total.add(weight);
        whole_weights = whole_weights && is_whole(weight);
    }
    total_weight = total.value();
    whole_weights = whole_weights && total_weight < 9e15;
    whole_features = true;
    double largest = 0.0;
    table.x.assign(d, std::vector<double>(table.rows));
    for (int i = 0; i < table.rows; ++i) {
        double reach = 0.0;
        for (int j = 0; j < d; ++j) {
            const double value = x[j][sides[i].first];
            table.x[j][i] = value;
            whole_features = whole_features && is_whole(value);
            reach += std::fabs(value) * largest_of(lower[j + 1], upper[j + 1]);
        }
        largest = std::max(largest, reach);
    }
    largest = std::max(reach, largest + largest_of(lower[0], upper[0]));
    small_totals = whole_features && largest < 1e9;
    rounding = whole_features ? 0.0 : largest * total_error(d);
    if (small_totals) {
        table.whole.resize(d);
        for (int j = 0; j < d; ++j) {
            table.whole[j].assign(table.x[j].begin(), table.x[j].end());
        }
    }
    double costs = total_weight;
    for (int j = 1; j <= d; ++j) {
        costs += cost[j] + unit * largest_of(lower[j], upper[j]);
    }
    tie_ = kTie * costs;
    for (Rule& rule : rules) {
        double scale = 1.0;
        for (int j = 0; j <= d; ++j) {
            scale += std::fabs(rule.on_indicators[j]) +
                     std::fabs(rule.on_points[j]) * largest_of(lower[j], upper[j]);
        }
        rule.tolerance = kRuleTolerance * scale;
    }
    lean(x, positive, negative);
    limited.x.assign(d, {});
    std::vector<std::vector<double>> coefficients(predictions.size());
    for (int i = 0; i < n; ++i) {
        bool any = false;
        for (const PredictionLimit& limit : predictions) any = any || limit.coefficient[i] != 0.0;
        if (!any) continue;
        for (int j = 0; j < d; ++j) limited.x[j].push_back(x[j][i]);
        for (std::size_t r = 0; r < predictions.size(); ++r) {
            coefficients[r].push_back(predictions[r].coefficient[i]);
        }
        ++limited.rows;
    }
    limited.positives = limited.rows;
    for (std::size_t r = 0; r < predictions.size(); ++r) {
        PredictionLimit& limit = predictions[r];
        limit.coefficient = std::move(coefficients[r]);
        double scale = 1.0;
        for (double c : limit.coefficient) scale += std::fabs(c);
        limit.tolerance = kPredictionTolerance * scale;
    }
}

void Model::lean(const std::vector<std::vector<double>>& x, const std::vector<double>& positive,
                 const std::vector<double>& negative) {
    for (const PredictionLimit& limit : predictions) priced = priced || limit.price != 0.0;
    if (!priced) return;
    const int n = static_cast<int>(positive.size());
    CompensatedSum sum;
    double size = 0.0;
    std::vector<double> pull(n);
    for (int i = 0; i < n; ++i) {
        const double p = positive[i] * (1.0 + price_negative);
        pull[i] = negative[i] * (1.0 + price_positive) - p;
        for (const PredictionLimit& limit : predictions) {
            pull[i] += limit.price * limit.coefficient[i];
        }
        sum.add(p + std::min(0.0, pull[i]));
        size += p + std::fabs(pull[i]);
    }
    for (const PredictionLimit& limit : predictions) {
        if (limit.price == 0.0) continue;
        const double paid = limit.price * (limit.price > 0.0 ? limit.upper : limit.lower);
        sum.add(-paid);
        size += std::fabs(paid);
    }
    base = sum.high() + (sum.low() - kManyTerms * size);
    leaning.x.assign(d, {});
    for (const bool yes : {true, false}) {
        for (int i = 0; i < n; ++i) {
            if (yes ? pull[i] >= 0.0 : pull[i] <= 0.0) continue;
            for (int j = 0; j < d; ++j) leaning.x[j].push_back(x[j][i]);
            leaning.weight.push_back(std::fabs(pull[i]));
            leaning.positives += yes;
            ++leaning.rows;
        }
    }
}

Table Model::merged(const Table& from, const std::vector<int>& live) const {
    Table out;
    std::vector<int> order(from.rows), kept;
    std::iota(order.begin(), order.end(), 0);
    const auto less = [&](int a, int b) {
        look();
        for (int j : live) {
            if (from.x[j][a] != from.x[j][b]) return from.x[j][a] < from.x[j][b];
        }
        return false;
    };
    std::sort(order.begin(), order.begin() + from.positives, less);
    std::sort(order.begin() + from.positives, order.end(), less);
    for (int k = 0; k < from.rows; ++k) {
        const int i = order[k];
        if (k > 0 && k != from.positives && !less(order[k - 1], i)) {
            out.weight.back() += from.weight[i];
            continue;
        }
        kept.push_back(i);
        out.weight.push_back(from.weight[i]);
        out.positives += k < from.positives;
    }
    out.rows = static_cast<int>(kept.size());
    out.x.resize(d);
    out.whole.resize(from.whole.size());
    for (int j : live) {
        for (int i : kept) {
            out.x[j].push_back(from.x[j][i]);
            if (!from.whole.empty()) out.whole[j].push_back(from.whole[j][i]);
        }
    }
    return out;
}

Intercepts Model::intercepts(const Points& points) const {
    Intercepts allowed{lower[0], upper[0], lower[0] <= 0 && upper[0] >= 0};
    const Intercepts none{1, 0, false};
    int size = 0;
    for (int j = 1; j <= d; ++j) {
        if (points[j] < lower[j] || points[j] > upper[j]) return none;
        size += points[j] != 0;
    }
    if (size < min_size || size > max_size) return none;
    for (const Rule& rule : rules) {
        CompensatedSum sum;
        for (int j = 1; j <= d; ++j) {
            if (points[j] != 0) {
                sum.add(rule.on_points[j] * static_cast<double>(points[j]));
                sum.add(rule.on_indicators[j]);
            }
        }
        double rest = sum.value();
        const double least = rule.lower - rule.tolerance, most = rule.upper + rule.tolerance;
        allowed.zero = allowed.zero && rest >= least && rest <= most;
        rest += rule.on_indicators[0];
        const double slope = rule.on_points[0];
        if (slope == 0.0) {
            if (rest < least || rest > most) allowed.low = 1, allowed.high = 0;
            continue;
        }
        double first = (least - rest) / slope, second = (most - rest) / slope;
        if (slope < 0.0) std::swap(first, second);
        if (first > allowed.low)
            allowed.low = static_cast<long>(std::ceil(std::min(first, double(kFar))));
        if (second < allowed.high) {
            allowed.high = static_cast<long>(std::floor(std::max(second, -double(kFar))));
        }
    }
    return allowed;
}

bool Model::limits_hold(double fn, double fp) const {
    const double slack = whole_weights ? 0.0 : tie_;
    const auto within = [slack](double value, const double* limit) {
        return value >= limit[0] - slack && value <= limit[1] + slack;
    };
    return within(fn + fp, error) && within(fp, false_positive) && within(fn, false_negative);
}

void Model::price(Score& score) const {
    score.l1 = 0;
    score.size = 0;
    CompensatedSum sum;
    sum.add(score.false_negative);
    sum.add(score.false_positive);
    for (int j = 1; j <= d; ++j) {
        if (score.points[j] != 0) {
            sum.add(cost[j]);
            score.l1 += std::abs(score.points[j]);
            ++score.size;
        }
    }
    sum.add(unit * static_cast<double>(score.l1));
    score.value = sum.value();
}

bool Model::better(const Score& a, const Score& b) const {
    if (std::fabs(a.value - b.value) > tie_) return a.value < b.value;
    if (a.l1 != b.l1) return a.l1 < b.l1;
    const Point first = std::abs(a.points[0]), second = std::abs(b.points[0]);
    return first != second ? first < second : a.points < b.points;
}

CompensatedSum Model::exact_total(const Table& rows, int row, const Point* points) const {
    CompensatedSum total;
    for (int j = 0; j < d; ++j) {
        if (points[j] != 0) {
            total.add_product(static_cast<double>(points[j]), rows.x[j][row]);
        }
    }
    return total;
}

void Model::plain_totals(const Table& rows, const Point* points, std::vector<double>& totals,
                         std::vector<double>& sizes) const {
    std::fill(totals.begin(), totals.end(), 0.0);
    std::fill(sizes.begin(), sizes.end(), 0.0);
    for (int j = 0; j < d; ++j) {
        if (points[j] == 0) continue;
        const double v = static_cast<double>(points[j]);
        const double* x = rows.x[j].data();
        for (int i = 0; i < rows.rows; ++i) {
            totals[i] += v * x[i];
            sizes[i] += std::fabs(v * x[i]);
        }
    }
}

long Model::threshold(const Table& rows, int row, const Point* points, double total,
                      double size) const {
    // a positive row needs an integer above the bound, a negative row one below it
    const bool positive = row < rows.positives;
    if (size == 0.0) return positive ? 1 : -1;  // no product, or each of them 0
    const double side = positive ? margin * size : -margin * size;
    const double bound = side - total, below = std::floor(bound);
    if (whole_features) return static_cast<long>(below) + (positive ? 1 : -1);
    if (bound - below > 2.0 * rounding && below + 1.0 - bound > 2.0 * rounding) {
        return static_cast<long>(below) + (positive ? 1 : 0);
    }
    // Plain arithmetic cannot tell on which side of an integer the bound lies.
    const CompensatedSum twice = exact_total(rows, row, points);
    const double sum = twice.value();
    const double low =
        twice.low() - (sum - twice.high());  // Dekker: half a unit of the sum's last place at most
    const double nearest = std::nearbyint(side - sum);
    const double rest = -(sum + nearest) + (side - low);  // the first sum is exact
    const long whole = static_cast<long>(nearest);
    if (positive) return rest >= 0.0 ? whole + 1 : whole;
    return rest > 0.0 ? whole : whole - 1;
}

}  // namespace riskslim::slim
