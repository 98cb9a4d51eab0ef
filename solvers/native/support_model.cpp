#include "support_model.hpp"

#include <algorithm>
#include <cmath>

#include "watch.hpp"

namespace riskslim::supports {
namespace {

// Neumaier's compensated sum.
struct Sum {
    double total = 0.0, carry = 0.0;
    void add(double v) {
        const double t = total + v;
        carry += std::fabs(total) >= std::fabs(v) ? (total - t) + v : (v - t) + total;
        total = t;
    }
    double value() const { return total + carry; }
};

double softplus(double s) { return std::max(s, 0.0) + std::log1p(std::exp(-std::fabs(s))); }

// Sorted; indicators need no sort of all rows.
std::vector<double> distinct(const std::vector<double>& column, int n) {
    const auto first = column.begin(), last = column.begin() + n;
    if (std::all_of(first, last, [](double v) { return v == 0.0 || v == 1.0; })) {
        const bool zero = std::find(first, last, 0.0) != last;
        const bool one = std::find(first, last, 1.0) != last;
        std::vector<double> values;
        if (zero) {
            values.push_back(0.0);
        }
        if (one) {
            values.push_back(1.0);
        }
        return values;
    }
    std::vector<double> values(first, last);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

}  // namespace

void Model::prepare_rows(const double* features) {
    n4 = padded(n);
    x.assign(d + 1, std::vector<double>(n4, 0.0));
    std::fill(x[0].begin(), x[0].begin() + n, 1.0);
    for (int i = 0; i < n; ++i) {
        const double* row = features + static_cast<std::size_t>(i) * d;
        for (int j = 0; j < d; ++j) {
            x[j + 1][i] = row[j];
        }
    }
    total_weight = 0.0;
    whole_weights = true;
    positive.resize(n4, 0.0);
    negative.resize(n4, 0.0);
    Sum sum;
    for (int i = 0; i < n; ++i) {
        sum.add(positive[i]);
        sum.add(negative[i]);
        whole_weights = whole_weights && positive[i] == std::floor(positive[i]) &&
                        negative[i] == std::floor(negative[i]);
    }
    total_weight = sum.value();
    whole_weights = whole_weights && total_weight < 4e15;
    a.resize(n4);
    b.resize(n4);
    for (int i = 0; i < n4; ++i) {
        a[i] = positive[i] / total_weight;
        b[i] = negative[i] / total_weight;
    }
}

void Model::prepare_columns() {
    weight.assign(d + 1, 0.0);
    box_lower.resize(d + 1);
    box_upper.resize(d + 1);
    binary.assign(d + 1, 0);
    code.resize(d + 1);
    n_codes.assign(d + 1, 1);
    for (int j = 0; j <= d; ++j) {
        look();
        double total = 0.0;
        for (int i = 0; i < n; ++i) {
            total += (a[i] + b[i]) * std::fabs(x[j][i]);
        }
        weight[j] = total * (1.0 + 1e-9);
        box_lower[j] = std::min(lower[j] * t_lower, lower[j] * t_upper);
        box_upper[j] = std::max(upper[j] * t_lower, upper[j] * t_upper);
        std::vector<double> values = distinct(x[j], n);
        n_codes[j] = static_cast<int>(values.size());
        binary[j] = j > 0 && values.size() <= 2 && (values.front() == 0.0 || values.front() == 1.0) &&
                    (values.back() == 0.0 || values.back() == 1.0);
        code[j].resize(n);
        for (int i = 0; i < n; ++i) {
            code[j][i] = static_cast<std::int32_t>(
                std::lower_bound(values.begin(), values.end(), x[j][i]) - values.begin());
        }
    }
    pack_keys();
    ones_begin.assign(1, 0);
    ones.clear();
    for (int i = 0; i < n; ++i) {
        look();
        for (int j = 1; j <= d; ++j) {
            if (binary[j] && x[j][i] == 1.0) {
                ones.push_back(j);
            }
        }
        ones_begin.push_back(static_cast<std::int32_t>(ones.size()));
    }
}

void Model::pack_keys() {
    key_mask.assign(d + 1, 0);
    key_word.assign(d + 1, 0);
    std::vector<int> shift(d + 1, 0);
    int word = 0, used = 0;
    for (int j = 1; j <= d; ++j) {
        int bits = 1;
        while ((std::int64_t{1} << bits) < n_codes[j]) {
            ++bits;
        }
        if (used + bits > 64) {
            ++word;
            used = 0;
        }
        key_word[j] = word;
        shift[j] = used;
        key_mask[j] = ((std::uint64_t{1} << bits) - 1) << used;
        used += bits;
    }
    key_words = word + 1;
    keys.assign(static_cast<std::size_t>(n) * key_words, 0);
    for (int j = 1; j <= d; ++j) {
        look();
        for (int i = 0; i < n; ++i) {
            keys[static_cast<std::size_t>(i) * key_words + key_word[j]] |=
                static_cast<std::uint64_t>(code[j][i]) << shift[j];
        }
    }
}

double Model::exact_loss(const Points& points, double t) const {
    Sum sum;
    for (int i = 0; i < n; ++i) {
        double score = 0.0;
        for (int j = 0; j <= d; ++j) {
            if (points[j] != 0) {
                score += static_cast<double>(points[j]) * x[j][i];
            }
        }
        score *= t;
        if (positive[i] > 0.0) {
            sum.add(positive[i] * softplus(-score));
        }
        if (negative[i] > 0.0) {
            sum.add(negative[i] * softplus(score));
        }
    }
    return sum.value() / total_weight;
}

double Model::best_scale(const Points& points, double& bound) const {
    bound = -1.0;
    if (!free_multiplier || t_lower == t_upper) {
        return t_lower;
    }
    std::vector<double> score(n, 0.0);
    double size = 0.0;
    for (int j = 0; j <= d; ++j) {
        if (points[j] != 0) {
            for (int i = 0; i < n; ++i) {
                score[i] += static_cast<double>(points[j]) * x[j][i];
            }
        }
    }
    for (int i = 0; i < n; ++i) {
        size += (a[i] + b[i]) * std::fabs(score[i]);
    }
    // convex in t: Newton inside a bracket on the sign of the slope
    double low = t_lower, high = t_upper, t = std::min(std::max(1.0, low), high);
    for (int iteration = 0; iteration < 200; ++iteration) {
        double value = 0.0, slope = 0.0, curvature = 0.0;
        for (int i = 0; i < n; ++i) {
            const double s = t * score[i];
            const double e = std::exp(-std::fabs(s));
            const double inverse = 1.0 / (1.0 + e);
            const double up = s >= 0.0 ? inverse : e * inverse, down = s >= 0.0 ? e * inverse : inverse;
            value += a[i] * softplus(-s) + b[i] * softplus(s);
            slope += (b[i] * up - a[i] * down) * score[i];
            curvature += (a[i] + b[i]) * up * down * score[i] * score[i];
        }
        const double margin = 1e-16 * (n + 16.0) * (value + size * t_upper);
        const double tangent =
            value + (slope > 0.0 ? slope * (t_lower - t) : slope * (t_upper - t)) - margin;
        bound = std::max(bound, tangent);
        if (slope > 0.0) {
            high = t;
        } else {
            low = t;
        }
        if (slope == 0.0 || (slope > 0.0 && t == t_lower) || (slope < 0.0 && t == t_upper)) {
            break;
        }
        double next = curvature > 0.0 ? t - slope / curvature : 0.5 * (low + high);
        if (next <= t_lower && slope > 0.0 && low == t_lower) {
            next = t_lower;
        } else if (next >= t_upper && slope < 0.0 && high == t_upper) {
            next = t_upper;
        } else if (!(next > low && next < high)) {
            next = 0.5 * (low + high);
        }
        if (std::fabs(next - t) <= 4e-16 * t || next == low || next == high) {
            if (next != t_lower && next != t_upper) {
                break;
            }
        }
        t = next;
    }
    return t;
}

double Model::switch_cost(const Points& points) const {
    Sum sum;
    for (int j = 1; j <= d; ++j) {
        if (points[j] != 0) {
            sum.add(cost[j]);
        }
    }
    return sum.value();
}

bool Model::groups_hold(const Points& points) const {
    GroupUse use(groups);
    for (int j = 1; !groups.empty() && j <= d; ++j) {
        if (points[j] != 0) {
            use.add(j);
        }
    }
    return use.holds();
}

bool Model::allows(const Points& points) const {
    int size = 0;
    for (int j = 0; j <= d; ++j) {
        if (points[j] < lower[j] || points[j] > upper[j]) {
            return false;
        }
        size += j > 0 && points[j] != 0;
    }
    if (size < min_size || size > max_size || !groups_hold(points)) {
        return false;
    }
    for (const Rule& rule : rules) {
        double activity = 0.0;
        for (int j = 0; j <= d; ++j) {
            if (points[j] != 0) {
                activity += rule.on_points[j] * static_cast<double>(points[j]) + rule.on_indicators[j];
            }
        }
        const double slack = 1e-9 * std::max(1.0, std::fabs(activity));
        if (activity < rule.lower - slack || activity > rule.upper + slack) {
            return false;
        }
    }
    if (!predictions.empty()) {
        std::vector<double> total(n, 0.0);
        for (int j = 1; j <= d; ++j) {
            for (int i = 0; points[j] != 0 && i < n; ++i) {
                total[i] += static_cast<double>(points[j]) * x[j][i];
            }
        }
        return predictions_can_hold(total, total, static_cast<double>(points[0]),
                                    static_cast<double>(points[0]));
    }
    return true;
}

bool Model::predictions_can_hold(const std::vector<double>& low, const std::vector<double>& high,
                                 double intercept_low, double intercept_high) const {
    for (const Prediction& limit : predictions) {
        const double from = limit.with_intercept ? intercept_low : 0.0;
        const double to = limit.with_intercept ? intercept_high : 0.0;
        double least = 0.0, most = 0.0;
        for (int i = 0; i < n; ++i) {
            const double c = limit.coefficient[i];
            if (low[i] + from > limit.threshold) {  // yes, whatever is still open
                least += c;
                most += c;
            } else if (high[i] + to > limit.threshold) {
                least += std::min(c, 0.0);
                most += std::max(c, 0.0);
            }
        }
        if (least > limit.upper + limit.tolerance || most < limit.lower - limit.tolerance) {
            return false;
        }
    }
    return true;
}

}  // namespace riskslim::supports
