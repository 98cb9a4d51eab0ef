// The scale t = 1 / multiplier at which given scores have the least loss.
#pragma once

namespace riskslim::supports {

// Scores of rows, and the weights of each class; padded as `Rows` are.
struct ScoredRows {
    int n4;
    const double *score, *a, *b;
    double off;  // share of itself that each score may be off by
};

// The minimiser of the loss within low..high, and a rigorous lower bound on its minimum there. Does
// not look at the clock: it takes some twenty passes over the rows at most, in practice.
double best_scale(const ScoredRows& rows, double low, double high, double& bound);

}  // namespace riskslim::supports
