// Supports with other groups of features: a swap of one feature rarely leads from a variable with
// several cuts to another.
#include <algorithm>
#include <limits>

#include "support_levels.hpp"

namespace riskslim::supports {
namespace {
constexpr int kCentres = 3;  // supports whose groups are swapped in each round
constexpr int kRounds = 10;
constexpr int kPasses = 2;  // over the features of a support with another group
constexpr int kShaken = 4;  // features that a support loses, at most
constexpr int kFirst = 10;  // candidates of the first that it gets instead
constexpr int kClimbs = 6;  // passes after that
constexpr double kProgress = 1e-9;
}  // namespace

// A support without one of its groups, and the first feature of another.
struct SupportLevels::Move {
    double predicted;
    int parent, added;
};

// What the centre leaves without each group of a limit that binds, and for each group that could
// come instead the feature of it that promises most.
void SupportLevels::propose_groups(const Candidate& centre, std::vector<Candidate>& parents,
                                   std::vector<Move>& moves) {
    const Groups& groups = model_.groups;
    for (int g = 0; g < groups.count(); ++g) {
        const std::vector<int>& members = groups.members(g);
        auto of_group = [&](int j) {
            return std::binary_search(members.begin(), members.end(), j);
        };
        use_.reset(centre.features);
        if (!use_.uses(g) || use_.left(groups.limit(g)) > 0 ||
            std::any_of(forced_.begin(), forced_.end(), of_group)) {
            continue;
        }
        std::vector<int> rest;
        std::remove_copy_if(centre.features.begin(), centre.features.end(),
                            std::back_inserter(rest), of_group);
        use_.reset(rest);
        fits_.set_base(rest);
        parents.push_back(fits_.fit(0, centre.w));
        const int parent = static_cast<int>(parents.size()) - 1;
        std::vector<char> met(groups.count(), 0);
        for (const Extension& extension : fits_.extensions(parents.back(), model_.d, [&](int j) {
                 return !of_group(j) && use_.has_room(j);
             })) {
            bool first = false;
            for (int h : groups.of(extension.feature)) {
                first = first || (!use_.uses(h) && !met[h]);
                met[h] = 1;
            }
            if (first) {
                moves.push_back({extension.predicted, parent, extension.feature});
            }
        }
    }
}

// The best extension again and again, up to a size.
Candidate SupportLevels::grown(Candidate candidate, int added, int size) {
    while (added > 0) {
        fits_.set_base(candidate.features);
        candidate = fits_.fit(added, candidate.w);
        added = 0;
        if (static_cast<int>(candidate.features.size()) < size) {
            std::vector<Child> next;
            propose(candidate, 0, next);
            added = next.empty() ? 0 : next.front().added;
        }
    }
    return candidate;
}

// Puts the best feature in the place of each in turn.
void SupportLevels::refine(Candidate& candidate, int passes) {
    for (int pass = 0; pass < passes; ++pass) {
        const double before = candidate.value;
        for (int j : std::vector<int>(candidate.features)) {
            if (std::binary_search(forced_.begin(), forced_.end(), j)) {
                continue;
            }
            std::vector<int> rest = candidate.features;
            rest.erase(std::find(rest.begin(), rest.end(), j));
            fits_.set_base(rest);
            const Candidate without = fits_.fit(0, candidate.w);
            std::vector<Child> next;
            propose(without, 0, next);
            if (next.empty() || next.front().added == j) {
                continue;
            }
            Candidate other = fits_.fit(next.front().added, without.w);
            if (other.value < candidate.value - kProgress) {
                candidate = std::move(other);
            }
        }
        if (!(candidate.value < before - kProgress)) {
            return;
        }
    }
}

Candidate SupportLevels::shaken(const Candidate& centre, int size, Random& random) {
    std::vector<int> rest;
    std::set_difference(centre.features.begin(), centre.features.end(), forced_.begin(),
                        forced_.end(), std::back_inserter(rest));
    const auto drop = [&](std::size_t place) {
        rest.erase(rest.begin() + static_cast<long>(place));
    };
    const int most = std::max(1, std::min(kShaken, static_cast<int>(rest.size()) / 2));
    if (!model_.groups.empty() && !rest.empty() && random(2) == 0) {
        const std::vector<int>& of = model_.groups.of(rest[random(static_cast<int>(rest.size()))]);
        for (std::size_t k = rest.size(); !of.empty() && k-- > 0;) {
            const std::vector<int>& members = model_.groups.members(of.front());
            if (std::binary_search(members.begin(), members.end(), rest[k])) {
                drop(k);
            }
        }
    } else {
        for (int k = 1 + random(most); k-- > 0 && !rest.empty();) {
            drop(static_cast<std::size_t>(random(static_cast<int>(rest.size()))));
        }
    }
    rest.insert(rest.end(), forced_.begin(), forced_.end());
    std::sort(rest.begin(), rest.end());
    fits_.set_base(rest);
    Candidate candidate = fits_.fit(0, centre.w);
    std::vector<Child> next;
    propose(candidate, 0, next);
    const int first = std::min(kFirst, static_cast<int>(next.size()));
    candidate = grown(std::move(candidate), first > 0 ? next[random(first)].added : 0, size);
    refine(candidate, kClimbs);
    return candidate;
}

void SupportLevels::keep(const Candidate& candidate, int size) {
    std::vector<Candidate>& all = found_[size];
    if (static_cast<int>(candidate.features.size()) == size &&
        std::none_of(all.begin(), all.end(), [&](const Candidate& other) {
            return other.features == candidate.features;
        })) {
        all.push_back(candidate);
        trim(size);
    }
}

// Puts other groups in the place of each of the best supports' own; false if there was nothing
// left to try.
bool SupportLevels::swap_groups(int size) {
    trim(size);
    int expanded = 0;
    for (const Candidate& centre : std::vector<Candidate>(found_[size])) {
        if (expanded == kCentres) {
            break;
        }
        if (!regrouped_.insert(centre.features).second) {
            continue;
        }
        ++expanded;
        std::vector<Candidate> parents;
        std::vector<Move> moves;
        propose_groups(centre, parents, moves);
        std::stable_sort(moves.begin(), moves.end(), [](const Move& left, const Move& right) {
            return left.predicted < right.predicted;
        });
        moves.resize(std::min<std::size_t>(moves.size(), width(size)));
        for (const Move& move : moves) {
            Candidate other = grown(parents[move.parent], move.added, size);
            refine(other, kPasses);
            if (seen_.insert(other.features).second) {
                found_[static_cast<int>(other.features.size())].push_back(std::move(other));
            }
        }
    }
    return expanded > 0;
}

void SupportLevels::swap_groups_until_idle(int size) {
    double best = std::numeric_limits<double>::infinity();
    for (int r = 0; r < kRounds && !model_.groups.empty(); ++r) {
        if (!swap_groups(size)) {
            return;
        }
        swap_until_idle(size);
        trim(size);
        if (found_[size].empty() || !(found_[size][0].value < best - kProgress)) {
            return;
        }
        best = found_[size][0].value;
    }
}

}  // namespace riskslim::supports
