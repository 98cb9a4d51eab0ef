#include "support_beam.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "support_fit.hpp"
#include "support_points.hpp"
#include "support_polish.hpp"
#include "support_table.hpp"

namespace riskslim::supports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr long kPointNodes = 3000;  // of the point search on one support of the beam

struct Candidate {
    std::vector<int> features;  // sorted
    std::vector<double> w;      // d + 1
    double value = kInfinity;
};

class Beam {
public:
    Beam(const Model& model, Incumbents& incumbents)
        : model_(model), incumbents_(incumbents) {}

    // Real fit on a support; false if it was fitted before.
    bool add(std::vector<int> features, const std::vector<double>& start) {
        std::sort(features.begin(), features.end());
        if (!seen_.insert(features).second) {
            return false;
        }
        Candidate candidate;
        candidate.features = std::move(features);
        fit(candidate, start);
        found_[static_cast<int>(candidate.features.size())].push_back(std::move(candidate));
        return true;
    }

    // The features outside a support, most promising first: score statistic g^2 / variance.
    std::vector<int> promising(const Candidate& candidate, int count) {
        fit_.w.clear();
        std::vector<const double*> columns(1, model_.x[0].data());
        std::vector<double> w(1, candidate.w[0]);
        for (int j : candidate.features) {
            columns.push_back(model_.x[j].data());
            w.push_back(candidate.w[j]);
        }
        Rows rows;
        rows.n4 = model_.n4;
        rows.p = static_cast<int>(columns.size());
        rows.x = columns.data();
        rows.a = model_.a.data();
        rows.b = model_.b.data();
        std::vector<double> gradient(columns.size()), slope(model_.n4), curvature(model_.n4);
        evaluate(rows, w.data(), gradient.data(), slope.data(), curvature.data());
        const double total = dot(model_.n4, curvature.data(), model_.x[0].data()) + 1e-300;
        std::vector<std::pair<double, int>> ranked;
        std::vector<double> squares(model_.n4);
        for (int l = 1; l <= model_.d; ++l) {
            if ((model_.lower[l] == 0.0 && model_.upper[l] == 0.0) ||
                std::binary_search(candidate.features.begin(), candidate.features.end(), l)) {
                continue;
            }
            const double* x = model_.x[l].data();
            const double g = dot(model_.n4, x, slope.data());
            const double mean = dot(model_.n4, x, curvature.data());
            for (int i = 0; i < model_.n4; ++i) {
                squares[i] = curvature[i] * x[i];
            }
            const double variance = dot(model_.n4, x, squares.data()) - mean * mean / total;
            ranked.emplace_back(variance > 1e-14 ? -g * g / variance : 0.0, l);
        }
        std::sort(ranked.begin(), ranked.end());
        std::vector<int> features;
        for (const auto& entry : ranked) {
            if (static_cast<int>(features.size()) < count) {
                features.push_back(entry.second);
            }
        }
        return features;
    }

    std::vector<Candidate>& of_size(int size) { return found_[size]; }

    void keep_best(int size, std::size_t count) {
        auto& all = found_[size];
        std::sort(all.begin(), all.end(), [](const Candidate& left, const Candidate& right) {
            return left.value != right.value ? left.value < right.value
                                             : left.features < right.features;
        });
        if (all.size() > count) {
            all.resize(count);
        }
    }

    void search_points(const Candidate& candidate) {
        Partition partition(model_);
        for (int j : candidate.features) {
            partition.refine(j);
        }
        Cells cells;
        partition.cells(candidate.features, cells);
        std::vector<double> start(1, candidate.w[0]);
        for (int j : candidate.features) {
            start.push_back(candidate.w[j]);
        }
        PointSearch search(model_, incumbents_);
        search.node_budget = kPointNodes;
        search.run(cells, candidate.features, std::vector<char>(candidate.features.size(), 1),
                   static_cast<int>(candidate.features.size()), start, 0.0, model_.box_lower,
                   model_.box_upper);
    }

private:
    void fit(Candidate& candidate, const std::vector<double>& start) {
        std::vector<const double*> columns;
        std::vector<double> lower, upper, weight;
        std::vector<int> index(1, 0);
        index.insert(index.end(), candidate.features.begin(), candidate.features.end());
        fit_.w.clear();
        for (int j : index) {
            columns.push_back(model_.x[j].data());
            lower.push_back(model_.box_lower[j]);
            upper.push_back(model_.box_upper[j]);
            weight.push_back(model_.weight[j]);
            fit_.w.push_back(start[j]);
        }
        Rows rows;
        rows.n4 = model_.n4;
        rows.p = static_cast<int>(columns.size());
        rows.x = columns.data();
        rows.a = model_.a.data();
        rows.b = model_.b.data();
        fit_.run(rows, lower.data(), upper.data(), weight.data(), kInfinity, false);
        candidate.value = fit_.value;
        candidate.w.assign(model_.d + 1, 0.0);
        for (std::size_t k = 0; k < index.size(); ++k) {
            candidate.w[index[k]] = fit_.w[k];
        }
    }

    const Model& model_;
    Incumbents& incumbents_;
    Fit fit_;
    std::set<std::vector<int>> seen_;
    std::map<int, std::vector<Candidate>> found_;
};

}  // namespace

void seed_incumbents(const Model& model, Incumbents& incumbents, int width, bool every_size) {
    Beam beam(model, incumbents);
    std::vector<int> forced;
    for (int j = 1; j <= model.d; ++j) {
        if (model.lower[j] > 0.0 || model.upper[j] < 0.0) {
            forced.push_back(j);
        }
    }
    const int first = static_cast<int>(forced.size());
    beam.add(forced, std::vector<double>(model.d + 1, 0.0));
    for (int size = first; size < model.max_size && !incumbents.stop; ++size) {
        beam.keep_best(size, static_cast<std::size_t>(width));
        const std::vector<Candidate> level = beam.of_size(size);
        for (const Candidate& candidate : level) {
            for (int l : beam.promising(candidate, width)) {
                std::vector<int> features = candidate.features;
                features.push_back(l);
                beam.add(features, candidate.w);
            }
        }
    }
    // swaps around the best of the largest size, until they stop paying
    double before = kInfinity;
    for (int round = 0; round < 10 && !incumbents.stop; ++round) {
        beam.keep_best(model.max_size, static_cast<std::size_t>(3 * width));
        const std::vector<Candidate> level = beam.of_size(model.max_size);
        if (level.empty() || level[0].value >= before - 1e-12) {
            break;
        }
        before = level[0].value;
        for (std::size_t c = 0; c < std::min<std::size_t>(3, level.size()); ++c) {
            for (int j : level[c].features) {
                if (std::find(forced.begin(), forced.end(), j) != forced.end()) {
                    continue;
                }
                Candidate smaller = level[c];
                smaller.features.erase(
                    std::find(smaller.features.begin(), smaller.features.end(), j));
                smaller.w[j] = 0.0;
                for (int l : beam.promising(smaller, 4)) {
                    std::vector<int> features = smaller.features;
                    features.push_back(l);
                    beam.add(features, smaller.w);
                }
            }
        }
    }
    for (int size = model.max_size; size >= first; --size) {
        if (size < model.min_size || incumbents.stop) {
            break;
        }
        beam.keep_best(size, static_cast<std::size_t>(3 * width));
        std::size_t tries = every_size || size == model.max_size ? 3 * width : 1;
        for (const Candidate& candidate : beam.of_size(size)) {
            if (tries-- == 0 || incumbents.stop) {
                break;
            }
            beam.search_points(candidate);
        }
    }
    Polish polish(model, incumbents);
    const std::map<int, Score> found = incumbents.best();
    for (const auto& entry : found) {
        polish.run(entry.second.points);
    }
}

}  // namespace riskslim::supports
