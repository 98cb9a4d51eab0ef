// What a score must cost at most to be worth looking at, as one thread last saw it.
#pragma once

#include <limits>

#include "slim_incumbent.hpp"

namespace riskslim::slim {

class Cutoff {
public:
    Cutoff(const Model& model, const Incumbent& incumbent) : model_(model), incumbent_(incumbent) {}

    void refresh() {
        if (incumbent_.version() == version_) return;
        version_ = incumbent_.version();
        any_ = incumbent_.read(best_);
    }

    // Whether no score is the answer whose errors, other costs and sum of points are at least
    // these: it costs more than the incumbent, or as much with a greater sum of points.
    bool closes(double errors, double costs, long l1) const {
        if (errors > model_.error[1] + model_.tie()) return true;
        const double least = errors + costs + model_.unit * static_cast<double>(l1);
        if (!any_) return false;
        const bool longer = l1 > best_.l1;
        return least > best_.value + (longer ? -model_.tie() : model_.tie());
    }

    bool improves(const Score& score) const { return !any_ || model_.better(score, best_); }

private:
    const Model& model_;
    const Incumbent& incumbent_;
    long version_ = -1;
    bool any_ = false;
    Score best_;
};

}  // namespace riskslim::slim
