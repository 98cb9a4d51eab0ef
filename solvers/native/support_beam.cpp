#include "support_beam.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "support_levels.hpp"
#include "support_points.hpp"
#include "support_polish.hpp"
#include "support_rounding.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {

constexpr int kRounded = 3;               // supports rounded at the largest size, times the width
constexpr std::size_t kPolished = 4;      // roundings that are polished
constexpr std::size_t kPolishedNear = 2;  // ... of the neighbours of good points
constexpr int kAround = 6;                // rounds of swaps around the best integer points
constexpr long kPointNodes = 3000;        // of the point search on one support
constexpr long kPointWork = 400000;       // nodes times rows for each feature of the largest size
constexpr long kPointShares = 8;          // no support takes more than this share of it
// Seconds that a search which was ended has for its last words: at most a twentieth of the limit
// and a quarter of a second, and never more than a second.
constexpr double kGraceShare = 0.05, kLeastGrace = 0.25, kGrace = 1.0;
// Of tables of so many distinct rows, the first ones give an incumbent before the table itself is
// prepared: a few supports of each size, in a part of the time.
constexpr int kManyRows = 1 << 16, kFirstRows = 1 << 12, kFirstWidth = 2;
constexpr double kFirstShare = 0.25;
constexpr double kVanishing = 0.4;  // points that a coefficient must reach at the largest scale

class Opening {
public:
    Opening(const Model& model, Incumbents& incumbents, int width, bool every_size)
        : model_(model),
          incumbents_(incumbents),
          every_size_(every_size),
          levels_(model, incumbents, width),
          rounding_(model, incumbents),
          polish_(model, incumbents) {}

    void run();
    // Rounds the best of the largest supports met so far; of each size where each is asked for.
    void last_words();

private:
    bool vanishes(const Candidate& candidate) const;
    bool round(const Candidate& candidate);
    void round(int size, std::size_t count);
    void polish(std::size_t from, std::size_t count);
    void around(Points points, int size);
    long search_points(const Candidate& candidate, long budget);

    const Model& model_;
    Incumbents& incumbents_;
    bool every_size_;
    SupportLevels levels_;
    Rounding rounding_;
    Polish polish_;
    std::vector<Rounding::Result> results_;
    std::set<std::vector<int>> rounded_;                  // supports
    std::set<std::pair<std::vector<int>, bool>> around_;  // supports, and with one feature more
    std::set<Points> polished_;                           // points
};

// Whether a feature's points would be rounded to zero at every multiplier that keeps all points
// within their bounds: columns of very different sizes do that.
bool Opening::vanishes(const Candidate& candidate) const {
    double scale = 1.0 / model_.t_lower;
    for (int j : candidate.features) {
        const double end = candidate.w[j] > 0.0 ? model_.upper[j] : -model_.lower[j];
        if (candidate.w[j] != 0.0) {
            scale = std::min(scale, end / std::fabs(candidate.w[j]));
        }
    }
    scale = std::max(scale, 1.0 / model_.t_upper);
    for (int j : candidate.features) {
        if (std::fabs(candidate.w[j]) * scale < kVanishing) {
            return true;
        }
    }
    return false;
}

// Integer points on a support; false if that was done before.
bool Opening::round(const Candidate& candidate) {
    if (!rounded_.insert(candidate.features).second) {
        return false;
    }
    CandidateFits& fits = levels_.fits();
    fits.set_base(candidate.features);
    fits.fit(0, candidate.w);
    // every feature keeps a point where a smaller support is not what is asked for
    const bool whole =
        every_size_ || static_cast<int>(candidate.features.size()) <= model_.min_size;
    Rounding::Result result = rounding_.run(fits.rows(), fits.last(), fits.features(), whole);
    if (!result.points.empty()) {
        results_.push_back(std::move(result));
    }
    return true;
}

// Integer points on the best supports of a size that could still matter.
void Opening::round(int size, std::size_t count) {
    for (const Candidate& candidate : levels_.of_size(size)) {
        if (count-- == 0 || candidate.value > incumbents_.cutoff(size)) {
            return;
        }
        round(candidate);
    }
}

// Polishes the best of the results from an index on, each once.
void Opening::polish(std::size_t from, std::size_t count) {
    std::stable_sort(results_.begin() + static_cast<std::ptrdiff_t>(from), results_.end(),
                     [](const Rounding::Result& left, const Rounding::Result& right) {
                         return left.objective < right.objective;
                     });
    for (std::size_t r = from; r < results_.size() && count > 0; ++r) {
        if (polished_.insert(results_[r].points).second) {
            --count;
            polish_.run(results_[r].points, every_size_);
        }
    }
}

// Swaps around the support of good integer points, which need not be one that real coefficients
// like best, as long as they lead to better points.
void Opening::around(Points points, int size) {
    for (int r = 0; r < kAround; ++r) {
        std::vector<int> features;
        for (int j = 1; j <= model_.d; ++j) {
            if (points[j] != 0) {
                features.push_back(j);
            }
        }
        const bool more = static_cast<int>(features.size()) < size;
        if (!around_.emplace(features, more).second) {
            return;
        }
        levels_.fits().set_base(features);
        const Candidate centre = levels_.fits().fit(0, std::vector<double>(model_.d + 1, 0.0));
        round(centre);
        const std::size_t from = results_.size();
        const auto near = levels_.neighbours(centre, more);
        for (const auto& entry : near) {
            int count = levels_.width(size);
            for (const Candidate& candidate : entry.second) {
                if (count > 0 && candidate.value < incumbents_.cutoff(entry.first) &&
                    !vanishes(candidate)) {
                    count -= round(candidate);
                }
            }
        }
        polish(from, kPolishedNear);
        const std::map<int, Score>& best = incumbents_.best();
        const auto entry = best.count(size) ? best.find(size) : best.begin();
        if (entry == best.end()) {
            return;
        }
        points = entry->second.points;
    }
}

// Exact search with a limit; the nodes' share of the work.
long Opening::search_points(const Candidate& candidate, long budget) {
    Partition partition(model_);
    for (int j : candidate.features) {
        partition.refine(j);
    }
    Cells cells;
    partition.cells(candidate.features, cells);
    std::vector<double> start(1, candidate.w[0]);
    for (int j : candidate.features) {
        start.push_back(candidate.w[j]);
    }
    PointSearch search(model_, incumbents_);
    search.node_budget = std::min(kPointNodes, budget / std::max(1, cells.n4));
    const long before = incumbents_.point_nodes;
    search.run(cells, candidate.features, std::vector<char>(candidate.features.size(), 1),
               static_cast<int>(candidate.features.size()), start, 0.0, model_.box_lower,
               model_.box_upper);
    return (incumbents_.point_nodes - before) * cells.n4;
}

void Opening::run() {
    const int first = static_cast<int>(levels_.forced().size());
    if (first > model_.max_size) {
        return;
    }
    const int last = levels_.grow_all(), least = std::max(first, model_.min_size);
    for (int size = last; size >= least; --size) {
        const bool whole = every_size_ || size == last;
        const std::size_t from = results_.size();
        round(size, 1);  // the cutoff that it sets spares others
        if (whole) {
            levels_.improve(size);
            round(size, static_cast<std::size_t>(kRounded * levels_.width(size)));
            polish(from, kPolished);
        }
    }
    polish(0, kPolishedNear);  // smaller sizes too
    std::map<int, Score> best = incumbents_.best();
    for (const auto& entry : best) {
        around(entry.second.points, every_size_ ? entry.second.size : last);
    }
    // Upward: the best points of a size and one feature more. Real fits alone may keep columns
    // whose points vanish.
    for (int size = least; every_size_ && size < last; ++size) {
        const auto smaller = incumbents_.best().find(size);
        if (smaller != incumbents_.best().end()) {
            around(smaller->second.points, size + 1);
        }
    }
    const long work = kPointWork * std::max(8, last);
    long budget = work;
    for (int size = last; size >= least; --size) {
        int tries = every_size_ || size == last ? kRounded * levels_.width(size) : 1;
        for (const Candidate& candidate : levels_.of_size(size)) {
            if (tries-- == 0 || candidate.value > incumbents_.cutoff(size)) {
                break;
            }
            const long share = std::max(work / kPointShares, 2L * size * model_.n4);
            budget -= search_points(candidate, std::min(share, std::max(0L, budget)));
        }
    }
    best = incumbents_.best();
    for (const auto& entry : best) {
        if (polished_.insert(entry.second.points).second) {
            polish_.run(entry.second.points, every_size_);
        }
    }
}

void Opening::last_words() {
    rounded_.clear();  // what was begun may not have come to its end
    for (int size = model_.max_size; size >= model_.min_size; --size) {
        const std::vector<Candidate>& all = levels_.of_size(size);
        const auto best = std::min_element(
            all.begin(), all.end(),
            [](const Candidate& a, const Candidate& b) { return a.value < b.value; });
        if (best == all.end()) {
            continue;
        }
        round(*best);
        if (!every_size_ && !incumbents_.best().empty()) {
            return;
        }
    }
}

}  // namespace

void seed_incumbents(const Model& model, Incumbents& incumbents, const Watch& watch, int width,
                     bool every_size) {
    Opening opening(model, incumbents, width, every_size);
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
        seed_incumbents(part, found, own, kFirstWidth, every_size);
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
