// The problem of a search for scores under the 0-1 loss: rows, integer boxes, costs, rules, limits.
#pragma once

#include <cstdint>
#include <vector>

#include "lattice.hpp"
#include "sums.hpp"

namespace riskslim::slim {

constexpr long kFar = 1L << 54;  // beyond any intercept

// lower <= sum of the coefficients of the rows whose total exceeds the margin <= upper
struct PredictionLimit {
    std::vector<double> coefficient;  // of each row of `limited`
    double lower, upper, tolerance = 0.0;
    double price = 0.0;  // multiplier: of the upper limit where positive, else of the lower one
};

// Rows by side: the positive ones first. A row that carries both weights stands on both sides.
struct Table {
    int positives = 0, rows = 0;
    std::vector<std::vector<double>> x;            // per feature
    std::vector<std::vector<std::int32_t>> whole;  // the same where totals are small integers
    std::vector<double> weight;
};

// A score and what it costs. `value` is the objective in units of weight: total weight times it.
struct Score {
    Points points;
    double false_negative = 0.0, false_positive = 0.0, value = 0.0;
    long l1 = 0;  // of the features' points
    int size = 0;
};

// The intercepts that the rules leave to given points of the features: low..high without 0,
// and 0 where `zero` says so.
struct Intercepts {
    long low, high;
    bool zero;
    bool empty() const { return !zero && low > high; }
};

class Model {
public:
    int d = 0;
    Table table;
    double total_weight = 0.0;
    bool whole_weights = false;   // sums of weights are exact
    bool whole_features = false;  // totals are integers, exact in double
    bool small_totals = false;    // ... and in 32 bits, with room to spare
    // a row is right where its signed total exceeds this share of its size, the sum of the absolute
    // values of the terms
    double margin = 0.0;
    double reach = 0.0;        // bounds totals of points that the box may not hold
    double rounding = 0.0;     // bounds the rounding of any plain sum of a total
    Points lower, upper;       // d + 1
    std::vector<double> cost;  // d + 1, in units of weight
    double unit = 0.0;         // epsilon in units of weight
    std::vector<Rule> rules;
    std::vector<PredictionLimit> predictions;
    Table limited;  // the rows that these speak of, as positive ones
    int min_size = 0, max_size = 0;
    // Multipliers of the limits on false negatives and positives, multiples of 1/1024: with
    // FN <= F, errors >= errors + price * (FN - F), which conflicts bound where errors alone may
    // be few.
    double price_negative = 0.0, price_positive = 0.0;
    // With multipliers of limits on predictions, a row costs its price where it is a yes and its
    // weight where it is a positive no: it leans to the cheaper side, and costs the difference
    // where it is on the other. These rows, those that lean to yes first, and what is left over:
    // objective >= base + weight of the rows against their lean, whatever the points.
    Table leaning;
    double base = 0.0;
    bool priced = false;
    double error[2], false_positive[2], false_negative[2];  // least and most

    // Derives the rest from the rows (distinct) and the settings above.
    void prepare(const std::vector<std::vector<double>>& x, const std::vector<double>& positive,
                 const std::vector<double>& negative);

    // Two values closer than this count as equal: the rounding of sums of real costs and weights.
    double tie() const { return tie_; }

    // Rows that agree in the features of `live` merged; the others do not count.
    Table merged(const Table& from, const std::vector<int>& live) const;

    // Sizes and rules over given points of the features; points[0] is not read.
    Intercepts intercepts(const Points& points) const;
    bool limits_hold(double false_negative, double false_positive) const;

    // Costs, size and objective of a score whose points and errors are known.
    void price(Score& score) const;

    // Whether a is the better answer: value, then the sum of |points|, then |intercept|, then
    // the points in lexicographic order.
    bool better(const Score& a, const Score& b) const;

    // A total without the intercept, in twice the precision.
    CompensatedSum exact_total(const Table& rows, int row, const Point* points) const;

    // Total and size of every row without the intercept, by plain sums.
    void plain_totals(const Table& rows, const Point* points, std::vector<double>& totals,
                      std::vector<double>& sizes) const;

    // Smallest intercept with which a positive row, largest with which a negative row is right.
    long threshold(const Table& rows, int row, const Point* points, double total,
                   double size) const;

private:
    void lean(const std::vector<std::vector<double>>& x, const std::vector<double>& positive,
              const std::vector<double>& negative);

    double tie_ = 0.0;
};

}  // namespace riskslim::slim
