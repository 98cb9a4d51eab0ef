// Errors of a score at every intercept at once: each row turns right at one integer threshold.
#pragma once

#include "slim_limits.hpp"

namespace riskslim::slim {

struct BestIntercept {
    bool found = false;
    double error = 0.0, false_negative = 0.0, false_positive = 0.0;
    long intercept = 0;
};

class Sweep {
public:
    Sweep(const Model& model, const Table& table);

    // Totals of these points (the intercept first, not read) without feature j (-1: all count).
    void hold(const Points& points, int j = -1);

    // Best intercept of what is held plus `value` points of feature j: fewest errors among those
    // that keep the limits, then closest to zero, then the negative one.
    // Where `within` is given, only intercepts in these intervals count.
    BestIntercept best(const Intercepts& allowed, int j = -1, int value = 0,
                       const std::vector<Interval>* within = nullptr);

    // Gives a score, whose features have the points that are held and `value` of feature j, its
    // best intercept and its price. False where it has none that keeps the limits, or none that
    // improves.
    template <class Improves>
    bool weigh(Score& score, const Intercepts& allowed, PredictionLimits& limits, int j, int value,
               const Improves& improves) {
        const auto taken = [&](const std::vector<Interval>* within) {
            const BestIntercept found = best(allowed, j, value, within);
            if (!found.found) return false;
            score.points[0] = found.intercept;
            score.false_negative = found.false_negative;
            score.false_positive = found.false_positive;
            model_.price(score);
            return improves(score);
        };
        // without the limits on predictions no other intercept is better
        return taken(nullptr) && (!limits.any() || taken(&limits.intercepts(score.points)));
    }

    // Errors at one intercept.
    BestIntercept at(long intercept);

    // What the next best() of feature j will read, in rows.
    double work(int j) const;

private:
    void set_thresholds(int j, int value);
    void set_far_thresholds(int j, int value);
    template <class T>
    BestIntercept best_of_thresholds(const std::vector<T>& threshold, const Intercepts& allowed);
    template <class T>
    BestIntercept errors_at(const std::vector<T>& threshold, long intercept) const;
    bool by_groups(int j) const;
    void group(int j);
    BestIntercept best_of_groups(const Intercepts& allowed, int j, int value);
    void consider(long from, long to, double fn, double fp, const Intercepts& allowed,
                  BestIntercept& best) const;

    static bool nearest(long from, long to, const Intercepts& allowed, long& choice);

    const Model& model_;
    const Table& table_;
    const std::vector<Interval>* within_ = nullptr;
    double slack_, all_positive_ = 0.0, all_negative_ = 0.0;
    Points points_;                   // features only
    std::vector<std::int32_t> held_;  // totals of small integers
    std::vector<double> held_real_, held_size_;
    std::vector<std::int32_t> threshold_;      // of rows with totals of small integers
    std::vector<std::int64_t> far_threshold_;  // of others
    std::vector<double> turn_positive_, turn_negative_;
    std::vector<int> order_;
    // Columns of few values: rows of equal value and total count together at every trial.
    std::vector<std::vector<std::uint8_t>> code_;
    std::vector<std::vector<std::int32_t>> value_;
    std::vector<double> grouped_;
    int grouped_for_ = -1;
    std::int32_t held_low_ = 0, held_high_ = 0;
};

}  // namespace riskslim::slim
