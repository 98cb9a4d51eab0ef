// Good supports before the search starts: beam search, swaps, integer points on the best.
#pragma once

#include <map>
#include <vector>

#include "support_opening.hpp"

namespace riskslim::supports {

// Good supports, by size, best first.
using Supports = std::map<int, std::vector<Candidate>>;

// Runs the opening heuristics, on what is known from a sample of the rows where anything is. A
// search that is ended meanwhile rounds the best support that it has, in a moment of its own.
void seed_incumbents(Opening& opening, const Supports& known, const Model& model,
                     Incumbents& incumbents, const Watch& watch);

// Of a table of very many distinct rows, offers good points of a sample, first a small one, and
// gives its good supports: before the model's columns are prepared, which takes far longer than
// the first. None elsewhere.
Supports seed_by_samples(const Model& model, int width, bool every_size, Incumbents& incumbents,
                         const Watch& watch);

// For a search that was ended before it had anything: no points, and the intercept next to the
// logarithm of the odds. Offered only where there is no score yet.
void offer_empty_score(const Model& model, Incumbents& incumbents);

}  // namespace riskslim::supports
