// The best multiplier and real intercept of fixed points, and a rigorous bound on their loss.
#include <algorithm>
#include <cmath>
#include <limits>

#include "rounding.hpp"
#include "scale_steps.hpp"
#include "support_kernel.hpp"
#include "support_model.hpp"

namespace riskslim::supports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kWide = 1e-13;   // a bracket that costs the bound more than this is narrowed
constexpr double kLoose = 1e-12;  // relative, of the ends of an intercept: far above their rounding
constexpr int kSteps = 200, kInner = 200;
constexpr int kManyRows = 1 << 16, kSample = 1 << 13;  // of so many rows some give the start

// The loss of the log odds v + t z, z being totals less their mean: f(t, v) is convex in both.
//
// For every t the best v balances the classes: the mean risk is the share of positives, which lies
// between the risks of the least and of the greatest z. So it is within L - t z of these two, L
// being the log odds of that share, and phi(t) = min over v of f is convex, its slope that of f in
// t.
//
// Rounding, u being the unit roundoff: a total is exact where totals are whole, else off by 2 u of
// itself; so is z, and by one u of its own. What follows of that stands beside `line_sums`.
class CentredLoss {
public:
    CentredLoss(const Model& model, const std::vector<double>& totals);

    struct Point : LineSums {
        double t, v;
    };

    int rows() const { return static_cast<int>(z_.size()); }
    // So many rows of it, evenly spread. The ends of an intercept stay those of all rows: it serves
    // for a start alone.
    CentredLoss sample(int size) const;
    Point at(double t, double v) const;
    // With the best v, from a guess.
    Point balanced(double t, double v) const;
    double centre() const { return centre_; }
    double lowest_v(double t) const { return odds_ - t * highest_ - loose(t); }
    double highest_v(double t) const { return odds_ - t * lowest_ + loose(t); }

private:
    CentredLoss() = default;
    void merge(const Model& model, const std::vector<double>& totals);
    double loose(double t) const {
        const double size = std::max(std::fabs(lowest_), std::fabs(highest_));
        return kLoose * (1.0 + std::fabs(odds_) + t * size) + 2.0 * t * furthest_;
    }

    std::vector<double> z_, a_, b_, off_;
    double centre_ = 0.0, odds_ = 0.0, lowest_ = kInfinity, highest_ = -kInfinity;
    double furthest_ = 0.0;  // of off_
    bool exact_ = true;      // nothing is off
};

CentredLoss::CentredLoss(const Model& model, const std::vector<double>& totals) {
    CompensatedSum mean, positives, negatives;
    for (int i = 0; i < model.n; ++i) {
        mean.add((model.a[i] + model.b[i]) * totals[i]);
        positives.add(model.positive[i]);
        negatives.add(model.negative[i]);
    }
    odds_ = std::log(positives.value()) - std::log(negatives.value());
    centre_ = model.whole_totals ? std::rint(mean.value()) : mean.value();
    merge(model, totals);
    for (double z : z_) {
        lowest_ = std::min(lowest_, z);
        highest_ = std::max(highest_, z);
    }
    for (double off : off_) {
        furthest_ = std::max(furthest_, off);
    }
    exact_ = furthest_ == 0.0;
    // rows of weight 0, as the kernel asks for
    for (std::vector<double>* column : {&z_, &a_, &b_, &off_}) {
        column->resize(padded(static_cast<int>(column->size())), 0.0);
    }
}

// Rows of equal totals count as one where their weights add up without rounding.
void CentredLoss::merge(const Model& model, const std::vector<double>& totals) {
    if (model.whole_totals && model.whole_weights) {
        std::vector<int> order(model.n);
        for (int i = 0; i < model.n; ++i) {
            order[i] = i;
        }
        std::sort(order.begin(), order.end(),
                  [&](int left, int right) { return totals[left] < totals[right]; });
        double before = -kInfinity;
        for (int i : order) {
            if (totals[i] != before) {
                z_.push_back(totals[i] - centre_);
                a_.push_back(0.0);
                b_.push_back(0.0);
                before = totals[i];
            }
            a_.back() += model.positive[i];
            b_.back() += model.negative[i];
        }
        for (std::size_t k = 0; k < z_.size(); ++k) {
            a_[k] /= model.total_weight;
            b_[k] /= model.total_weight;
        }
        off_.assign(z_.size(), 0.0);
        return;
    }
    a_.assign(model.a.begin(), model.a.begin() + model.n);
    b_.assign(model.b.begin(), model.b.begin() + model.n);
    for (int i = 0; i < model.n; ++i) {
        z_.push_back(totals[i] - centre_);
        off_.push_back(model.whole_totals
                           ? 0.0
                           : 2.0 * kUnit * std::fabs(totals[i]) + kUnit * std::fabs(z_[i]));
    }
}

CentredLoss CentredLoss::sample(int size) const {
    CentredLoss loss;
    for (int k = 0; k < size; ++k) {
        const std::size_t i = static_cast<std::size_t>(k) * z_.size() / size;
        loss.z_.push_back(z_[i]);
        loss.a_.push_back(a_[i]);
        loss.b_.push_back(b_[i]);
    }
    loss.odds_ = odds_;
    loss.lowest_ = lowest_;
    loss.highest_ = highest_;
    return loss;
}

CentredLoss::Point CentredLoss::at(double t, double v) const {
    const double* off = exact_ ? nullptr : off_.data();
    return {line_sums(static_cast<int>(z_.size()), z_.data(), a_.data(), b_.data(), off, t, v), t,
            v};
}

CentredLoss::Point CentredLoss::balanced(double t, double v) const {
    double low = lowest_v(t), high = highest_v(t);
    v = std::min(std::max(v, low), high);
    Point now = at(t, v);
    for (int step = 0; step < kInner; ++step) {
        (now.slope_v > 0.0 ? high : low) = v;
        if (std::fabs(now.slope_v) <= 0.25 * now.error_v) {
            break;
        }
        double next = v - now.slope_v / now.curvature_v;
        if (!(next > low && next < high)) {
            next = 0.5 * low + 0.5 * high;
        }
        if (std::fabs(next - v) <= kUnit * std::fabs(v) || next == low || next == high) {
            break;
        }
        v = next;
        now = at(t, v);
    }
    return now;
}

// Where the best t lies for certain, and a lower bound on the minimum.
struct Bracket {
    double low, high;
    double lowest_v, highest_v;  // of the best v of any t between
    double bound = 0.0;          // no loss is below 0

    // Convexity: f(t', v') >= f + slope_t (t' - t) + slope_v (v' - v) for all t' and v'. With the
    // last term at its worst, f exceeds its value here from some t' on.
    void narrow(const CentredLoss::Point& at) {
        const double reach = std::max(highest_v - at.v, at.v - lowest_v);
        const double across = (std::fabs(at.slope_v) + at.error_v) * std::max(reach, 0.0);
        const double slack = across + 2.0 * at.value_error, steep = std::fabs(at.slope_t);
        if (steep > at.error_t) {
            const double away = slack / (steep - at.error_t) * (1.0 + kFewTerms);
            if (at.slope_t > 0.0) {
                high = std::min(high, (at.t + away) * (1.0 + kFewTerms));
            } else {
                low = std::max(low, at.t - away * (1.0 + kFewTerms) - kFewTerms * at.t);
            }
        }
        const double below = low - at.t, above = high - at.t;
        const double tangent = std::min(at.slope_t * below, at.slope_t * above) -
                               at.error_t * std::max(std::fabs(below), std::fabs(above));
        bound = std::max(bound, at.value + tangent - across - at.value_error);
    }
};

// What Newton's method has come to: the last point, and how phi bends and v follows there.
struct Descent {
    CentredLoss::Point now;
    double curvature = 0.0, follow = 0.0;
};

// Newton's method on phi inside a bracket of the sign of its slope, v following.
Descent newton(const CentredLoss& loss, double t_lower, double t_upper, double t, double v,
               Bracket& sure) {
    ScaleSteps steps(t_lower, t_upper);
    Descent at{loss.balanced(t, v)};
    for (int step = 0; step < kSteps; ++step) {
        sure.narrow(at.now);
        const double slope = at.now.slope_t;
        at.follow = at.now.curvature_v > 0.0 ? -at.now.mixed / at.now.curvature_v : 0.0;
        at.curvature = at.now.curvature_t + at.follow * at.now.mixed;
        if (!steps.go_on(t, slope)) {
            break;
        }
        const double next = steps.next(t, slope, at.curvature);
        if (steps.is_over(t, next)) {
            break;
        }
        if (!steps.is_end(next) && std::fabs(slope) <= 0.25 * at.now.error_t) {
            break;  // rounding is all that is left
        }
        at.now = loss.balanced(next, at.now.v + at.follow * (next - t));
        t = next;
    }
    return at;
}

}  // namespace

Scale Model::best_line(const Points& points, double& bound) const {
    const CentredLoss loss(*this, totals(points));
    const auto whole_range = [&](const CentredLoss& of) {
        return Bracket{t_lower, t_upper, std::min(of.lowest_v(t_lower), of.lowest_v(t_upper)),
                       std::max(of.highest_v(t_lower), of.highest_v(t_upper))};
    };
    double start_t = std::min(std::max(1.0, t_lower), t_upper), start_v = loss.lowest_v(0.0);
    if (loss.rows() > kManyRows) {
        const CentredLoss some = loss.sample(kSample);
        Bracket unused = whole_range(some);
        const Descent at = newton(some, t_lower, t_upper, start_t, start_v, unused);
        start_t = at.now.t;
        start_v = at.now.v;
    }
    Bracket sure = whole_range(loss);
    const auto [now, curvature, follow] = newton(loss, t_lower, t_upper, start_t, start_v, sure);
    const double t = now.t;
    // Newton's steps come from one side: a far end on the other costs the bound its distance times
    // the slope's error. A slope a little beyond the minimiser has a certain sign.
    if (curvature > 0.0) {
        const double step = 8.0 * now.error_t / curvature + 1e-7 * t;
        for (const double beyond : {t - step, t + step}) {
            const double far = beyond < t ? t - sure.low : sure.high - t;
            if (far * (now.error_t + std::fabs(now.slope_t)) > kWide && beyond > t_lower &&
                beyond < t_upper) {
                sure.narrow(loss.balanced(beyond, now.v + follow * (beyond - t)));
            }
        }
        sure.narrow(now);
    }
    bound = sure.bound;
    return {t, now.v - t * loss.centre()};
}

}  // namespace riskslim::supports
