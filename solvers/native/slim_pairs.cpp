#include "slim_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "watch.hpp"

namespace riskslim::slim {
namespace {

constexpr std::int64_t kEndless = std::int64_t{1} << 60;

int widest(const Box& box, int j) { return std::max(std::abs(box.low[j]), std::abs(box.high[j])); }

double reach_of(const Table& table, const Box& box) {
    double reach = 0.0;
    for (int i = 0; i < table.rows; ++i) {
        look();
        double sum = 0.0;
        for (std::size_t j = 0; j < box.low.size(); ++j) {
            if (!table.x[j].empty())
                sum += std::fabs(table.x[j][i]) * widest(box, static_cast<int>(j));
        }
        reach = std::max(reach, sum);
    }
    return reach;
}

}  // namespace

template <class T>
bool Pairs<T>::fits(const Model& model) {
    if (!model.small_totals) return sizeof(T) > 2;
    Box box{{model.lower.begin() + 1, model.lower.end()},
            {model.upper.begin() + 1, model.upper.end()}};
    return sizeof(T) > 2 || 2.0 * reach_of(model.table, box) < 32000.0;
}

template <class T>
Pairs<T>::Pairs(const Model& model, const Table& table, const Box& box) : d(model.d) {
    const double reach = reach_of(table, box);
    // Real features are rounded to multiples of a unit so small that all fit.
    const bool whole = model.small_totals;
    const double unit = whole ? 1.0 : std::max(reach, 1e-300) / 2.5e8;
    // a row that leans to no may have a total of 0
    conflict_at = whole && !model.priced ? 1 : 0;
    // A limit of the intercept that no total reaches says nothing.
    const double highest = static_cast<double>(model.upper[0]);
    const double lowest = static_cast<double>(model.lower[0]);
    const bool above = highest <= reach, below = -lowest <= reach;
    positives = table.positives + below;
    negatives = table.rows - table.positives + above;
    const double dear = 1.0 + std::max(model.price_negative, model.price_positive);
    const double exact = dear > 1.0 ? 1024.0 : 1.0;
    double heavy = model.total_weight * dear;
    if (model.priced) {
        heavy = std::max(1e-300, std::accumulate(table.weight.begin(), table.weight.end(), 0.0));
        penalty = -model.base;
    }
    const bool whole_capacities = model.whole_weights && heavy < 1e12 && !model.priced;
    scale = whole_capacities ? exact : std::ldexp(1.0, 51) / heavy;
    if (model.price_negative > 0.0) penalty += model.price_negative * model.false_negative[1];
    if (model.price_positive > 0.0) penalty += model.price_positive * model.false_positive[1];
    for (int i = 0; i < table.rows; ++i) {
        auto& side = i < table.positives ? positive_capacity : negative_capacity;
        const double price = i < table.positives ? model.price_negative : model.price_positive;
        const double weight = table.weight[i] * (model.priced ? 1.0 : 1.0 + price);
        side.push_back(static_cast<std::int64_t>(std::floor(weight * scale)));
    }
    if (below) positive_capacity.push_back(kEndless);
    if (above) negative_capacity.push_back(kEndless);
    offset_.assign(size(), 0);
    x_positive.assign(d, {});
    x_negative.assign(d, {});
    for (int j = 0; j < d; ++j) {
        if (table.x[j].empty()) continue;
        bool exact = true;
        for (int i = 0; i < table.rows; ++i) {
            const double value = std::nearbyint(table.x[j][i] / unit);
            exact = exact && whole;
            auto& side = i < table.positives ? x_positive[j] : x_negative[j];
            side.push_back(static_cast<T>(value));
        }
        if (below) x_positive[j].push_back(0);
        if (above) x_negative[j].push_back(0);
        if (exact) continue;
        // Values that differ may be one unit further apart than they are rounded to.
        const T slack = static_cast<T>(2 * widest(box, j));
        for (int p = 0; p < positives; ++p) {
            look();
            const double xp = p < table.positives ? table.x[j][p] : 0.0;
            for (int n = 0; n < negatives; ++n) {
                const int row = table.positives + n;
                const double xn = row < table.rows ? table.x[j][row] : 0.0;
                if (xp != xn) offset_[static_cast<std::size_t>(p) * negatives + n] += slack;
            }
        }
    }
    const auto limit = [&](double value) {
        return static_cast<T>(whole ? value + 1 : std::ceil(value / unit) + 2);
    };
    const T never = static_cast<T>(sizeof(T) > 2 ? 2000000000 : 32000);
    if (above) {
        for (int p = 0; p < positives; ++p) {
            offset_[static_cast<std::size_t>(p + 1) * negatives - 1] += limit(highest);
        }
    }
    if (below) {
        for (int n = 0; n < negatives; ++n) {
            offset_[static_cast<std::size_t>(positives - 1) * negatives + n] += limit(-lowest);
        }
    }
    if (above && below) offset_.back() = never;
}

template <class T>
void Pairs<T>::differences(const Box& box, std::vector<T>& out) const {
    out = offset_;
    for (int j = 0; j < d; ++j) {
        if (!x_positive[j].empty() && (box.low[j] != 0 || box.high[j] != 0)) {
            narrow(j, 0, 0, box.low[j], box.high[j], out, out);
        }
    }
}

template <class T>
void Pairs<T>::narrow(int j, int low, int high, int low2, int high2, const std::vector<T>& from,
                      std::vector<T>& to) const {
    const T up = static_cast<T>(high2 - high), down = static_cast<T>(low2 - low);
    const T* xn = x_negative[j].data();
    to.resize(from.size());
    for (int p = 0; p < positives; ++p) {
        look();
        const T xp = x_positive[j][p];
        const T* source = from.data() + static_cast<std::size_t>(p) * negatives;
        T* target = to.data() + static_cast<std::size_t>(p) * negatives;
        for (int n = 0; n < negatives; ++n) {
            const T difference = static_cast<T>(xp - xn[n]);
            const T more = difference > 0 ? difference : T(0);
            const T less = difference < 0 ? difference : T(0);
            target[n] = static_cast<T>(source[n] + more * up + less * down);
        }
    }
}

template <class T>
void Pairs<T>::find_conflicts(const std::vector<T>& differences, Conflicts& out) const {
    out.words = (negatives + 63) / 64;
    out.bits.assign(static_cast<std::size_t>(positives) * out.words, 0);
    constexpr int kBlock = 64;
    std::uint8_t flags[kBlock];
    for (int p = 0; p < positives; ++p) {
        look();
        const T* row = differences.data() + static_cast<std::size_t>(p) * negatives;
        std::uint64_t* bits = out.row(p);
        for (int w = 0; w < out.words; ++w) {
            const int begin = w * kBlock, count = std::min(kBlock, negatives - begin);
            if (count < kBlock) std::memset(flags, 0, kBlock);
            for (int k = 0; k < count; ++k) flags[k] = row[begin + k] <= conflict_at;
            std::uint64_t word = 0;
            for (int b = 0; b < 8; ++b) {
                std::uint64_t bytes = 0;
                for (int k = 0; k < 8; ++k) {
                    bytes |= static_cast<std::uint64_t>(flags[8 * b + k]) << (8 * k);
                }
                word |= ((bytes * 0x0102040810204080ULL) >> 56) << (8 * b);
            }
            bits[w] = word;
        }
    }
}

template class Pairs<std::int16_t>;
template class Pairs<std::int32_t>;

}  // namespace riskslim::slim
