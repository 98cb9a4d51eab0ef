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
constexpr int kSwapRounds = 10;
constexpr int kSwapParents = 3;     // supports whose features are swapped in each round
constexpr int kPolished = 4;        // roundings that are polished
constexpr long kPointNodes = 3000;  // of the point search on one support
constexpr double kPointWork = 2e6;  // ... times its rows

class Beam {
public:
    Beam(const Model& model, Incumbents& incumbents, int width)
        : model_(model),
          incumbents_(incumbents),
          width_(width),
          fits_(model),
          rounding_(model, incumbents),
          polish_(model, incumbents) {
        for (int j = 1; j <= model.d; ++j) {
            if (model.lower[j] > 0.0 || model.upper[j] < 0.0) {
                forced_.push_back(j);
            }
        }
    }

    void run(bool every_size);

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
    void fit_best(const std::vector<Candidate>& parents, std::vector<Child>& children,
                  std::size_t count);
    void grow(int size);
    bool swap(int size);
    void round(int size, std::size_t count);
    void search_points(const Candidate& candidate);

    const Model& model_;
    Incumbents& incumbents_;
    int width_;
    CandidateFits fits_;
    Rounding rounding_;
    Polish polish_;
    std::vector<int> forced_;
    std::set<std::vector<int>> seen_, swapped_, rounded_;
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
    for (const Extension& extension : fits_.extensions(parent, count)) {
        std::vector<int> features = parent.features;
        features.insert(std::lower_bound(features.begin(), features.end(), extension.feature),
                        extension.feature);
        children.push_back({extension.predicted, std::move(features), index, extension.feature});
    }
}

// Fits the children that promise most, each support once.
void Beam::fit_best(const std::vector<Candidate>& parents, std::vector<Child>& children,
                    std::size_t count) {
    std::sort(children.begin(), children.end(), [](const Child& left, const Child& right) {
        return left.predicted != right.predicted ? left.predicted < right.predicted
                                                 : left.features < right.features;
    });
    std::vector<const Child*> chosen;
    for (const Child& child : children) {
        if (chosen.size() == count) {
            break;
        }
        if (!seen_.count(child.features) && (model_.rules.empty() || reachable(child.features))) {
            seen_.insert(child.features);
            chosen.push_back(&child);
        }
    }
    // parent by parent: their rows are merged once
    std::stable_sort(chosen.begin(), chosen.end(), [](const Child* left, const Child* right) {
        return left->parent < right->parent;
    });
    int base = -1;
    for (const Child* child : chosen) {
        if (incumbents_.stop) {
            return;
        }
        const Candidate& parent = parents[child->parent];
        if (child->parent != base) {
            base = child->parent;
            fits_.set_base(parent.features);
        }
        found_[static_cast<int>(child->features.size())].push_back(
            fits_.fit(child->added, parent.w));
    }
}

void Beam::grow(int size) {
    sort(size, static_cast<std::size_t>(3 * width(size)));
    std::vector<Candidate> parents = found_[size];
    if (static_cast<int>(parents.size()) > width(size)) {
        parents.resize(width(size));
    }
    std::vector<Child> children;
    for (std::size_t c = 0; c < parents.size() && !incumbents_.stop; ++c) {
        propose(parents[c], static_cast<int>(c), children);
    }
    fit_best(parents, children, static_cast<std::size_t>(3 * width(size + 1)));
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
        for (int j : candidate.features) {
            if (std::binary_search(forced_.begin(), forced_.end(), j)) {
                continue;
            }
            std::vector<int> rest = candidate.features;
            rest.erase(std::find(rest.begin(), rest.end(), j));
            fits_.set_base(rest);
            parents.push_back(fits_.fit(0, candidate.w));
            propose(parents.back(), static_cast<int>(parents.size()) - 1, children);
        }
    }
    fit_best(parents, children, static_cast<std::size_t>(3 * width(size)));
    return expanded > 0;
}

// Integer points on the best supports of a size that could still matter.
void Beam::round(int size, std::size_t count) {
    sort(size, static_cast<std::size_t>(3 * width(size)));
    for (const Candidate& candidate : found_[size]) {
        if (count == 0 || incumbents_.stop || candidate.value > incumbents_.cutoff(size)) {
            return;
        }
        --count;
        if (!rounded_.insert(candidate.features).second) {
            continue;
        }
        fits_.set_base(candidate.features);
        fits_.fit(0, candidate.w);
        Rounding::Result result = rounding_.run(fits_.rows(), fits_.last(), fits_.features());
        if (!result.points.empty()) {
            results_.push_back(std::move(result));
        }
    }
}

void Beam::search_points(const Candidate& candidate) {
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
    search.node_budget =
        std::min(kPointNodes, static_cast<long>(kPointWork / std::max(1, cells.n4)));
    search.run(cells, candidate.features, std::vector<char>(candidate.features.size(), 1),
               static_cast<int>(candidate.features.size()), start, 0.0, model_.box_lower,
               model_.box_upper);
}

void Beam::run(bool every_size) {
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
    for (int size = last; size >= std::max(first, model_.min_size); --size) {
        const bool whole = every_size || size == last;
        round(size, 1);
        double before = kInfinity;
        for (int r = 0; whole && r < kSwapRounds && !incumbents_.stop; ++r) {
            if (!swap(size)) {
                break;
            }
            sort(size, static_cast<std::size_t>(3 * width(size)));
            if (found_[size].empty() || found_[size][0].value >= before - 1e-12) {
                break;
            }
            before = found_[size][0].value;
        }
        round(size, static_cast<std::size_t>(whole ? 3 * width(size) : 1));
    }
    std::stable_sort(results_.begin(), results_.end(),
                     [](const Rounding::Result& left, const Rounding::Result& right) {
                         return left.objective < right.objective;
                     });
    for (std::size_t r = 0; r < results_.size() && r < kPolished && !incumbents_.stop; ++r) {
        polish_.run(results_[r].points);
    }
    for (int size = last; size >= std::max(first, model_.min_size); --size) {
        std::size_t tries = every_size || size == last ? 3 * width(size) : 1;
        for (const Candidate& candidate : found_[size]) {
            if (tries-- == 0 || incumbents_.stop || candidate.value > incumbents_.cutoff(size)) {
                break;
            }
            search_points(candidate);
        }
    }
    const std::map<int, Score> best = incumbents_.best();
    for (const auto& entry : best) {
        polish_.run(entry.second.points);
    }
}

}  // namespace

void seed_incumbents(const Model& model, Incumbents& incumbents, int width, bool every_size) {
    Beam(model, incumbents, width).run(every_size);
}

}  // namespace riskslim::supports
