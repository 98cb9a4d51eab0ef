#include "support_opening.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support_points.hpp"

namespace riskslim::supports {
namespace {
constexpr int kConfirmed = 5;             // known supports of the largest size that are fitted
constexpr int kRounded = 3;               // supports rounded at the largest size, times the width
constexpr std::size_t kPolished = 4;      // roundings that are polished
constexpr std::size_t kPolishedNear = 2;  // ... of the neighbours of good points
constexpr int kAround = 6;                // rounds of swaps around the best integer points
constexpr long kPointNodes = 3000;        // of the point search on one support
constexpr long kPointWork = 400000;       // nodes times rows for each feature of the largest size
constexpr long kPointShares = 8;          // no support takes more than this share of it
constexpr double kNearly = 0.5;           // of what rounding costs, for points to be polished
constexpr double kVanishing = 0.4;  // points that a coefficient must reach at the largest scale
}  // namespace

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
    end(least, last);
}

// Polishes the best points, and makes ready for `again`.
void Opening::end(int least, int last) {
    const std::map<int, Score> best = incumbents_.best();
    for (const auto& entry : best) {
        if (polished_.insert(entry.second.points).second) {
            polish_.run(entry.second.points, every_size_);
        }
    }
    for (const auto& entry : incumbents_.best()) {
        own_[entry.first] = {entry.second.objective, entry.second.points};
    }
    least_ = every_size_ ? least : last;
    last_ = size_ = last;
}

void Opening::run_on(const std::map<int, std::vector<Candidate>>& known) {
    const int last = known.rbegin()->first;
    const int least = std::max(known.begin()->first, model_.min_size);
    for (auto level = known.rbegin(); level != known.rend() && level->first >= least; ++level) {
        const int size = level->first;
        int count = every_size_ || size == last ? kConfirmed : 1;
        for (const Candidate& candidate : level->second) {
            if (count-- == 0) {
                break;
            }
            levels_.fits().set_base(candidate.features);
            levels_.keep(levels_.fits().fit(0, candidate.w), size);
        }
        round(size, 1);
    }
    end(least, last);
}

// Whether these points are the best of their size that the tries have had.
bool Opening::keep(const Rounding::Result& result) {
    const auto size = std::count_if(result.points.begin() + 1, result.points.end(),
                                    [](Point v) { return v != 0; });
    const auto entry = own_.emplace(every_size_ ? static_cast<int>(size) : 0, result);
    if (!entry.second && !(result.objective < entry.first->second.objective)) {
        return false;
    }
    entry.first->second = result;
    return true;
}

// Where a try starts: from the best points, or one of the best supports.
Candidate Opening::centre(int size) {
    const std::vector<Candidate>& known = levels_.of_size(size);
    const auto best = own_.find(every_size_ ? size : 0);
    if (best == own_.end() || (!known.empty() && random_(2) == 0)) {
        return known[random_(static_cast<int>(known.size()))];
    }
    std::vector<int> features;
    for (int j = 1; j <= model_.d; ++j) {
        if (best->second.points[j] != 0) {
            features.push_back(j);
        }
    }
    levels_.fits().set_base(features);
    return levels_.fits().fit(0, std::vector<double>(model_.d + 1, 0.0));
}

bool Opening::again() {
    if (size_ < 0 || levels_.of_size(size_).empty()) {
        return false;
    }
    const int size = size_;
    size_ = size_ > least_ ? size_ - 1 : last_;
    const Candidate found = levels_.shaken(centre(size), size, random_);
    const auto best = own_.find(every_size_ ? size : 0);
    const double cutoff =
        best == own_.end() ? std::numeric_limits<double>::infinity() : best->second.objective;
    results_.clear();
    bool better = false;
    if (found.value < cutoff && !vanishes(found) && round(found) && !results_.empty() &&
        results_.front().objective < cutoff + kNearly * (cutoff - found.value) &&
        polished_.insert(results_.front().points).second) {
        better = keep(polish_.run(results_.front().points, every_size_));
    }
    levels_.keep(found, size);
    return better;
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

}  // namespace riskslim::supports
