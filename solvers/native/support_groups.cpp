#include "support_groups.hpp"

#include <algorithm>

namespace riskslim::supports {

Groups::Groups(const std::vector<GroupLimit>& limits, int columns) : of_(columns) {
    for (const GroupLimit& limit : limits) {
        for (std::vector<int> members : limit.groups) {
            std::sort(members.begin(), members.end());
            members.erase(std::unique(members.begin(), members.end()), members.end());
            for (int j : members) {
                of_[j].push_back(count());
            }
            limit_.push_back(this->limits());
            members_.push_back(std::move(members));
        }
        most_.push_back(limit.at_most);
    }
}

void GroupUse::reset() {
    std::fill(count_.begin(), count_.end(), 0);
    std::fill(used_.begin(), used_.end(), 0);
}

void GroupUse::reset(const std::vector<int>& features) {
    reset();
    for (int j : features) {
        add(j);
    }
}

void GroupUse::take(int group) { used_[groups_.limit(group)] += count_[group]++ == 0; }

void GroupUse::add(int feature) {
    if (groups_.empty()) {
        return;
    }
    for (int g : groups_.of(feature)) {
        take(g);
    }
}

void GroupUse::remove(int feature) {
    if (groups_.empty()) {
        return;
    }
    for (int g : groups_.of(feature)) {
        used_[groups_.limit(g)] -= --count_[g] == 0;
    }
}

bool GroupUse::holds() const {
    for (int limit = 0; limit < groups_.limits(); ++limit) {
        if (left(limit) < 0) {
            return false;
        }
    }
    return true;
}

bool GroupUse::has_room(int feature) const {
    if (groups_.empty()) {
        return true;
    }
    int last = -1, added = 0;
    for (int g : groups_.of(feature)) {
        added = groups_.limit(g) == last ? added : 0;
        last = groups_.limit(g);
        added += !uses(g);
        if (added > left(last)) {
            return false;
        }
    }
    return true;
}

}  // namespace riskslim::supports
