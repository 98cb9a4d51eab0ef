// Bounded logistic fits of which only some variables may leave zero.
#pragma once

#include <vector>

#include "support_fit.hpp"
#include "support_kernel.hpp"

namespace riskslim::supports {

// Minimiser of the loss over the convex hull of "at most `chosen` optional variables of the box
// are not zero": sum_j |w_j| / (end of the box on that side) <= chosen.
//
// Where points reach the ends of their box (separable data) this bounds a subtree that the box
// alone does not bound at all. Few variables leave zero, so that Newton steps are taken on a small
// working set, and one product of all columns with the slopes tells who joins it.
class SparseFit {
public:
    std::vector<double> w, gradient;
    double value = 0.0;
    double bound = 0.0;    // rigorous, over what the constructor comment describes
    bool binding = false;  // the limit on the optional variables holds at w, and costs something

    // From the tangent whose bound is the highest so far: `base` less the `chosen` best gains is
    // `bound`; gain[j - optional] is what optional variable j can gain when it alone leaves zero.
    double base = 0.0;
    std::vector<double> gain;

    // Starts at w, made feasible.
    FitEnd run(const Rows& rows, const Box& box, const Choice& choice, double cutoff);

    // What the quadratic model loses when an optional variable goes to zero and the others follow.
    void losses_without(const Rows& rows, std::vector<double>& loss);

private:
    FitEnd iterate(const Rows& rows, int chosen, double cutoff);
    double use(int j, double v) const;  // share of one choice that a value takes
    void make_feasible();
    void tangent(const Rows& rows);
    void gather(const Rows& rows, double threshold);
    void solve_model();
    double sweep(double mu, int sweeps);
    void finish_face();
    double factorise_face(const std::vector<double>& at);
    void solve_face(std::vector<double>& x) const;

    const double *lower_ = nullptr, *upper_ = nullptr, *weight_ = nullptr;
    int p_ = 0, optional_ = 0, chosen_ = 0;
    double mu_ = 0.0;                // price of a choice
    bool held_ = false;              // whether the model's minimiser pays it
    std::vector<int> index_, face_;  // working set; its part that is off the kinks and bounds
    std::vector<double> slope_, curvature_, hessian_, target_, residual_, best_, trial_gain_;
    std::vector<double> ranked_, factor_, solution_, direction_;
    std::vector<Column> columns_;
};

}  // namespace riskslim::supports
