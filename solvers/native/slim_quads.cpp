#include "slim_quads.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "watch.hpp"

namespace riskslim::slim {
namespace {

constexpr float kZero = 1e-5f;  // of the largest value of a feature

}  // namespace

std::vector<FoundQuad> light_quads(const PairRows& rows, const double* plus, const double* minus,
                                   const double* on_positive, const double* on_negative,
                                   int candidates, int count, int share, float limit) {
    const int n_positive = rows.positives, n_negative = rows.negatives, d = rows.features;
    std::vector<int> used;
    for (int j = 0; j < d; ++j) {
        if (plus[j] > 0.0 || minus[j] > 0.0) used.push_back(j);
    }
    // The candidates: pairs of rows that are not yet paid for.
    std::vector<FoundPair> pairs;
    for (int p = 0; p < n_positive; ++p) {
        look();
        const double* xp = rows.positive + static_cast<std::size_t>(p) * d;
        for (int n = 0; n < n_negative; ++n) {
            const double paid = on_positive[p] + on_negative[n];
            if (paid >= limit) continue;
            const double* xn = rows.negative + static_cast<std::size_t>(n) * d;
            double weight = paid;
            for (int j : used) {
                weight += xp[j] > xn[j] ? plus[j] : xp[j] < xn[j] ? minus[j] : 0.0;
            }
            pairs.push_back({p, n, static_cast<float>(weight)});
        }
    }
    const auto lighter = [](const FoundPair& a, const FoundPair& b) {
        return std::tie(a.weight, a.positive, a.negative) <
               std::tie(b.weight, b.positive, b.negative);
    };
    const std::size_t k = std::min<std::size_t>(pairs.size(), candidates);
    std::partial_sort(pairs.begin(), pairs.begin() + k, pairs.end(), lighter);
    pairs.resize(k);
    std::vector<std::vector<float>> difference(used.size(), std::vector<float>(k));
    std::vector<float> zero(used.size());
    for (std::size_t u = 0; u < used.size(); ++u) {
        double largest = 0.0;
        for (std::size_t a = 0; a < k; ++a) {
            const double xp =
                rows.positive[static_cast<std::size_t>(pairs[a].positive) * d + used[u]];
            const double xn =
                rows.negative[static_cast<std::size_t>(pairs[a].negative) * d + used[u]];
            difference[u][a] = static_cast<float>(xp - xn);
            largest = std::max({largest, std::fabs(xp), std::fabs(xn)});
        }
        zero[u] = kZero * static_cast<float>(largest);
    }
    std::vector<FoundQuad> found;
    std::vector<float> weight(k);
    for (std::size_t a = 0; a < k; ++a) {
        look();
        const FoundPair& first = pairs[a];
        const float paid =
            static_cast<float>(on_positive[first.positive] + on_negative[first.negative]);
        for (std::size_t b = a + 1; b < k; ++b) {
            const FoundPair& second = pairs[b];
            weight[b] = paid;
            if (second.positive != first.positive) {
                weight[b] += static_cast<float>(on_positive[second.positive]);
            }
            if (second.negative != first.negative) {
                weight[b] += static_cast<float>(on_negative[second.negative]);
            }
        }
        for (std::size_t u = 0; u < used.size(); ++u) {
            const float up = static_cast<float>(plus[used[u]]);
            const float down = static_cast<float>(minus[used[u]]);
            const float at = difference[u][a], small = zero[u];
            const float* other = difference[u].data();
            for (std::size_t b = a + 1; b < k; ++b) {
                const float sum = at + other[b];
                weight[b] += (sum > small ? up : 0.0f) + (sum < -small ? down : 0.0f);
            }
        }
        for (std::size_t b = a + 1; b < k; ++b) {
            if (weight[b] < limit) {
                found.push_back({first.positive, first.negative, pairs[b].positive,
                                 pairs[b].negative, weight[b]});
            }
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const FoundQuad& a, const FoundQuad& b) { return a.weight < b.weight; });
    std::vector<int> of_positive(n_positive, 0), of_negative(n_negative, 0);
    std::vector<FoundQuad> chosen;
    for (const FoundQuad& quad : found) {
        if (static_cast<int>(chosen.size()) >= count) break;
        int* parts[4] = {&of_positive[quad.first_positive], &of_positive[quad.second_positive],
                         &of_negative[quad.first_negative], &of_negative[quad.second_negative]};
        if (std::any_of(parts, parts + 4, [&](const int* part) { return *part >= share; }))
            continue;
        for (int* part : parts) ++*part;
        chosen.push_back(quad);
    }
    return chosen;
}

}  // namespace riskslim::slim
