// Directions of points: none of them 0, without a common factor.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "slim_cells.hpp"

namespace riskslim::slim {

using Direction = std::vector<Point>;

// Directions of these features that the box holds.
std::vector<Direction> directions_of(const Model& model, const std::vector<int>& features);

// Totals of rows at these points.
std::vector<double> totals_of(const Cells& cells, const std::vector<int>& features,
                              const Direction& points);

inline bool within_reach(const Model& model, int feature, Point points) {
    return points > 0 ? points <= model.upper[feature + 1] : points >= model.lower[feature + 1];
}

// Directions that begin with a multiple of a given one and have one feature more, and the multiple.
template <class Visit>
void each_longer(const Model& model, const std::vector<int>& features, const Direction& direction,
                 const Visit& visit) {
    const int m = static_cast<int>(direction.size());
    const int next = features[m];
    Direction longer(m + 1);
    for (Point scale = 1;; ++scale) {
        for (int i = 0; i < m; ++i) {
            longer[i] = scale * direction[i];
            if (!within_reach(model, features[i], longer[i])) return;
        }
        // A multiple of it may lie in a box that excludes what is near to 0.
        const Point low = std::min<Point>(model.lower[next + 1], 0);
        const Point high = std::max<Point>(model.upper[next + 1], 0);
        for (Point v = low; v <= high; ++v) {
            if (v == 0 || std::gcd(m > 0 ? scale : v, v) != 1) continue;
            longer[m] = v;
            visit(longer, scale);
        }
        if (m == 0) return;
    }
}

}  // namespace riskslim::slim
