// Good supports before the search starts: beam search, swaps, integer points on the best.
#pragma once

#include "support_opening.hpp"

namespace riskslim::supports {

// Runs the opening heuristics. A search that is ended meanwhile rounds the best support that it
// has, in a moment of its own.
void seed_incumbents(Opening& opening, const Model& model, Incumbents& incumbents,
                     const Watch& watch);

// Of a table of very many distinct rows, offers good points of the first ones alone: before the
// model's columns are prepared, which takes far longer. Nothing elsewhere.
void offer_of_first_rows(const Model& model, const double* features, bool every_size,
                         Incumbents& incumbents, const Watch& watch);

// For a search that was ended before it had anything: no points, and the intercept next to the
// logarithm of the odds. Offered only where there is no score yet.
void offer_empty_score(const Model& model, Incumbents& incumbents);

}  // namespace riskslim::supports
