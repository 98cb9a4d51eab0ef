#include "slim_search.hpp"

#include <algorithm>

#include "slim_descent.hpp"
#include "slim_supports.hpp"
#include "slim_tree.hpp"

namespace riskslim::slim {
namespace {

constexpr long kNodesPerTurn = 500;  // of a thread below one open node
constexpr double kWork = 3000.0;     // rows that the opening heuristic reads, per row and feature

Box whole_box(const Model& model) {
    return {{model.lower.begin() + 1, model.lower.end()},
            {model.upper.begin() + 1, model.upper.end()}};
}

// Rows that differ only in features without points are one.
Table live_rows(const Model& model, const Table& rows) {
    std::vector<int> live;
    for (int j = 0; j < model.d; ++j) {
        if (model.lower[j + 1] != 0 || model.upper[j + 1] != 0) live.push_back(j);
    }
    return model.merged(rows, live);
}

template <class T>
void take_nodes(const Model& model, const Table& table, const Pairs<T>& pairs, Incumbent& incumbent,
                OpenNodes& open) {
    PairSearch<T> search(model, table, pairs, incumbent, open);
    OpenNode node;
    while (open.pop(node)) {
        search.search(node, kNodesPerTurn);
        open.done();
    }
}

template <class T>
void grow_tree(const Model& model, const Table& table, Watch& watch, Incumbent& incumbent,
               OpenNodes& open, int threads) {
    const Pairs<T> pairs(model, model.priced ? live_rows(model, model.leaning) : table,
                         whole_box(model));
    const auto share = [&] { take_nodes(model, table, pairs, incumbent, open); };
    const Helpers helpers(watch, threads - 1, share);
    watch.guard(share);
}

void visit_supports(const Model& model, const Table& table, Watch& watch, Incumbent& incumbent,
                    OpenNodes& open, const std::vector<int>& rich, int threads) {
    const SupportPlan plan(model, table, rich);
    std::atomic<std::size_t> next{0}, done{0};
    const auto share = [&] {
        SupportTree tree(model, plan, incumbent);
        for (std::size_t at = next++; at < plan.tasks.size(); at = next++) {
            tree.run(plan.tasks[at]);
            ++done;
        }
    };
    {
        const Helpers helpers(watch, threads - 1, share);
        watch.guard(share);
    }
    if (done == plan.tasks.size()) {
        OpenNode all;
        open.pop(all);
        open.done();
    }
}

void seed_incumbent(const Model& model, const Table& rows, Incumbent& incumbent,
                    const Settings& settings) {
    Descent descent(model, rows, incumbent, settings.seed);
    for (const Points& points : settings.starts) descent.polish(points);
    if (settings.effort > 0.0) {
        const double usual = kWork * model.table.rows * std::max(model.d, 1);
        descent.run(settings.effort * std::clamp(usual, 1e6, 1e8));
    }
}

// How the search ended, as far as it matters: not where the limit came when all was done.
End end_of(const Watch& watch, const OpenNodes& open) {
    if (open.size() == 0) return End::finished;
    return watch.stopped() ? watch.end() : End::nodes;
}

}  // namespace

Outcome search(Model& model, const Settings& settings, const Ask& ask) {
    OpenNodes open;
    std::optional<Incumbent> incumbent;
    Watch watch(settings.time_limit, [&] {
        return ask(incumbent->nodes.load(), open.size(), open.bound(), incumbent->value());
    });
    incumbent.emplace(model, watch, settings.node_limit);
    Outcome outcome;
    const auto work = [&] {
        model.prepare(settings.x, settings.positive, settings.negative);
        open.push({whole_box(model), 0.0});
        if (settings.known) offer_known(model, *incumbent, *settings.known);
        const Table rows = live_rows(model, model.table);
        seed_incumbent(model, rows, *incumbent, settings);
        outcome.seeding = watch.seconds();
        if (settings.node_limit == 0) return;
        if (settings.rich) {
            visit_supports(model, rows, watch, *incumbent, open, *settings.rich, settings.threads);
        } else if (Pairs<std::int16_t>::fits(model)) {
            grow_tree<std::int16_t>(model, rows, watch, *incumbent, open, settings.threads);
        } else {
            grow_tree<std::int32_t>(model, rows, watch, *incumbent, open, settings.threads);
        }
    };
    Score best;
    watch.run(work, [&] {
        if (incumbent->read(best)) return;
        Descent(model, model.table, *incumbent, settings.seed).offer_start();
    });
    if (incumbent->read(best)) outcome.best = best;
    outcome.end = end_of(watch, open);
    outcome.open_bound = open.bound();
    outcome.open_nodes = open.size();
    outcome.nodes = incumbent->nodes;
    outcome.tie = model.tie();
    outcome.total = watch.seconds();
    return outcome;
}

}  // namespace riskslim::slim
