// Search over the supports of a limited size: which features have points.
//
// A support parts the rows into cells, and no score of these features has fewer errors than the
// sum over the cells of the lighter class. Features of many values have cells of few rows and a
// bound of nothing: of these the direction of their points is searched as well, and each cell of
// the others has a threshold of its own on the total that they give. A support whose bound does
// not exceed the incumbent is searched for its points.
#pragma once

#include <vector>

#include "slim_points.hpp"

namespace riskslim::slim {

// What the supports of a search are made of.
struct SupportPlan {
    SupportPlan(const Model& model, const Table& rows, const std::vector<int>& rich);

    // All supports with these directions of rich features, or those of them whose first other
    // feature is `first`.
    struct Task {
        int start;  // in `starts`
        int first;  // in `parting`; -1: no other feature
    };
    struct Start {
        std::vector<int> features;
        Direction direction;
    };

    int max_size;
    Cells cells;
    std::vector<int> parting;  // features that part rows into cells, those that must be in first
    int forced = 0;            // how many of them must be in
    std::vector<std::vector<int>> rest;  // of each row, its values from the j-th of them on
    std::vector<int> rests;              // how many of these there are
    std::vector<double> least_cost;      // of one of them
    std::vector<Start> starts;
    std::vector<Task> tasks;
    double bound = 0.0;  // of every score

private:
    void order_parting(const Model& model, Grouper& grouper);
    void add_starts(const Model& model, const std::vector<int>& rich);
};

class SupportTree {
public:
    SupportTree(const Model& model, const SupportPlan& plan, Incumbent& incumbent);

    void run(const SupportPlan::Task& task);

private:
    struct Level {
        std::vector<int> code;
        int codes = 1;
    };
    void begin(int start);
    void visit(std::size_t depth, int next, int left);
    void descend(std::size_t depth, int j, int left);
    void try_support(std::size_t depth, int j);
    double errors_with(const Level& level, const std::vector<int>& b, int of_b);
    bool rest_closed(std::size_t depth, int next);

    const Model& model_;
    const SupportPlan& plan_;
    Incumbent& incumbent_;
    Cutoff cutoff_;
    Grouper grouper_;
    SupportPoints points_;
    CellErrors errors_;
    // rows in the order of the present start
    int start_ = -1;
    Ordered ordered_;
    std::vector<std::vector<int>> rank_, rest_;
    std::vector<double> change_;
    std::vector<Level> levels_;
    std::vector<int> chosen_;  // features, those of the start first
    std::vector<int> cell_;
    double costs_ = 0.0;
    long l1_ = 0;
};

}  // namespace riskslim::slim
