#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

#include "rounding.hpp"
#include "support_dense.hpp"
#include "support_families.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kRidge = 1e-5;  // on coefficients: bounds need none, and gradients are small
constexpr int kSteps = 12;
constexpr int kHalvings = 10;
constexpr std::size_t kOfOne = 5;                    // families, of which one is still to be chosen
constexpr double kLeastShare = 0.08, kMemory = 0.1;  // of fits that close
constexpr double kConverged = 1e-7;                  // of the value: decrement
}  // namespace

// The columns of the fit: the intercept, then the node's features family by family.
void FamilyFits::set(const Node& node) {
    index_.assign(1, 0);
    family_.clear();
    member_.clear();
    std::vector<char> open(model_.d + 1, 0);
    std::vector<char> met(families_.count(), 0);
    for (int j : node.maybe) {
        open[j] = 1;
        met[families_.of(j)] = 1;
    }
    for (int f = 0; f < families_.count(); ++f) {
        if (!met[f]) {
            continue;
        }
        family_.push_back(f);
        member_.emplace_back();
        const std::vector<int>& members = families_.members(f);
        for (std::size_t c = 0; c < members.size(); ++c) {
            if (open[members[c]]) {
                member_.back().push_back({static_cast<int>(c), static_cast<int>(index_.size())});
                index_.push_back(members[c]);
            }
        }
    }
    const std::size_t p = index_.size();
    w_.resize(p);
    low_.resize(p);
    high_.resize(p);
    for (std::size_t k = 0; k < p; ++k) {
        const int j = index_[k];
        low_[k] = node.low[j];
        high_[k] = node.high[j];
        w_[k] = std::min(std::max(node.w[j], low_[k]), high_[k]);
    }
    score_.assign(model_.n4, 0.0);
    slope_.resize(model_.n4);
    curvature_.resize(model_.n4);
}

// Value, slopes, curvatures and gradient at w.
void FamilyFits::evaluate_at(const std::vector<double>& w) {
    const int n = model_.n;
    std::fill(score_.begin(), score_.begin() + n, w[0]);
    for (std::size_t k = 0; k < family_.size(); ++k) {
        look();
        const std::size_t levels = families_.members(family_[k]).size() + 1;
        part_.assign(levels, 0.0);
        for (const Member& member : member_[k]) {
            part_[member.place + 1] = w[member.at];
        }
        std::partial_sum(part_.begin(), part_.end(), part_.begin());
        const std::uint16_t* level = families_.levels(family_[k]).data();
        for (int i = 0; i < n; ++i) {
            score_[i] += part_[level[i]];
        }
    }
    const Column column(score_.data());
    Rows rows;
    rows.n4 = model_.n4;
    rows.p = 1;
    rows.x = &column;
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    const double one = 1.0;
    double along;
    value_ = evaluate(rows, &one, &along, slope_.data(), curvature_.data());
    gradient_.assign(index_.size(), 0.0);
    for (int i = 0; i < n; ++i) {
        gradient_[0] += slope_[i];
    }
    for (std::size_t k = 0; k < family_.size(); ++k) {
        const std::size_t levels = families_.members(family_[k]).size() + 1;
        part_.assign(levels, 0.0);
        const std::uint16_t* level = families_.levels(family_[k]).data();
        for (int i = 0; i < n; ++i) {
            part_[level[i]] += slope_[i];
        }
        std::partial_sum(part_.rbegin(), part_.rend(), part_.rbegin());
        for (const Member& member : member_[k]) {
            gradient_[member.at] = part_[member.place + 1];
        }
    }
    count_work(static_cast<long long>(n) * static_cast<long long>(family_.size()) / 2);
}

// Curvature of the loss at w, upper triangle: of two features of two families the sum of the
// table of levels from theirs on, of one family the larger level counts.
void FamilyFits::curve() {
    const std::size_t p = index_.size();
    const int n = model_.n;
    hessian_.assign(p * p, 0.0);
    hessian_[0] = std::accumulate(curvature_.begin(), curvature_.begin() + n, 0.0);
    for (std::size_t k = 0; k < family_.size(); ++k) {
        look();
        const std::size_t rows = families_.members(family_[k]).size() + 1;
        const std::uint16_t* level = families_.levels(family_[k]).data();
        part_.assign(rows, 0.0);
        for (int i = 0; i < n; ++i) {
            part_[level[i]] += curvature_[i];
        }
        std::partial_sum(part_.rbegin(), part_.rend(), part_.rbegin());
        for (const Member& one : member_[k]) {
            const std::size_t at = static_cast<std::size_t>(one.at);
            hessian_[at] = part_[one.place + 1];
            for (const Member& other : member_[k]) {
                hessian_[at * p + other.at] = part_[std::max(one.place, other.place) + 1];
            }
        }
        for (std::size_t l = 0; l < k; ++l) {
            const std::size_t columns = families_.members(family_[l]).size() + 1;
            const std::uint16_t* other = families_.levels(family_[l]).data();
            table_.assign(rows * columns, 0.0);
            for (int i = 0; i < n; ++i) {
                table_[level[i] * columns + other[i]] += curvature_[i];
            }
            for (std::size_t r = rows; r-- > 0;) {
                double* row = table_.data() + r * columns;
                std::partial_sum(std::make_reverse_iterator(row + columns),
                                 std::make_reverse_iterator(row),
                                 std::make_reverse_iterator(row + columns));
                for (std::size_t c = 0; r + 1 < rows && c < columns; ++c) {
                    row[c] += row[columns + c];
                }
            }
            for (const Member& two : member_[l]) {
                double* row = hessian_.data() + static_cast<std::size_t>(two.at) * p;
                for (const Member& one : member_[k]) {
                    row[one.at] = table_[(one.place + 1) * columns + two.place + 1];
                }
            }
        }
        count_work(static_cast<long long>(n) * static_cast<long long>(k + 1) / 2);
    }
}

// The tangent at w over the box, of whose features at most `room` leave zero:
//     f(v) >= f(w) - g.w + min g_0 v_0 - the largest max(0, -g_j low_j, -g_j high_j).
// Scores are sums of at most p coefficients, a slope passes through at most n + p additions on its
// way into a gradient, kernels are off by 64 u: with E = 2 u (n + 2 p + 160) the value is off by E
// of itself, and slopes and scores by E of sum_j m_j (|w_j| + largest |v_j|), m_j = sum (a + b)
// x_j.
double FamilyFits::lower_bound(int room) const {
    const std::size_t p = index_.size();
    double linear = gradient_[0] * (gradient_[0] > 0.0 ? low_[0] : high_[0]);
    double reach = value_, size = std::fabs(linear);
    std::vector<double> gain;
    for (std::size_t k = 0; k < p; ++k) {
        const double g = gradient_[k], term = g * w_[k];
        linear -= term;
        size += std::fabs(term);
        const double most = std::max(std::fabs(low_[k]), std::fabs(high_[k]));
        reach += model_.weight[index_[k]] * (std::fabs(w_[k]) + most);
        if (k > 0) {
            gain.push_back(std::max({0.0, -g * low_[k], -g * high_[k]}));
        }
    }
    const std::size_t r = std::min(gain.size(), static_cast<std::size_t>(std::max(room, 0)));
    std::partial_sort(gain.begin(), gain.begin() + static_cast<long>(r), gain.end(),
                      std::greater<double>());
    const double best = std::accumulate(gain.begin(), gain.begin() + static_cast<long>(r), 0.0);
    const double count = static_cast<double>(model_.n4) + 2.0 * static_cast<double>(p);
    const double margin = kEpsilon * ((count + 160.0) * reach + (count + 16.0) * (size + best));
    return value_ + linear - best - margin * kAbove;
}

// Newton's step of the loss and a small ridge, on what no bound holds, cut off at the box; false
// where nothing moves.
bool FamilyFits::step(double& decrement) {
    const std::size_t p = index_.size();
    const auto slope = [&](std::size_t k) { return gradient_[k] + (k > 0 ? kRidge * w_[k] : 0.0); };
    free_.clear();
    for (std::size_t k = 0; k < p; ++k) {
        const double g = slope(k);
        if (!((w_[k] <= low_[k] && g >= 0.0) || (w_[k] >= high_[k] && g <= 0.0))) {
            free_.push_back(static_cast<int>(k));
        }
    }
    const int m = static_cast<int>(free_.size());
    factor_.resize(static_cast<std::size_t>(m) * m);
    for (int r = 0; r < m; ++r) {
        const double* from = hessian_.data() + static_cast<std::size_t>(free_[r]) * p;
        double* to = factor_.data() + static_cast<std::size_t>(r) * m;
        for (int c = r; c < m; ++c) {
            to[c] = from[free_[c]];
        }
        to[r] += free_[r] > 0 ? kRidge : 0.0;
    }
    factorise_upper(m, factor_.data(), 1e-12);
    count_work(static_cast<long long>(m) * m * m / 24);
    solution_.resize(m);
    for (int r = 0; r < m; ++r) {
        solution_[r] = -slope(free_[r]);
    }
    solve_by_upper(m, factor_.data(), solution_.data());
    decrement = 0.0;
    for (int r = 0; r < m; ++r) {
        decrement -= slope(free_[r]) * solution_[r];
    }
    const auto penalty = [&](const std::vector<double>& w) {
        double total = 0.0;
        for (std::size_t k = 1; k < p; ++k) {
            total += w[k] * w[k];
        }
        return 0.5 * kRidge * total;
    };
    const double before = value_ + penalty(w_);
    double length = 1.0;
    for (int halving = 0; halving < kHalvings; ++halving, length *= 0.5) {
        trial_ = w_;
        for (int r = 0; r < m; ++r) {
            const int k = free_[r];
            trial_[k] = std::min(std::max(w_[k] + length * solution_[r], low_[k]), high_[k]);
        }
        evaluate_at(trial_);
        if (value_ + penalty(trial_) < before) {
            w_.swap(trial_);
            return true;
        }
    }
    evaluate_at(w_);
    return false;
}

bool FamilyFits::above(Node& node, double cutoff, int room, bool to_end) {
    set(node);
    evaluate_at(w_);
    bool closed = false;
    for (int s = 0; s <= kSteps; ++s) {
        const double bound = lower_bound(room);
        node.bound = std::max(node.bound, bound);
        closed = bound > cutoff;
        // a value below the cutoff is one that no bound can pass
        if (closed || (value_ <= cutoff && !to_end) || s == kSteps) {
            break;
        }
        curve();
        double decrement = 0.0;
        if (!step(decrement) || decrement < kConverged * value_) {
            const double last = lower_bound(room);
            node.bound = std::max(node.bound, last);
            closed = last > cutoff;
            break;
        }
    }
    give(node);
    return closed;
}

void FamilyFits::fit_chosen(Node& node) {
    Node chosen = node;
    families_.exclude_open(chosen);
    set(chosen);
    evaluate_at(w_);
    double decrement = 0.0;
    for (int s = 0; s < kSteps; ++s) {
        curve();
        if (!step(decrement) || decrement < kConverged * value_) {
            break;
        }
    }
    give(node);
}

void FamilyFits::give(Node& node) const {
    for (std::size_t k = 0; k < index_.size(); ++k) {
        node.w[index_[k]] = w_[k];
    }
}

bool FamilyFits::may_close(int left, std::size_t open) const {
    if (left <= 1) {
        return open <= kOfOne;
    }
    const auto entry = share_.find({left, open});
    return entry == share_.end() || entry->second > kLeastShare;
}

void FamilyFits::account(int left, std::size_t open, bool closed) {
    double& share = share_.emplace(std::make_pair(left, open), 1.0).first->second;
    share += kMemory * ((closed ? 1.0 : 0.0) - share);
}

int FamilyFits::widest(const Node& node, const std::vector<int>& open) const {
    int best = open.front();
    double largest = -1.0;
    std::vector<char> usable(model_.d + 1, 0);
    for (int j : node.maybe) {
        usable[j] = 1;
    }
    std::vector<double> part;
    for (int f : open) {
        const std::vector<int>& members = families_.members(f);
        part.assign(members.size() + 1, 0.0);
        for (std::size_t c = 0; c < members.size(); ++c) {
            part[c + 1] = part[c] + (usable[members[c]] ? node.w[members[c]] : 0.0);
        }
        const std::uint16_t* level = families_.levels(f).data();
        double mean = 0.0, square = 0.0, total = 0.0;
        for (int i = 0; i < model_.n; ++i) {
            const double weight = model_.a[i] + model_.b[i], v = part[level[i]];
            mean += weight * v;
            square += weight * v * v;
            total += weight;
        }
        const double spread = square - mean * mean / total;
        if (spread > largest) {
            largest = spread;
            best = f;
        }
    }
    return best;
}

}  // namespace riskslim::supports
