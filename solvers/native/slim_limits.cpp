#include "slim_limits.hpp"

#include <algorithm>
#include <cmath>

#include "watch.hpp"

namespace riskslim::slim {

PredictionLimits::PredictionLimits(const Model& model)
    : model_(model),
      total_(model.limited.rows),
      size_(model.limited.rows),
      sum_(model.predictions.size()) {}

// A row is a yes from one intercept on, so that all sums are steps along the intercepts. They are
// added up in the order of the turns: the rounding is far below the tolerance of a limit.
const std::vector<Interval>& PredictionLimits::intercepts(const Points& points) {
    look();
    const Table& rows = model_.limited;
    model_.plain_totals(rows, points.data() + 1, total_, size_);
    turns_.clear();
    for (int i = 0; i < rows.rows; ++i) {
        const long turn = std::fabs(total_[i]) > double(kFar)
                              ? (total_[i] > 0.0 ? -kFar : kFar)
                              : model_.threshold(rows, i, points.data() + 1, total_[i], size_[i]);
        turns_.push_back({std::clamp(turn, -kFar, kFar), i});
    }
    std::sort(turns_.begin(), turns_.end());
    std::fill(sum_.begin(), sum_.end(), 0.0);
    found_.clear();
    long from = -kFar;
    std::size_t k = 0;
    for (bool more = true; more;) {
        more = k < turns_.size();
        const long to = more ? turns_[k].first - 1 : kFar;
        bool hold = true;
        for (std::size_t r = 0; r < sum_.size() && hold; ++r) {
            const PredictionLimit& limit = model_.predictions[r];
            hold = sum_[r] >= limit.lower - limit.tolerance &&
                   sum_[r] <= limit.upper + limit.tolerance;
        }
        if (hold && from <= to) {
            if (!found_.empty() && found_.back().to == from - 1) {
                found_.back().to = to;
            } else {
                found_.push_back({from, to});
            }
        }
        for (; k < turns_.size() && turns_[k].first == to + 1; ++k) {
            for (std::size_t r = 0; r < sum_.size(); ++r) {
                sum_[r] += model_.predictions[r].coefficient[turns_[k].second];
            }
        }
        from = to + 1;
    }
    return found_;
}

}  // namespace riskslim::slim
