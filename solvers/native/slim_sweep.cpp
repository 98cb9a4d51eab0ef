#include "slim_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace riskslim::slim {
namespace {

constexpr std::size_t kFewValues = 8;

}  // namespace

Sweep::Sweep(const Model& model, const Table& table)
    : model_(model),
      table_(table),
      slack_(model.whole_weights ? 0.0 : model.tie()),
      points_(model.d, 0),
      held_(table.rows, 0),
      held_real_(table.rows, 0.0),
      held_size_(table.rows, 0.0),
      threshold_(model.small_totals ? table.rows : 0, 0),
      far_threshold_(model.small_totals ? 0 : table.rows, 0),
      order_(table.rows) {
    for (int i = 0; i < table.rows; ++i) {
        (i < table.positives ? all_positive_ : all_negative_) += table.weight[i];
    }
    code_.resize(table.whole.size());
    value_.resize(table.whole.size());
    for (std::size_t j = 0; j < table.whole.size(); ++j) {
        std::vector<std::int32_t>& values = value_[j];
        for (std::int32_t x : table.whole[j]) {
            const auto at = std::find(values.begin(), values.end(), x);
            code_[j].push_back(static_cast<std::uint8_t>(at - values.begin()));
            if (at == values.end()) values.push_back(x);
            if (values.size() > kFewValues) break;
        }
        if (values.size() > kFewValues) code_[j].clear();
    }
}

void Sweep::hold(const Points& points, int without) {
    grouped_for_ = -1;
    bool same = true;
    for (int j = 0; j < model_.d; ++j) {
        const Point held = j == without ? 0 : points[j + 1];
        same = same && points_[j] == held;
        points_[j] = held;
    }
    if (same) return;
    std::fill(held_.begin(), held_.end(), 0);
    for (int j = 0; j < model_.d; ++j) {
        const int p = static_cast<int>(points_[j]);
        if (p == 0 || !model_.small_totals) continue;
        const std::int32_t* x = table_.whole[j].data();
        for (int i = 0; i < table_.rows; ++i) held_[i] += p * x[i];
    }
    if (!model_.small_totals) model_.plain_totals(table_, points_.data(), held_real_, held_size_);
    if (!held_.empty()) {
        held_low_ = *std::min_element(held_.begin(), held_.end());
        held_high_ = *std::max_element(held_.begin(), held_.end());
    }
}

// Worth it where the groups are far fewer than the rows.
bool Sweep::by_groups(int j) const {
    if (j < 0 || !model_.small_totals || code_[j].empty()) return false;
    const double span = static_cast<double>(held_high_) - held_low_ + 1.0;
    return 4.0 * span * static_cast<double>(value_[j].size()) < table_.rows;
}

double Sweep::work(int j) const {
    return !by_groups(j) ? table_.rows : grouped_for_ == j ? 0.1 * table_.rows : 1.1 * table_.rows;
}

void Sweep::group(int j) {
    const std::size_t span = static_cast<std::size_t>(held_high_ - held_low_) + 1;
    const std::size_t side = span * value_[j].size();
    grouped_.assign(2 * side, 0.0);
    for (int i = 0; i < table_.rows; ++i) {
        grouped_[(i < table_.positives ? 0 : side) + code_[j][i] * span + (held_[i] - held_low_)] +=
            table_.weight[i];
    }
    grouped_for_ = j;
}

BestIntercept Sweep::best_of_groups(const Intercepts& allowed, int j, int value) {
    if (grouped_for_ != j) group(j);
    const long span = static_cast<long>(held_high_) - held_low_ + 1;
    const std::vector<std::int32_t>& values = value_[j];
    long first = value * static_cast<long>(values[0]), last = first;
    for (std::int32_t x : values) {
        first = std::min(first, value * static_cast<long>(x));
        last = std::max(last, value * static_cast<long>(x));
    }
    const long width = last - first + span;
    turn_positive_.assign(width, 0.0);
    turn_negative_.assign(width, 0.0);
    const double* source = grouped_.data();
    for (std::vector<double>* side : {&turn_positive_, &turn_negative_}) {
        for (std::int32_t x : values) {
            double* target = side->data() + (value * static_cast<long>(x) - first);
            for (long k = 0; k < span; ++k) target[k] += source[k];
            source += span;
        }
    }
    // From the lowest total down to the highest intercept: at -total, that total is 0 and wrong
    // for both sides.
    BestIntercept best;
    const long lowest = held_low_ + first;
    double fn = all_positive_, fp = 0.0;
    consider(-kFar, -(lowest + width), fn, fp, allowed, best);
    for (long k = width - 1; k >= 0; --k) {
        fp += turn_negative_[k];
        if (k + 1 < width) fn -= turn_positive_[k + 1];
        consider(-(lowest + k), -(lowest + k), fn, fp, allowed, best);
    }
    consider(-lowest + 1, kFar, 0.0, all_negative_, allowed, best);
    return best;
}

void Sweep::set_thresholds(int j, int value) {
    const int n = table_.rows, positives = table_.positives;
    std::int32_t* t = threshold_.data();
    const std::int32_t* u = held_.data();
    if (value == 0) {
        for (int i = 0; i < positives; ++i) t[i] = 1 - u[i];
        for (int i = positives; i < n; ++i) t[i] = -1 - u[i];
    } else {
        const std::int32_t* x = table_.whole[j].data();
        for (int i = 0; i < positives; ++i) t[i] = 1 - u[i] - value * x[i];
        for (int i = positives; i < n; ++i) t[i] = -1 - u[i] - value * x[i];
    }
}

// Totals of reals, or of integers beyond 32 bits.
void Sweep::set_far_thresholds(int j, int value) {
    if (value != 0) points_[j] = value;
    for (int i = 0; i < table_.rows; ++i) {
        const double term = value == 0 ? 0.0 : value * table_.x[j][i];
        const double total = held_real_[i] + term, size = held_size_[i] + std::fabs(term);
        const long turn = std::fabs(total) > double(kFar)
                              ? (total > 0.0 ? -kFar : kFar)
                              : model_.threshold(table_, i, points_.data(), total, size);
        far_threshold_[i] = std::clamp(turn, -kFar, kFar);
    }
    if (value != 0) points_[j] = 0;
}

// The allowed intercept of from..to that is nearest to zero, the negative one of two.
bool Sweep::nearest(long from, long to, const Intercepts& allowed, long& choice) {
    choice = 0;
    if (from <= 0 && to >= 0 && allowed.zero) return true;
    from = std::max(from, allowed.low);
    to = std::min(to, allowed.high);
    if (from > to) return false;
    choice = from > 0 ? from : to < 0 ? to : from < 0 ? -1 : 1;
    return choice <= to;  // else zero alone is left, and the rules forbid it
}

// The errors are the same at all intercepts from..to.
void Sweep::consider(long from, long to, double fn, double fp, const Intercepts& allowed,
                     BestIntercept& best) const {
    const double error = fn + fp;
    if (best.found && error > best.error + slack_) return;
    if (!model_.limits_hold(fn, fp)) return;
    long choice = 0;
    if (within_ == nullptr) {
        if (!nearest(from, to, allowed, choice)) return;
    } else {
        bool any = false;
        auto part = std::lower_bound(
            within_->begin(), within_->end(), from,
            [](const Interval& interval, long value) { return interval.to < value; });
        for (; part != within_->end() && part->from <= to; ++part) {
            long next;
            if (!nearest(std::max(from, part->from), std::min(to, part->to), allowed, next)) {
                continue;
            }
            // the intervals ascend: of -k and k the first stays
            if (!any || std::labs(next) < std::labs(choice)) choice = next;
            any = true;
        }
        if (!any) return;
    }
    const bool fewer = !best.found || error < best.error - slack_;
    if (fewer || std::labs(choice) < std::labs(best.intercept)) {
        best = {true, error, fn, fp, choice};
    }
}

BestIntercept Sweep::best(const Intercepts& allowed, int j, int value,
                          const std::vector<Interval>* within) {
    within_ = within;
    BestIntercept best;
    if (table_.rows == 0) {
        consider(-kFar, kFar, 0.0, 0.0, allowed, best);
        return best;
    }
    if (by_groups(j)) return best_of_groups(allowed, j, value);
    if (model_.small_totals) {
        set_thresholds(j, value);
        return best_of_thresholds(threshold_, allowed);
    }
    set_far_thresholds(j, value);
    return best_of_thresholds(far_threshold_, allowed);
}

template <class T>
BestIntercept Sweep::best_of_thresholds(const std::vector<T>& threshold,
                                        const Intercepts& allowed) {
    BestIntercept best;
    const int n = table_.rows, positives = table_.positives;
    const T* t = threshold.data();
    T first = t[0], last = t[0];
    for (int i = 1; i < n; ++i) {
        first = std::min(first, t[i]);
        last = std::max(last, t[i]);
    }
    // A positive row is right from its threshold on, a negative one up to its own.
    double fn = all_positive_, fp = 0.0;
    const long span = static_cast<long>(last) - first + 1;
    if (span <= 4L * n + 1024) {
        turn_positive_.assign(span, 0.0);
        turn_negative_.assign(span, 0.0);
        for (int i = 0; i < positives; ++i) turn_positive_[t[i] - first] += table_.weight[i];
        for (int i = positives; i < n; ++i) turn_negative_[t[i] - first] += table_.weight[i];
        consider(-kFar, first - 1L, fn, fp, allowed, best);
        for (long k = 0; k < span; ++k) {
            fn -= turn_positive_[k];
            if (k > 0) fp += turn_negative_[k - 1];
            consider(first + k, first + k, fn, fp, allowed, best);
        }
        consider(last + 1L, kFar, 0.0, all_negative_, allowed, best);
        return best;
    }
    std::iota(order_.begin(), order_.end(), 0);
    // a negative row turns wrong one past its threshold
    const auto turn = [&](int i) { return static_cast<long>(t[i]) + (i >= positives); };
    std::sort(order_.begin(), order_.end(), [&](int a, int b) { return turn(a) < turn(b); });
    long from = -kFar;
    for (int k = 0; k < n;) {
        const long next = turn(order_[k]);
        consider(from, next - 1, fn, fp, allowed, best);
        for (; k < n && turn(order_[k]) == next; ++k) {
            const int i = order_[k];
            (i < positives ? fn : fp) += i < positives ? -table_.weight[i] : table_.weight[i];
        }
        from = next;
    }
    consider(from, kFar, fn, fp, allowed, best);
    return best;
}

template <class T>
BestIntercept Sweep::errors_at(const std::vector<T>& threshold, long intercept) const {
    BestIntercept out{true, 0.0, 0.0, 0.0, intercept};
    for (int i = 0; i < table_.positives; ++i) {
        if (intercept < threshold[i]) out.false_negative += table_.weight[i];
    }
    for (int i = table_.positives; i < table_.rows; ++i) {
        if (intercept > threshold[i]) out.false_positive += table_.weight[i];
    }
    out.error = out.false_negative + out.false_positive;
    return out;
}

BestIntercept Sweep::at(long intercept) {
    if (model_.small_totals) {
        set_thresholds(-1, 0);
        return errors_at(threshold_, intercept);
    }
    set_far_thresholds(-1, 0);
    return errors_at(far_threshold_, intercept);
}

}  // namespace riskslim::slim
