// Bounded logistic fits that stop as soon as a rigorous bound decides.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "support_kernel.hpp"

namespace riskslim::supports {

// Why a fit stopped.
enum class FitEnd {
    above,      // its lower bound exceeds the cutoff: nothing in the box reaches it
    below,      // a point of the box reaches the cutoff and the iterate is near the minimiser
    converged,  // value and lower bound meet
    stalled,    // rounding or the iteration limit; the bound is valid all the same
};

// Bounds of p coefficients, and weight[j] >= sum_i (a_i + b_i) |x_ij|.
struct Box {
    const double* lower;
    const double* upper;
    const double* weight;
};

// The variables from this index on are features of which at most `chosen` are not zero; their boxes
// contain zero.
struct Choice {
    int optional = -1;  // none
    int chosen = 0;
};

// How far a fit goes.
enum class Until {
    decided,    // a point below the cutoff will do
    bounded,    // ... once the bound is near the value as well
    converged,  // even where a point below the cutoff is known
};

// The loss at the start of a fit, without the fit's last column, whose coefficient is zero there:
// many fits add one column each to the same others.
struct Base {
    double value = 0.0;
    const double* gradient = nullptr;                     // of the other columns
    const double *slope = nullptr, *curvature = nullptr;  // of n4 rows
    const double* hessian = nullptr;  // of the other columns: lower triangle, row by row
};

struct Task {
    Until until = Until::decided;
    // Start with the Hessian at hand, a neighbouring fit's, until it converges slowly.
    bool reuse = false;
    // The linear term of a bound counts only the best of these.
    Choice choice = {};
    const Base* base = nullptr;  // the start, where it is known
};

// Minimiser of the loss over a box, as far as the caller needed it.
//
// Every bound rests on convexity: f(v) >= f(w) + <gradient(w), v - w>, minimised over the box,
// less a bound on the rounding errors of its computation.
class Fit {
public:
    std::vector<double> w, gradient, hessian;  // hessian: lower triangle, row-major p x p
    double value = 0.0;                        // f(w), rounded
    // rigorous lower bound on f over the box; none before the first fit
    double bound = -std::numeric_limits<double>::infinity();
    double margin = 0.0;  // rounding bound that is part of `bound`
    long evaluations = 0;
    // Stop once the Newton decrement, twice what is left to gain, is below this: for heuristics.
    double enough = 0.0;

    // Starts from w, clipped into the box.
    FitEnd run(const Rows& rows, const Box& box, double cutoff, const Task& task = {});

    // Curvature at the last iterate, computed if the fit ended before it was needed.
    void refresh_hessian(const Rows& rows);
    // per row, the slope of the loss at the last iterate
    const double* slope() const { return slope_.data(); }
    const double* curvature() const { return curvature_.data(); }
    // Of a fit that ended above the cutoff: its bound is the least value over the box of a linear
    // function of the scores, below the loss; what that changes by along a column of scores, where
    // there is such a function.
    std::optional<double> slope_along(const Rows& rows, Column x) const;
    bool bound_is_of_step() const { return bound_from_ == BoundFrom::step; }

    // diagonal of the inverse of the (regularised) Hessian, entries of `free` only.
    void inverse_diagonal(const std::vector<char>& free, std::vector<double>& diagonal);

    // Column j of the same inverse; call after inverse_diagonal.
    void inverse_column(int j, std::vector<double>& column);

private:
    void factorise(const std::vector<int>& index);
    void solve(std::vector<double>& rhs) const;
    void newton_target(const Box& box, std::vector<double>& target);
    double model_at(const std::vector<double>& target);
    void evaluate_at(const Rows& rows);
    void start_from(const Base& base, const Rows& rows);
    void extend_hessian(const Base& base, const Rows& rows);
    bool is_below(const Task& task, double cutoff, double decrement) const;
    double rigorous(const Rows& rows, const Box& box, const Choice& choice);
    double rounding(const Rows& rows, const Box& box, double linear) const;
    double from_both_sides(const Rows& rows, const Box& box) const;
    double dropped_gains(const std::vector<double>& slope, const Box& box, const Choice& choice);
    double along_step(const Rows& rows, const Box& box, const Choice& choice);
    const double* pulls(const Rows& rows);

    enum class BoundFrom { tangent, step, sides };

    int p_ = 0;
    bool current_ = false;
    BoundFrom bound_from_ = BoundFrom::tangent;
    std::vector<double> slope_, curvature_, factor_, scale_, target_, best_, solution_, gain_,
        pull_;
    std::vector<double> step_, moved_, trial_, model_slope_;
    std::vector<int> index_;
};

}  // namespace riskslim::supports
