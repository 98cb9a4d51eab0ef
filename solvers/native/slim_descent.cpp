#include "slim_descent.hpp"

#include <algorithm>
#include <numeric>

namespace riskslim::slim {

Descent::Descent(const Model& model, const Table& table, Incumbent& incumbent, std::uint64_t seed)
    : model_(model), incumbent_(incumbent), sweep_(model, table), limits_(model), random_(seed) {
    now_.points.assign(model.d + 1, 0);
    for (int j = 1; j <= model.d; ++j) {
        now_.points[j] = std::clamp<Point>(0, model.lower[j], model.upper[j]);
    }
}

// The score with `value` points of feature j (from 1), the totals of the others being held.
bool Descent::evaluate(const Points& points, int j, int value, Score& out) {
    out.points = points;
    if (j > 0) out.points[j] = value;
    const Intercepts allowed = model_.intercepts(out.points);
    if (allowed.empty()) return false;
    look();
    work_ += sweep_.work(j - 1) + model_.d;  // the score is copied and priced
    const auto priced = [&](const std::vector<Interval>* within) {
        const BestIntercept best = sweep_.best(allowed, j - 1, value, within);
        if (!best.found) return false;
        out.points[0] = best.intercept;
        out.false_negative = best.false_negative;
        out.false_positive = best.false_positive;
        model_.price(out);
        return true;
    };
    if (!priced(nullptr)) return false;
    if (!limits_.any()) return true;
    // without the limits on predictions no other intercept is better
    if (feasible_ && !model_.better(out, now_)) return false;
    work_ += limits_.work();
    const std::vector<Interval>& within = limits_.intercepts(out.points);
    return !within.empty() && priced(&within);
}

bool Descent::improve_coordinates() {
    std::vector<int> order(model_.d);
    std::iota(order.begin(), order.end(), 1);
    for (int k = model_.d - 1; k > 0; --k) std::swap(order[k], order[random_(k + 1)]);
    bool improved = false;
    Score trial;
    for (int j : order) {
        if (work_ > work_limit_) break;
        const int from = static_cast<int>(model_.lower[j]), to = static_cast<int>(model_.upper[j]);
        if (feasible_ && from == to && now_.points[j] == from) continue;
        const Points base = now_.points;
        sweep_.hold(base, j - 1);
        for (int value = from; value <= to; ++value) {
            if (value == base[j] && feasible_) continue;
            if (evaluate(base, j, value, trial) && (!feasible_ || model_.better(trial, now_))) {
                now_ = trial;
                feasible_ = improved = true;
            }
        }
    }
    return improved;
}

// One feature out, another one in.
bool Descent::improve_swaps() {
    Score trial;
    std::vector<int> order(model_.d);
    std::iota(order.begin(), order.end(), 1);
    for (int k = model_.d - 1; k > 0; --k) std::swap(order[k], order[random_(k + 1)]);
    for (int out : order) {
        if (now_.points[out] == 0 || model_.lower[out] > 0 || model_.upper[out] < 0) continue;
        Points base = now_.points;
        base[out] = 0;
        sweep_.hold(base);
        for (int in : order) {
            if (work_ > work_limit_) return false;
            if (now_.points[in] != 0 || in == out) continue;
            bool improved = false;
            const int from = static_cast<int>(model_.lower[in]);
            const int to = static_cast<int>(model_.upper[in]);
            for (int value = from; value <= to; ++value) {
                if (value != 0 && evaluate(base, in, value, trial) && model_.better(trial, now_)) {
                    now_ = trial;
                    improved = true;
                }
            }
            if (improved) return true;
        }
    }
    return false;
}

void Descent::climb() {
    sweep_.hold(now_.points);
    Score trial;
    feasible_ = false;  // the score that stood here before does not count
    feasible_ = evaluate(now_.points, 0, 0, trial);
    if (feasible_) now_ = trial;
    try {
        do {
            while (improve_coordinates()) {
            }
        } while (feasible_ && improve_swaps());
    } catch (const Stopped&) {
        if (feasible_) incumbent_.offer(now_);  // as far as it came
        throw;
    }
    if (feasible_) incumbent_.offer(now_);
}

void Descent::offer_start() {
    sweep_.hold(now_.points);
    Score trial;
    feasible_ = false;
    if (evaluate(now_.points, 0, 0, trial)) incumbent_.offer(trial);
}

void offer_known(const Model& model, Incumbent& incumbent, const Points& points) {
    Sweep sweep(model, model.table);
    sweep.hold(points);
    const BestIntercept errors = sweep.at(points[0]);
    Score score;
    score.points = points;
    score.false_negative = errors.false_negative;
    score.false_positive = errors.false_positive;
    model.price(score);
    incumbent.offer(score);
}

// The incumbent may come from a larger box, whose features have no columns here.
Points Descent::boxed(Points points) const {
    for (int j = 0; j <= model_.d; ++j) {
        points[j] = std::clamp(points[j], model_.lower[j], model_.upper[j]);
    }
    return points;
}

void Descent::polish(const Points& points) {
    now_.points = boxed(points);
    climb();
}

void Descent::run(double work) {
    work_ = 0.0;
    work_limit_ = work;
    Score best;
    if (incumbent_.read(best)) now_.points = boxed(best.points);
    climb();
    Score current = now_;
    bool any = feasible_;
    while (work_ < work) {
        now_ = current;
        // Half of the time a few features move, half of the time part of the score is rebuilt.
        const bool rebuild = random_(2) == 0;
        for (int j = 1; rebuild && j <= model_.d; ++j) {
            const bool may_leave = model_.lower[j] <= 0 && model_.upper[j] >= 0;
            if (may_leave && random_(2) == 0) now_.points[j] = 0;
        }
        const int kicks = 1 + random_(3);
        for (int k = 0; k < kicks && model_.d > 0; ++k) {
            const int j = 1 + random_(model_.d);
            now_.points[j] =
                model_.lower[j] + random_(static_cast<int>(model_.upper[j] - model_.lower[j] + 1));
        }
        work_ += 1.0;
        climb();
        if (!feasible_) continue;
        if (!any || now_.value <= current.value + model_.tie()) {
            current = now_;
            any = true;
        } else if (random_(20) == 0) {
            if (random_(2) == 0 && incumbent_.read(best)) now_.points = boxed(best.points);
            climb();
            current = now_;
        }
    }
    work_limit_ = 1e300;
}

}  // namespace riskslim::slim
