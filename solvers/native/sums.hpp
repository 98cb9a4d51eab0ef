// Sums that do not lose digits.
#pragma once

#include <cmath>

namespace riskslim {

// a + b and the rounding error of the sum, exactly (Knuth).
inline double two_sum(double a, double b, double& error) {
    const double t = a + b, z = t - a;
    error = (a - (t - z)) + (b - z);
    return t;
}

// Sum with a running correction (Neumaier 1974): error of the sum of non-negative
// terms below two units in the last place, whatever their number in practice.
class CompensatedSum {
public:
    void add(double x) {
        const double t = sum_ + x;
        // Subtracting from an infinite sum would make a NaN of it.
        if (std::isfinite(t))
            correction_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - t) + x : (x - t) + sum_;
        sum_ = t;
    }
    void add(const CompensatedSum& other) {
        add(other.sum_);
        add(other.correction_);
    }
    // The product with its own rounding error.
    void add_product(double a, double b) {
        const double product = a * b;
        add(product);
        correction_ += std::fma(a, b, -product);
    }
    double value() const { return sum_ + correction_; }
    double high() const { return sum_; }
    double low() const { return correction_; }

private:
    double sum_ = 0.0;
    double correction_ = 0.0;
};

}  // namespace riskslim
