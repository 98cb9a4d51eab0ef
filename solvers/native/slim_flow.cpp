#include "slim_flow.hpp"

#include <algorithm>

#include "watch.hpp"

namespace riskslim::slim {

void Flow::reset(const std::vector<std::int64_t>& positive,
                 const std::vector<std::int64_t>& negative) {
    value = 0;
    left_positive = positive;
    left_negative = negative;
    edges_.clear();
    head_.assign(negative.size(), -1);
    seen_positive_.assign(positive.size(), 0);
}

// Adds to the flow from p to n; the amount may be negative.
void Flow::push(int p, int n, std::int64_t amount) {
    for (int e = head_[n]; e >= 0; e = edges_[e].next) {
        if (edges_[e].positive == p) {
            edges_[e].amount += amount;
            return;
        }
    }
    edges_.push_back({p, head_[n], amount});
    head_[n] = static_cast<std::int32_t>(edges_.size()) - 1;
}

bool Flow::grow(const Conflicts& conflicts, std::int64_t target) {
    const int words = conflicts.words;
    open_.assign(words, 0);
    for (std::size_t n = 0; n < left_negative.size(); ++n) {
        if (left_negative[n] > 0) open_[n >> 6] |= std::uint64_t{1} << (n & 63);
    }
    for (std::size_t p = 0; p < left_positive.size() && value < target; ++p) {
        if (left_positive[p] == 0) continue;
        look();
        const std::uint64_t* row = conflicts.row(static_cast<int>(p));
        for (int w = 0; w < words && left_positive[p] > 0; ++w) {
            for (std::uint64_t bits = row[w] & open_[w]; bits != 0 && left_positive[p] > 0;
                 bits &= bits - 1) {
                const int n = w * 64 + __builtin_ctzll(bits);
                const std::int64_t amount = std::min(left_positive[p], left_negative[n]);
                push(static_cast<int>(p), n, amount);
                left_positive[p] -= amount;
                left_negative[n] -= amount;
                value += amount;
                if (left_negative[n] == 0) open_[w] &= ~(std::uint64_t{1} << (n & 63));
            }
        }
    }
    while (value < target) {
        if (!augment(conflicts)) return false;
    }
    return true;
}

// One shortest augmenting path, breadth first.
bool Flow::augment(const Conflicts& conflicts) {
    look();
    const int words = conflicts.words;
    seen_negative_.assign(words, 0);
    seen_positive_.assign(left_positive.size(), 0);
    from_negative_.resize(left_negative.size());
    from_positive_.resize(left_positive.size());
    queue_.clear();
    for (std::size_t p = 0; p < left_positive.size(); ++p) {
        if (left_positive[p] > 0) {
            seen_positive_[p] = 1;
            from_positive_[p] = -1;
            queue_.push_back(static_cast<std::int32_t>(p));
        }
    }
    for (std::size_t k = 0; k < queue_.size(); ++k) {
        const int p = queue_[k];
        const std::uint64_t* row = conflicts.row(p);
        for (int w = 0; w < words; ++w) {
            std::uint64_t bits = row[w] & ~seen_negative_[w];
            seen_negative_[w] |= bits;
            for (; bits != 0; bits &= bits - 1) {
                const int n = w * 64 + __builtin_ctzll(bits);
                from_negative_[n] = p;
                if (left_negative[n] > 0) {
                    std::int64_t amount = left_negative[n];
                    int at = n, source = p;
                    for (;;) {
                        source = from_negative_[at];
                        const int back = from_positive_[source];
                        if (back < 0) break;
                        for (int e = head_[back]; e >= 0; e = edges_[e].next) {
                            if (edges_[e].positive == source) {
                                amount = std::min(amount, edges_[e].amount);
                                break;
                            }
                        }
                        at = back;
                    }
                    amount = std::min(amount, left_positive[source]);
                    left_positive[source] -= amount;
                    left_negative[n] -= amount;
                    value += amount;
                    for (at = n;;) {
                        const int p2 = from_negative_[at], back = from_positive_[p2];
                        push(p2, at, amount);
                        if (back < 0) break;
                        push(p2, back, -amount);
                        at = back;
                    }
                    return true;
                }
                for (int e = head_[n]; e >= 0; e = edges_[e].next) {
                    const int q = edges_[e].positive;
                    if (edges_[e].amount > 0 && !seen_positive_[q]) {
                        seen_positive_[q] = 1;
                        from_positive_[q] = n;
                        queue_.push_back(q);
                    }
                }
            }
        }
    }
    return false;
}

}  // namespace riskslim::slim
