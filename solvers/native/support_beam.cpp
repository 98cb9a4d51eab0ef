#include "support_beam.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "support_candidate.hpp"
#include "support_points.hpp"
#include "support_polish.hpp"
#include "support_rounding.hpp"

namespace riskslim::supports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kFullWidth = 12;      // sizes above this have narrower beams: their fits are dear
constexpr int kFitted = 10;         // supports fitted per support that is kept
constexpr double kFitRows = 2.5;
constexpr int kSwapRounds = 20;
constexpr int kPatience = 3;        // rounds without a better support before swaps end
constexpr int kRegrown = 8;         // the smallest size that is worth it
constexpr int kAround = 6;          // rounds of swaps around the best integer points
constexpr int kSwapParents = 3;     // supports whose features are swapped in each round
constexpr int kPolished = 4;        // roundings that are polished
constexpr long kPointNodes = 3000;  // of the point search on one support
constexpr double kPointWork = 3e6;  // nodes times rows, all supports together
constexpr double kVanishing = 0.4;  // points that a coefficient must reach at the largest scale

class Beam {
public:
    Beam(const Model& model, Incumbents& incumbents, int width, bool every_size)
        : model_(model),
          incumbents_(incumbents),
          width_(width),
          every_size_(every_size),
          fits_(model),
          rounding_(model, incumbents),
          polish_(model, incumbents) {
        for (int j = 1; j <= model.d; ++j) {
            if (model.lower[j] > 0.0 || model.upper[j] < 0.0) {
                forced_.push_back(j);
            }
        }
    }

    void run();

private:
    struct Child {
        double predicted;
        std::vector<int> features;  // sorted
        int parent, added;
    };

    int width(int size) const {
        return size <= kFullWidth ? width_ : std::max(1, width_ * kFullWidth / size);
    }
    bool reachable(const std::vector<int>& features) const;
    void sort(int size, std::size_t keep);
    void propose(const Candidate& parent, int index, std::vector<Child>& children);
    void fit_best(const std::vector<Candidate>& parents, std::vector<Child>& children, int size);
    void grow(int size);
    bool swap(int size);
    void exchange(const Candidate& candidate, std::vector<Candidate>& parents,
                  std::vector<Child>& children, std::set<std::vector<int>>* expanded);
    void swap_until_idle(int size);
    void regrow(int size);
    bool vanishes(const Candidate& candidate) const;
    bool round(const Candidate& candidate);
    void round(int size, std::size_t count);
    void polish(std::size_t from, std::size_t count);
    void around(std::vector<int> points, int size);
    long search_points(const Candidate& candidate, long budget);

    const Model& model_;
    Incumbents& incumbents_;
    int width_;
    bool every_size_;
    CandidateFits fits_;
    Rounding rounding_;
    Polish polish_;
    std::vector<int> forced_;
    std::set<std::vector<int>> seen_, near_, grown_, swapped_, rests_, rounded_, around_, polished_;
    std::map<int, std::vector<Candidate>> found_;
    std::vector<Rounding::Result> results_;
};

// Whether rules can hold for a support that contains these features and no more than the size
// limit allows.
bool Beam::reachable(const std::vector<int>& features) const {
    const int room = model_.max_size - static_cast<int>(features.size());
    for (const Rule& rule : model_.rules) {
        double least = 0.0, most = 0.0;
        std::vector<double> fall, rise;
        for (int j = 0; j <= model_.d; ++j) {
            const double at_lower = rule.on_points[j] * model_.lower[j];
            const double at_upper = rule.on_points[j] * model_.upper[j];
            const double low = std::min(at_lower, at_upper) + rule.on_indicators[j];
            const double high = std::max(at_lower, at_upper) + rule.on_indicators[j];
            if (j == 0) {
                least += std::min(low, 0.0);
                most += std::max(high, 0.0);
            } else if (std::binary_search(features.begin(), features.end(), j)) {
                least += low;
                most += high;
            } else {
                fall.push_back(std::min(low, 0.0));
                rise.push_back(std::max(high, 0.0));
            }
        }
        std::sort(fall.begin(), fall.end());
        std::sort(rise.rbegin(), rise.rend());
        for (int r = 0; r < std::min<int>(room, static_cast<int>(fall.size())); ++r) {
            least += fall[r];
            most += rise[r];
        }
        const double slack = 1e-9 * std::max(1.0, std::fabs(least) + std::fabs(most));
        if (least > rule.upper + slack || most < rule.lower - slack) {
            return false;
        }
    }
    return true;
}

void Beam::sort(int size, std::size_t keep) {
    auto& all = found_[size];
    std::sort(all.begin(), all.end(), [](const Candidate& left, const Candidate& right) {
        return left.value != right.value ? left.value < right.value
                                         : left.features < right.features;
    });
    if (all.size() > keep) {
        all.resize(keep);
    }
}

void Beam::propose(const Candidate& parent, int index, std::vector<Child>& children) {
    const int count = 2 * width(static_cast<int>(parent.features.size()));
    auto admit = [&](int feature) {
        if (model_.rules.empty()) {
            return true;
        }
        std::vector<int> features = parent.features;
        features.insert(std::lower_bound(features.begin(), features.end(), feature), feature);
        return reachable(features);
    };
    for (const Extension& extension : fits_.extensions(parent, count, admit)) {
        std::vector<int> features = parent.features;
        features.insert(std::lower_bound(features.begin(), features.end(), extension.feature),
                        extension.feature);
        children.push_back({extension.predicted, std::move(features), index, extension.feature});
    }
}

// Fits the children that promise most, each support once. Fits on few merged rows cost next to
// nothing: at most kFitted a support kept, as long as the rows are no more than kFitRows full
// tables a support kept.
void Beam::fit_best(const std::vector<Candidate>& parents, std::vector<Child>& children,
                    int size) {
    std::sort(children.begin(), children.end(), [](const Child& left, const Child& right) {
        return left.predicted != right.predicted ? left.predicted < right.predicted
                                                 : left.features < right.features;
    });
    const std::size_t chunk = static_cast<std::size_t>(width(size));
    double rows = kFitRows * width(size) * static_cast<double>(model_.n4);
    auto child = children.begin();
    for (int round = 0; round < kFitted && rows > 0.0; ++round) {
        std::vector<const Child*> chosen;
        for (; child != children.end() && chosen.size() < chunk; ++child) {
            if (seen_.insert(child->features).second) {
                chosen.push_back(&*child);
            }
        }
        // parent by parent: their rows are merged once
        std::stable_sort(chosen.begin(), chosen.end(), [](const Child* left, const Child* right) {
            return left->parent < right->parent;
        });
        int base = -1;
        for (const Child* next : chosen) {
            if (incumbents_.stop) {
                return;
            }
            const Candidate& parent = parents[next->parent];
            if (next->parent != base) {
                base = next->parent;
                fits_.set_base(parent.features);
            }
            found_[static_cast<int>(next->features.size())].push_back(
                fits_.fit(next->added, parent.w));
            rows -= fits_.rows().n4;
        }
    }
}

void Beam::grow(int size) {
    sort(size, static_cast<std::size_t>(3 * width(size)));
    std::vector<Candidate> parents;
    std::vector<Child> children;
    for (const Candidate& candidate : found_[size]) {
        if (static_cast<int>(parents.size()) == width(size) || incumbents_.stop) {
            break;
        }
        if (grown_.insert(candidate.features).second) {
            parents.push_back(candidate);
            propose(candidate, static_cast<int>(parents.size()) - 1, children);
        }
    }
    fit_best(parents, children, size + 1);
}

// Proposals with another feature in the place of each that is not forced; what is left without it
// once only, where `expanded` keeps account.
void Beam::exchange(const Candidate& candidate, std::vector<Candidate>& parents,
                    std::vector<Child>& children, std::set<std::vector<int>>* expanded) {
    for (int j : candidate.features) {
        if (std::binary_search(forced_.begin(), forced_.end(), j) || incumbents_.stop) {
            continue;
        }
        std::vector<int> rest = candidate.features;
        rest.erase(std::find(rest.begin(), rest.end(), j));
        if (expanded != nullptr && !expanded->insert(rest).second) {
            continue;
        }
        fits_.set_base(rest);
        parents.push_back(fits_.fit(0, candidate.w));
        propose(parents.back(), static_cast<int>(parents.size()) - 1, children);
    }
}

// Puts other features in the place of each of the best supports' own; false if there was nothing
// left to try.
bool Beam::swap(int size) {
    sort(size, static_cast<std::size_t>(3 * width(size)));
    std::vector<Candidate> parents;
    std::vector<Child> children;
    int expanded = 0;
    for (const Candidate& candidate : std::vector<Candidate>(found_[size])) {
        if (expanded == kSwapParents || incumbents_.stop) {
            break;
        }
        if (!swapped_.insert(candidate.features).second) {
            continue;
        }
        ++expanded;
        exchange(candidate, parents, children, &rests_);
    }
    fit_best(parents, children, size);
    return expanded > 0;
}

void Beam::swap_until_idle(int size) {
    double best = kInfinity;
    int idle = 0;
    for (int r = 0; r < kSwapRounds && idle < kPatience && !incumbents_.stop; ++r) {
        if (!swap(size)) {
            return;
        }
        sort(size, static_cast<std::size_t>(3 * width(size)));
        const bool better = !found_[size].empty() && found_[size][0].value < best - 1e-9;
        idle = better ? 0 : idle + 1;
        best = better ? found_[size][0].value : best;
    }
}

// Drops two features of the best support and grows again, as long as that leads to a better one.
void Beam::regrow(int size) {
    if (size < kRegrown || size - 2 < static_cast<int>(forced_.size())) {
        return;
    }
    double best = kInfinity;
    while (!incumbents_.stop && !found_[size].empty() && found_[size][0].value < best - 1e-9) {
        const Candidate top = found_[size][0];
        best = top.value;
        for (std::size_t a = 0; a < top.features.size(); ++a) {
            for (std::size_t b = 0; b < a && !incumbents_.stop; ++b) {
                std::vector<int> rest;
                for (int j : top.features) {
                    if (j != top.features[a] && j != top.features[b]) {
                        rest.push_back(j);
                    }
                }
                if (std::includes(rest.begin(), rest.end(), forced_.begin(), forced_.end()) &&
                    seen_.insert(rest).second) {
                    fits_.set_base(rest);
                    found_[size - 2].push_back(fits_.fit(0, top.w));
                }
            }
        }
        grow(size - 2);
        grow(size - 1);
        sort(size, static_cast<std::size_t>(3 * width(size)));
        if (found_[size][0].value < best - 1e-9) {
            swap_until_idle(size);
        }
    }
}

// Whether a feature's points would be rounded to zero at every multiplier that keeps all points
// within their bounds: columns of very different sizes do that.
bool Beam::vanishes(const Candidate& candidate) const {
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
bool Beam::round(const Candidate& candidate) {
    if (!rounded_.insert(candidate.features).second) {
        return false;
    }
    fits_.set_base(candidate.features);
    fits_.fit(0, candidate.w);
    // every feature keeps a point where a smaller support is not what is asked for
    const bool whole =
        every_size_ || static_cast<int>(candidate.features.size()) <= model_.min_size;
    Rounding::Result result =
        rounding_.run(fits_.rows(), fits_.last(), fits_.features(), whole);
    if (!result.points.empty()) {
        results_.push_back(std::move(result));
    }
    return true;
}

// Integer points on the best supports of a size that could still matter.
void Beam::round(int size, std::size_t count) {
    sort(size, static_cast<std::size_t>(3 * width(size)));
    for (const Candidate& candidate : found_[size]) {
        if (count-- == 0 || incumbents_.stop || candidate.value > incumbents_.cutoff(size)) {
            return;
        }
        round(candidate);
    }
}

// Polishes the best of the results from an index on, each once.
void Beam::polish(std::size_t from, std::size_t count) {
    std::stable_sort(results_.begin() + static_cast<std::ptrdiff_t>(from), results_.end(),
                     [](const Rounding::Result& left, const Rounding::Result& right) {
                         return left.objective < right.objective;
                     });
    for (std::size_t r = from; r < results_.size() && count > 0 && !incumbents_.stop; ++r) {
        if (polished_.insert(results_[r].points).second) {
            --count;
            polish_.run(results_[r].points);
        }
    }
}

// Swaps around the support of good integer points, which need not be one that real coefficients
// like best, as long as they lead to better points.
void Beam::around(std::vector<int> points, int size) {
    for (int r = 0; r < kAround && !incumbents_.stop; ++r) {
        std::vector<int> features;
        for (int j = 1; j <= model_.d; ++j) {
            if (points[j] != 0) {
                features.push_back(j);
            }
        }
        if (!around_.insert(features).second) {
            return;
        }
        fits_.set_base(features);
        const Candidate centre = fits_.fit(0, std::vector<double>(model_.d + 1, 0.0));
        round(centre);
        std::vector<Candidate> parents;
        std::vector<Child> children;
        exchange(centre, parents, children, nullptr);
        if (static_cast<int>(features.size()) < size) {
            parents.push_back(centre);
            propose(centre, static_cast<int>(parents.size()) - 1, children);
        }
        std::map<int, std::vector<Candidate>> others;
        std::swap(found_, others);
        std::swap(seen_, near_);
        fit_best(parents, children, size);
        std::swap(seen_, near_);
        std::swap(found_, others);
        const std::size_t from = results_.size();
        for (auto& [other_size, candidates] : others) {
            std::sort(candidates.begin(), candidates.end(),
                      [](const Candidate& left, const Candidate& right) {
                          return left.value != right.value ? left.value < right.value
                                                           : left.features < right.features;
                      });
            int count = width(size);
            for (const Candidate& candidate : candidates) {
                if (count > 0 && candidate.value < incumbents_.cutoff(other_size) &&
                    !vanishes(candidate)) {
                    count -= round(candidate);
                }
            }
        }
        polish(from, 2);
        const std::map<int, Score>& best = incumbents_.best();
        const auto entry = best.count(size) ? best.find(size) : best.begin();
        if (entry == best.end()) {
            return;
        }
        points = entry->second.points;
    }
}

// Exact search with a limit; the nodes' share of the work.
long Beam::search_points(const Candidate& candidate, long budget) {
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

void Beam::run() {
    const int first = static_cast<int>(forced_.size());
    if (first > model_.max_size) {
        return;
    }
    fits_.set_base(forced_);
    found_[first].push_back(fits_.fit(0, std::vector<double>(model_.d + 1, 0.0)));
    int last = first;
    for (int size = first; size < model_.max_size && !incumbents_.stop; ++size) {
        grow(size);
        if (found_[size + 1].empty()) {
            break;
        }
        last = size + 1;
    }
    // the best support of the largest size first: the cutoff that it sets spares others
    const int least = std::max(first, model_.min_size);
    for (int size = last; size >= least; --size) {
        const bool whole = every_size_ || size == last;
        const std::size_t from = results_.size();
        round(size, 1);
        if (whole) {
            swap_until_idle(size);
            regrow(size);
        }
        round(size, static_cast<std::size_t>(whole ? 3 * width(size) : 1));
        if (whole) {
            polish(from, kPolished);
        }
    }
    std::map<int, Score> best = incumbents_.best();
    for (const auto& entry : best) {
        around(entry.second.points, every_size_ ? entry.second.size : last);
    }
    long budget = static_cast<long>(kPointWork);
    for (int size = last; size >= least; --size) {
        std::size_t tries = every_size_ || size == last ? 3 * width(size) : 1;
        for (const Candidate& candidate : found_[size]) {
            if (tries-- == 0 || incumbents_.stop || candidate.value > incumbents_.cutoff(size)) {
                break;
            }
            budget -= search_points(candidate, std::max(0L, budget));
        }
    }
    best = incumbents_.best();
    for (const auto& entry : best) {
        if (polished_.insert(entry.second.points).second) {
            polish_.run(entry.second.points);
        }
    }
}

}  // namespace

void seed_incumbents(const Model& model, Incumbents& incumbents, int width, bool every_size) {
    Beam(model, incumbents, width, every_size).run();
}

}  // namespace riskslim::supports
