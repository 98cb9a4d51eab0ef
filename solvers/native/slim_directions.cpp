#include "slim_directions.hpp"

namespace riskslim::slim {

std::vector<Direction> directions_of(const Model& model, const std::vector<int>& features) {
    std::vector<Direction> found{{}}, longer;
    for (std::size_t m = 0; m < features.size(); ++m) {
        longer.clear();
        for (const Direction& direction : found) {
            look();
            each_longer(model, features, direction,
                        [&](const Direction& next, Point) { longer.push_back(next); });
        }
        found.swap(longer);
    }
    return found;
}

std::vector<double> totals_of(const Cells& cells, const std::vector<int>& features,
                              const Direction& points) {
    std::vector<double> totals(cells.n, 0.0);
    for (std::size_t m = 0; m < points.size(); ++m) {
        const double v = static_cast<double>(points[m]);
        const double* x = cells.x[features[m]].data();
        for (int i = 0; i < cells.n; ++i) totals[i] += v * x[i];
    }
    return totals;
}

}  // namespace riskslim::slim
