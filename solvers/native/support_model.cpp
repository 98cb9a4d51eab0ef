#include "support_model.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "rounding.hpp"
#include "support_scale.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {

constexpr int kLookEvery = 1 << 15;  // rows between two looks at the clock

bool is_binary(Column column, int n) {
    return column.are_bits() || std::all_of(column.values(), column.values() + n,
                                            [](double v) { return v == 0.0 || v == 1.0; });
}

std::uint64_t bits_of(double value) {
    value += 0.0;  // one zero
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Numbers the values of a column as they appear; gives how many there are.
int number_values(const double* column, int n, std::vector<std::int32_t>& code) {
    code.resize(n);
    std::size_t size = 16;
    while (size < 2 * static_cast<std::size_t>(n)) {
        size *= 2;
    }
    std::vector<std::int32_t> table(size, -1);
    std::vector<std::uint64_t> known;
    for (int i = 0; i < n; ++i) {
        if (i % kLookEvery == 0) {
            look();
        }
        const std::uint64_t bits = bits_of(column[i]);
        std::size_t slot = (bits ^ bits >> 32) * 0x9E3779B97F4A7C15ull >> 20 & (size - 1);
        while (table[slot] >= 0 && known[table[slot]] != bits) {
            slot = (slot + 1) & (size - 1);
        }
        if (table[slot] < 0) {
            table[slot] = static_cast<std::int32_t>(known.size());
            known.push_back(bits);
        }
        code[i] = table[slot];
    }
    return static_cast<int>(known.size());
}

}  // namespace

Codes::Codes(std::vector<std::int32_t> numbers, int count) {
    if (count <= 256) {
        bytes_.assign(numbers.begin(), numbers.end());
    } else {
        words_ = std::move(numbers);
    }
}

void Model::prepare_rows() {
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
        Column(x[j]).each(n, [&](int, double v) {
            whole_totals = whole_totals && v == std::floor(v);
            most = std::max(most, std::fabs(v));
        });
        largest += most * std::max(std::fabs(lower[j]), std::fabs(upper[j]));
    }
    whole_totals = whole_totals && largest < 9e15;  // 2^53
    weight.assign(d + 1, 0.0);
    box_lower.resize(d + 1);
    box_upper.resize(d + 1);
    a.resize(n4);
    b.resize(n4);
    for (int i = 0; i < n4; ++i) {
        a[i] = positive[i] / total_weight;
        b[i] = negative[i] / total_weight;
    }
}

void Model::prepare_columns(Watch& watch, int threads) {
    binary.assign(d + 1, 0);
    code_.resize(d + 1);
    n_codes.assign(d + 1, 1);
    std::atomic<int> next{0};
    const auto share = [&] {
        for (int j; (j = next.fetch_add(1)) <= d;) {
            measure_column(j);
            number_column(j);
        }
    };
    {
        const Helpers helpers(watch, std::min(threads, d + 1) - 1, share);
        share();
    }
    look();
    pack_keys();
}

void Model::measure_column(int j) {
    look();
    double total = 0.0;
    Column(x[j]).each(n, [&](int i, double v) { total += (a[i] + b[i]) * std::fabs(v); });
    weight[j] = total * kAbove;
    box_lower[j] = std::min(lower[j] * t_lower, lower[j] * t_upper);
    box_upper[j] = std::max(upper[j] * t_lower, upper[j] * t_upper);
    if (j == 0 && free_intercept) {
        box_lower[j] = intercept_lower;
        box_upper[j] = intercept_upper;
    }
}

void Model::number_column(int j) {
    const Column own = x[j];
    binary[j] = j > 0 && is_binary(own, n);
    if (own.are_bits()) {
        n_codes[j] = 2;
        return;
    }
    std::vector<std::int32_t> numbers;
    if (binary[j]) {
        n_codes[j] = 2;
        numbers.assign(own.values(), own.values() + n);
    } else {
        n_codes[j] = number_values(own.values(), n, numbers);
    }
    code_[j] = Codes(std::move(numbers), n_codes[j]);
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
    indicators_.assign(key_words, 0);
    column_at_.assign(static_cast<std::size_t>(key_words) * 64, 0);
    for (int j = 1; j <= d; ++j) {
        if (binary[j]) {
            indicators_[key_word[j]] |= key_mask[j];
            column_at_[key_word[j] * 64 + shift[j]] = j;
        }
    }
    keys.assign(static_cast<std::size_t>(n) * key_words, 0);
    for (int j = 1; j <= d; ++j) {
        look();
        read_codes(j, [&](const auto& code) {
            for (int i = 0; i < n; ++i) {
                keys[static_cast<std::size_t>(i) * key_words + key_word[j]] |=
                    static_cast<std::uint64_t>(code[i]) << shift[j];
            }
        });
    }
}

Model Model::of_rows(const std::vector<int>& chosen) const {
    Model part;
    part.n = static_cast<int>(chosen.size());
    part.d = d;
    for (int i : chosen) {
        part.positive.push_back(positive[i]);
        part.negative.push_back(negative[i]);
    }
    part.read([&](int i, int j) { return x[j + 1][chosen[i]]; });
    part.lower = lower;
    part.upper = upper;
    part.cost = cost;
    part.rules = rules;
    part.groups = groups;
    part.min_size = min_size;
    part.max_size = max_size;
    part.free_multiplier = free_multiplier;
    part.t_lower = t_lower;
    part.t_upper = t_upper;
    part.free_intercept = free_intercept;
    part.intercept_lower = intercept_lower;
    part.intercept_upper = intercept_upper;
    return part;
}

std::vector<double> Model::totals(const Points& points) const {
    std::vector<double> total(n, 0.0), rest(whole_totals ? 0 : n, 0.0);
    for (int j = 0; j <= d; ++j) {
        if (points[j] == 0) {
            continue;
        }
        const double v = static_cast<double>(points[j]);
        Column(x[j]).each(n, [&](int i, double value) {
            const double product = v * value;
            if (whole_totals) {
                total[i] += product;
                return;
            }
            double error;
            total[i] = two_sum(total[i], product, error);
            rest[i] += error + std::fma(v, value, -product);
        });
    }
    for (int i = 0; i < n && !whole_totals; ++i) {
        total[i] += rest[i];
    }
    return total;
}

double Model::exact_loss(const Points& points, const Scale& scale) const {
    const std::vector<double> score = totals(points);
    CompensatedSum sum;
    for (int i = 0; i < n; ++i) {
        const double odds = score[i] * scale.t + scale.intercept;
        if (positive[i] > 0.0) {
            sum.add(positive[i] * softplus(-odds));
        }
        if (negative[i] > 0.0) {
            sum.add(negative[i] * softplus(odds));
        }
    }
    return sum.value() / total_weight;
}

Scale Model::best_scale(const Points& points, double& bound) const {
    if (free_intercept) {
        return best_line(points, bound);
    }
    return {best_t(points, bound), 0.0};
}

double Model::best_t(const Points& points, double& bound) const {
    bound = 0.0;
    if (!free_multiplier || t_lower == t_upper) {
        return t_lower;
    }
    // A score is exact where totals are whole, else a sum in twice the precision.
    std::vector<double> score = totals(points);
    score.resize(n4, 0.0);
    const double off = whole_totals ? 0.0 : 2.0 * kUnit;
    return supports::best_scale({n4, score.data(), a.data(), b.data(), off}, t_lower, t_upper,
                                bound);
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
    for (int j = free_intercept ? 1 : 0; j <= d; ++j) {
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
            if (points[j] != 0) {
                const double v = static_cast<double>(points[j]);
                Column(x[j]).each(n, [&](int i, double value) { total[i] += v * value; });
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
