// Rows seen through a few columns: equal ones merged into cells with two weights.
#pragma once

#include <cstdint>
#include <vector>

#include "support_model.hpp"

namespace riskslim::supports {

// Cells of a support: column 0 is the intercept, then the features in the order they were given.
struct Cells {
    int count = 0, n4 = 0;
    std::vector<std::vector<double>> x;  // empty where `bits` has a column
    std::vector<OwnColumn> bits;         // columns of 0 and 1, where these pay
    std::vector<double> a, b;
    std::vector<Column> columns;  // all of them

    Rows rows() const;
    void reset(int n_columns);
    void finish();  // pads
};

// Partition of the distinct rows by the values in some columns.
class Partition {
public:
    explicit Partition(const Model& model);

    // All rows in one group.
    void start();
    void refine(int feature);
    // By the values of these features. False, and no partition, once there are more than `limit`
    // groups.
    bool split(const std::vector<int>& features, int limit);
    bool split(const std::vector<int>& features) { return split(features, model_.n); }
    void refine_from(const Partition& coarse, int feature);
    int groups() const { return groups_; }
    const std::vector<std::int32_t>& group() const { return group_; }
    const std::vector<std::int32_t>& representative() const { return representative_; }

    // Sums the weights of each group.
    void cells(const std::vector<int>& features, Cells& out) const;

private:
    void assign(const std::vector<std::int32_t>& old, int old_groups, int feature);

    const Model& model_;
    int groups_ = 1;
    std::vector<std::int32_t> group_, representative_, table_;
    std::vector<std::int64_t> keys_;
    std::vector<std::uint64_t> mask_;
    std::vector<int> words_;
};

}  // namespace riskslim::supports
