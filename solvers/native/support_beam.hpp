// Good supports before the search starts: beam search, swaps, integer points on the best.
#pragma once

#include "support_incumbent.hpp"

namespace riskslim::supports {

// Offers good integer points to the incumbents. `width` supports are kept per size; `every_size`
// asks for points at each size rather than at the largest.
void seed_incumbents(const Model& model, Incumbents& incumbents, int width, bool every_size);

}  // namespace riskslim::supports
