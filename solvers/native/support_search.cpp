#include "support_search.hpp"

#include <optional>

#include "support_beam.hpp"
#include "support_level_set.hpp"
#include "support_tree.hpp"

namespace riskslim::supports {

Outcome search(Model& model, const double* features, const Settings& settings, const Ask& ask) {
    std::optional<Incumbents> incumbents;
    std::optional<SupportTree> tree;
    std::optional<Opening> opening;
    Watch watch(settings.time_limit, [&] {
        return ask(incumbents->nodes.load(), static_cast<long>(tree->open_nodes()),
                   incumbents->cutoff(0, model.max_size));
    });
    incumbents.emplace(model, watch, settings.every_size, settings.pool_tolerance,
                       settings.pool_limit);
    incumbents->node_limit = settings.node_limit;
    incumbents->byte_limit = settings.byte_limit;
    tree.emplace(model, *incumbents, settings.every_size);
    double seeding = 0.0;
    const auto work = [&] {
        model.prepare_rows(features);
        for (const Points& points : settings.starts) {
            incumbents->offer(points);
        }
        if (settings.beam_width > 0) {
            offer_of_first_rows(model, features, settings.every_size, *incumbents, watch);
        }
        model.prepare_columns(watch, settings.threads);
        // Helpers read the model only once it stands.
        if (is_wide(model)) {
            offer_empty_score(model, *incumbents);
            narrow(model, *incumbents);
        }
        if (settings.beam_width > 0) {
            opening.emplace(model, *incumbents, settings.beam_width, settings.every_size,
                            settings.seed);
            seed_incumbents(*opening, model, *incumbents, watch);
            tree->go_on_with(*opening);
        }
        if (is_wide(model)) {
            narrow(model, *incumbents);
        }
        seeding = watch.seconds();
        tree->plant_root();
        const auto share = [&] { tree->work(); };
        const Helpers helpers(watch, settings.threads - 1, share);
        watch.guard(share);
    };
    watch.run(work, [&] { offer_empty_score(model, *incumbents); });
    Outcome outcome;
    for (const auto& [size, score] : incumbents->best()) {
        outcome.best.push_back(score);
    }
    outcome.end = watch.end();
    outcome.pool = incumbents->pool();
    outcome.trace = incumbents->trace();
    outcome.truncated = incumbents->truncated();
    outcome.open_bound = tree->open_bound();
    outcome.nodes = incumbents->nodes;
    outcome.point_nodes = incumbents->point_nodes;
    outcome.fits = incumbents->fits;
    outcome.supports = incumbents->supports;
    outcome.leaves = incumbents->leaves;
    outcome.total = watch.seconds();
    outcome.seeding = seeding > 0.0 ? seeding : outcome.total;
    return outcome;
}

void narrow_box(Model& model, const double* features, double cutoff, double time_limit,
                const std::function<bool()>& ask) {
    Watch watch(time_limit, ask);
    watch.run([&] {
        model.prepare_rows(features);
        model.prepare_columns(watch);
        if (is_wide(model)) {
            narrow(model, cutoff);
        }
    });
}

}  // namespace riskslim::supports
