// Pairs of a positive and a negative row over a box of points, and how far apart their totals
// can be.
//
// The positive row p and the negative row n are both right only where total_p - total_n >= 2
// (totals are integers that are not 0) or, for real features, > 0. The greatest difference over a
// box is a sum of one term per feature, so that it follows a change of one range in one pass, and
// a pair whose greatest difference is too small is in conflict over the whole box. The intercept
// cancels: its own limits enter through one row on each side that is all zeros and always right.
#pragma once

#include <cstdint>
#include <vector>

#include "slim_flow.hpp"
#include "slim_model.hpp"

namespace riskslim::slim {

// Ranges of the features' points.
struct Box {
    std::vector<int> low, high;
};

// What all threads share: rows by side and feature as scaled integers. T holds every greatest
// difference that can arise.
template <class T>
class Pairs {
public:
    int positives = 0, negatives = 0, d = 0;
    T conflict_at = 0;     // a greatest difference up to this is a conflict
    double scale = 1.0;    // units of capacity per unit of weight
    double penalty = 0.0;  // what the prices of the limits pay back, in weight
    std::vector<std::int64_t> positive_capacity, negative_capacity;
    std::vector<std::vector<T>> x_positive, x_negative;

    Pairs(const Model& model, const Table& table, const Box& box);

    std::size_t size() const { return static_cast<std::size_t>(positives) * negatives; }

    // Greatest differences over a box (within that of the constructor).
    void differences(const Box& box, std::vector<T>& out) const;

    // The same after the range of feature j went from low..high to low2..high2; conflicts too.
    void narrow(int j, int low, int high, int low2, int high2, const std::vector<T>& from,
                std::vector<T>& to) const;
    void find_conflicts(const std::vector<T>& differences, Conflicts& out) const;

    // Whether small_ as a type can hold the differences of these rows.
    static bool fits(const Model& model);

private:
    std::vector<T> offset_;  // rounding of scaled features and the intercept's rows
};

}  // namespace riskslim::slim
