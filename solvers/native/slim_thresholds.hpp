// Thresholds on totals, and the least that changes below them add up to.
#pragma once

#include <algorithm>
#include <limits>

namespace riskslim::slim {

constexpr int kMostParts = 8;  // of a cell: more are sorted, not merged

// Least sum of changes below one threshold, of rows that come in the order of their totals; equal
// totals are on the same side.
class OneThreshold {
public:
    void add(double total, double change) {
        if (total > before_) best_ = std::min(best_, sum_);
        before_ = total;
        sum_ += change;
    }
    double least() const { return std::min(best_, sum_); }

private:
    double before_ = -std::numeric_limits<double>::infinity();
    double sum_ = 0.0, best_ = 0.0;
};

// The same where each part has a threshold of its own, and those of higher parts are no higher:
// sum_[q] is the least where the q highest parts are past theirs.
class FallingThresholds {
public:
    explicit FallingThresholds(int parts) : parts_(parts) {}
    void add(double total, double change, int above) {
        if (total > before_) pass();
        before_ = total;
        for (int q = 0; q <= above; ++q) sum_[q] += change;
    }
    double least() {
        pass();
        return sum_[parts_];
    }

private:
    void pass() {
        for (int q = 0; q < parts_; ++q) sum_[q + 1] = std::min(sum_[q + 1], sum_[q]);
    }
    const int parts_;
    double before_ = -std::numeric_limits<double>::infinity();
    double sum_[kMostParts + 1] = {};
};

}  // namespace riskslim::slim
