#include "support_families.hpp"

#include <algorithm>
#include <cmath>

#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr int kLeastSize = 3;          // of a support, for families to be chosen first
constexpr double kLargeGap = 0.1;      // of the cutoff, at the root
constexpr int kFamiliesOfSize = 5;     // families for each feature of the largest support
constexpr double kCutsOfFamily = 4.0;  // in the mean
constexpr double kRowsOfCut = 10.0;    // weight for each cut of as many families as are chosen
constexpr double kMostSets = 1e6;      // of families, of the largest size
constexpr std::size_t kMostLevels = 64;

bool is_open(const Model& model, int j) {
    return model.binary[j] && model.lower[j] <= 0.0 && model.upper[j] >= 0.0;
}

// Whether every row that has `inner` has `outer`.
bool contains(const Model& model, int outer, int inner) {
    const Column out = model.x[outer], in = model.x[inner];
    for (int i = 0; i < model.n; ++i) {
        if (in[i] > out[i]) {
            return false;
        }
    }
    return true;
}

bool is_among(const std::vector<int>& some, int one) {
    return std::find(some.begin(), some.end(), one) != some.end();
}

}  // namespace

Families::Families(const Model& model) : of_(model.d + 1, -1) {
    int direction = 0;  // 1: each within the one before; -1: the reverse; 0: not known yet
    for (int j = 1; j <= model.d; ++j) {
        look();
        if (!is_open(model, j)) {
            continue;
        }
        const int last = j - 1;
        bool joins = last > 0 && of_[last] >= 0 && of_[last] == count() - 1 &&
                     members_.back().size() < kMostLevels;
        if (joins) {
            const bool within = direction >= 0 && contains(model, last, j);
            const bool around = !within && direction <= 0 && contains(model, j, last);
            joins = within || around;
            direction = within ? 1 : (around ? -1 : direction);
        }
        if (!joins) {
            members_.emplace_back();
            direction = 0;
        }
        std::vector<int>& members = members_.back();
        members.insert(direction < 0 ? members.begin() : members.end(), j);
        of_[j] = count() - 1;
    }
    levels_.resize(members_.size());
    for (int f = 0; f < count(); ++f) {
        look();
        levels_[f].assign(model.n, 0);
        for (int j : members_[f]) {
            Column(model.x[j]).each(model.n, [&](int i, double x) { levels_[f][i] += x != 0.0; });
        }
    }
}

bool Families::pay(const Model& model, const Node& root) const {
    const int families = count(), size = model.max_size;
    if (families < kFamiliesOfSize * size ||
        !std::all_of(root.maybe.begin(), root.maybe.end(), [&](int j) { return of_[j] >= 0; })) {
        return false;
    }
    const double cuts = static_cast<double>(root.maybe.size()) / families;
    double sets = 1.0;
    for (int s = 0; s < size; ++s) {
        sets *= static_cast<double>(families - s) / (s + 1);
    }
    return cuts >= kCutsOfFamily && model.total_weight >= kRowsOfCut * cuts * size &&
           sets <= kMostSets;
}

bool Families::may_pay(const Model& model, const Node& root, double cutoff) {
    return root.in.empty() && model.max_size >= kLeastSize &&
           cutoff - root.bound > kLargeGap * cutoff;
}

std::vector<int> Families::open(const Node& node) const {
    std::vector<int> open;
    for (int j : node.maybe) {
        if (!is_among(node.families, of_[j])) {
            open.push_back(of_[j]);
        }
    }
    std::sort(open.begin(), open.end());
    open.erase(std::unique(open.begin(), open.end()), open.end());
    return open;
}

template <class Out>
void Families::take_out(Node& node, const Out& is_out) {
    for (int j : node.maybe) {
        node.w[j] = is_out(j) ? 0.0 : node.w[j];
    }
    auto& maybe = node.maybe;
    maybe.erase(std::remove_if(maybe.begin(), maybe.end(), is_out), maybe.end());
}

void Families::exclude(Node& node, int family) const {
    take_out(node, [&](int j) { return of_[j] == family; });
}

void Families::exclude_open(Node& node) const {
    take_out(node, [&](int j) { return !is_among(node.families, of_[j]); });
}

bool Families::settle(Node& node, int deepest) const {
    std::vector<int> due;
    for (int family : node.families) {
        const auto of_family = [&](int j) { return of_[j] == family; };
        if (std::any_of(node.in.begin(), node.in.end(), of_family)) {
            continue;
        }
        if (std::none_of(node.maybe.begin(), node.maybe.end(), of_family)) {
            return false;
        }
        due.push_back(family);
    }
    const int needed = static_cast<int>(due.size());
    const int room = deepest - static_cast<int>(node.in.size());
    if (needed > 0 && needed == room) {  // no room for a feature of another
        auto& maybe = node.maybe;
        maybe.erase(std::remove_if(maybe.begin(), maybe.end(),
                                   [&](int j) { return !is_among(due, of_[j]); }),
                    maybe.end());
    }
    return needed <= std::max(room, 0);
}

}  // namespace riskslim::supports
