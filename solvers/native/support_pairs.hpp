// All pairs of features that may join a support, by what each can gain.
#pragma once

#include <vector>

#include "support_bits.hpp"
#include "support_node.hpp"
#include "support_screen.hpp"

namespace riskslim::supports {

// Where these hold, |d| is at most 1 / kLeastSpread, and the residual of C d + z, with entries of C
// and z that are off by 50 units and at most 1, is below 1e-9: Cramer's rule is off by 6 units of
// |z_j| + |z_l| sqrt(C_j / C_l) <= 1 + 500 over the share that the determinant keeps, 1e-3.
constexpr double kLeastSchur = 1e-6, kLeastSpread = 0.25, kLeastDeterminant = 1e-3;

// With w the minimiser on the support, z and H slopes and curvature there, and C the Schur
// complement of H onto one or two further features T, Newton's step d = -C^-1 z_T along T (and what
// the support makes of it) falls by no more than c(U) z_T' C^-1 z_T, U being the largest |x_i . d|:
// see Fit::along_step, support_conjugate.hpp. Slopes and curvatures are sums over the cells of the
// support, of counts of bits where weights are whole and features 0/1, else over rows.
class PairScan {
public:
    static constexpr int kMostCells = 64;  // of a support whose pairs are counted

    explicit PairScan(const Model& model);

    // What a look at a pair takes at this node, roughly, in operations on four numbers.
    double cost_of_pair(const Node& node) const;

    // For the support of a node that the screen has just fitted, and what is left of `maybe`. False
    // where the sums are too uncertain.
    bool set(const Node& node, Screen& screen);

    // Features of `maybe`, by place, that alone may fall by `need` and their own cost: `need` is
    // what the bound on the support, without them, lacks to the cutoff.
    void singles(double need, std::vector<int>& places) const;
    // The same of pairs with the feature at a place, and a later one.
    void partners(int place, double need, std::vector<int>& places);

    // Of the pairs that this has left of a place, those whose loss may be at most `most` less the
    // costs of the two: by some of Newton's steps, where pairs have cells.
    void fit(int place, double most, std::vector<int>& places);

    // Whether `cells` can be had.
    bool has_cells() const { return counting_; }
    // Of the support and a pair, of the place that `partners` was last asked for: columns are the
    // support's, then the pair's. Some weigh nothing.
    const Cells& cells(int first, int second);
    // Coefficients after Newton's step along a pair, or those of `fit`: intercept, support, pair.
    void start(int first, int second, std::vector<double>& w) const;

private:
    void set_rows(const Node& node, Screen& screen);
    void set_counts(const Node& node, Screen& screen);
    void set_fours(const Node& node);
    bool complement(const Node& node);
    void count_together(int g, int first, int columns);
    void test_by_cells(int place, double need, std::vector<int>& places);
    void newton_step(int first, int second, double (&step)[2]) const;
    bool is_curved(const Screen& screen) const;

    const Model& model_;
    const BitTable bits_;
    bool counting_ = false;
    int m_ = 0, q_ = 0;  // features of `maybe`; columns of the support, the intercept among them
    std::vector<int> features_, column_;         // by place; of the support, 0 first
    std::vector<double> low_, high_;             // of the node, by feature
    std::vector<double> w_;                      // on the support
    std::vector<double> slope_, square_, cost_;  // z, diagonal of H, cost; by place
    std::vector<double> cross_;                  // H between support and features: q x m
    std::vector<double> schur_, scaled_;         // diagonal of C; L^-1 cross: q x m
    std::vector<double> beta_;                   // H_S^-1 cross: m x q
    std::vector<double> spread_, slack_;         // largest |x - x_S beta|; rounding
    std::vector<double> factor_, curvature_;     // of the support; L of it
    // by rows
    std::vector<double> whole_;  // H on all
    // by counts
    std::vector<double> fitted_;  // x_S beta in each cell: cells x m
    std::vector<double> ones_;    // of each cell, rows with a feature: cells x m
    // the same of rows with the feature of a place as well; and of positive ones
    std::vector<double> both_;
    std::vector<std::uint64_t> both_positive_;
    std::vector<double> steps_, other_steps_, fall_;  // of pairs
    Cells base_, joint_;
    std::vector<double> unit_slope_, unit_curvature_;  // of each cell, for weight 1
    std::vector<BitTable::Word> masks_, local_, mask_;
    std::vector<std::uint64_t> positive_, negative_, count_;  // cells x m; m
    std::vector<double> row_;
    std::vector<unsigned char> kept_;
    // by fours
    bool in_fours_ = false;
    double reach_ = 0.0;               // of the features, at most, on a score
    std::vector<int> active_, begin_;  // of each cell, columns of the support that are 1
    int fitted_first_ = -1;            // the place that `fit` was last asked for; -1 for none
    std::vector<std::size_t> starts_at_;
    std::vector<double> starts_;
};

}  // namespace riskslim::supports
