#include "support_scan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "watch.hpp"

namespace riskslim::supports {
namespace {
// Rows for each feature, so that pairs pay: of any support, and of one with few cells.
constexpr int kFewRows = 8, kMoreRows = 64;
constexpr std::size_t kFewFeatures = 3;
constexpr long long kSupportWork = 1500;  // beside what is counted elsewhere
// What a pair takes before there is experience, and how many pairs that stands for.
constexpr double kPairWork = 400.0, kFirstPairs = 20000.0;
constexpr double kDearPair = 500.0;  // what a fit on the cells of a support takes, and more
}  // namespace

void Scan::search_points(const Node& node) {
    std::vector<int> features = node.in;
    features.insert(features.end(), node.maybe.begin(), node.maybe.end());
    joint_.split(features);
    joint_.cells(features, leaf_cells_);
    std::vector<char> must(features.size(), 0);
    std::fill(must.begin(), must.begin() + static_cast<long>(node.in.size()), 1);
    columns_.set(model_, node, features);
    incumbents_.leaves.fetch_add(1, std::memory_order_relaxed);
    points_.run(leaf_cells_, features, must, model_.max_size, columns_.start(node), node.bound,
                node.low, node.high);
}

// Points on exactly these features, all not zero, unless the real fit already rules them out.
void Scan::try_support(const Node& node, const std::vector<int>& features, const Rows& rows,
                       const Cells* cells, const std::vector<double>& start, const Base* base) {
    const int size = static_cast<int>(features.size());
    if (size < model_.min_size || size > model_.max_size) {
        return;
    }
    const double cost = cost_of(model_, features);
    columns_.set(model_, node, features);
    fit_.w = start;
    count_work(kSupportWork);
    incumbents_.supports.fetch_add(1, std::memory_order_relaxed);
    const Task task{Until::decided, false, {}, base};
    if (fit_.run(rows, columns_.box(), incumbents_.cutoff(size) - cost, task) == FitEnd::above) {
        return;
    }
    incumbents_.leaves.fetch_add(1, std::memory_order_relaxed);
    if (cells == nullptr) {
        joint_.split(features);
        joint_.cells(features, leaf_cells_);
        cells = &leaf_cells_;
    }
    points_.run(*cells, features, std::vector<char>(features.size(), 1), size, fit_.w,
                std::max(node.bound, fit_.bound + cost), node.low, node.high);
}

// The loss on `in` at the minimiser there, over the model's rows, for fits with one feature more.
Base Scan::base_of(const Node& node, const Screen& screen) {
    all_columns_.set(model_, node, node.in);
    const Rows rows = all_columns_.rows(model_);
    hessian_.resize(static_cast<std::size_t>(rows.p) * rows.p);
    gram(rows, screen.curvature(), hessian_.data());
    return {screen.value(), screen.gradient(), screen.slope(), screen.curvature(), hessian_.data()};
}

void Scan::count(const Partition& partition, Counts& counts) const {
    const std::size_t d1 = static_cast<std::size_t>(model_.d) + 1;
    counts.a.assign(static_cast<std::size_t>(partition.groups()) * d1, 0.0);
    counts.b.assign(static_cast<std::size_t>(partition.groups()) * d1, 0.0);
    for (int i = 0; i < model_.n; ++i) {
        if (i % 1024 == 0) {
            look();
        }
        const std::size_t row = static_cast<std::size_t>(partition.group()[i]) * d1;
        const double up = model_.positive[i], down = model_.negative[i];
        model_.each_one(i, [&](int j) {
            counts.a[row + j] += up;
            counts.b[row + j] += down;
        });
    }
}

// The cells split by a binary feature, from its counts: exact, for the weights are whole.
void Scan::split(const Cells& cells, const Counts& counts, int feature) {
    const std::size_t d1 = static_cast<std::size_t>(model_.d) + 1;
    const int columns = static_cast<int>(cells.columns.size());
    joint_cells_.reset(columns + 1);
    for (int g = 0; g < cells.count; ++g) {
        const double a1 = counts.a[static_cast<std::size_t>(g) * d1 + feature];
        const double b1 = counts.b[static_cast<std::size_t>(g) * d1 + feature];
        const double total = model_.total_weight;
        const double a0 = std::round(cells.a[g] * total) - a1;
        const double b0 = std::round(cells.b[g] * total) - b1;
        for (int value = 0; value < 2; ++value) {
            const double a = value ? a1 : a0, b = value ? b1 : b0;
            if (a + b <= 0.0) {
                continue;
            }
            for (int c = 0; c < columns; ++c) {
                joint_cells_.x[c].push_back(cells.columns[c][g]);
            }
            joint_cells_.x[columns].push_back(value);
            joint_cells_.a.push_back(a / total);
            joint_cells_.b.push_back(b / total);
        }
    }
    joint_cells_.finish();
}

double Scan::cost_of_pairs(const Node& node) const {
    if (!pairs_pay(node)) {
        return std::numeric_limits<double>::infinity();
    }
    const double m = static_cast<double>(node.maybe.size());
    return 0.5 * m * m * (kPairWork * kFirstPairs + work_on_pairs_) / (kFirstPairs + pairs_done_);
}

// Where rows are many, one fit on everything closes a node, or nearly does; where they are few, all
// cuts together fit the noise, and such bounds are empty. Between the two it is the account of fits
// on nodes (see `fits_pay`) that tells, for supports of at most eight cells: with more of them a
// look at the pairs of a node takes longer than what branching leaves.
bool Scan::pairs_pay(const Node& node) const {
    const int rows = node.in.size() <= kFewFeatures ? kMoreRows : kFewRows;
    return model_.bounds.pairs && model_.n <= rows * model_.d &&
           pairs_.cost_of_pair(node) < kDearPair;
}

// Whether rules and limits on groups leave this support anything.
bool Scan::allow(const std::vector<int>& features) const {
    if (!model_.groups.empty()) {
        GroupUse use(model_.groups);
        use.reset(features);
        if (!use.holds()) {
            return false;
        }
    }
    return rules_allow(model_, features);
}

void Scan::try_pair(const Node& node, std::vector<int>& features, int first, int second) {
    const std::size_t size = node.in.size();
    features[size] = node.maybe[first];
    features[size + 1] = node.maybe[second];
    if (!allow(features)) {
        return;
    }
    if (pairs_.has_cells()) {
        const Cells& cells = pairs_.cells(first, second);
        pairs_.start(first, second, start_);
        try_support(node, features, cells.rows(), &cells, start_);
        return;
    }
    pairs_.start(first, second, start_);
    joint_.split(features);
    joint_.cells(features, joint_cells_);
    try_support(node, features, joint_cells_.rows(), &joint_cells_, start_);
}

bool Scan::run_pairs(Node& node, Screen& screen) {
    const int size = static_cast<int>(node.in.size());
    const std::vector<int> before = node.maybe;
    const long long begun = work_done();
    const Tangent tangent = screen.run(node, size + 2);
    if (!pairs_.set(node, screen)) {
        node.maybe = before;
        return false;
    }
    const double base = tangent.bound + cost_of(model_, node.in);
    if (screen.fit().bound + cost_of(model_, node.in) <= incumbents_.cutoff(size) &&
        allow(node.in)) {
        const Cells& cells = screen.cells(node);
        try_support(node, node.in, cells.rows(), &cells, screen.fit().w);
    }
    std::vector<int> features = node.in;
    features.push_back(0);
    pairs_.singles(base - incumbents_.cutoff(size + 1), alone_);
    start_ = screen.fit().w;
    start_.push_back(0.0);
    for (int place : alone_) {
        features.back() = node.maybe[place];
        if (!allow(features)) {
            continue;
        }
        joint_.refine_from(screen.partition(), features.back());
        joint_.cells(features, joint_cells_);
        try_support(node, features, joint_cells_.rows(), &joint_cells_, start_);
    }
    features.push_back(0);
    for (int place = 0; place + 1 < static_cast<int>(node.maybe.size()); ++place) {
        const double need = base - incumbents_.cutoff(size + 2);
        pairs_.partners(place, need, partners_);
        if (pairs_.has_cells() && !partners_.empty()) {
            const double most = incumbents_.cutoff(size + 2) - cost_of(model_, node.in);
            pairs_.fit(place, most, partners_);
        }
        for (int other : partners_) {
            try_pair(node, features, place, other);
        }
    }
    const double m = static_cast<double>(before.size());
    pairs_done_ += 0.5 * m * m;
    work_on_pairs_ += static_cast<double>(work_done() - begun);
    return true;
}

void Scan::run(Node& node, Screen& screen) {
    const int size = static_cast<int>(node.in.size());
    screen.run(node, std::min(size + 1, model_.max_size));
    const Partition& partition = screen.partition();
    const bool merge = partition.groups() * 2 <= model_.n;
    // the minimiser on `in`: where its neighbours' fits start
    std::vector<double> start = screen.fit().w;
    if (screen.fit().bound + cost_of(model_, node.in) <= incumbents_.cutoff(size)) {
        const Cells& cells = screen.cells(node);
        try_support(node, node.in, cells.rows(), &cells, start);
    }
    if (size >= model_.max_size || node.maybe.empty()) {
        return;
    }
    const bool tables = merge && (partition.groups() * 4 <= model_.n || partition.groups() <= 64);
    if (tables) {
        count(partition, counts_);
    }
    start.push_back(0.0);
    std::vector<int> features = node.in;
    features.push_back(0);
    const Base base = merge ? Base() : base_of(node, screen);
    for (int l : node.maybe) {
        look();
        if (node.bound + model_.cost[l] > incumbents_.cutoff(size + 1)) {
            continue;
        }
        features.back() = l;
        if (tables && model_.binary[l] && model_.whole_weights) {
            split(screen.cells(node), counts_, l);
        } else if (merge) {
            joint_.refine_from(partition, l);
            joint_.cells(features, joint_cells_);
        } else {
            // too many cells to be worth the merging
            const bool starts_at_zero = node.low[l] <= 0.0 && node.high[l] >= 0.0;
            all_columns_.set(model_, node, features);
            try_support(node, features, all_columns_.rows(model_), nullptr, start,
                        starts_at_zero ? &base : nullptr);
            continue;
        }
        try_support(node, features, joint_cells_.rows(), &joint_cells_, start);
    }
}

}  // namespace riskslim::supports
