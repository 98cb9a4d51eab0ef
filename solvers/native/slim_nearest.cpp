#include "slim_nearest.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "watch.hpp"

namespace riskslim::slim {
namespace {

constexpr float kScatter = 1e-5f;

float scatter(std::uint32_t p, std::uint32_t n) {
    std::uint32_t mix = p * 2654435761u ^ n * 2246822519u;
    mix ^= mix >> 15;
    mix *= 2654435769u;
    return kScatter * static_cast<float>(mix >> 8) / 16777216.0f;
}

}  // namespace

std::vector<FoundPair> nearest_pairs(const PairRows& rows, const double* plus, const double* minus,
                                     const double* on_positive, const double* on_negative,
                                     int count, float limit) {
    const int n_positive = rows.positives, n_negative = rows.negatives, d = rows.features;
    std::vector<FoundPair> found;
    if (n_positive == 0 || n_negative == 0) return found;
    std::vector<int> used;
    for (int j = 0; j < d; ++j) {
        if (plus[j] > 0.0 || minus[j] > 0.0) used.push_back(j);
    }
    std::vector<std::vector<float>> x(used.size(), std::vector<float>(n_negative));
    for (std::size_t k = 0; k < used.size(); ++k) {
        for (int n = 0; n < n_negative; ++n) {
            x[k][n] = static_cast<float>(rows.negative[static_cast<std::size_t>(n) * d + used[k]]);
        }
    }
    const std::size_t kept = static_cast<std::size_t>(count) * n_negative;
    std::vector<float> least(kept, limit), weight(n_negative);
    std::vector<int> partner(kept, -1);
    for (int p = 0; p < n_positive; ++p) {
        look();
        for (int n = 0; n < n_negative; ++n) {
            weight[n] = static_cast<float>(on_positive[p] + on_negative[n]);
        }
        for (std::size_t k = 0; k < used.size(); ++k) {
            const int j = used[k];
            const float xp = static_cast<float>(rows.positive[static_cast<std::size_t>(p) * d + j]);
            const float up = static_cast<float>(plus[j]), down = static_cast<float>(minus[j]);
            const float* xn = x[k].data();
            for (int n = 0; n < n_negative; ++n) {
                weight[n] += (xp > xn[n] ? up : 0.0f) + (xp < xn[n] ? down : 0.0f);
            }
        }
        std::vector<FoundPair> best;
        float worst = limit;
        for (int n = 0; n < n_negative; ++n) {
            float* slot = least.data() + static_cast<std::size_t>(n) * count;
            if (weight[n] >= worst && weight[n] >= slot[count - 1]) continue;
            const float value = weight[n] + scatter(p, n);
            if (value < slot[count - 1]) {
                int* who = partner.data() + static_cast<std::size_t>(n) * count;
                int at = count - 1;
                for (; at > 0 && value < slot[at - 1]; --at) {
                    slot[at] = slot[at - 1];
                    who[at] = who[at - 1];
                }
                slot[at] = value;
                who[at] = p;
            }
            if (value < worst) {
                best.push_back({p, n, value});
                std::sort(best.begin(), best.end(), [](const FoundPair& a, const FoundPair& b) {
                    return a.weight < b.weight;
                });
                if (static_cast<int>(best.size()) > count) best.pop_back();
                if (static_cast<int>(best.size()) == count) worst = best.back().weight;
            }
        }
        found.insert(found.end(), best.begin(), best.end());
    }
    for (int n = 0; n < n_negative; ++n) {
        for (int k = 0; k < count; ++k) {
            const std::size_t at = static_cast<std::size_t>(n) * count + k;
            if (partner[at] >= 0) found.push_back({partner[at], n, least[at]});
        }
    }
    return found;
}

}  // namespace riskslim::slim
