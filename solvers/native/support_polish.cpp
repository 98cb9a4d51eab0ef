#include "support_polish.hpp"

#include <limits>

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kSweeps = 20;
}  // namespace

Polish::Polish(const Model& model, Incumbents& incumbents)
    : model_(model),
      incumbents_(incumbents),
      score_(model.n4),
      moved_(model.n4),
      slope_(model.n4),
      curvature_(model.n4) {}

double Polish::after(int j, double step_j, int l, double step_l) {
    const double* x = model_.x[j].data();
    const double* y = model_.x[l].data();
    for (int i = 0; i < model_.n4; ++i) {
        moved_[i] = score_[i] + step_j * x[i] + step_l * y[i];
    }
    Rows rows;
    rows.n4 = model_.n4;
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    if (!model_.free_multiplier) {
        rows.offset = moved_.data();
        double none = 0.0;
        return evaluate(rows, &none, &none, slope_.data(), curvature_.data());
    }
    const double* column = moved_.data();
    rows.p = 1;
    rows.x = &column;
    fit_.w.assign(1, t_);
    const double weight = 0.0;  // only the bound, which is not used here, would need it
    fit_.run(rows, &model_.t_lower, &model_.t_upper, &weight, kInfinity, false);
    return fit_.value;
}

bool Polish::within(int j, int value) const {
    return value >= model_.lower[j] && value <= model_.upper[j];
}

bool Polish::sweep(std::vector<int>& points, double& objective) {
    int size = 0;
    for (int j = 1; j <= model_.d; ++j) {
        size += points[j] != 0;
    }
    double best = objective - 1e-12;
    std::vector<int> best_points;
    // the value of two columns after the move; a column paired with itself moves alone
    auto consider = [&](int j, int value_j, int l, int value_l) {
        if (!within(j, value_j) || (l != j && !within(l, value_l))) {
            return;
        }
        std::vector<int> trial = points;
        trial[j] = value_j;
        if (l != j) {
            trial[l] = value_l;
        }
        if (!model_.allows(trial)) {
            return;
        }
        const double value = after(j, value_j - points[j], l, l == j ? 0.0 : value_l - points[l]) +
                             model_.switch_cost(trial);
        if (value < best) {
            best = value;
            best_points = std::move(trial);
        }
    };
    for (int j = 0; j <= model_.d; ++j) {
        if (j > 0 && points[j] == 0 && size >= model_.max_size) {
            continue;
        }
        for (int step = -2; step <= 2; ++step) {
            if (step != 0) {
                consider(j, points[j] + step, j, 0);
            }
        }
    }
    for (int j = 0; j <= model_.d; ++j) {
        for (int l = j + 1; l <= model_.d; ++l) {
            if ((j == 0 || points[j] != 0) && points[l] != 0) {
                for (int u = -1; u <= 1; u += 2) {
                    for (int v = -1; v <= 1; v += 2) {
                        consider(j, points[j] + u, l, points[l] + v);
                    }
                }
            }
        }
    }
    for (int j = 1; j <= model_.d; ++j) {
        for (int l = 1; l <= model_.d && points[j] != 0; ++l) {
            if (points[l] == 0 && !incumbents_.stop) {
                for (int v : {-3, -2, -1, 1, 2, 3}) {
                    consider(j, 0, l, v);
                }
            }
        }
    }
    if (best_points.empty()) {
        return false;
    }
    points = best_points;
    objective = best;
    return true;
}

void Polish::run(std::vector<int> points) {
    double objective = kInfinity;
    for (int round = 0; round < kSweeps && !incumbents_.stop; ++round) {
        double bound;
        t_ = model_.best_scale(points, bound);
        for (int i = 0; i < model_.n4; ++i) {
            score_[i] = 0.0;
            for (int j = 0; j <= model_.d; ++j) {
                if (points[j] != 0) {
                    score_[i] += points[j] * model_.x[j][i];
                }
            }
        }
        if (round == 0) {
            objective = model_.exact_loss(points, t_) + model_.switch_cost(points);
        }
        if (!sweep(points, objective)) {
            return;
        }
        incumbents_.offer(points);
    }
}

}  // namespace riskslim::supports
