#include "support_scale.hpp"

#include <algorithm>
#include <cmath>

#include "scale_steps.hpp"
#include "support_kernel.hpp"

namespace riskslim::supports {
namespace {

struct ScalePoint : ScaleSums {
    double t;
};

ScalePoint at(const ScoredRows& rows, double t) {
    return {scale_sums(rows.n4, rows.score, rows.a, rows.b, t, rows.off), t};
}

// Where the minimiser of a convex function lies for certain, and a lower bound on its minimum.
struct Bracket {
    double low, high, bound = 0.0;  // no loss is below 0

    // Signs of slopes that rounding cannot turn narrow it; over what is left the tangent is a
    // bound.
    void narrow(const ScalePoint& point) {
        if (point.slope > point.slope_error) {
            high = std::min(high, point.t);
        } else if (point.slope < -point.slope_error) {
            low = std::max(low, point.t);
        }
        const double below = low - point.t, above = high - point.t;
        const double tangent = std::min(point.slope * below, point.slope * above) -
                               point.slope_error * std::max(std::fabs(below), std::fabs(above));
        bound = std::max(bound, point.value + tangent - point.value_error);
    }
};

constexpr double kWide = 1e-13;  // a bracket that costs the bound more than this is narrowed
constexpr int kIterations = 2000;
// Of so many rows the first ones give the start: rows that were merged stand in the order of a
// hash.
constexpr int kManyRows = 1 << 16, kFirstRows = 1 << 13;

// Newton inside a bracket on the sign of the slope; the last point that it saw.
ScalePoint newton(const ScoredRows& rows, double t_lower, double t_upper, double t, Bracket& sure) {
    ScaleSteps steps(t_lower, t_upper);
    ScalePoint now{};
    for (int iteration = 0; iteration < kIterations; ++iteration) {
        now = at(rows, t);
        sure.narrow(now);
        if (!steps.go_on(t, now.slope)) {
            break;
        }
        const double next = steps.next(t, now.slope, now.curvature);
        if (steps.is_over(t, next)) {
            break;
        }
        t = next;
    }
    return now;
}

}  // namespace

double best_scale(const ScoredRows& rows, double t_lower, double t_upper, double& bound) {
    double start = std::min(std::max(1.0, t_lower), t_upper);
    if (rows.n4 > kManyRows) {
        ScoredRows first = rows;
        first.n4 = kFirstRows;
        Bracket unused{t_lower, t_upper};
        start = newton(first, t_lower, t_upper, start, unused).t;
    }
    Bracket sure{t_lower, t_upper};
    const ScalePoint now = newton(rows, t_lower, t_upper, start, sure);
    const double t = now.t;
    // Newton's steps come from one side: a far end on the other costs the bound its distance times
    // the slope's error. A slope a little beyond the minimiser has a certain sign.
    if (now.curvature > 0.0) {
        const double step = 4.0 * now.slope_error / now.curvature + 1e-9 * t;
        const double error = now.slope_error;
        for (const double beyond : {t - step, t + step}) {
            const double far = beyond < t ? t - sure.low : sure.high - t;
            if (far * error > kWide && beyond > t_lower && beyond < t_upper) {
                sure.narrow(at(rows, beyond));
            }
        }
        if (sure.high - sure.low < t_upper - t_lower) {
            sure.narrow(now);
        }
    }
    bound = sure.bound;
    return t;
}

}  // namespace riskslim::supports
