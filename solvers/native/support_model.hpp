// The problem of the search over supports: merged rows, integer boxes, costs, rules.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lattice.hpp"
#include "support_groups.hpp"
#include "support_kernel.hpp"
#include "watch.hpp"

namespace riskslim::supports {

// lower <= sum of the coefficients of the rows whose total exceeds the threshold <= upper; the
// total is taken with or without the intercept.
struct Prediction {
    std::vector<double> coefficient;
    double threshold;
    bool with_intercept;
    double lower, upper;
    double tolerance;  // rounding of the sum
};

// What turns the total of integer points into log odds: intercept + t total.
struct Scale {
    double t = 1.0;          // 1 / multiplier
    double intercept = 0.0;  // real, in log odds; 0 where it is one of the points
};

// The bounds that a search uses: all of them, but where it is measured what one is worth.
struct Bounds {
    bool gains = true, hull = true, pairs = true, families = true;
};

// The number of each row's value among those of its column: bytes where these are enough.
class Codes {
public:
    explicit Codes(std::vector<std::int32_t> numbers = {}, int count = 0);

    // Calls with the first number, of either type.
    template <class Use>
    void read(const Use& use) const {
        if (words_.empty()) {
            use(bytes_.data());
        } else {
            use(words_.data());
        }
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::vector<std::int32_t> words_;
};

// Column 0 is the intercept. Where that is real, its point is 0, and a `Scale` has it. Weights are
// kept as given: sums of integer counts are exact.
class Model {
public:
    int n = 0, n4 = 0, d = 0;
    std::vector<OwnColumn> x;                      // d + 1 columns of n4 values
    std::vector<double> positive, negative, a, b;  // a, b: divided by the total weight
    double total_weight = 0.0;
    bool whole_weights = false;  // integer weights: differences of their sums are exact
    bool whole_totals = false;   // totals are integers that are exact however they are summed
    std::vector<double> lower, upper, cost, weight;
    std::vector<double> box_lower, box_upper;  // of w = t * points, t = 1 / multiplier
    std::vector<char> binary;
    std::vector<int> n_codes;  // of a column: numbers of its values, which `read_codes` gives
    // the codes of a row packed into words: word `key_word[j]` holds column j under `key_mask[j]`
    int key_words = 0;
    std::vector<std::uint64_t> keys, key_mask;  // n x key_words; d + 1
    std::vector<int> key_word;
    std::vector<Rule> rules;
    std::vector<Prediction> predictions;
    Groups groups;
    Bounds bounds;
    int min_size = 0, max_size = 0;
    bool free_multiplier = false;
    double t_lower = 1.0, t_upper = 1.0;
    // The intercept is real, within these log odds, which hold the best one of all points.
    bool free_intercept = false;
    double intercept_lower = 0.0, intercept_upper = 0.0;

    // Takes the features: anything that gives the value of a row and a column, from 0 on.
    template <class Features>
    void read(const Features& features) {
        n4 = padded(n);
        const bool pays = bits_pay(n, d + 1);
        std::vector<char> as_bits(d + 1, pays);
        for (int i = 0; pays && i < n; ++i) {
            for (int j = 0; j < d; ++j) {
                const double value = features(i, j);
                as_bits[j + 1] = as_bits[j + 1] && (value == 0.0 || value == 1.0);
            }
        }
        x.assign(d + 1, OwnColumn());
        for (int j = 0; j <= d; ++j) {
            x[j].start(n4, as_bits[j]);
        }
        for (int i = 0; i < n; ++i) {
            x[0].set(i, 1.0);
            for (int j = 0; j < d; ++j) {
                x[j + 1].set(i, features(i, j));
            }
        }
    }

    // Calls with the number of each row's value in a column: of 0 and 1 the values themselves.
    template <class Use>
    void read_codes(int j, const Use& use) const {
        const Column own = x[j];
        if (own.are_bits()) {
            use(own.bits());
        } else {
            code_[j].read(use);
        }
    }

    // Calls with each binary column that is 1 in a row.
    template <class Use>
    void each_one(int row, const Use& use) const {
        const std::uint64_t* key = keys.data() + static_cast<std::size_t>(row) * key_words;
        for (int word = 0; word < key_words; ++word) {
            for (std::uint64_t left = key[word] & indicators_[word]; left != 0; left &= left - 1) {
                use(column_at_[word * 64 + __builtin_ctzll(left)]);
            }
        }
    }

    // Derives what the evaluation of points needs from the features, the weights, boxes and costs.
    // Does not look at the clock: without it there is no score at all.
    void prepare_rows();
    // The weight of a column, and the box of its coefficient.
    void measure_column(int j);
    // Derives everything else, which takes longer.
    void prepare_columns(Watch& watch, int threads = 1);

    // The problem on some of the rows alone, as it is stated; it knows no limits on predictions.
    Model of_rows(const std::vector<int>& chosen) const;

    // Total of every row, with an intercept that is one of the points, rounded once.
    std::vector<double> totals(const Points& points) const;

    // Loss of integer points at a scale, by compensated summation.
    double exact_loss(const Points& points, const Scale& scale) const;

    // The scale that minimises the loss of integer points, t in its range and a free intercept
    // with it, and a rigorous lower bound on that minimum.
    Scale best_scale(const Points& points, double& bound) const;

    double switch_cost(const Points& points) const;
    bool allows(const Points& points) const;

    // Whether some sum of predictions can hold for every limit while the total of row i, without
    // the intercept, lies within low[i]..high[i] and the intercept within its own range.
    bool predictions_can_hold(const std::vector<double>& low, const std::vector<double>& high,
                              double intercept_low, double intercept_high) const;

private:
    double best_t(const Points& points, double& bound) const;
    Scale best_line(const Points& points, double& bound) const;
    bool groups_hold(const Points& points) const;
    void number_column(int j);
    void pack_keys();

    std::vector<Codes> code_;                // none of bits
    std::vector<std::uint64_t> indicators_;  // the bits of a row's words that are binary columns
    std::vector<int> column_at_;             // of each bit of these words
};

}  // namespace riskslim::supports
