// Fewest errors that conflicts between a positive and a negative row enforce.
//
// Rows in conflict are never both right, so the errors cover every conflict: a vertex cover of a
// bipartite graph, whose least weight is the greatest flow from the positive rows through the
// conflicts to the negative ones (Koenig). Any flow is a bound; one found in a node of a search
// stays feasible below, where conflicts are only added.
#pragma once

#include <cstdint>
#include <vector>

namespace riskslim::slim {

// Conflicts as bits, `words` per positive row.
struct Conflicts {
    int words = 0;
    std::vector<std::uint64_t> bits;
    const std::uint64_t* row(int p) const {
        return bits.data() + static_cast<std::size_t>(p) * words;
    }
    std::uint64_t* row(int p) { return bits.data() + static_cast<std::size_t>(p) * words; }
};

class Flow {
public:
    std::int64_t value = 0;
    std::vector<std::int64_t> left_positive, left_negative;  // capacity not used yet

    void reset(const std::vector<std::int64_t>& positive,
               const std::vector<std::int64_t>& negative);

    // Grows until it reaches the target or is the greatest; true where it reached the target.
    bool grow(const Conflicts& conflicts, std::int64_t target);

    // After a grow() that fell short: whether more flow could start at a positive row.
    bool reachable(int p) const { return seen_positive_[p] != 0; }

private:
    struct Edge {
        std::int32_t positive, next;
        std::int64_t amount;
    };
    void push(int p, int n, std::int64_t amount);
    bool augment(const Conflicts& conflicts);

    std::vector<Edge> edges_;
    std::vector<std::int32_t> head_;  // first edge of a negative row, -1 for none
    std::vector<char> seen_positive_;
    std::vector<std::uint64_t> seen_negative_, open_;
    std::vector<std::int32_t> from_negative_, from_positive_, queue_;
};

}  // namespace riskslim::slim
