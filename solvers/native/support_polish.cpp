#include "support_polish.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kSteps = 200;
constexpr int kFirst = 10;   // moves evaluated before the best of them is taken
constexpr int kAtMost = 40;  // moves evaluated before giving up
constexpr std::size_t kRanked = 400;
constexpr double kProgress = 1e-11;
int size_of(const Points& points) {
    return static_cast<int>(
        std::count_if(points.begin() + 1, points.end(), [](Point v) { return v != 0; }));
}

}  // namespace

Polish::Polish(const Model& model, Incumbents& incumbents)
    : model_(model),
      incumbents_(incumbents),
      cells_(model),
      valuation_(model),
      use_(model.groups),
      score_(model.n4),
      slope_(model.n4),
      curvature_(model.n4),
      scaled_(model.n4),
      place_(model.d + 1),
      gradient_(model.d + 1),
      diagonal_(model.d + 1),
      along_(model.d + 1) {}

bool Polish::within(int j, Point value) const {
    return static_cast<double>(value) >= model_.lower[j] &&
           static_cast<double>(value) <= model_.upper[j];
}

// Gradient and the curvature that moves need, at the points and the multiplier.
void Polish::expand(const Points& points) {
    const int d = model_.d, n4 = model_.n4;
    support_.assign(1, 0);
    std::fill(place_.begin(), place_.end(), -1);
    place_[0] = 0;
    std::fill(score_.begin(), score_.end(), scale_.intercept);
    for (int j = 0; j <= d; ++j) {
        if (points[j] == 0) {
            continue;
        }
        if (j > 0) {
            place_[j] = static_cast<int>(support_.size());
            support_.push_back(j);
        }
        const double w = scale_.t * static_cast<double>(points[j]);
        Column(model_.x[j]).each(n4, [&](int i, double x) { score_[i] += w * x; });
    }
    Rows rows;
    rows.n4 = n4;
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    rows.offset = score_.data();
    double none = 0.0;
    evaluate(rows, &none, &none, slope_.data(), curvature_.data());
    hessian_.resize(std::max(hessian_.size(), support_.size()));
    std::fill(along_.begin(), along_.end(), 0.0);
    for (std::size_t s = 0; s < support_.size(); ++s) {
        const Column x = model_.x[support_[s]];
        x.each(n4, [&](int i, double v) { scaled_[i] = curvature_[i] * v; });
        hessian_[s].resize(d + 1);
        for (int l = 0; l <= d; ++l) {
            look();
            hessian_[s][l] = dot_any(n4, model_.x[l], scaled_.data());
            along_[l] += static_cast<double>(points[support_[s]]) * hessian_[s][l];
        }
    }
    slope_along_ = curvature_along_ = 0.0;
    for (int l = 0; l <= d; ++l) {
        look();
        const Column x = model_.x[l];
        gradient_[l] = dot_any(n4, x, slope_.data());
        if (place_[l] >= 0) {
            diagonal_[l] = hessian_[place_[l]][l];
            slope_along_ += static_cast<double>(points[l]) * gradient_[l];
            curvature_along_ += static_cast<double>(points[l]) * along_[l];
        } else if (model_.binary[l]) {
            diagonal_[l] = hessian_[0][l];
        } else {
            x.each(n4, [&](int i, double v) { scaled_[i] = curvature_[i] * v; });
            diagonal_[l] = dot_any(n4, x, scaled_.data());
        }
    }
    if (model_.free_intercept) {
        profile_intercept(points);
    }
}

// A real intercept follows every move to its optimum: what is left of the quadratic model.
void Polish::profile_intercept(const Points& points) {
    const std::vector<double> along = hessian_[0];
    const double own = std::max(along[0], 1e-300), slope = gradient_[0];
    std::fill(along_.begin(), along_.end(), 0.0);
    slope_along_ = curvature_along_ = 0.0;
    for (std::size_t s = 0; s < support_.size(); ++s) {
        const double share = along[support_[s]] / own;
        for (int l = 0; l <= model_.d; ++l) {
            hessian_[s][l] -= share * along[l];
            along_[l] += static_cast<double>(points[support_[s]]) * hessian_[s][l];
        }
    }
    for (int l = 0; l <= model_.d; ++l) {
        gradient_[l] -= along[l] / own * slope;
        diagonal_[l] = std::max(diagonal_[l] - along[l] / own * along[l], 0.0);
        slope_along_ += static_cast<double>(points[l]) * gradient_[l];
        curvature_along_ += static_cast<double>(points[l]) * along_[l];
    }
}

// At least one of the two is in use, or they are the same.
double Polish::curvature_of(int j, int l) const {
    if (j == l) {
        return diagonal_[j];
    }
    return place_[j] >= 0 ? hessian_[place_[j]][l] : hessian_[place_[l]][j];
}

// Change of the loss by the quadratic model, 1 / multiplier at its best where it is free.
double Polish::predict(int count, const int* column, const double* step) const {
    double slope = 0.0, curvature = 0.0, along = 0.0;
    for (int r = 0; r < count; ++r) {
        slope += step[r] * gradient_[column[r]];
        along += step[r] * along_[column[r]];
        for (int c = 0; c < r; ++c) {
            curvature += 2.0 * step[r] * step[c] * curvature_of(column[r], column[c]);
        }
        curvature += step[r] * step[r] * diagonal_[column[r]];
    }
    const double t = scale_.t;
    double change = t * slope + 0.5 * t * t * curvature;
    if (model_.free_multiplier) {
        const double g = slope_along_ + slope + t * (along + curvature);
        const double h = std::max(curvature_along_ + 2.0 * along + curvature, 1e-300);
        const double shift = std::min(std::max(-g / h, model_.t_lower - t), model_.t_upper - t);
        change += shift * g + 0.5 * shift * shift * h;
    }
    return change;
}

// Keeps the move with the intercept where it is, and with the intercept following.
void Polish::consider(const Points& points, int j, Point to_j, int l, Point to_l) {
    if (!within(j, to_j) || (l != j && !within(l, to_l))) {
        return;
    }
    int column[3] = {j, l, 0};
    double step[3] = {static_cast<double>(to_j - points[j]), 0.0, 0.0};
    int count = 1;
    double cost = j > 0 ? model_.cost[j] * ((to_j != 0) - (points[j] != 0)) : 0.0;
    if (l != j) {
        step[count++] = static_cast<double>(to_l - points[l]);
        cost += model_.cost[l] * ((to_l != 0) - (points[l] != 0));
    }
    moves_.push_back({predict(count, column, step) + cost, j, l, to_j, to_l, points[0]});
    if (j == 0 || l == 0 || model_.free_intercept) {
        return;
    }
    double slope = gradient_[0];
    for (int r = 0; r < count; ++r) {
        slope += scale_.t * step[r] * hessian_[0][column[r]];
    }
    column[count] = 0;
    const double best = -slope / (scale_.t * std::max(diagonal_[0], 1e-300));
    if (!(std::fabs(best) < 1e6)) {
        return;
    }
    for (int side = 0; side < 2; ++side) {
        const Point shift = static_cast<Point>(std::floor(best)) + side;
        if (shift != 0 && within(0, points[0] + shift)) {
            step[count] = static_cast<double>(shift);
            moves_.push_back(
                {predict(count + 1, column, step) + cost, j, l, to_j, to_l, points[0] + shift});
        }
    }
}

// Whether the limits on groups admit feature l in the place of feature j (of none if j is 0).
bool Polish::leaves_room(int j, int l) {
    use_.remove(j);
    const bool room = use_.has_room(l);
    use_.add(j);
    return room;
}

void Polish::collect(const Points& points) {
    moves_.clear();
    use_.reset(support_);
    const int size = static_cast<int>(support_.size()) - 1;
    const int first = model_.free_intercept ? 1 : 0;  // of the columns whose points move
    for (int j : support_) {
        look();
        if (j < first) {
            continue;
        }
        for (int step : {-3, -2, -1, 1, 2, 3}) {
            consider(points, j, points[j] + step, j, 0);
        }
        if (j > 0) {
            consider(points, j, 0, j, 0);
        }
        for (int l : support_) {
            for (int u = -1; u <= 1 && j < l; u += 2) {
                for (int v : {-2, -1, 1, 2}) {
                    consider(points, j, points[j] + u, l, points[l] + v);
                    if (v * v > 1) {
                        consider(points, j, points[j] + v, l, points[l] + u);
                    }
                }
            }
        }
    }
    // a feature not in use, in the place of one (or of none), at the points the model likes best
    for (int l = 1; l <= model_.d; ++l) {
        look();
        if (points[l] != 0 || !(diagonal_[l] > 0.0)) {
            continue;
        }
        for (int j : support_) {
            if ((j == 0 && size >= model_.max_size) || !leaves_room(j, l)) {
                continue;
            }
            double slope = gradient_[l];
            if (j > 0) {
                slope -= scale_.t * static_cast<double>(points[j]) * hessian_[place_[j]][l];
            }
            const double best = std::min(
                std::max(-slope / (scale_.t * diagonal_[l]), model_.lower[l]), model_.upper[l]);
            const Point down = static_cast<Point>(std::floor(best));
            for (Point v = down - 1; v <= down + 2; ++v) {
                if (v == 0) {
                    continue;
                }
                if (j == 0) {
                    consider(points, l, v, l, 0);
                } else {
                    consider(points, j, 0, l, v);
                }
            }
        }
    }
    const std::size_t kept = std::min(kRanked, moves_.size());
    std::partial_sort(moves_.begin(), moves_.begin() + kept, moves_.end(),
                      [](const Move& left, const Move& right) {
                          return std::tie(left.predicted, left.j, left.to_j, left.l, left.to_l,
                                          left.intercept) < std::tie(right.predicted, right.j,
                                                                     right.to_j, right.l,
                                                                     right.to_l, right.intercept);
                      });
    moves_.resize(kept);
}

double Polish::evaluate_move(const Move& move, const Points& trial, Scale& scale) {
    const int added = place_[move.l] < 0 ? move.l : 0;
    const Rows& rows = cells_.select(added);
    totals_.assign(rows.n4, 0.0);
    for (int c = 0; c < rows.p; ++c) {
        const int j = c == 0 ? 0 : cells_.features()[c - 1];
        if (trial[j] != 0) {
            const double v = static_cast<double>(trial[j]);
            rows.x[c].each(rows.n4, [&](int i, double x) { totals_[i] += v * x; });
        }
    }
    return valuation_.run(rows, totals_.data(), scale) + model_.switch_cost(trial);
}

Rounding::Result Polish::run(Points points, bool same_size) {
    double bound;
    scale_ = model_.best_scale(points, bound);
    const double before = model_.exact_loss(points, scale_) + model_.switch_cost(points);
    Rounding::Result best{before, std::move(points)};
    const auto offer = [&] {
        if (best.objective < before) {
            incumbents_.offer(best.points);
        }
    };
    try {
        improve(best, same_size);
    } catch (const Stopped&) {
        offer();  // as far as it came
        throw;
    }
    offer();
    return best;
}

void Polish::improve(Rounding::Result& now, bool same_size) {
    Points& points = now.points;
    double& objective = now.objective;
    for (int step = 0; step < kSteps; ++step) {
        expand(points);
        cells_.set_base({support_.begin() + 1, support_.end()});
        collect(points);
        double best = objective - kProgress;
        Scale best_scale = scale_;
        Points best_points;
        int evaluated = 0;
        for (const Move& move : moves_) {
            if (evaluated == kAtMost || (evaluated >= kFirst && !best_points.empty())) {
                break;
            }
            Points trial = points;
            trial[0] = move.intercept;
            trial[move.j] = move.to_j;
            if (move.l != move.j) {
                trial[move.l] = move.to_l;
            }
            const int change = size_of(trial) - static_cast<int>(support_.size()) + 1;
            if ((same_size && change != 0) || !model_.allows(trial)) {
                continue;
            }
            ++evaluated;
            Scale scale = scale_;
            const double value = evaluate_move(move, trial, scale);
            if (value < best) {
                best = value;
                best_scale = scale;
                best_points = std::move(trial);
            }
        }
        if (best_points.empty()) {
            return;
        }
        points = best_points;
        objective = best;
        scale_ = best_scale;
    }
}

}  // namespace riskslim::supports
