#include "support_levels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "watch.hpp"

namespace riskslim::supports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kFullWidth = 12;    // sizes above this have narrower beams: their fits are dear
constexpr int kKept = 3;          // supports kept, as a multiple of the width
constexpr int kFitted = 10;       // supports fitted per support expanded, at most
constexpr double kFitRows = 2.5;  // ... and their rows, in full tables
constexpr int kSwapRounds = 20;
constexpr int kSwapParents = 3;  // supports whose features are swapped in each round
constexpr int kPatience = 3;     // rounds without a better support before swaps end
constexpr int kRegrown = 8;      // the smallest size at which dropping two features is worth it
constexpr double kProgress = 1e-9;

bool better_support(const Candidate& left, const Candidate& right) {
    return left.value != right.value ? left.value < right.value : left.features < right.features;
}

}  // namespace

SupportLevels::SupportLevels(const Model& model, Incumbents& incumbents, int width)
    : model_(model), incumbents_(incumbents), width_(width), fits_(model), use_(model.groups) {
    for (int j = 1; j <= model.d; ++j) {
        if (model.lower[j] > 0.0 || model.upper[j] < 0.0) {
            forced_.push_back(j);
        }
    }
    rank_rules();
}

int SupportLevels::width(int size) const {
    return size <= kFullWidth ? width_ : std::max(1, width_ * kFullWidth / size);
}

// What a column in use adds to a rule, at least and at most.
SupportLevels::Range SupportLevels::in_use(const Rule& rule, int j) const {
    const double at_lower = rule.on_points[j] * model_.lower[j];
    const double at_upper = rule.on_points[j] * model_.upper[j];
    const double on = rule.on_indicators[j];
    return {std::min(at_lower, at_upper) + on, std::max(at_lower, at_upper) + on};
}

// What features may add to each rule, those that add something, from the furthest on.
void SupportLevels::rank_rules() {
    for (const Rule& rule : model_.rules) {
        RuleReach reach;
        for (int j = 1; j <= model_.d; ++j) {
            const Range range = in_use(rule, j);
            if (range.least < 0.0) {
                reach.fall.emplace_back(range.least, j);
            }
            if (range.most > 0.0) {
                reach.rise.emplace_back(-range.most, j);
            }
        }
        std::sort(reach.fall.begin(), reach.fall.end());
        std::sort(reach.rise.begin(), reach.rise.end());
        reach_.push_back(std::move(reach));
    }
}

// Whether rules can hold for a support that contains these features and no more than the size
// limit allows.
bool SupportLevels::reachable(const std::vector<int>& features) const {
    const int room = model_.max_size - static_cast<int>(features.size());
    const auto furthest = [&](const std::vector<std::pair<double, int>>& ranked) {
        double total = 0.0;
        int left = room;
        for (auto entry = ranked.begin(); entry != ranked.end() && left > 0; ++entry) {
            if (!std::binary_search(features.begin(), features.end(), entry->second)) {
                total += entry->first;
                --left;
            }
        }
        return total;
    };
    for (std::size_t r = 0; r < reach_.size(); ++r) {
        look();
        const Rule& rule = model_.rules[r];
        const Range intercept = in_use(rule, 0);
        double least = std::min(intercept.least, 0.0), most = std::max(intercept.most, 0.0);
        for (int j : features) {
            const Range range = in_use(rule, j);
            least += range.least;
            most += range.most;
        }
        least += furthest(reach_[r].fall);
        most -= furthest(reach_[r].rise);
        const double slack = 1e-9 * std::max(1.0, std::fabs(least) + std::fabs(most));
        if (least > rule.upper + slack || most < rule.lower - slack) {
            return false;
        }
    }
    return true;
}

void SupportLevels::trim(int size) {
    auto& all = found_[size];
    std::sort(all.begin(), all.end(), better_support);
    const std::size_t keep = static_cast<std::size_t>(kKept * width(size));
    if (all.size() > keep) {
        all.resize(keep);
    }
}

void SupportLevels::propose(const Candidate& parent, int index, std::vector<Child>& children) {
    const int count = 2 * width(static_cast<int>(parent.features.size()));
    use_.reset(parent.features);
    auto admit = [&](int feature) {
        if (!use_.has_room(feature)) {
            return false;
        }
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
void SupportLevels::fit_best(const std::vector<Candidate>& parents, std::vector<Child>& children,
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
            look();
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

void SupportLevels::grow(int size) {
    trim(size);
    std::vector<Candidate> parents;
    std::vector<Child> children;
    for (const Candidate& candidate : found_[size]) {
        if (static_cast<int>(parents.size()) == width(size)) {
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
void SupportLevels::exchange(const Candidate& candidate, std::vector<Candidate>& parents,
                             std::vector<Child>& children, std::set<std::vector<int>>* expanded) {
    for (int j : candidate.features) {
        if (std::binary_search(forced_.begin(), forced_.end(), j)) {
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
bool SupportLevels::swap(int size) {
    trim(size);
    std::vector<Candidate> parents;
    std::vector<Child> children;
    int expanded = 0;
    for (const Candidate& candidate : std::vector<Candidate>(found_[size])) {
        if (expanded == kSwapParents) {
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

void SupportLevels::swap_until_idle(int size) {
    double best = kInfinity;
    int idle = 0;
    for (int r = 0; r < kSwapRounds && idle < kPatience; ++r) {
        if (!swap(size)) {
            return;
        }
        trim(size);
        const bool better = !found_[size].empty() && found_[size][0].value < best - kProgress;
        idle = better ? 0 : idle + 1;
        best = better ? found_[size][0].value : best;
    }
}

// Drops two features of the best support and grows again, as long as that leads to a better one.
void SupportLevels::regrow(int size) {
    if (size < kRegrown || size - 2 < static_cast<int>(forced_.size())) {
        return;
    }
    double best = kInfinity;
    while (!found_[size].empty() && found_[size][0].value < best - kProgress) {
        const Candidate top = found_[size][0];
        best = top.value;
        for (std::size_t a = 0; a < top.features.size(); ++a) {
            for (std::size_t b = 0; b < a; ++b) {
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
        trim(size);
        if (found_[size][0].value < best - kProgress) {
            swap_until_idle(size);
        }
    }
}

int SupportLevels::grow_all() {
    int last = static_cast<int>(forced_.size());
    fits_.set_base(forced_);
    found_[last].push_back(fits_.fit(0, std::vector<double>(model_.d + 1, 0.0)));
    while (last < model_.max_size) {
        grow(last);
        if (found_[last + 1].empty()) {
            break;
        }
        trim(++last);
    }
    return last;
}

void SupportLevels::improve(int size) {
    swap_until_idle(size);
    regrow(size);
    swap_groups_until_idle(size);
    trim(size);
}

std::map<int, std::vector<Candidate>> SupportLevels::neighbours(const Candidate& centre,
                                                                bool more) {
    std::vector<Candidate> parents;
    std::vector<Child> children;
    exchange(centre, parents, children, nullptr);
    if (more) {
        parents.push_back(centre);
        propose(centre, static_cast<int>(parents.size()) - 1, children);
    }
    std::map<int, std::vector<Candidate>> others;
    std::swap(found_, others);
    std::swap(seen_, near_);
    fit_best(parents, children, static_cast<int>(centre.features.size()) + (more ? 1 : 0));
    std::swap(seen_, near_);
    std::swap(found_, others);
    for (auto& entry : others) {
        std::sort(entry.second.begin(), entry.second.end(), better_support);
    }
    return others;
}

}  // namespace riskslim::supports
