#include "descent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "lattice_rows.hpp"
#include "watch.hpp"

namespace riskslim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Moves that gain less than rounding errors of the loss can feign are no moves.
constexpr double kRelativeGain = 1e-13;
// Candidates that a quadratic model ranks first are evaluated; the others are not.
constexpr std::size_t kShortlist = 8;

struct Move {
    double value;
    double objective;
};

// Points, their scores and what the rows make of them. Trials cost O(rows of the table).
template <class Cell>
class Walk {
public:
    Walk(const LogisticData& data, const Tiles<Cell>& tiles, const Lattice& lattice,
         const double* start)
        : data_(&data),
          tiles_(&tiles),
          kernels_(&tile_kernels<Cell>()),
          lattice_(&lattice),
          scale_(lattice.scale),
          rows_(lattice, data.dimension()),
          points_(start, start + data.dimension()),
          scores_((data.rows() + 7) / 8 * 8, 0.0) {
        for (std::size_t j = 0; j < dimension(); ++j)
            points_[j] = std::min(std::max(points_[j], std::ceil(lattice.lower[j])),
                                  std::floor(lattice.upper[j]));
        refresh();
    }

    std::size_t dimension() const { return points_.size(); }
    const std::vector<double>& points() const { return points_; }
    double objective() const { return objective_; }
    bool box_is_empty() const {
        for (std::size_t j = 0; j < dimension(); ++j)
            if (std::ceil(lattice_->lower[j]) > std::floor(lattice_->upper[j])) return true;
        return false;
    }

    // Everything again from the points, without the rounding errors of the moves.
    void refresh() {
        std::vector<double> scaled(points_);
        for (double& x : scaled) x *= scale_;
        data_->scores(scaled.data(), scores_.data());
        rows_.reset(points_);
        objective_ = loss_after(0, points_[0]) + costs();
    }

    void set(std::size_t j, double value, double objective) {
        rows_.move(j, points_[j], value);
        for (std::size_t t = 0; t < tiles_->count(); ++t)
            kernels_->shift(column(t, j), tiles_->rows(t), scale_ * (value - points_[j]),
                            scores_.data() + t * kTileRows);
        points_[j] = value;
        objective_ = objective;
    }

    double objective_after(std::size_t j, double value) const {
        if (value == points_[j]) return objective_;
        return loss_after(j, value) + costs_after(j, value);
    }

    // The best value of coordinate j that box and rows allow, the others as they
    // are; an infinite objective if there is none. The loss is convex in the value,
    // but the cost of being non-zero and the rows on indicators single out zero.
    Move best_move(std::size_t j, bool must_be_nonzero = false) const {
        Move best{points_[j], kInfinity};
        const Interval values = rows_.nonzero_values(j, points_[j]);
        const bool zero_in_box = lattice_->lower[j] <= 0.0 && lattice_->upper[j] >= 0.0;
        const bool zero = !must_be_nonzero && zero_in_box && rows_.allows(j, points_[j], 0.0);
        if (!values.empty()) best = best_on_line(j, values);
        const double cost = lattice_->switch_cost[j];
        if (best.objective < kInfinity && best.value != 0.0) {
            best.objective += costs_after(j, best.value);
        } else if (best.objective < kInfinity && (!zero || cost < 0.0)) {
            // Zero minimises the loss but is not to be had, or being non-zero pays.
            best.objective = kInfinity;
            for (const double value : {-1.0, 1.0})
                if (value >= values.low && value <= values.high) consider(j, value, best);
        }
        if (zero && best.value != 0.0)
            consider(j, 0.0, best);
        else if (zero)
            best = {0.0, objective_after(j, 0.0)};
        return best;
    }

    // One pass over the table: slope and curvature of the loss along every feature.
    void line_models(std::vector<double>& slope, std::vector<double>& curvature) const {
        const ScoreKernels& on_scores = score_kernels();
        slope.assign(dimension(), 0.0);
        curvature.assign(dimension(), 0.0);
        alignas(64) double r[kTileRows], h[kTileRows];
        for (std::size_t t = 0; t < tiles_->count(); ++t) {
            look();
            const std::size_t rows = tiles_->rows(t);
            const double* s = scores_.data() + t * kTileRows;
            slope[0] += on_scores.terms(s, rows, positive(t), negative(t), r).slope.value();
            on_scores.curvatures(s, rows, positive(t), negative(t), h);
            for (std::size_t i = 0; i < rows; ++i) curvature[0] += h[i];
            kernels_->line_models(tiles_->tile(t), rows, dimension() - 1, r, h, slope.data() + 1,
                                  curvature.data() + 1);
        }
        for (std::size_t j = 0; j < dimension(); ++j) {
            slope[j] *= scale_ / data_->total_weight();
            curvature[j] *= scale_ * scale_ / data_->total_weight();
        }
    }

    bool rows_hold() const { return rows_.violation() == 0.0; }

    // Moves that bring the rows nearest to holding, the cheapest of them, while there are any.
    bool repair(const bool* free) {
        for (double violation = rows_.violation(); violation > 0.0;) {
            double least = violation;
            std::vector<std::pair<std::size_t, double>> ties;
            for (std::size_t j = 0; j < dimension(); ++j) {
                if (free && !free[j]) continue;
                const double low = std::ceil(lattice_->lower[j]);
                const double high = std::floor(lattice_->upper[j]);
                std::vector<double> values{0.0, points_[j] - 1, points_[j] + 1, low, high};
                rows_.add_remedies(j, points_[j], values);
                std::sort(values.begin(), values.end());
                values.erase(std::unique(values.begin(), values.end()), values.end());
                for (const double value : values) {
                    if (!(value >= low && value <= high) || value == points_[j]) continue;
                    const double after = rows_.violation_after(j, points_[j], value);
                    if (after < least * (1 - 1e-9)) {
                        least = after;
                        ties.clear();
                    }
                    if (after < violation * (1 - 1e-9) && after <= least)
                        ties.emplace_back(j, value);
                }
            }
            if (ties.empty()) return false;
            Move best{0.0, kInfinity};
            std::size_t at = 0;
            for (const auto& [j, value] : ties) {
                const double before = best.objective;
                consider(j, value, best);
                if (best.objective < before) at = j;
            }
            if (!(best.objective < kInfinity)) return false;
            set(at, best.value, best.objective);
            rows_.reset(points_);
            violation = rows_.violation();
        }
        return true;
    }

private:
    const double* positive(std::size_t t) const { return data_->positive() + t * kTileRows; }
    const double* negative(std::size_t t) const { return data_->negative() + t * kTileRows; }
    // The intercept's column of ones is not stored.
    const Cell* column(std::size_t t, std::size_t j) const {
        return j == 0 ? nullptr : tiles_->column(t, j - 1);
    }

    double costs() const {
        double sum = 0.0;
        for (std::size_t j = 0; j < dimension(); ++j)
            if (points_[j] != 0.0) sum += lattice_->switch_cost[j];
        return sum;
    }

    double costs_after(std::size_t j, double value) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < dimension(); ++k)
            if ((k == j ? value : points_[k]) != 0.0) sum += lattice_->switch_cost[k];
        return sum;
    }

    double loss_after(std::size_t j, double value) const {
        look();
        CompensatedSum sum;
        for (std::size_t t = 0; t < tiles_->count(); ++t)
            sum.add(kernels_->line_loss(column(t, j), tiles_->rows(t),
                                        scale_ * (value - points_[j]),
                                        scores_.data() + t * kTileRows, positive(t), negative(t)));
        return sum.value() / data_->total_weight();
    }

    LineTerms terms_after(std::size_t j, double value) const {
        look();
        CompensatedSum loss, slope, curvature;
        for (std::size_t t = 0; t < tiles_->count(); ++t) {
            const LineTerms terms =
                kernels_->line_terms(column(t, j), tiles_->rows(t), scale_ * (value - points_[j]),
                                     scores_.data() + t * kTileRows, positive(t), negative(t));
            loss.add(terms.loss);
            slope.add(terms.slope);
            curvature.add(terms.curvature);
        }
        return {loss.value() / data_->total_weight(), slope.value() * scale_,
                curvature.value() * scale_ * scale_};
    }

    void consider(std::size_t j, double value, Move& best) const {
        const double objective = objective_after(j, value);
        if (objective < best.objective) best = {value, objective};
    }

    // Integer minimiser of the loss along j: the sign of the slope brackets it,
    // Newton's step says where to look next, and bisection ends what Newton prolongs.
    Move best_on_line(std::size_t j, const Interval& values) const {
        double low = values.low, high = values.high;
        double value = std::min(std::max(points_[j], low), high);
        Move best{value, kInfinity};
        for (int trial = 0; low <= high; ++trial) {
            const LineTerms terms = terms_after(j, value);
            if (terms.loss < best.objective) best = {value, terms.loss};
            if (terms.slope > 0.0)
                high = value - 1;
            else if (terms.slope < 0.0)
                low = value + 1;
            else
                break;
            const double newton = value - terms.slope / terms.curvature;
            const double next = trial < 6 && std::isfinite(newton) ? std::nearbyint(newton)
                                                                   : std::floor((low + high) / 2);
            value = std::min(std::max(next, low), high);
        }
        return best;
    }

    const LogisticData* data_;
    const Tiles<Cell>* tiles_;
    const TileKernels<Cell>* kernels_;
    const Lattice* lattice_;
    double scale_;
    RowActivities rows_;
    std::vector<double> points_, scores_;
    double objective_ = kInfinity;
};

bool improves(double objective, double incumbent) {
    return objective < incumbent - kRelativeGain * std::max(std::fabs(incumbent), 1e-3);
}

// Indices of the smallest estimates, equal ones in the order of the coordinates.
std::vector<std::size_t> shortlist(const std::vector<double>& estimates) {
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < estimates.size(); ++k)
        if (estimates[k] < kInfinity) order.push_back(k);
    const std::size_t count = std::min(kShortlist, order.size());
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return estimates[a] < estimates[b]; });
    order.resize(count);
    return order;
}

// The best move of any coordinate, again and again: with a limit on the size, the
// features that help most must not find the places taken.
template <class Cell>
void descend(Walk<Cell>& walk, const bool* free) {
    while (true) {
        Move best{0.0, walk.objective()};
        std::size_t at = walk.dimension();
        for (std::size_t j = 0; j < walk.dimension(); ++j) {
            if (!free[j]) continue;
            const Move move = walk.best_move(j);
            if (move.value == walk.points()[j] || !(move.objective < best.objective)) continue;
            best = move;
            at = j;
        }
        if (at == walk.dimension() || !improves(best.objective, walk.objective())) return;
        walk.set(at, best.value, best.objective);
    }
}

// Intercept and features in use, one after the other, while they gain.
template <class Cell>
void polish(Walk<Cell>& walk, const bool* free) {
    for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t j = 0; j < walk.dimension(); ++j) {
            if (!free[j] || (j > 0 && walk.points()[j] == 0.0)) continue;
            const Move move = walk.best_move(j);
            if (move.value == walk.points()[j] || !improves(move.objective, walk.objective()))
                continue;
            walk.set(j, move.value, move.objective);
            moved = true;
        }
    }
}

template <class Cell>
void follow_with_intercept(Walk<Cell>& walk, const bool* free) {
    if (!free[0]) return;
    const Move move = walk.best_move(0);
    if (move.objective < walk.objective()) walk.set(0, move.value, move.objective);
}

// One more or one less point for a feature in use, the others and the intercept
// following: where features go together, no move of one alone gains.
template <class Cell>
bool nudge(Walk<Cell>& walk, const Lattice& lattice, const bool* free) {
    bool nudged = false;
    const std::unique_ptr<bool[]> others(new bool[walk.dimension()]);
    for (std::size_t j = 1; j < walk.dimension(); ++j) {
        for (const double step : {-1.0, 1.0}) {
            const double value = walk.points()[j] + step;
            if (walk.points()[j] == 0.0 || value == 0.0 || !free[j] || value < lattice.lower[j] ||
                value > lattice.upper[j])
                continue;
            Walk<Cell> trial = walk;
            trial.set(j, value, trial.objective_after(j, value));
            std::copy(free, free + walk.dimension(), others.get());
            others[j] = false;
            polish(trial, others.get());
            if (!trial.rows_hold() || !improves(trial.objective(), walk.objective())) continue;
            walk = trial;
            nudged = true;
        }
    }
    return nudged;
}

// Drop a feature, let the intercept follow, add the feature that then helps most.
template <class Cell>
bool swap(Walk<Cell>& walk, const Lattice& lattice, const bool* free) {
    std::vector<double> slope, curvature, estimates(walk.dimension());
    bool swapped = false;
    for (std::size_t j = 1; j < walk.dimension(); ++j) {
        if (walk.points()[j] == 0.0 || !free[j] || lattice.lower[j] > 0.0 || lattice.upper[j] < 0.0)
            continue;
        Walk<Cell> without = walk;
        without.set(j, 0.0, without.objective_after(j, 0.0));
        follow_with_intercept(without, free);
        without.line_models(slope, curvature);
        for (std::size_t k = 0; k < walk.dimension(); ++k) {
            estimates[k] = kInfinity;
            if (k == 0 || k == j || without.points()[k] != 0.0 || !free[k]) continue;
            const double newton = curvature[k] > 0.0 ? -slope[k] / curvature[k] : 0.0;
            const double step = std::min(std::max(newton, lattice.lower[k]), lattice.upper[k]);
            estimates[k] = (slope[k] + 0.5 * curvature[k] * step) * step + lattice.switch_cost[k];
        }
        Walk<Cell> best = without;
        double least = kInfinity;
        for (const std::size_t k : shortlist(estimates)) {
            const Move add = without.best_move(k, true);
            if (!(add.objective < kInfinity)) continue;
            Walk<Cell> trial = without;
            trial.set(k, add.value, add.objective);
            follow_with_intercept(trial, free);
            if (!trial.rows_hold() || !(trial.objective() < least)) continue;
            least = trial.objective();
            best = trial;
        }
        if (!(least < kInfinity)) continue;
        polish(best, free);
        if (improves(best.objective(), walk.objective())) {
            walk = best;
            swapped = true;
        }
    }
    return swapped;
}

// Rounds the cheapest coordinate until none is left; false when over the cutoff.
template <class Cell>
bool round_all(Walk<Cell>& walk, double cutoff) {
    for (std::size_t j = 0; j < walk.dimension(); ++j) {
        const double x = walk.points()[j], nearest = std::nearbyint(x);
        if (x != nearest && std::fabs(x - nearest) < 1e-9)
            walk.set(j, nearest, walk.objective_after(j, nearest));
    }
    std::vector<double> slope, curvature;
    while (true) {
        // Estimates of rounding down (even entries) and up (odd entries).
        std::vector<double> estimates(2 * walk.dimension(), kInfinity);
        bool fractional = false;
        walk.line_models(slope, curvature);
        for (std::size_t j = 0; j < walk.dimension(); ++j) {
            const double x = walk.points()[j];
            if (x == std::nearbyint(x)) continue;
            fractional = true;
            for (int up = 0; up < 2; ++up) {
                const double step = std::floor(x) + up - x;
                estimates[2 * j + up] = (slope[j] + 0.5 * curvature[j] * step) * step;
            }
        }
        if (!fractional) return true;
        std::size_t at = 0;
        Move best{0.0, kInfinity};
        for (const std::size_t k : shortlist(estimates)) {
            const double value = std::floor(walk.points()[k / 2]) + static_cast<double>(k % 2);
            const double objective = walk.objective_after(k / 2, value);
            if (objective < best.objective) {
                best = {value, objective};
                at = k / 2;
            }
        }
        if (!(best.objective <= cutoff)) return false;
        walk.set(at, best.value, best.objective);
    }
}

}  // namespace

std::optional<std::vector<double>> sequential_rounding(const LogisticData& data,
                                                       const double* start, const Lattice& lattice,
                                                       double cutoff) {
    return data.visit([&](const auto& tiles) -> std::optional<std::vector<double>> {
        Walk walk(data, tiles, lattice, start);
        if (walk.box_is_empty() || !round_all(walk, cutoff)) return std::nullopt;
        walk.refresh();
        if (!walk.repair(nullptr)) return std::nullopt;
        return walk.points();
    });
}

std::optional<std::vector<double>> coordinate_descent(const LogisticData& data, const double* start,
                                                      const Lattice& lattice, const bool* free,
                                                      bool swaps) {
    return data.visit([&](const auto& tiles) -> std::optional<std::vector<double>> {
        std::vector<double> rounded(start, start + data.dimension());
        for (double& x : rounded) x = std::nearbyint(x);
        Walk walk(data, tiles, lattice, rounded.data());
        if (walk.box_is_empty() || !walk.repair(free)) return std::nullopt;
        try {
            do {
                descend(walk, free);
            } while (swaps && (nudge(walk, lattice, free) || swap(walk, lattice, free)));
            walk.refresh();
        } catch (const Stopped&) {
            // as far as it came: a move is made whole or not at all
        }
        if (!walk.rows_hold()) return std::nullopt;
        return walk.points();
    });
}

}  // namespace riskslim
