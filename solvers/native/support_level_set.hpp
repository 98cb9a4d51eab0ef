// Boxes of columns with large values, narrowed to what the incumbent leaves.
#pragma once

#include <vector>

#include "support_fit.hpp"
#include "support_incumbent.hpp"

namespace riskslim::supports {

// A column of values in the millions has coefficients of all sizes in its box, of which only the
// tiniest give a loss that any incumbent leaves; the others cost every bound its digits, since the
// rounding of a gradient counts once for each unit of the box. So the box is narrowed to one
// that holds the level set L = {w : f(w) <= cutoff} of the loss f of real coefficients:
//
// L is convex. Let w* be in L and inside a smaller box B, and let f > cutoff on every face of B
// that is not a face of the whole box. Then L lies in B: on the way from w* to a point of L
// outside, all of it in L, some face would be crossed. Each face is a fit within B, where f is well
// scaled. Faces where the fit does not prove it move outward, as far as the whole box.
//
// Values with a large mean, such as times or numbers of accounts, are centred for it: with
// b' = b + sum_j c_j w_j the same scores are b' + sum_j w_j (x_j - c_j).
class LevelSet {
public:
    LevelSet(const Model& model, double cutoff);

    // False where nothing could be narrowed; else `lower` and `upper` bound real coefficients.
    bool run(std::vector<double>& lower, std::vector<double>& upper);

private:
    struct Wide {
        std::size_t at;   // among the columns
        double unit;      // of its coefficients: moves the scores by about one
        double reach[2];  // of B below and above w*, in units
    };

    void centre_columns();
    bool find_wide();
    bool find_centre();
    void place(std::vector<double>& lower, std::vector<double>& upper) const;
    bool push_faces(const std::vector<double>& lower, const std::vector<double>& upper);
    double slack() const;
    double value_error() const;
    Rows rows() const;

    const Model& model_;
    double cutoff_;
    std::vector<int> index_;  // columns of the model that may have points, the intercept first
    std::vector<Column> columns_;
    std::vector<std::vector<double>> centred_;
    std::vector<double> shift_;  // c_j
    std::vector<char> rounded_;  // whether x_j - c_j is, for some row
    std::vector<double> lower_, upper_, weight_, centre_;
    std::vector<Wide> wide_;
    Fit fit_;
};

// Whether some column makes boxes wide.
bool is_wide(const Model& model);

// Narrows the boxes of a model, of coefficients and of points, to the level set of a cutoff, or of
// the incumbents: scores outside have a higher objective than any that is still looked for.
void narrow(Model& model, double cutoff);
void narrow(Model& model, const Incumbents& incumbents);

}  // namespace riskslim::supports
