// The opening heuristics: beam search, swaps, integer points on the best supports; and tries after.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "random.hpp"
#include "support_levels.hpp"
#include "support_polish.hpp"
#include "support_rounding.hpp"

namespace riskslim::supports {

class Opening {
public:
    Opening(const Model& model, Incumbents& incumbents, int width, bool every_size,
            std::uint64_t seed)
        : model_(model),
          incumbents_(incumbents),
          every_size_(every_size),
          levels_(model, incumbents, width),
          rounding_(model, incumbents),
          polish_(model, incumbents),
          random_(seed) {}

    void run();
    // The same where good supports are known, by size and best first, as from a sample of the rows:
    // the best of them alone are fitted and rounded.
    void run_on(const std::map<int, std::vector<Candidate>>& known);
    const std::map<int, std::vector<Candidate>>& supports() const { return levels_.found(); }
    // One more try, once that has come to its end: a good support, shaken, climbs again. What it
    // finds depends on the seed and on the tries before it alone. True if it found better points.
    bool again();
    // Rounds the best of the largest supports met so far; of each size where each is asked for.
    void last_words();

private:
    bool vanishes(const Candidate& candidate) const;
    bool round(const Candidate& candidate);
    void round(int size, std::size_t count);
    void polish(std::size_t from, std::size_t count);
    void around(Points points, int size);
    long search_points(const Candidate& candidate, long budget);
    Candidate centre(int size);
    void end(int least, int last);
    bool keep(const Rounding::Result& result);

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
    Random random_;
    int size_ = -1, least_ = 0, last_ = 0;  // sizes: of the next try, and of all
    std::map<int, Rounding::Result> own_;   // best points of `again`, by size; 0 for all sizes
};

}  // namespace riskslim::supports
