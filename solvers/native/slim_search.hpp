// One search for scores under the 0-1 loss, from problem to outcome.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "slim_incumbent.hpp"

namespace riskslim::slim {

// The rows as they are handed over, and limits and settings of one search.
struct Settings {
    std::vector<std::vector<double>> x;      // feature by feature
    std::vector<double> positive, negative;  // weights of the rows
    std::vector<Points> starts;              // to be improved
    std::optional<Points> known;             // a score, in the box or not
    // Given: search supports; these features have many values.
    std::optional<std::vector<int>> rich;
    double effort = 0.0;  // of the opening heuristic; 0 for none
    std::uint64_t seed = 0;
    int threads = 1;
    double time_limit = std::numeric_limits<double>::infinity();
    long node_limit = -1;  // negative: any number; 0: the heuristic alone
};

// What the search did and proved.
struct Outcome {
    End end = End::finished;
    std::optional<Score> best;
    double open_bound = 0.0;  // least bound of what was left open; infinite where nothing was
    double tie = 0.0;         // values closer than this count as equal
    long nodes = 0, open_nodes = 0;
    double seeding = 0.0, total = 0.0;  // seconds
};

// Nodes done, nodes open, their least bound and the best value so far; true ends the search.
using Ask = std::function<bool(long, long, double, double)>;

// The model as it is stated, before `prepare`.
Outcome search(Model& model, const Settings& settings, const Ask& ask);

}  // namespace riskslim::slim
