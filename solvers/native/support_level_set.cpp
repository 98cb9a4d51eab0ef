#include "support_level_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "rounding.hpp"

namespace riskslim::supports {
namespace {

constexpr double kWide = 1e4;       // units of a box that cost bounds more digits than they have
constexpr double kFirst = 16.0;     // units from the minimiser to the first faces
constexpr double kOutward = 8.0;    // a face that was not proved moves outward by this factor
constexpr int kTwice = 2;           // rounds of narrowing
constexpr int kRounds = 30;         // 16 * 8^30 is beyond any box
constexpr std::size_t kMany = 400;  // columns: a fit takes their square in memory
constexpr double kOutside = kManyTerms;  // relative, far above the rounding of a bound of points

std::pair<double, double> ends_of(Column x, int n) {
    std::pair<double, double> ends{x[0], x[0]};
    x.each(n, [&](int, double v) { ends = {std::min(ends.first, v), std::max(ends.second, v)}; });
    return ends;
}

// Half the range of a column's values, or their size where they are all the same.
double size_of(const Model& model, int j) {
    if (j == 0) {
        return 1.0;
    }
    const auto [least, most] = ends_of(model.x[j], model.n);
    const double half = 0.5 * most - 0.5 * least;
    return half > 0.0 ? half : std::fabs(least);
}

double units_of(const Model& model, int j) {
    const double size = j == 0 ? 1.0 : model.weight[j];
    return (model.box_upper[j] - model.box_lower[j]) * size;
}

}  // namespace

bool is_wide(const Model& model) {
    for (int j = 1; j <= model.d; ++j) {
        if (units_of(model, j) > kWide) {
            return true;
        }
    }
    return false;
}

LevelSet::LevelSet(const Model& model, double cutoff) : model_(model), cutoff_(cutoff) {
    for (int j = 0; j <= model.d; ++j) {
        if (j == 0 || model.box_lower[j] < model.box_upper[j] || model.box_lower[j] != 0.0) {
            index_.push_back(j);
            columns_.push_back(model.x[j]);
            lower_.push_back(model.box_lower[j]);
            upper_.push_back(model.box_upper[j]);
            weight_.push_back(model.weight[j]);
        }
    }
    centre_columns();
}

void LevelSet::centre_columns() {
    shift_.assign(index_.size(), 0.0);
    rounded_.assign(index_.size(), 0);
    centred_.resize(index_.size());
    for (std::size_t c = 1; c < index_.size(); ++c) {
        const int j = index_[c];
        if (units_of(model_, j) <= kWide) {
            continue;
        }
        const Column x = model_.x[j];
        const auto [least, most] = ends_of(x, model_.n);
        shift_[c] = std::rint(0.5 * least + 0.5 * most);
        centred_[c].assign(model_.n4, 0.0);
        weight_[c] = 0.0;
        for (int i = 0; i < model_.n; ++i) {
            double error;
            centred_[c][i] = two_sum(x[i], -shift_[c], error);
            rounded_[c] = rounded_[c] || error != 0.0;
            weight_[c] += (model_.a[i] + model_.b[i]) * std::fabs(centred_[c][i]);
        }
        weight_[c] *= kAbove;
        columns_[c] = centred_[c].data();
        lower_[0] += std::min(shift_[c] * lower_[c], shift_[c] * upper_[c]);
        upper_[0] += std::max(shift_[c] * lower_[c], shift_[c] * upper_[c]);
    }
}

// Where values are no integers, centring rounds them: by a unit roundoff of at most a unit and a
// half each, since the centre is rounded to an integer. It moves a score, and a loss, by no more
// than that times the coefficient, in units.
double LevelSet::slack() const {
    double total = 0.0;
    for (const Wide& wide : wide_) {
        const double centre = rounded_[wide.at] ? std::fabs(centre_[wide.at]) / wide.unit : 0.0;
        total += centre + std::max(wide.reach[0], wide.reach[1]);
    }
    return kFewTerms * (1.0 + total);
}

// How far the loss at the centre may be above its computed value: scores are rounded, and over so
// short a step a sigmoid grows by its exponential at most (see rounding.hpp for |slope| + 4 h).
double LevelSet::value_error() const {
    const int p = static_cast<int>(index_.size());
    double total = blocked_sum(model_.n4) * fit_.value;
    for (int i = 0; i < model_.n; ++i) {
        double size = 0.0;
        for (int c = 0; c < p; ++c) {
            size += std::fabs(columns_[c][i] * centre_[c]);
        }
        const double off = score_error(p) * size, weight = model_.a[i] + model_.b[i];
        const double terms = std::fabs(fit_.slope()[i]) + 4.0 * fit_.curvature()[i];
        total += off * std::min(weight, terms * std::exp(off));
    }
    return total * kAbove;
}

Rows LevelSet::rows() const {
    Rows rows;
    rows.n4 = model_.n4;
    rows.p = static_cast<int>(columns_.size());
    rows.x = columns_.data();
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    return rows;
}

bool LevelSet::find_wide() {
    for (std::size_t c = 1; c < index_.size(); ++c) {
        const int j = index_[c];
        const double size = size_of(model_, j);
        if (units_of(model_, j) <= kWide || lower_[c] >= upper_[c] || !(size > 0.0)) {
            continue;
        }
        wide_.push_back({c, 1.0 / size, {kFirst, kFirst}});
    }
    if (upper_[0] - lower_[0] > kWide) {
        wide_.push_back({0, 1.0, {kFirst, kFirst}});
    }
    return !wide_.empty();
}

bool LevelSet::find_centre() {
    fit_.w.assign(index_.size(), 0.0);
    fit_.run(rows(), {lower_.data(), upper_.data(), weight_.data()},
             std::numeric_limits<double>::infinity(), {Until::converged});
    centre_ = fit_.w;
    return fit_.value + value_error() + slack() <= cutoff_;
}

void LevelSet::place(std::vector<double>& lower, std::vector<double>& upper) const {
    lower = lower_;
    upper = upper_;
    for (const Wide& wide : wide_) {
        const std::size_t c = wide.at;
        lower[c] = std::max(lower_[c], centre_[c] - wide.reach[0] * wide.unit);
        upper[c] = std::min(upper_[c], centre_[c] + wide.reach[1] * wide.unit);
    }
}

// True if the loss exceeds the cutoff on every face within the whole box; moves the others outward.
bool LevelSet::push_faces(const std::vector<double>& lower, const std::vector<double>& upper) {
    bool proved = true;
    for (Wide& wide : wide_) {
        const std::size_t c = wide.at;
        for (int side = 0; side < 2; ++side) {
            const double end = side == 0 ? lower[c] : upper[c];
            if (end == (side == 0 ? lower_[c] : upper_[c])) {
                continue;
            }
            std::vector<double> low = lower, high = upper;
            low[c] = high[c] = end;
            fit_.w = centre_;
            const Box face{low.data(), high.data(), weight_.data()};
            if (fit_.run(rows(), face, cutoff_ + slack(), {Until::converged}) != FitEnd::above) {
                wide.reach[side] *= kOutward;
                proved = false;
            }
        }
    }
    return proved;
}

bool LevelSet::run(std::vector<double>& lower, std::vector<double>& upper) {
    if (!std::isfinite(cutoff_) || index_.size() > kMany || !find_wide() || !find_centre()) {
        return false;
    }
    std::vector<double> low, high;
    for (int round = 0; round < kRounds; ++round) {
        place(low, high);
        if (!push_faces(low, high)) {
            continue;
        }
        for (std::size_t c = 1; c < index_.size(); ++c) {
            low[0] -= std::max(shift_[c] * low[c], shift_[c] * high[c]);
            high[0] -= std::min(shift_[c] * low[c], shift_[c] * high[c]);
        }
        for (const Wide& wide : wide_) {
            const int j = index_[wide.at];
            lower[j] = std::max(lower[j], low[wide.at]);
            upper[j] = std::min(upper[j], high[wide.at]);
        }
        return true;
    }
    return false;
}

// The integer points within a box of coefficients, and the coefficients within that of the points.
static void shrink(Model& model, std::vector<double>& lower, std::vector<double>& upper) {
    const double smallest = 1.0 / model.t_upper, largest = 1.0 / model.t_lower;
    for (int j = 0; j <= model.d; ++j) {
        // The search takes a feature that is not used for one of coefficient zero.
        if (j > 0 && model.lower[j] <= 0.0 && model.upper[j] >= 0.0) {
            lower[j] = std::min(lower[j], 0.0);
            upper[j] = std::max(upper[j], 0.0);
        }
        if (j == 0 && model.free_intercept) {
            model.box_lower[0] = lower[0];
            model.box_upper[0] = upper[0];
            continue;
        }
        // w = points / m, so points lie between the least and the greatest w m
        const double least = lower[j] * (lower[j] < 0.0 ? largest : smallest);
        const double most = upper[j] * (upper[j] > 0.0 ? largest : smallest);
        const double low = std::max(model.lower[j], std::ceil(least - kOutside * std::fabs(least)));
        const double high = std::min(model.upper[j], std::floor(most + kOutside * std::fabs(most)));
        if (low > high) {
            continue;  // rounding of an end: the incumbent's points are not outside
        }
        model.lower[j] = low;
        model.upper[j] = high;
        model.box_lower[j] = std::max(lower[j], std::min(low * model.t_lower, low * model.t_upper));
        model.box_upper[j] =
            std::min(upper[j], std::max(high * model.t_lower, high * model.t_upper));
    }
}

void narrow(Model& model, double cutoff) {
    // Once columns are out the intercept has less to make up for.
    for (int round = 0; round < kTwice; ++round) {
        std::vector<double> lower = model.box_lower, upper = model.box_upper;
        LevelSet level(model, cutoff);
        if (!level.run(lower, upper)) {
            return;
        }
        shrink(model, lower, upper);
    }
}

void narrow(Model& model, const Incumbents& incumbents) {
    narrow(model, incumbents.cutoff(model.min_size, model.max_size));
}

}  // namespace riskslim::supports
