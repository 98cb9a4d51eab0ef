// Limits on how many groups of features a score uses: variables with several cuts, say.
#pragma once

#include <vector>

namespace riskslim::supports {

// At most so many of these groups are used; a group is used where any of its columns is not zero.
// Groups may share columns, and leave columns out.
struct GroupLimit {
    std::vector<std::vector<int>> groups;
    int at_most;
};

// The groups of all limits, numbered through.
class Groups {
public:
    Groups() = default;
    // `columns`: columns of the model, the intercept among them.
    Groups(const std::vector<GroupLimit>& limits, int columns);

    bool empty() const { return most_.empty(); }
    int count() const { return static_cast<int>(limit_.size()); }
    int limits() const { return static_cast<int>(most_.size()); }
    int limit(int group) const { return limit_[group]; }
    int most(int limit) const { return most_[limit]; }
    const std::vector<int>& members(int group) const { return members_[group]; }
    const std::vector<int>& of(int column) const { return of_[column]; }  // by limit

private:
    std::vector<int> most_;                  // of each limit
    std::vector<int> limit_;                 // of each group
    std::vector<std::vector<int>> members_;  // columns of each group, ascending
    std::vector<std::vector<int>> of_;       // groups of each column, ascending
};

// The groups that a set of features uses, followed feature by feature.
class GroupUse {
public:
    explicit GroupUse(const Groups& groups)
        : groups_(groups), count_(groups.count(), 0), used_(groups.limits(), 0) {}

    void reset();
    void reset(const std::vector<int>& features);
    void add(int feature);
    void remove(int feature);
    void take(int group);  // as if one more of its features were used

    bool uses(int group) const { return count_[group] > 0; }
    int left(int limit) const { return groups_.most(limit) - used_[limit]; }
    bool holds() const;
    // Whether every limit holds with this feature as well.
    bool has_room(int feature) const;

private:
    const Groups& groups_;
    std::vector<int> count_;  // features of each group
    std::vector<int> used_;   // groups of each limit
};

}  // namespace riskslim::supports
