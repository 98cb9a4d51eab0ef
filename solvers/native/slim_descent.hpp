// Coordinate search on the exact 0-1 loss: all values of a coordinate with their best intercept.
#pragma once

#include <cstdint>

#include "random.hpp"
#include "slim_incumbent.hpp"
#include "slim_sweep.hpp"

namespace riskslim::slim {

// Offers points as they are, whatever the box and the rules say of them.
void offer_known(const Model& model, Incumbent& incumbent, const Points& points);

class Descent {
public:
    Descent(const Model& model, const Table& table, Incumbent& incumbent, std::uint64_t seed);

    // Improves given points (feasible or not) to a local optimum and offers it.
    void polish(const Points& points);

    // For a search that was ended before it had anything: the points that it begins with, all 0
    // where the box has 0.
    void offer_start();

    // Kicks and repairs the incumbent until `work` rows have been read.
    void run(double work);

private:
    bool evaluate(const Points& points, int j, int value, Score& out);
    bool improve_coordinates();
    bool improve_swaps();
    void climb();
    Points boxed(Points points) const;

    const Model& model_;
    Incumbent& incumbent_;
    Sweep sweep_;
    PredictionLimits limits_;
    Score now_;
    bool feasible_ = false;
    double work_ = 0.0, work_limit_ = 1e300;
    Random random_;
};

}  // namespace riskslim::slim
