#include "support_candidate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cholesky.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEnough = 1e-7;       // decrement: fits only rank supports
constexpr double kWorthMerging = 0.6;  // merged rows, as a share of all
}  // namespace

CandidateFits::CandidateFits(const Model& model) : model_(model), base_(model), joint_(model) {
    fit_.enough = kEnough;
}

void CandidateFits::set_base(const std::vector<int>& features) {
    base_features_ = features;
    base_.start();
    merged_ = true;
    for (int j : features) {
        base_.refine(j);
        if (base_.groups() > kWorthMerging * model_.n) {
            merged_ = false;
            return;
        }
    }
}

const Rows& CandidateFits::select(int added) {
    features_ = base_features_;
    if (added > 0) {
        features_.push_back(added);
    }
    const Partition* partition = &base_;
    bool merged = merged_;
    if (merged && added > 0) {
        joint_.refine_from(base_, added);
        partition = &joint_;
        merged = joint_.groups() <= kWorthMerging * model_.n;
    }
    if (merged) {
        partition->cells(features_, cells_);
        rows_ = cells_.rows();
    } else {
        columns_.assign(1, model_.x[0]);
        for (int j : features_) {
            columns_.push_back(model_.x[j]);
        }
        rows_ = Rows();
        rows_.n4 = model_.n4;
        rows_.p = static_cast<int>(columns_.size());
        rows_.x = columns_.data();
        rows_.a = model_.a.data();
        rows_.b = model_.b.data();
    }
    return rows_;
}

Candidate CandidateFits::fit(int added, const std::vector<double>& start) {
    select(added);
    std::vector<double> lower, upper, weight;
    Candidate candidate;
    fit_.w.clear();
    for (int c = 0; c < rows_.p; ++c) {
        const int j = c == 0 ? 0 : features_[c - 1];
        lower.push_back(model_.box_lower[j]);
        upper.push_back(model_.box_upper[j]);
        weight.push_back(model_.weight[j]);
        fit_.w.push_back(start[j]);
        candidate.value += model_.cost[j];
    }
    fit_.run(rows_, {lower.data(), upper.data(), weight.data()}, kInfinity);
    candidate.value += fit_.value;
    candidate.w.assign(model_.d + 1, 0.0);
    for (int c = 0; c < rows_.p; ++c) {
        candidate.w[c == 0 ? 0 : features_[c - 1]] = fit_.w[c];
    }
    candidate.features = features_;
    std::sort(candidate.features.begin(), candidate.features.end());
    return candidate;
}

// A slope that only points out of the box gains nothing.
bool CandidateFits::useless(int feature, double gradient) const {
    return gradient < 0.0 ? model_.upper[feature] <= 0.0 : model_.lower[feature] >= 0.0;
}

std::vector<Extension> CandidateFits::extensions(const Candidate& candidate, int count,
                                                 const std::function<bool(int)>& admit) {
    const int n4 = model_.n4;
    std::vector<Column> columns(1, model_.x[0]);
    std::vector<double> w(1, candidate.w[0]);
    for (int j : candidate.features) {
        columns.push_back(model_.x[j]);
        w.push_back(candidate.w[j]);
    }
    Rows rows;
    rows.n4 = n4;
    rows.p = static_cast<int>(columns.size());
    rows.x = columns.data();
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    slope_.resize(n4);
    curvature_.resize(n4);
    gradient_.resize(rows.p);
    evaluate(rows, w.data(), gradient_.data(), slope_.data(), curvature_.data());

    // what can still move: the intercept, and coefficients that no bound holds
    std::vector<Column> moving(1, columns[0]);
    for (int c = 1; c < rows.p; ++c) {
        const int j = candidate.features[c - 1];
        const bool held = (w[c] <= model_.box_lower[j] && gradient_[c] > 0.0) ||
                          (w[c] >= model_.box_upper[j] && gradient_[c] < 0.0);
        if (!held) {
            moving.push_back(columns[c]);
        }
    }
    rows.p = static_cast<int>(moving.size());
    rows.x = moving.data();
    factor_.resize(static_cast<std::size_t>(rows.p) * rows.p);
    gram(rows, curvature_.data(), factor_.data());
    const double of_intercept = factor_[0];
    factorise(
        rows.p, factor_.data(),
        [&](int r, int c) { return factor_[static_cast<std::size_t>(r) * rows.p + c]; },
        [](double h) { return 1e-9 * h + 1e-300; });
    scaled_.resize(std::max<std::size_t>(scaled_.size(), rows.p));
    for (int c = 0; c < rows.p; ++c) {
        scaled_[c].resize(n4);
        double* scaled = scaled_[c].data();
        moving[c].each(n4, [&](int i, double x) { scaled[i] = curvature_[i] * x; });
    }

    struct Entry {
        double gain;
        int feature;
        double gradient, square;
    };
    std::vector<Entry> ranked;
    std::vector<double> squares(n4);
    for (int l = 1; l <= model_.d; ++l) {
        if ((model_.lower[l] == 0.0 && model_.upper[l] == 0.0) ||
            std::binary_search(candidate.features.begin(), candidate.features.end(), l) ||
            !admit(l)) {
            continue;
        }
        look();
        const Column x = model_.x[l];
        double g = dot_any(n4, x, slope_.data());
        if (useless(l, g)) {
            g = 0.0;  // ... unless rules or the least size ask for it
        }
        const double mean = dot_any(n4, x, scaled_[0].data());
        double square = mean;  // x squared is x where x is 0 or 1
        if (!model_.binary[l]) {
            x.each(n4, [&](int i, double v) { squares[i] = curvature_[i] * v; });
            square = dot_any(n4, x, squares.data());
        }
        const double variance = square - mean * mean / (of_intercept + 1e-300);
        ranked.push_back({variance > 1e-14 ? g * g / variance : 0.0, l, g, square});
    }
    auto by_gain = [](const Entry& left, const Entry& right) {
        return left.gain != right.gain ? left.gain > right.gain : left.feature < right.feature;
    };
    const std::size_t shortlist = std::min<std::size_t>(ranked.size(), 3 * count);
    std::partial_sort(ranked.begin(), ranked.begin() + shortlist, ranked.end(), by_gain);
    ranked.resize(shortlist);
    std::vector<Extension> extensions;
    std::vector<double> joint(rows.p);
    for (const Entry& entry : ranked) {
        look();
        for (int c = 0; c < rows.p; ++c) {
            joint[c] = dot_any(n4, model_.x[entry.feature], scaled_[c].data());
        }
        solve_lower(rows.p, factor_.data(), joint.data());
        const double left =
            entry.square - std::inner_product(joint.begin(), joint.end(), joint.begin(), 0.0);
        const double variance = std::max(left, 1e-6 * entry.square + 1e-300);
        extensions.push_back({entry.feature, candidate.value + model_.cost[entry.feature] -
                                                 0.5 * entry.gradient * entry.gradient / variance});
    }
    std::sort(extensions.begin(), extensions.end(),
              [](const Extension& left, const Extension& right) {
                  return left.predicted != right.predicted ? left.predicted < right.predicted
                                                           : left.feature < right.feature;
              });
    if (static_cast<int>(extensions.size()) > count) {
        extensions.resize(count);
    }
    return extensions;
}

}  // namespace riskslim::supports
