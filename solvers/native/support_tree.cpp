#include "support_tree.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace riskslim::supports {
namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kBranchGain = 0.25;  // of the slack to the cutoff, predicted on both sides
constexpr std::size_t kBestFirst = 2000;  // open nodes
constexpr int kOpenFeatures = 10;    // that a point search may leave at zero
}

SupportTree::SupportTree(const Model& model, Incumbents& incumbents,
                         const SearchSettings& settings)
    : model_(model), incumbents_(incumbents), settings_(settings) {}

void SupportTree::plant_root() {
    Node root;
    for (int j = 1; j <= model_.d; ++j) {
        if (model_.lower[j] > 0.0 || model_.upper[j] < 0.0) {
            root.in.push_back(j);
        } else if (model_.lower[j] < 0.0 || model_.upper[j] > 0.0) {
            root.maybe.push_back(j);
        }
    }
    root.w.assign(model_.d + 1, 0.0);
    root.low = model_.box_lower;
    root.high = model_.box_upper;
    root.bound = 0.0;
    push(std::move(root));
}

void SupportTree::push(Node node) {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        stack_.push_back(std::move(node));
    }
    change_.notify_one();
}

bool SupportTree::pop(Node& node) {
    std::unique_lock<std::mutex> lock(mutex_);
    change_.wait(lock, [this] { return !stack_.empty() || busy_ == 0; });
    if (stack_.empty()) {
        finished_.store(true);
        change_.notify_all();
        return false;
    }
    // lowest bound first, so that the bound of a search that is cut short has moved; depth first
    // once many nodes wait, so that memory stays flat
    auto next = std::prev(stack_.end());
    if (stack_.size() < kBestFirst) {
        next = std::min_element(stack_.begin(), stack_.end(), [](const Node& left, const Node& right) {
            return left.bound < right.bound;
        });
    }
    std::swap(*next, stack_.back());
    node = std::move(stack_.back());
    stack_.pop_back();
    ++busy_;
    return true;
}

void SupportTree::done() {
    std::lock_guard<std::mutex> lock(mutex_);
    --busy_;
    if (busy_ == 0 && stack_.empty()) {
        finished_.store(true);
    }
    change_.notify_all();
}

// What one thread needs to work on nodes.
class SupportTree::Worker {
public:
    explicit Worker(SupportTree& tree)
        : tree_(tree),
          model_(tree.model_),
          incumbents_(tree.incumbents_),
          points_(model_, incumbents_),
          support_(model_),
          joint_(model_) {}

    void explore(Node& node);

private:
    int deepest(int size, double bound) const;
    double cost_of(const std::vector<int>& features) const;
    Rows node_rows(const Node& node);
    FitEnd fit_all(const Node& node, double cutoff, bool precise, int chosen);
    FitEnd fit_sparse(Node& node, double cutoff, double cost, int chosen);
    bool screen_sparse(Node& node, double cutoff, int chosen);
    int dearest(const Node& node);
    void search_points(const Node& node);
    void scan(Node& node);
    void try_support(const Node& node, const std::vector<int>& features, const Rows& rows,
                     const Cells* cells, const std::vector<double>& start);
    bool rules_can_hold(const Node& node) const;
    double screen(Node& node, int deepest_size);
    bool all_gains_fail(const Node& node, int deepest_size, double tangent,
                        const std::vector<double>& gain_of);
    Rows base_rows(const std::vector<int>& features);
    void merge_wide(const Node& node);
    void set_box(const Node& node, const std::vector<int>& features);
    void branch(Node& node, int chosen, double fitted, int deepest_size);
    bool branch_on_points(const Node& node, double slack);

    SupportTree& tree_;
    const Model& model_;
    Incumbents& incumbents_;
    PointSearch points_;
    Partition support_, joint_;
    Cells support_cells_, joint_cells_, leaf_cells_, wide_cells_;
    Rows wide_rows_;
    std::vector<const double*> wide_column_;
    Fit big_, inner_, leaf_;
    SparseFit sparse_;
    std::vector<int> columns_index_;
    std::vector<const double*> columns_;
    std::vector<double> lower_, upper_, weight_, count_a_, count_b_, diagonal_;
    std::vector<char> inactive_, must_;
    std::vector<double> slope_, curvature_, gradient_, gain_, ranked_;
};

double SupportTree::Worker::cost_of(const std::vector<int>& features) const {
    double total = 0.0;
    for (int j : features) {
        total += model_.cost[j];
    }
    return total;
}

// Largest size >= `size` at which scores with this lower bound could still matter; size - 1 if none.
int SupportTree::Worker::deepest(int size, double bound) const {
    for (int s = model_.max_size; s >= size; --s) {
        if (incumbents_.cutoff(s) >= bound) {
            return s;
        }
    }
    return size - 1;
}

// The merged rows through in + maybe, with the boxes that belong to the columns.
Rows SupportTree::Worker::node_rows(const Node& node) {
    columns_index_.assign(1, 0);
    columns_index_.insert(columns_index_.end(), node.in.begin(), node.in.end());
    columns_index_.insert(columns_index_.end(), node.maybe.begin(), node.maybe.end());
    const int p = static_cast<int>(columns_index_.size());
    columns_.resize(p);
    lower_.resize(p);
    upper_.resize(p);
    weight_.resize(p);
    for (int k = 0; k < p; ++k) {
        const int j = columns_index_[k];
        columns_[k] = wide_column_[j];
        lower_[k] = node.low[j];
        upper_[k] = node.high[j];
        weight_[k] = model_.weight[j];
    }
    Rows rows = wide_rows_;
    rows.p = p;
    rows.x = columns_.data();
    return rows;
}

// Loss on in + maybe: the bound of the whole subtree.
FitEnd SupportTree::Worker::fit_all(const Node& node, double cutoff, bool precise,
                                     int chosen) {
    const Rows rows = node_rows(node);
    const int p = rows.p;
    big_.w.resize(p);
    for (int k = 0; k < p; ++k) {
        big_.w[k] = node.w[columns_index_[k]];
    }
    bool reuse = false;
    if (node.hessian) {
        std::vector<int> place(model_.d + 1, -1);
        const int m = static_cast<int>(node.hessian_columns->size());
        for (int k = 0; k < m; ++k) {
            place[(*node.hessian_columns)[k]] = k;
        }
        reuse = true;
        big_.hessian.resize(static_cast<std::size_t>(p) * p);
        for (int r = 0; r < p && reuse; ++r) {
            const int pr = place[columns_index_[r]];
            for (int c = 0; c <= r; ++c) {
                const int pc = place[columns_index_[c]];
                if (pr < 0 || pc < 0) {
                    reuse = false;
                    break;
                }
                big_.hessian[static_cast<std::size_t>(r) * p + c] =
                    (*node.hessian)[static_cast<std::size_t>(std::max(pr, pc)) * m +
                                    std::min(pr, pc)];
            }
        }
    }
    incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
    const FitEnd end = big_.run(rows, lower_.data(), upper_.data(), weight_.data(), cutoff, precise,
                                reuse, 1 + static_cast<int>(node.in.size()), chosen);
    if (end != FitEnd::above && !reuse) {
        big_.refresh_hessian(rows);
    }
    return end;
}

// The same with at most `chosen` of maybe, relaxed to its convex hull.
FitEnd SupportTree::Worker::fit_sparse(Node& node, double cutoff, double cost, int chosen) {
    const Rows rows = node_rows(node);
    sparse_.w.resize(rows.p);
    for (int k = 0; k < rows.p; ++k) {
        sparse_.w[k] = node.w[columns_index_[k]];
    }
    incumbents_.fits.fetch_add(1, std::memory_order_relaxed);
    const FitEnd end = sparse_.run(rows, lower_.data(), upper_.data(), weight_.data(),
                                   1 + static_cast<int>(node.in.size()), chosen, cutoff);
    for (int k = 0; k < rows.p; ++k) {
        node.w[columns_index_[k]] = sparse_.w[k];
    }
    node.bound = std::max(node.bound, sparse_.bound + cost);
    return end;
}

// By the tangent of the sparse fit: what cannot be chosen leaves `maybe`, what cannot be left out
// goes `in`. True if something went in.
bool SupportTree::Worker::screen_sparse(Node& node, double cutoff, int chosen) {
    const std::size_t r = static_cast<std::size_t>(chosen);
    const std::vector<double>& gain = sparse_.gain;
    ranked_ = gain;
    std::sort(ranked_.begin(), ranked_.end(), std::greater<double>());
    double best = 0.0;
    for (std::size_t k = 0; k < std::min(r, ranked_.size()); ++k) {
        best += ranked_[k];
    }
    const double least = r <= ranked_.size() && r > 0 ? ranked_[r - 1] : 0.0;
    const double next = r < ranked_.size() ? ranked_[r] : 0.0;
    const double slack = 1e-15 * static_cast<double>(gain.size()) * (std::fabs(sparse_.base) + best);
    std::vector<int> kept, entered;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const double with_it = sparse_.base - (best - least + gain[t]) - slack;
        const double without = sparse_.base - (best - gain[t] + next) - slack;
        if (gain[t] < least && with_it > cutoff) {
            continue;
        }
        (gain[t] >= least && without > cutoff ? entered : kept).push_back(node.maybe[t]);
    }
    node.maybe = std::move(kept);
    node.in.insert(node.in.end(), entered.begin(), entered.end());
    return !entered.empty();
}

// The optional feature that is dearest to leave out of the sparse fit.
int SupportTree::Worker::dearest(const Node& node) {
    sparse_.losses_without(node_rows(node), gain_);
    return node.maybe[static_cast<std::size_t>(std::max_element(gain_.begin(), gain_.end()) - gain_.begin())];
}

bool SupportTree::Worker::rules_can_hold(const Node& node) const {
    std::vector<char> state(model_.d + 1, 0);
    state[0] = 1;
    for (int j : node.in) {
        state[j] = 2;
    }
    for (int j : node.maybe) {
        state[j] = 1;
    }
    for (const Rule& rule : model_.rules) {
        double least = 0.0, most = 0.0;
        for (int j = 0; j <= model_.d; ++j) {
            if (state[j] == 0) {
                continue;
            }
            const double u = rule.on_points[j] * model_.lower[j];
            const double v = rule.on_points[j] * model_.upper[j];
            const double on = rule.on_indicators[j];
            double low = std::min(u, v), high = std::max(u, v);
            low = state[j] == 2 ? low + on : std::min(0.0, low + std::min(0.0, on));
            high = state[j] == 2 ? high + on : std::max(0.0, high + std::max(0.0, on));
            least += low;
            most += high;
        }
        const double slack = 1e-6 * std::max(1.0, std::fabs(least) + std::fabs(most));
        if (least > rule.upper + slack || most < rule.lower - slack) {
            return false;
        }
    }
    return true;
}

// Bounds of the intercept and these features, in their order.
void SupportTree::Worker::set_box(const Node& node, const std::vector<int>& features) {
    const std::size_t p = features.size() + 1;
    lower_.resize(p);
    upper_.resize(p);
    weight_.resize(p);
    for (std::size_t k = 0; k < p; ++k) {
        const int j = k == 0 ? 0 : features[k - 1];
        lower_[k] = node.low[j];
        upper_[k] = node.high[j];
        weight_[k] = model_.weight[j];
    }
}

// The distinct rows through the intercept and these features.
Rows SupportTree::Worker::base_rows(const std::vector<int>& features) {
    columns_.assign(1, model_.x[0].data());
    for (int j : features) {
        columns_.push_back(model_.x[j].data());
    }
    Rows rows;
    rows.n4 = model_.n4;
    rows.p = static_cast<int>(columns_.size());
    rows.x = columns_.data();
    rows.a = model_.a.data();
    rows.b = model_.b.data();
    return rows;
}

// Rows for the fits on the whole node: merged anew, for fewer features leave fewer distinct rows.
void SupportTree::Worker::merge_wide(const Node& node) {
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    const bool merged = joint_.split(features, model_.n * 3 / 4);
    wide_column_.assign(model_.d + 1, nullptr);
    wide_rows_ = base_rows(features);
    if (!merged) {
        for (int j = 0; j <= model_.d; ++j) {
            wide_column_[j] = model_.x[j].data();
        }
        return;
    }
    joint_.cells(features, wide_cells_);
    wide_rows_ = wide_cells_.rows();
    wide_column_[0] = wide_cells_.columns[0];
    for (std::size_t k = 0; k < features.size(); ++k) {
        wide_column_[features[k]] = wide_cells_.columns[k + 1];
    }
}

// Takes features out of `maybe` that no good enough score of the node uses.
//
// The tangent of the loss at w (zero outside `in`) bounds every w' of the box that has at most r
// coefficients outside `in`: f(w') >= f(w) + sum_in min <g_j, w'_j - w_j> - the r largest gains,
// where feature l can gain max(0, -g_l lower_l, -g_l upper_l). With l itself among the r, a bound
// above the cutoff at every size removes l. The minimiser on `in` makes the first two terms large.
double SupportTree::Worker::screen(Node& node, int deepest_size) {
    const int size = static_cast<int>(node.in.size());
    set_box(node, node.in);
    std::vector<double> start(1, node.w[0]);
    for (int j : node.in) {
        start.push_back(node.w[j]);
    }
    support_.split(node.in);
    Rows rows;
    if (support_.groups() * 2 <= model_.n) {
        support_.cells(node.in, support_cells_);
        rows = support_cells_.rows();
    } else {
        rows = base_rows(node.in);
    }
    inner_.w = start;
    inner_.run(rows, lower_.data(), upper_.data(), weight_.data(), kInfinity, true);
    rows = base_rows(node.in);
    slope_.resize(model_.n4);
    curvature_.resize(model_.n4);
    gradient_.resize(rows.p);
    double bound = evaluate(rows, inner_.w.data(), gradient_.data(), slope_.data(),
                            curvature_.data());
    double reach = bound;
    for (int k = 0; k < rows.p; ++k) {
        bound += gradient_[k] * (gradient_[k] > 0.0 ? lower_[k] - inner_.w[k]
                                                    : upper_[k] - inner_.w[k]);
        reach += 2.0 * weight_[k] * std::max(std::fabs(upper_[k]), std::fabs(lower_[k]));
    }
    const double epsilon = std::numeric_limits<double>::epsilon();
    const double depth = model_.n4 / 4 + 128 + 2 * rows.p;
    bound -= epsilon * depth * reach;
    gain_.resize(node.maybe.size());
    ranked_.resize(node.maybe.size());
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const int l = node.maybe[t];
        const double low = node.low[l], high = node.high[l];
        const double g = dot(model_.n4, model_.x[l].data(), slope_.data());
        gain_[t] = std::max({0.0, -g * low, -g * high}) +
                   epsilon * depth * model_.weight[l] * std::max(high, -low);
    }
    ranked_ = gain_;
    std::sort(ranked_.begin(), ranked_.end(), std::greater<double>());
    const double base_cost = cost_of(node.in);
    std::size_t kept = 0;
    for (std::size_t t = 0; t < node.maybe.size(); ++t) {
        const int l = node.maybe[t];
        double others = 0.0;
        bool useful = false;
        for (int s = size + 1; s <= deepest_size && !useful; ++s) {
            // gains of the s - size - 1 best; where l is one of them this only errs on the safe side
            const int r = s - size - 2;
            if (r >= 0 && r < static_cast<int>(ranked_.size())) {
                others += ranked_[r];
            }
            useful = bound - gain_[t] - others + base_cost + model_.cost[l] <=
                     incumbents_.cutoff(s);
        }
        if (useful) {
            gain_[kept] = gain_[t];
            node.maybe[kept++] = l;
        }
    }
    node.maybe.resize(kept);
    return bound;
}

// Whether no addition to the support can pay, by the same tangent and what `maybe` has left.
bool SupportTree::Worker::all_gains_fail(const Node& node, int deepest_size, double tangent,
                                         const std::vector<double>& gain_of) {
    const int size = static_cast<int>(node.in.size());
    ranked_.clear();
    for (int l : node.maybe) {
        ranked_.push_back(gain_of[l]);
    }
    std::sort(ranked_.begin(), ranked_.end(), std::greater<double>());
    for (int s = size + 1; s <= deepest_size; ++s) {
        const std::size_t r = static_cast<std::size_t>(s - size - 1);
        if (r < ranked_.size()) {
            tangent -= ranked_[r];
        }
        if (tangent <= incumbents_.cutoff(s)) {
            return false;
        }
    }
    return true;
}

// Everything in the node at once, over points: its features are no more than may be chosen.
void SupportTree::Worker::search_points(const Node& node) {
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    support_.split(features);
    support_.cells(features, leaf_cells_);
    must_.assign(features.size(), 0);
    std::fill(must_.begin(), must_.begin() + static_cast<long>(node.in.size()), 1);
    std::vector<double> start(1, node.w[0]);
    for (int j : features) {
        start.push_back(node.w[j]);
    }
    incumbents_.leaves.fetch_add(1, std::memory_order_relaxed);
    points_.run(leaf_cells_, features, must_, model_.max_size, start, node.bound, node.low,
                node.high);
}

// Points on exactly these features, all not zero, unless the real fit already rules them out.
void SupportTree::Worker::try_support(const Node& node, const std::vector<int>& features,
                                      const Rows& rows, const Cells* cells,
                                      const std::vector<double>& start) {
    const int size = static_cast<int>(features.size());
    if (size < model_.min_size || size > model_.max_size) {
        return;
    }
    const double cost = cost_of(features);
    set_box(node, features);
    leaf_.w = start;
    incumbents_.supports.fetch_add(1, std::memory_order_relaxed);
    const FitEnd end = leaf_.run(rows, lower_.data(), upper_.data(), weight_.data(),
                                 incumbents_.cutoff(size) - cost, false);
    if (end == FitEnd::above) {
        return;
    }
    must_.assign(features.size(), 1);
    incumbents_.leaves.fetch_add(1, std::memory_order_relaxed);
    if (cells == nullptr) {
        joint_.split(features);
        joint_.cells(features, leaf_cells_);
        cells = &leaf_cells_;
    }
    points_.run(*cells, features, must_, size, leaf_.w,
                std::max(node.bound, leaf_.bound + cost), node.low, node.high);
}

// The support `in` itself and every support with one feature more.
void SupportTree::Worker::scan(Node& node) {
    const int size = static_cast<int>(node.in.size());
    screen(node, std::min(size + 1, model_.max_size));
    const int groups = support_.groups();
    const bool merge = groups * 2 <= model_.n;
    const std::vector<double> w = inner_.w;  // minimiser on `in`: where its neighbours' fits start
    if (inner_.bound + cost_of(node.in) <= incumbents_.cutoff(size)) {
        support_.cells(node.in, support_cells_);
        try_support(node, node.in, support_cells_.rows(), &support_cells_, w);
    }
    if (size >= model_.max_size || node.maybe.empty()) {
        return;
    }
    const bool tables = merge && (groups * 4 <= model_.n || groups <= 64);
    const int d1 = model_.d + 1;
    if (tables) {
        count_a_.assign(static_cast<std::size_t>(groups) * d1, 0.0);
        count_b_.assign(static_cast<std::size_t>(groups) * d1, 0.0);
        for (int i = 0; i < model_.n; ++i) {
            const std::size_t row = static_cast<std::size_t>(support_.group()[i]) * d1;
            const double up = model_.positive[i], down = model_.negative[i];
            for (int t = model_.ones_begin[i]; t < model_.ones_begin[i + 1]; ++t) {
                count_a_[row + model_.ones[t]] += up;
                count_b_[row + model_.ones[t]] += down;
            }
        }
    }
    std::vector<double> start = w;
    start.push_back(0.0);
    std::vector<int> features = node.in;
    features.push_back(0);
    const double base_cost = cost_of(node.in);
    for (int l : node.maybe) {
        if (incumbents_.stop.load(std::memory_order_relaxed)) {
            incumbents_.leave_open(node.bound);
            return;
        }
        if (node.bound + model_.cost[l] > incumbents_.cutoff(size + 1)) {
            continue;
        }
        features.back() = l;
        if (tables && model_.binary[l] && model_.whole_weights) {
            joint_cells_.reset(size + 2);
            for (int g = 0; g < groups; ++g) {
                const double a1 = count_a_[static_cast<std::size_t>(g) * d1 + l];
                const double b1 = count_b_[static_cast<std::size_t>(g) * d1 + l];
                const double total = model_.total_weight;
                const double a0 = std::round(support_cells_.a[g] * total) - a1;
                const double b0 = std::round(support_cells_.b[g] * total) - b1;
                for (int value = 0; value < 2; ++value) {
                    const double a = value ? a1 : a0, b = value ? b1 : b0;
                    if (a + b <= 0.0) {
                        continue;
                    }
                    for (int c = 0; c <= size; ++c) {
                        joint_cells_.x[c].push_back(support_cells_.x[c][g]);
                    }
                    joint_cells_.x[size + 1].push_back(value);
                    joint_cells_.a.push_back(a / total);
                    joint_cells_.b.push_back(b / total);
                }
            }
            joint_cells_.finish();
        } else if (merge) {
            joint_.refine_from(support_, l);
            joint_.cells(features, joint_cells_);
        } else {
            // too many cells to be worth the merging
            try_support(node, features, base_rows(features), nullptr, start);
            continue;
        }
        try_support(node, features, joint_cells_.rows(), &joint_cells_, start);
    }
}

// Splits the integer range of a point of the support (or of the intercept) in two nodes, where
// the quadratic model says that both come clearly closer to the cutoff; false if none does. What
// all supports below share is then settled once, not once for each of them.
bool SupportTree::Worker::branch_on_points(const Node& node, double slack) {
    // Where the size limit hardly binds, measured worse: dummies that sum to one then leave families
    // of equal scores, and splitting their points multiplies the families.
    if (3 * model_.max_size > 2 * model_.d) {
        return false;
    }
    if (model_.free_multiplier || !(slack > 0.0) || !std::isfinite(slack) ||
        slack > big_.value) {
        return false;
    }
    double best = kBranchGain * slack, cut_low = 0.0, cut_high = 0.0;
    int chosen = -1;
    for (int k = 0; k <= static_cast<int>(node.in.size()); ++k) {
        const int j = columns_index_[k];
        const double w = big_.w[k];
        if (!inactive_[k] || node.low[j] >= node.high[j] || diagonal_[k] <= 0.0) {
            continue;
        }
        double down = std::floor(w), up = down + 1.0;
        if (k > 0 && down == 0.0) {
            down = -1.0;
        }
        if (k > 0 && up == 0.0) {
            up = 1.0;
        }
        const double rise_down = down < node.low[j] ? kInfinity : (w - down) * (w - down);
        const double rise_up = up > node.high[j] ? kInfinity : (up - w) * (up - w);
        const double rise = 0.5 * std::min(rise_down, rise_up) / diagonal_[k];
        if (rise > best) {
            best = rise;
            chosen = j;
            cut_low = down;
            cut_high = up;
        }
    }
    if (chosen < 0) {
        return false;
    }
    for (int side = 0; side < 2; ++side) {
        Node child = node;
        (side == 0 ? child.high : child.low)[chosen] = side == 0 ? cut_low : cut_high;
        if (child.low[chosen] <= child.high[chosen]) {
            tree_.push(std::move(child));
        }
    }
    return true;
}

// A child with the feature in; the node goes on without it.
void SupportTree::Worker::branch(Node& node, int chosen, double fitted, int deepest_size) {
    node.maybe.erase(std::find(node.maybe.begin(), node.maybe.end(), chosen));
    Node child = node;
    child.in.push_back(chosen);
    child.bound = std::max(node.bound, fitted + model_.cost[chosen]);
    node.w[chosen] = 0.0;
    if (deepest_size - static_cast<int>(node.in.size()) > 2) {
        tree_.push(std::move(child));
    } else {
        scan(child);
    }
}

void SupportTree::Worker::explore(Node& node) {
    const int size = static_cast<int>(node.in.size());
    const double base_cost = cost_of(node.in);
    bool screened = false;
    double tangent = 0.0;
    std::vector<double> gain_of(model_.d + 1, 0.0);
    while (true) {
        if (incumbents_.stop.load(std::memory_order_relaxed)) {
            incumbents_.leave_open(node.bound);
            return;
        }
        const int deepest_size = std::min(deepest(size, node.bound),
                                          size + static_cast<int>(node.maybe.size()));
        if (deepest_size < size || size + static_cast<int>(node.maybe.size()) < model_.min_size ||
            (!model_.rules.empty() && !rules_can_hold(node))) {
            return;
        }
        if (deepest_size <= size + 1 && model_.max_size >= size) {
            if (deepest_size == size) {
                node.maybe.clear();
            }
            scan(node);
            return;
        }
        if (!screened) {
            screened = true;
            tangent = screen(node, deepest_size);
            merge_wide(node);
            for (std::size_t t = 0; t < node.maybe.size(); ++t) {
                gain_of[node.maybe[t]] = gain_[t];
            }
            continue;
        }
        if (all_gains_fail(node, deepest_size, tangent + base_cost, gain_of)) {
            node.maybe.clear();
            scan(node);  // the support itself is still to be tried
            return;
        }
        if (node.sparse) {
            const double cutoff = incumbents_.cutoff(size, deepest_size) - base_cost;
            if (fit_sparse(node, cutoff, base_cost, deepest_size - size) == FitEnd::above) {
                return;
            }
            node.sparse = sparse_.binding;
            if (node.sparse) {
                const double fitted = node.bound;
                const std::size_t before = node.maybe.size();
                if (screen_sparse(node, cutoff, deepest_size - size)) {
                    explore(node);
                    return;
                }
                if (node.maybe.size() < before) {
                    screened = 4 * node.maybe.size() > 3 * before;
                    continue;
                }
                branch(node, dearest(node), fitted, deepest_size);
                continue;
            }
        }
        const bool precise = tree_.settings_.by_size;
        const FitEnd end = fit_all(node, incumbents_.cutoff(size, deepest_size) - base_cost, precise,
                                   deepest_size - size);
        if (end == FitEnd::above) {
            return;
        }
        node.bound = std::max(node.bound, big_.bound + base_cost);
        const int p = static_cast<int>(columns_index_.size());
        for (int k = 0; k < p; ++k) {
            node.w[columns_index_[k]] = big_.w[k];
        }
        node.hessian = std::make_shared<std::vector<double>>(big_.hessian);
        node.hessian_columns = std::make_shared<std::vector<int>>(columns_index_);
        if (size + static_cast<int>(node.maybe.size()) <= model_.max_size &&
            static_cast<int>(node.maybe.size()) <= kOpenFeatures && !tree_.settings_.by_size) {
            search_points(node);
            return;
        }
        // The feature whose loss costs most goes in: what is left without it fails soonest.
        // By Wald's statistic w^2 / (H^-1)_jj, or the slope for a coefficient held at its bound.
        inactive_.assign(p, 1);
        for (int k = 0; k < p; ++k) {
            if ((big_.w[k] <= lower_[k] && big_.gradient[k] > 0.0) ||
                (big_.w[k] >= upper_[k] && big_.gradient[k] < 0.0)) {
                inactive_[k] = 0;
            }
        }
        big_.inverse_diagonal(inactive_, diagonal_);
        if (branch_on_points(node, incumbents_.cutoff(size, deepest_size) - base_cost - big_.value)) {
            return;
        }
        std::vector<std::pair<double, int>> order;
        for (std::size_t t = 0; t < node.maybe.size(); ++t) {
            const int k = 1 + size + static_cast<int>(t);
            const double w = big_.w[k];
            const double h = big_.hessian[static_cast<std::size_t>(k) * p + k];
            const double loss = inactive_[k] ? 0.5 * w * w / std::max(diagonal_[k], 1e-300)
                                             : std::fabs(big_.gradient[k] * w) + 0.5 * h * w * w;
            order.emplace_back(-loss, node.maybe[t]);
        }
        std::sort(order.begin(), order.end());
        // Far below the cutoff a fit per feature would close nothing: take several at once.
        const double cutoff = incumbents_.cutoff(size, deepest_size) - base_cost;
        const std::size_t batch =
            big_.value <= 0.5 * cutoff ? 1 + order.size() / 8 : (big_.value <= 0.8 * cutoff ? 2 : 1);
        const double fitted = big_.bound + base_cost;
        for (std::size_t t = 0; t < std::min(batch, order.size()); ++t) {
            const int chosen = order[t].second;
            branch(node, chosen, fitted, deepest_size);
        }
    }
}

std::size_t SupportTree::open_nodes() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return stack_.size() + static_cast<std::size_t>(busy_);
}

void SupportTree::work() {
    Worker worker(*this);
    Node node;
    while (pop(node)) {
        if (incumbents_.stop.load(std::memory_order_relaxed) || !incumbents_.may_explore()) {
            incumbents_.leave_open(node.bound);
        } else {
            worker.explore(node);
        }
        done();
    }
}

}  // namespace riskslim::supports
