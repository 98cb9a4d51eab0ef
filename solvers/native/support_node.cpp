#include "support_node.hpp"

namespace riskslim::supports {

long long bytes_of(const Node& node) {
    return static_cast<long long>(
        sizeof(Node) +
        sizeof(int) * (node.in.capacity() + node.maybe.capacity() + node.groups.capacity() +
                       node.families.capacity()) +
        sizeof(double) * (node.w.capacity() + node.low.capacity() + node.high.capacity()));
}

double cost_of(const Model& model, const std::vector<int>& features) {
    double total = 0.0;
    for (int j : features) {
        total += model.cost[j];
    }
    return total;
}

int deepest(const Model& model, const Incumbents& incumbents, int size, double bound) {
    for (int s = model.max_size; s >= size; --s) {
        if (incumbents.cutoff(s) >= bound) {
            return s;
        }
    }
    return size - 1;
}

void FitColumns::set(const Model& model, const Node& node, const std::vector<int>& features) {
    index_.assign(1, 0);
    index_.insert(index_.end(), features.begin(), features.end());
    lower_.clear();
    upper_.clear();
    weight_.clear();
    for (int j : index_) {
        lower_.push_back(node.low[j]);
        upper_.push_back(node.high[j]);
        weight_.push_back(model.weight[j]);
    }
}

Rows FitColumns::rows(const Model& model) {
    data_.clear();
    for (int j : index_) {
        data_.push_back(model.x[j]);
    }
    Rows rows;
    rows.n4 = model.n4;
    rows.p = static_cast<int>(data_.size());
    rows.x = data_.data();
    rows.a = model.a.data();
    rows.b = model.b.data();
    return rows;
}

Rows FitColumns::rows(const Rows& rows, const std::vector<Column>& column) {
    data_.clear();
    for (int j : index_) {
        data_.push_back(column[j]);
    }
    Rows mine = rows;
    mine.p = static_cast<int>(data_.size());
    mine.x = data_.data();
    return mine;
}

std::vector<double> FitColumns::start(const Node& node) const {
    std::vector<double> w;
    for (int j : index_) {
        w.push_back(node.w[j]);
    }
    return w;
}

}  // namespace riskslim::supports
