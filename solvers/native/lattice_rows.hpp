// The rows of a lattice, with their activities followed move by move.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "descent.hpp"
#include "rounding.hpp"

namespace riskslim {

struct Interval {
    double low;
    double high;
    bool empty() const { return !(low <= high); }
};

class RowActivities {
public:
    RowActivities(const Lattice& lattice, std::size_t dimension)
        : lattice_(&lattice),
          dimension_(dimension),
          activity_(lattice.rows),
          tolerance_(lattice.rows) {
        // Sums of real coefficients are met up to their own rounding, no more.
        for (std::size_t r = 0; r < lattice.rows; ++r) {
            double scale = 1.0;
            for (std::size_t j = 0; j < dimension; ++j)
                scale += std::fabs(indicator(r, j)) +
                         std::fabs(point(r, j)) *
                             std::max(std::fabs(lattice.lower[j]), std::fabs(lattice.upper[j]));
            tolerance_[r] = kRuleTolerance * scale;
        }
    }

    void reset(const std::vector<double>& points) {
        for (std::size_t r = 0; r < lattice_->rows; ++r) {
            CompensatedSum sum;
            for (std::size_t j = 0; j < dimension_; ++j) {
                sum.add(point(r, j) * points[j]);
                if (points[j] != 0.0) sum.add(indicator(r, j));
            }
            activity_[r] = sum.value();
        }
    }

    void move(std::size_t j, double from, double to) {
        for (std::size_t r = 0; r < lattice_->rows; ++r) activity_[r] = moved(r, j, from, to);
    }

    bool allows(std::size_t j, double from, double to) const {
        for (std::size_t r = 0; r < lattice_->rows; ++r)
            if (excess(r, moved(r, j, from, to)) > 0.0) return false;
        return true;
    }

    // Values other than zero that coordinate j may take, the others as they are.
    Interval nonzero_values(std::size_t j, double from) const {
        Interval values{std::ceil(lattice_->lower[j]), std::floor(lattice_->upper[j])};
        for (std::size_t r = 0; r < lattice_->rows; ++r) {
            const double a = point(r, j);
            const double rest = moved(r, j, from, 0.0) + indicator(r, j);
            if (a == 0.0) {
                if (excess(r, rest) > 0.0) return {1.0, 0.0};
                continue;
            }
            const double first = (lattice_->row_lower[r] - tolerance_[r] - rest) / a;
            const double second = (lattice_->row_upper[r] + tolerance_[r] - rest) / a;
            values.low = std::max(values.low, std::ceil(std::min(first, second)));
            values.high = std::min(values.high, std::floor(std::max(first, second)));
        }
        return values;
    }

    // How far the rows are from holding, each in units of its scale.
    double violation() const {
        double total = 0.0;
        for (std::size_t r = 0; r < lattice_->rows; ++r) total += scaled(r, activity_[r]);
        return total;
    }

    double violation_after(std::size_t j, double from, double to) const {
        double total = 0.0;
        for (std::size_t r = 0; r < lattice_->rows; ++r) total += scaled(r, moved(r, j, from, to));
        return total;
    }

    // Values of coordinate j at which a row that is violated now would just hold.
    void add_remedies(std::size_t j, double from, std::vector<double>& values) const {
        for (std::size_t r = 0; r < lattice_->rows; ++r) {
            const double a = point(r, j);
            if (a == 0.0 || excess(r, activity_[r]) <= 0.0) continue;
            const double side = activity_[r] < lattice_->row_lower[r] ? lattice_->row_lower[r]
                                                                      : lattice_->row_upper[r];
            const double step = (side - activity_[r]) / a;
            values.push_back(from + (step > 0 ? std::ceil(step - 1e-9) : std::floor(step + 1e-9)));
        }
    }

private:
    double point(std::size_t r, std::size_t j) const {
        return lattice_->on_points[r * dimension_ + j];
    }
    double indicator(std::size_t r, std::size_t j) const {
        return lattice_->on_indicators[r * dimension_ + j];
    }
    double moved(std::size_t r, std::size_t j, double from, double to) const {
        const double change = static_cast<double>(to != 0.0) - static_cast<double>(from != 0.0);
        return activity_[r] + point(r, j) * (to - from) + indicator(r, j) * change;
    }
    double excess(std::size_t r, double activity) const {
        return std::max(lattice_->row_lower[r] - activity, activity - lattice_->row_upper[r]) -
               tolerance_[r];
    }
    double scaled(std::size_t r, double activity) const {
        return std::max(0.0, excess(r, activity)) / (tolerance_[r] * (1.0 / kRuleTolerance));
    }

    const Lattice* lattice_;
    std::size_t dimension_;
    std::vector<double> activity_, tolerance_;
};

}  // namespace riskslim
