// Distinct rows with the weights of both classes, and the cells into which features part them.
#pragma once

#include <cstdint>
#include <vector>

#include "slim_model.hpp"
#include "watch.hpp"

namespace riskslim::slim {

// Numbers pairs of whole numbers densely, in the order in which they are met.
class Grouper {
public:
    // ids[i] of (a[i], b[i]) with 0 <= a < of_a, 0 <= b < of_b; gives how many there are.
    int group(const int* a, int of_a, const int* b, int of_b, int n, int* ids);

private:
    std::vector<std::uint64_t> key_;
    std::vector<int> id_;
    std::vector<std::uint32_t> stamp_;
    std::uint32_t now_ = 0;
};

struct Cells {
    int n = 0;
    std::vector<std::vector<double>> x;      // per feature of the model; empty without points
    std::vector<std::vector<int>> rank;      // of a row's value among those of the feature
    std::vector<int> values;                 // how many values a feature has
    std::vector<double> largest_whole;       // of its values by size; infinite if not all are whole
    std::vector<double> positive, negative;  // weights
    // The same rounded down to multiples of a power of two, as whole numbers of it: sums of them
    // are exact, and bound those of the weights from below.
    std::vector<double> least_positive, least_negative;
    std::vector<double> change;  // what a no instead of a yes adds to the errors, in these
    double yes = 0.0;            // errors of a yes for all, in these
    double grid = 1.0;

    Cells() = default;
    // Rows of a table that differ in these features.
    Cells(const Model& model, const Table& table, const std::vector<int>& live, Grouper& grouper);
    // Cells that differ in these features alone.
    Cells merged(const std::vector<int>& features, Grouper& grouper) const;
    // By side, as sweeps read them.
    Table sides(const Model& model, const std::vector<int>& features) const;

private:
    void set_grid(const Model& model);
    void weigh();
};

// Rows in the order of a total that some features give them; rows whose totals are equal, or too
// close to be told apart, stand in one run.
struct Ordered {
    std::vector<int> order, run;  // run[i] is that of order[i]
    std::vector<double> total;    // of order[i]
    bool one_run = true;
    bool blurred = false;  // rows of a run may stand in any order
    void sort(const std::vector<double>& totals, double blur);
    // Without totals: one run, whose rows are equal.
    void none(int n);

private:
    std::vector<std::pair<double, int>> sorted_;
};

// Least errors of rows that are parted into cells: each cell has a threshold of its own on the
// totals. Whatever points the features that part the cells have, no score has fewer. Errors are
// counted beyond those of a yes for all: a row that falls below its threshold changes them by its
// positive weight less its negative one.
class CellErrors {
public:
    // cell[i] < cells and change[i] of the i-th row in order.
    double least(const Ordered& ordered, const int* cell, int cells, const double* change);

private:
    struct Cell {
        double sum, best;
        int run;
    };
    double least_of_one_run(const int* cell, int cells, const double* change, int n);
    double least_of_blurred(const Ordered& ordered, const int* cell, int cells,
                            const double* change);
    std::vector<Cell> cells_;
    std::vector<double> sums_, before_, dip_;
};

}  // namespace riskslim::slim
