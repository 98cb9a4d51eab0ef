// Newton's steps to the scale t at which a convex loss is least, within a range of scales.
#pragma once

#include <cmath>

namespace riskslim::supports {

// They stay inside a bracket of the sign of the slope.
class ScaleSteps {
public:
    ScaleSteps(double lower, double upper)
        : lower_(lower), upper_(upper), low_(lower), high_(upper) {}

    // Takes note of the slope at t; false where it says that t is the best of the range.
    bool go_on(double t, double slope) {
        (slope > 0.0 ? high_ : low_) = t;
        seen_lower_ = seen_lower_ || t == lower_;
        seen_upper_ = seen_upper_ || t == upper_;
        return !(slope == 0.0 || (slope > 0.0 && t == lower_) || (slope < 0.0 && t == upper_));
    }

    // Where to go from t, of which note was taken.
    double next(double t, double slope, double curvature) const {
        const double newton = curvature > 0.0 ? t - slope / curvature : -1.0;
        if (newton <= lower_ && slope > 0.0 && !seen_lower_) {
            return lower_;
        }
        if (newton >= upper_ && slope < 0.0 && !seen_upper_) {
            return upper_;
        }
        if (newton > low_ && newton < high_) {
            return newton;
        }
        // a range of many orders of magnitude is halved in these
        return high_ > 4.0 * low_ ? std::sqrt(low_ * high_) : 0.5 * (low_ + high_);
    }

    bool is_end(double t) const { return t == lower_ || t == upper_; }

    // Whether the way from t to the next is none but for rounding; to an end it always is one.
    bool is_over(double t, double next) const {
        return !is_end(next) && (std::fabs(next - t) <= 4e-16 * t || next == low_ || next == high_);
    }

private:
    double lower_, upper_;  // the range
    double low_, high_;     // the bracket
    // Steps from either end of the range may lead to the other: each is seen once.
    bool seen_lower_ = false, seen_upper_ = false;
};

}  // namespace riskslim::supports
