// The points of one support, searched feature by feature: a total of the first ones orders the
// cells into which the others part the rows.
//
// A score orders the rows of a cell by the total of the features that have points already, and
// adds the same to all of them: each cell has one threshold, and the sum over the cells of the
// fewest errors at any threshold bounds every score below. Where the next feature gets points, the
// cells that differ in it alone become one; their rows are merged, in the order of the new totals.
// That adds errors and never takes any away, cell by cell, so that most children are closed after
// a few cells.
#pragma once

#include <memory>
#include <vector>

#include "slim_cells.hpp"
#include "slim_cutoff.hpp"
#include "slim_directions.hpp"
#include "slim_sweep.hpp"

namespace riskslim::slim {

class SupportPoints {
public:
    SupportPoints(const Model& model, Incumbent& incumbent, Cutoff& cutoff, Grouper& grouper);

    // Offers the best scores whose features are these, the first of them in one direction, by
    // whose totals the rows are ordered.
    void search(const Cells& all, const Ordered& ordered, const std::vector<int>& features,
                const Direction& first);

    struct Row {
        double total, change;
    };

private:
    // Cells of the features from the m-th on, and their rows at the points of those before.
    struct Level {
        std::vector<int> first;     // row of each cell; the end
        std::vector<int> part;      // cell of the level above that each begins with; the end
        std::vector<double> value;  // of the m-th feature in each cell
        std::vector<double> sum;    // of the changes in each cell
        std::vector<Row> rows;      // by total in each cell
        std::vector<double> least;  // sum of changes of each cell at its best threshold
        double all = 0.0;           // of them
        struct Merge {
            double gain;  // errors that it may add, or did when it was last looked at
            int cell;
        };
        std::vector<Merge> merges;  // into cells of the next level, the greatest first
        int cells() const { return static_cast<int>(first.size()) - 1; }
    };
    // From the totals of a level to those of the next one.
    struct Step {
        double scale, points;
    };
    double blur() const;
    void order_rows(const Ordered& ordered);
    void lay_out(int m);
    void favour();
    void begin(int m);
    void extend(const Direction& direction);
    bool closed_below(const Direction& direction, Point sign);
    long l1_of(const Direction& direction) const;
    template <class Least>
    bool closed(int m, long l1, const Least& least_of);
    template <class Visit>
    void in_order(int m, int cell, const Step& step, const Visit& visit);
    void descend(int m, const Step& step);
    void weigh(const Direction& direction);
    Sweep& sweep();

    const Model& model_;
    Incumbent& incumbent_;
    Cutoff& cutoff_;
    Grouper& grouper_;
    PredictionLimits limits_;
    // of the support at hand
    const Cells* all_ = nullptr;
    std::vector<int> features_;
    int given_ = 0;
    double costs_ = 0.0;
    double blur_ = 0.0;  // how far apart two totals may be computed in the wrong order
    std::vector<int> rows_, next_rows_, count_;
    std::vector<int> differs_;  // of each row and the one before: the last feature that differs
    std::vector<int> of_;       // a row of `all` for each
    std::vector<Level> levels_;
    int laid_out_ = -1;
    std::vector<Row> sorted_;
    Cells cells_;
    Table sides_;
    std::unique_ptr<Sweep> sweep_;
};

}  // namespace riskslim::slim
