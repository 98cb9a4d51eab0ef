#include "support_beam.hpp"

#include <algorithm>
#include <cmath>

#include "support_opening.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
// Seconds that a search which was ended has for its last words: at most a twentieth of the limit
// and a quarter of a second, and never more than a second.
constexpr double kGraceShare = 0.05, kLeastGrace = 0.25, kGrace = 1.0;
// Of tables of so many distinct rows, the first ones give an incumbent before the table itself is
// prepared: a few supports of each size, in a part of the time.
constexpr int kManyRows = 1 << 16, kFirstRows = 1 << 12, kFirstWidth = 2;
constexpr double kFirstShare = 0.25;
}  // namespace

void seed_incumbents(Opening& opening, const Model& model, Incumbents& incumbents,
                     const Watch& watch) {
    try {
        opening.run();
    } catch (const Stopped&) {
        // Over very many rows the last words take long, and the first rows have had theirs.
        if (model.n >= kManyRows && !incumbents.best().empty()) {
            throw;
        }
        Watch grace(std::min(kGrace, kGraceShare * watch.limit() + kLeastGrace));
        grace.run_here([&] { opening.last_words(); });
        throw;
    }
}

// Rows that were merged stand in the order of a hash: the first are a sample.
void offer_of_first_rows(const Model& model, const double* features, bool every_size,
                         Incumbents& incumbents, const Watch& watch) {
    if (model.n < kManyRows) {
        return;
    }
    Model part = model.first_rows(kFirstRows);
    const auto weighs = [](double weight) { return weight > 0.0; };
    if (std::none_of(part.positive.begin(), part.positive.end(), weighs) ||
        std::none_of(part.negative.begin(), part.negative.end(), weighs)) {
        return;
    }
    Watch own(kFirstShare * watch.limit(), [&] { return watch.stopped(); });
    Incumbents found(part, own, every_size, 0.0, 0);
    own.run_here([&] {
        part.prepare_rows(features);
        part.prepare_columns(own);
        Opening opening(part, found, kFirstWidth, every_size, 0);
        seed_incumbents(opening, part, found, own);
    });
    for (const auto& entry : found.best()) {
        incumbents.offer(entry.second.points);
        look();
    }
}

void offer_empty_score(const Model& model, Incumbents& incumbents) {
    if (!incumbents.best().empty()) {
        return;
    }
    const double n = static_cast<double>(model.n);
    double positive = 0.0, negative = 0.0;
    for (int i = 0; i < model.n; ++i) {
        positive += model.positive[i];
        negative += model.negative[i];
    }
    // one class alone: the intercept that leaves a loss of about 1 / n
    const double odds = std::clamp(std::log(positive / negative), -std::log(n), std::log(n));
    const double multiplier = std::clamp(1.0, 1.0 / model.t_upper, 1.0 / model.t_lower);
    Points points(model.d + 1, 0);
    if (!model.free_intercept) {
        points[0] = static_cast<Point>(
            std::clamp(std::nearbyint(multiplier * odds), model.lower[0], model.upper[0]));
    }
    incumbents.offer(points);
}

}  // namespace riskslim::supports
