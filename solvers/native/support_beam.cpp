#include "support_beam.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "support_opening.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
// Seconds that a search which was ended has for its last words: at most a twentieth of the limit
// and a quarter of a second, and never more than a second.
constexpr double kGraceShare = 0.05, kLeastGrace = 0.25, kGrace = 1.0;
// Tables of so many distinct rows have the heuristics on samples: a few supports of each size of a
// small one, for a search that ends soon, then all of it on a larger one. Each has a part of the
// time.
constexpr int kManyRows = 1 << 16, kFirstRows = 1 << 12, kFirstWidth = 2, kRows = 1 << 14;
constexpr double kSampleShare = 0.25;
constexpr double kSampleNumbers = 0x1p24;  // at most, but for the first rows

// So many rows, roughly, by a hash of their place: in whatever order a table comes.
std::vector<int> sampled_rows(int n, int count) {
    const double share = static_cast<double>(count) / n;
    const std::uint64_t below = share < 1.0 ? static_cast<std::uint64_t>(share * 0x1p64) : 0;
    std::vector<int> rows;
    for (int i = 0; i < n; ++i) {
        // Stafford's mix 13 of multiples of the golden ratio, as SplitMix64 has it
        std::uint64_t hash = (static_cast<std::uint64_t>(i) + 1) * 0x9e3779b97f4a7c15ULL;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
        hash ^= hash >> 31;
        if (share >= 1.0 || hash < below) {
            rows.push_back(i);
        }
    }
    return rows;
}

Supports seed_by_sample(const Model& model, int count, int width, bool every_size,
                        Incumbents& incumbents, const Watch& watch) {
    const std::vector<int> rows = sampled_rows(model.n, count);
    Model part = model.of_rows(rows);
    const auto weighs = [](double weight) { return weight > 0.0; };
    if (std::none_of(part.positive.begin(), part.positive.end(), weighs) ||
        std::none_of(part.negative.begin(), part.negative.end(), weighs)) {
        return {};
    }
    Watch own(kSampleShare * watch.limit(), [&] { return watch.stopped(); });
    Incumbents found(part, own, every_size, 0.0, 0);
    Supports supports;
    own.run_here([&] {
        part.prepare_rows();
        part.prepare_columns(own);
        Opening opening(part, found, width, every_size, 0);
        try {
            seed_incumbents(opening, {}, part, found, own);
        } catch (const Stopped&) {
            supports = opening.supports();
            throw;
        }
        supports = opening.supports();
    });
    for (const auto& entry : found.best()) {
        incumbents.offer(entry.second.points);
        look();
    }
    for (auto level = supports.begin(); level != supports.end();) {
        level = level->second.empty() ? supports.erase(level) : std::next(level);
    }
    return supports;
}
}  // namespace

void seed_incumbents(Opening& opening, const Supports& known, const Model& model,
                     Incumbents& incumbents, const Watch& watch) {
    try {
        if (known.empty()) {
            opening.run();
        } else {
            opening.run_on(known);
        }
    } catch (const Stopped&) {
        // Over very many rows the last words take long, and the samples have had theirs.
        if (model.n >= kManyRows && !incumbents.best().empty()) {
            throw;
        }
        Watch grace(std::min(kGrace, kGraceShare * watch.limit() + kLeastGrace));
        grace.run_here([&] { opening.last_words(); });
        throw;
    }
}

Supports seed_by_samples(const Model& model, int width, bool every_size, Incumbents& incumbents,
                         const Watch& watch) {
    if (model.n < kManyRows) {
        return {};
    }
    seed_by_sample(model, kFirstRows, kFirstWidth, every_size, incumbents, watch);
    const double rows = std::clamp(kSampleNumbers / model.d, 1.0 * kFirstRows, 1.0 * kRows);
    return seed_by_sample(model, static_cast<int>(rows), width, every_size, incumbents, watch);
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
