#include "support_search.hpp"

#include <atomic>
#include <optional>

#include "support_beam.hpp"
#include "support_level_set.hpp"
#include "support_tree.hpp"

namespace riskslim::supports {

Outcome search(Model& model, const Read& read, const Settings& settings, const Ask& ask,
               const Aside& aside) {
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
    std::atomic<double> seeding{0.0};
    const auto outcome = [&](End end, double total) {
        Outcome so_far;
        static_cast<Incumbents::Found&>(so_far) = incumbents->found();
        so_far.end = end;
        so_far.open_bound = tree->open_bound();
        so_far.nodes = incumbents->nodes;
        so_far.point_nodes = incumbents->point_nodes;
        so_far.fits = incumbents->fits;
        so_far.supports = incumbents->supports;
        so_far.leaves = incumbents->leaves;
        so_far.total = total;
        so_far.seeding = seeding > 0.0 ? seeding.load() : total;
        return so_far;
    };
    watch.pause_after(settings.pause_after, [&] {
        const Onward onward = aside(outcome(End::time, watch.seconds() - watch.seconds_held()));
        watch.stop(onward.end);
        tree->give(onward.points);
        return onward.seconds;
    });
    const auto work = [&] {
        read(model);
        model.prepare_rows();
        for (const Points& points : settings.starts) {
            incumbents->offer(points);
        }
        Supports known;
        if (settings.beam_width > 0) {
            known = seed_by_samples(model, settings.beam_width, settings.every_size, *incumbents,
                                    watch);
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
            seed_incumbents(*opening, known, model, *incumbents, watch);
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
    return outcome(watch.end(), watch.seconds() - watch.seconds_held());
}

void narrow_box(Model& model, const Read& read, double cutoff, double time_limit,
                const std::function<bool()>& ask) {
    Watch watch(time_limit, ask);
    watch.run([&] {
        read(model);
        model.prepare_rows();
        for (int j = 0; j <= model.d; ++j) {
            model.measure_column(j);
        }
        if (is_wide(model)) {
            narrow(model, cutoff);
        }
    });
}

}  // namespace riskslim::supports
