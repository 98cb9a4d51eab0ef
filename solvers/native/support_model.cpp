#include "support_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rounding.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {

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
    CompensatedSum sum;
    for (int i = 0; i < n; ++i) {
        sum.add(positive[i]);
        sum.add(negative[i]);
        whole_weights = whole_weights && positive[i] == std::floor(positive[i]) &&
                        negative[i] == std::floor(negative[i]);
    }
    total_weight = sum.value();
    whole_weights = whole_weights && total_weight < 4e15;
    whole_totals = true;
    double largest = std::max(std::fabs(lower[0]), std::fabs(upper[0]));
    for (int j = 1; j <= d; ++j) {
        double most = 0.0;
        for (int i = 0; i < n; ++i) {
            whole_totals = whole_totals && x[j][i] == std::floor(x[j][i]);
            most = std::max(most, std::fabs(x[j][i]));
        }
        largest += most * std::max(std::fabs(lower[j]), std::fabs(upper[j]));
    }
    whole_totals = whole_totals && largest < 9e15;  // 2^53
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
        weight[j] = total * kAbove;
        box_lower[j] = std::min(lower[j] * t_lower, lower[j] * t_upper);
        box_upper[j] = std::max(upper[j] * t_lower, upper[j] * t_upper);
        std::vector<double> values = distinct(x[j], n);
        n_codes[j] = static_cast<int>(values.size());
        binary[j] = j > 0 && values.size() <= 2 &&
                    (values.front() == 0.0 || values.front() == 1.0) &&
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

std::vector<double> Model::totals(const Points& points) const {
    std::vector<double> total(n, 0.0), rest(whole_totals ? 0 : n, 0.0);
    for (int j = 0; j <= d; ++j) {
        if (points[j] == 0) {
            continue;
        }
        const double v = static_cast<double>(points[j]);
        for (int i = 0; i < n; ++i) {
            const double product = v * x[j][i];
            if (whole_totals) {
                total[i] += product;
                continue;
            }
            double error;
            total[i] = two_sum(total[i], product, error);
            rest[i] += error + std::fma(v, x[j][i], -product);
        }
    }
    for (int i = 0; i < n && !whole_totals; ++i) {
        total[i] += rest[i];
    }
    return total;
}

double Model::exact_loss(const Points& points, double t) const {
    const std::vector<double> score = totals(points);
    CompensatedSum sum;
    for (int i = 0; i < n; ++i) {
        if (positive[i] > 0.0) {
            sum.add(positive[i] * softplus(-(score[i] * t)));
        }
        if (negative[i] > 0.0) {
            sum.add(negative[i] * softplus(score[i] * t));
        }
    }
    return sum.value() / total_weight;
}

namespace {

constexpr double kTotal = 2.0 * kUnit;  // c
constexpr double kScaledTerm = kKernelError + 4.0 * kUnit;

// The loss F of fixed scores as a function of the scale t, which is convex, and how far its
// computed value and slope may be off. With u the unit roundoff:
// - a score s_i is exact where totals are whole, else off by at most c |s_i| with c = 2 u, for it
//   is a sum in twice the precision; times t it is off by r_i = t c |s_i|;
// - sigmoids grow by a factor of at most e^r over a step of r, and are at most 1, so F moves by
//   at most r_i times (the row's slope e^r_i, or its weight), and its terms carry 8 u each
//   (softplus.hpp) and 4 u of weight and sum: the sums are compensated, nothing grows with n;
// - a term of the slope is weight times sigmoid times score: it carries 12 u of itself, c |s_i|
// times
//   the sigmoid of the score, and the sigmoid moves by r_i times its own slope.
class Scaled {
public:
    Scaled(const Model& model, const Points& points)
        : model_(model), score_(model.totals(points)), off_(model.n, 0.0) {
        for (int i = 0; i < model.n && !model.whole_totals; ++i) {
            off_[i] = kTotal * std::fabs(score_[i]);
        }
    }

    struct Point {
        double t, value, slope, curvature, value_error, slope_error;
    };

    Point at(double t) const {
        CompensatedSum value, slope;
        double curvature = 0.0, value_error = 0.0, slope_error = 0.0;
        for (int i = 0; i < model_.n; ++i) {
            const double s = t * score_[i], a = model_.a[i], b = model_.b[i];
            const double e = std::exp(-std::fabs(s));
            const double inverse = 1.0 / (1.0 + e);
            const double up = s >= 0.0 ? inverse : e * inverse;
            const double down = s >= 0.0 ? e * inverse : inverse;
            const double size = std::fabs(score_[i]), moved = t * off_[i];
            value.add(a * softplus(-s) + b * softplus(s));
            slope.add((b * up - a * down) * score_[i]);
            curvature += (a + b) * up * down * score_[i] * score_[i];
            const double growth = moved > 1.0 ? std::numeric_limits<double>::infinity()
                                              : 1.0 + 2.0 * moved;  // above e^moved
            const double steepest = std::min(a + b, (b * up + a * down) * growth);
            value_error += steepest * moved;
            slope_error += steepest * (kScaledTerm * size + off_[i]) +
                           (a + b) * std::min(0.25, up * down * growth * growth) * moved * size;
        }
        // these are plain sums of positive terms, off by a share of n u
        const double more = 1.5;
        return {t,
                value.value(),
                slope.value(),
                curvature,
                more * (kScaledTerm * value.value() + value_error),
                more * slope_error};
    }

private:
    const Model& model_;
    std::vector<double> score_, off_;
};

// Where the minimiser of a convex function lies for certain, and a lower bound on its minimum.
struct Bracket {
    double low, high, bound = 0.0;  // no loss is below 0

    // Signs of slopes that rounding cannot turn narrow it; over what is left the tangent is a
    // bound.
    void narrow(const Scaled::Point& point) {
        if (point.slope > point.slope_error) {
            high = std::min(high, point.t);
        } else if (point.slope < -point.slope_error) {
            low = std::max(low, point.t);
        }
        const double below = low - point.t, above = high - point.t;
        const double tangent = std::min(point.slope * below, point.slope * above) -
                               point.slope_error * std::max(std::fabs(below), std::fabs(above));
        bound = std::max(bound, point.value + tangent - point.value_error);
    }
};

constexpr double kWide = 1e-13;  // a bracket that costs the bound more than this is narrowed

}  // namespace

double Model::best_scale(const Points& points, double& bound) const {
    bound = 0.0;
    if (!free_multiplier || t_lower == t_upper) {
        return t_lower;
    }
    const Scaled scaled(*this, points);
    Bracket sure{t_lower, t_upper};
    // Newton inside a bracket on the sign of the slope
    double low = t_lower, high = t_upper, t = std::min(std::max(1.0, low), high);
    double curvature = 0.0, slope_error = 0.0;
    for (int iteration = 0; iteration < 2000; ++iteration) {
        const Scaled::Point now = scaled.at(t);
        sure.narrow(now);
        curvature = now.curvature;
        slope_error = now.slope_error;
        const double slope = now.slope;
        if (slope > 0.0) {
            high = t;
        } else {
            low = t;
        }
        if (slope == 0.0 || (slope > 0.0 && t == t_lower) || (slope < 0.0 && t == t_upper)) {
            break;
        }
        double next = curvature > 0.0 ? t - slope / curvature : -1.0;
        if (next <= t_lower && slope > 0.0 && low == t_lower) {
            next = t_lower;
        } else if (next >= t_upper && slope < 0.0 && high == t_upper) {
            next = t_upper;
        } else if (!(next > low && next < high)) {
            // a range of many orders of magnitude is halved in these
            next = high > 4.0 * low ? std::sqrt(low * high) : 0.5 * (low + high);
        }
        if (std::fabs(next - t) <= 4e-16 * t || next == low || next == high) {
            if (next != t_lower && next != t_upper) {
                break;
            }
        }
        t = next;
    }
    // Newton's steps come from one side: a far end on the other costs the bound its distance times
    // the slope's error. A slope a little beyond the minimiser has a certain sign.
    if (curvature > 0.0) {
        const double step = 4.0 * slope_error / curvature + 1e-9 * t;
        for (const double beyond : {t - step, t + step}) {
            const double far = beyond < t ? t - sure.low : sure.high - t;
            if (far * slope_error > kWide && beyond > t_lower && beyond < t_upper) {
                sure.narrow(scaled.at(beyond));
            }
        }
        if (sure.high - sure.low < t_upper - t_lower) {
            sure.narrow(scaled.at(t));
        }
    }
    bound = sure.bound;
    return t;
}

double Model::switch_cost(const Points& points) const {
    CompensatedSum sum;
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
                activity +=
                    rule.on_points[j] * static_cast<double>(points[j]) + rule.on_indicators[j];
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
