// The certified search over supports, from problem to outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "support_incumbent.hpp"

namespace riskslim::supports {

// Limits and settings of one search.
struct Settings {
    std::vector<Points> starts;
    bool every_size = false;
    double pool_tolerance = 0.0;
    std::size_t pool_limit = 0;  // 0 for no pool
    int threads = 1;
    double time_limit = std::numeric_limits<double>::infinity();
    long node_limit = -1;       // negative: any number
    long long byte_limit = -1;  // of the open nodes; negative: any number
    int beam_width = 0;         // 0 for no opening heuristic
    std::uint64_t seed = 0;     // of what the heuristics try later
    // Seconds of work after which the search waits for the first time.
    double pause_after = std::numeric_limits<double>::infinity();
};

// What the search did and proved.
struct Outcome : Incumbents::Found {
    End end = End::finished;
    double open_bound = 0.0;  // least bound of what was left open; infinite where nothing was
    long nodes = 0, point_nodes = 0, fits = 0, supports = 0, leaves = 0;
    double seeding = 0.0, total = 0.0;  // seconds, without those that it waited
};

// Nodes done, nodes open and the best objective so far; true ends the search.
using Ask = std::function<bool(long, long, double)>;

// How a search that waited goes on: for so many seconds until it waits again, with points that were
// found meanwhile; or it ends.
struct Onward {
    End end = End::finished;
    double seconds = std::numeric_limits<double>::infinity();
    std::vector<Points> points;
};
// What happens while the search waits, told what it has so far as if the time were over.
using Aside = std::function<Onward(const Outcome&)>;

// Gives a model its features, by `Model::read`.
using Read = std::function<void(Model&)>;

// The model as it is stated, before it has read its features.
Outcome search(Model& model, const Read& read, const Settings& settings, const Ask& ask,
               const Aside& aside);

// Narrows the box of a model to integer points outside which every score has a loss above the
// cutoff: the box itself where no column makes it wide, or the time is over.
void narrow_box(Model& model, const Read& read, double cutoff, double time_limit,
                const std::function<bool()>& ask);

}  // namespace riskslim::supports
