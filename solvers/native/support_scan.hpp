// Supports one by one, and the points on those that survive.
#pragma once

#include <vector>

#include "support_pairs.hpp"
#include "support_points.hpp"
#include "support_screen.hpp"

namespace riskslim::supports {

class Scan {
public:
    Scan(const Model& model, Incumbents& incumbents)
        : model_(model),
          incumbents_(incumbents),
          points_(model, incumbents),
          pairs_(model),
          joint_(model) {}

    // The support `in` itself and every support with one feature more; `screen` is free to be used.
    void run(Node& node, Screen& screen);
    // The same with one or two features more. False where that is not to be had: nothing is done
    // then.
    bool run_pairs(Node& node, Screen& screen);
    // The work of run_pairs, as it was so far; infinite where one by one is better.
    double cost_of_pairs(const Node& node) const;
    bool pairs_pay(const Node& node) const;
    double work_on_pairs() const { return work_on_pairs_; }

    // Everything in the node at once, over points: its features are no more than may be chosen.
    void search_points(const Node& node);

private:
    // Weights of the rows of each group where a binary column is 1.
    struct Counts {
        std::vector<double> a, b;  // groups x (d + 1)
    };
    void try_support(const Node& node, const std::vector<int>& features, const Rows& rows,
                     const Cells* cells, const std::vector<double>& start,
                     const Base* base = nullptr);
    Base base_of(const Node& node, const Screen& screen);
    void count(const Partition& partition, Counts& counts) const;
    void split(const Cells& cells, const Counts& counts, int feature);

    const Model& model_;
    Incumbents& incumbents_;
    PointSearch points_;
    PairScan pairs_;
    Partition joint_;
    void try_pair(const Node& node, std::vector<int>& features, int first, int second);
    bool allow(const std::vector<int>& features) const;

    Counts counts_;
    double pairs_done_ = 0.0, work_on_pairs_ = 0.0;
    std::vector<int> alone_, partners_;
    std::vector<double> start_, hessian_;
    Cells joint_cells_, leaf_cells_;
    FitColumns columns_, all_columns_;
    Fit fit_;
};

}  // namespace riskslim::supports
