// Good supports with real coefficients, size by size: beam search and swaps.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "random.hpp"
#include "support_candidate.hpp"
#include "support_incumbent.hpp"

namespace riskslim::supports {

// Extensions are ranked by the quadratic model, the best are fitted, the best of these are kept.
// The order of everything is fixed by values and features, so that runs repeat.
class SupportLevels {
public:
    SupportLevels(const Model& model, Incumbents& incumbents, int width);

    // Features that cannot be zero: part of every support.
    const std::vector<int>& forced() const { return forced_; }

    const std::map<int, std::vector<Candidate>>& found() const { return found_; }
    // Supports kept of a size, best first.
    const std::vector<Candidate>& of_size(int size) { return found_[size]; }
    int width(int size) const;

    // Beam search from the forced features to the largest size that can be reached, returned.
    int grow_all();

    // Improves a size by swaps of one feature, then of two by dropping and growing again.
    void improve(int size);

    // Fits neighbours of a support, by a swap and (`more`) by one feature more; best first, by
    // size. What else was fitted does not count.
    std::map<int, std::vector<Candidate>> neighbours(const Candidate& centre, bool more);

    // Of a support that loses some features at random, or a group, and grows again, the first of
    // what grows being one of the best by chance: where swaps of one feature lead from there.
    Candidate shaken(const Candidate& centre, int size, Random& random);
    // Keeps a support among the best of its size, if it is one of them and new.
    void keep(const Candidate& candidate, int size);

    CandidateFits& fits() { return fits_; }

private:
    struct Child {
        double predicted;
        std::vector<int> features;  // sorted
        int parent, added;
    };

    struct Range {
        double least, most;
    };
    // Of a rule: what each feature may take from its sum, and minus what it may add to it.
    struct RuleReach {
        std::vector<std::pair<double, int>> fall, rise;
    };

    Range in_use(const Rule& rule, int j) const;
    void rank_rules();
    bool reachable(const std::vector<int>& features) const;
    void trim(int size);
    void propose(const Candidate& parent, int index, std::vector<Child>& children);
    void fit_best(const std::vector<Candidate>& parents, std::vector<Child>& children, int size);
    void grow(int size);
    void exchange(const Candidate& candidate, std::vector<Candidate>& parents,
                  std::vector<Child>& children, std::set<std::vector<int>>* expanded);
    bool swap(int size);
    void swap_until_idle(int size);
    void regrow(int size);
    struct Move;
    void propose_groups(const Candidate& centre, std::vector<Candidate>& parents,
                        std::vector<Move>& moves);
    Candidate grown(Candidate candidate, int added, int size);
    void refine(Candidate& candidate, int passes);
    bool swap_groups(int size);
    void swap_groups_until_idle(int size);

    const Model& model_;
    Incumbents& incumbents_;
    int width_;
    CandidateFits fits_;
    GroupUse use_;
    std::vector<int> forced_;
    std::vector<RuleReach> reach_;  // by rule
    std::map<int, std::vector<Candidate>> found_;
    std::set<std::vector<int>> seen_;                                 // fitted
    std::set<std::vector<int>> near_;                                 // fitted as a neighbour
    std::set<std::vector<int>> grown_, swapped_, rests_, regrouped_;  // expanded
};

}  // namespace riskslim::supports
