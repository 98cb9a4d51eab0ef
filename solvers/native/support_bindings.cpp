// Python face of the search over supports.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <optional>

#include "ask_python.hpp"
#include "bindings.hpp"
#include "support_beam.hpp"
#include "support_level_set.hpp"
#include "support_tree.hpp"

namespace nb = nanobind;

namespace riskslim::supports {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
// each a limit on groups: the columns of the features of each group, and how many may be used
using Limits = std::vector<std::pair<std::vector<std::vector<int>>, int>>;

std::vector<double> copy(const Vector& v) { return {v.data(), v.data() + v.shape(0)}; }

nb::dict as_dict(const Score& score) {
    nb::dict out;
    out["points"] = score.points;
    out["multiplier"] = 1.0 / score.t;
    out["loss"] = score.loss;
    out["objective"] = score.objective;
    out["bound"] = score.bound;
    out["size"] = score.size;
    return out;
}

// The problem as it is handed over, all but the features.
Model state(const Vector& positive, const Vector& negative, const Vector& lower,
            const Vector& upper, const Vector& cost, const Matrix& on_points,
            const Matrix& on_indicators, const Vector& row_lower, const Vector& row_upper,
            const Matrix& coefficients, const Vector& thresholds, const Vector& with_intercept,
            const Vector& least, const Vector& most, const Limits& limits) {
    Model model;
    model.n = static_cast<int>(positive.shape(0));
    model.d = static_cast<int>(lower.shape(0)) - 1;
    model.positive = copy(positive);
    model.negative = copy(negative);
    model.lower = copy(lower);
    model.upper = copy(upper);
    model.cost = copy(cost);
    for (std::size_t r = 0; r < on_points.shape(0); ++r) {
        Rule rule;
        for (int j = 0; j <= model.d; ++j) {
            rule.on_points.push_back(on_points(r, j));
            rule.on_indicators.push_back(on_indicators(r, j));
        }
        rule.lower = row_lower(r);
        rule.upper = row_upper(r);
        model.rules.push_back(std::move(rule));
    }
    for (std::size_t r = 0; r < coefficients.shape(0); ++r) {
        Prediction limit;
        double size = 0.0;
        for (int i = 0; i < model.n; ++i) {
            limit.coefficient.push_back(coefficients(r, i));
            size += std::fabs(coefficients(r, i));
        }
        limit.threshold = thresholds(r);
        limit.with_intercept = with_intercept(r) != 0.0;
        limit.lower = least(r);
        limit.upper = most(r);
        limit.tolerance = 1e-12 * size;
        model.predictions.push_back(std::move(limit));
    }
    std::vector<GroupLimit> of_groups;
    for (const auto& [groups, at_most] : limits) {
        of_groups.push_back({groups, at_most});
    }
    model.groups = Groups(of_groups, model.d + 1);
    return model;
}

std::vector<Points> copy_points(const Matrix& points) {
    std::vector<Points> out;
    for (std::size_t r = 0; r < points.shape(0); ++r) {
        Points row;
        for (std::size_t j = 0; j < points.shape(1); ++j) {
            row.push_back(static_cast<Point>(points(r, j)));
        }
        out.push_back(std::move(row));
    }
    return out;
}

nb::dict search(Matrix features, Vector positive, Vector negative, Vector lower, Vector upper,
                Vector cost, Matrix on_points, Matrix on_indicators, Vector row_lower,
                Vector row_upper, Matrix coefficients, Vector thresholds, Vector with_intercept,
                Vector least, Vector most, const Limits& groups, Matrix starts, int min_size,
                int max_size, double smallest_multiplier, double largest_multiplier, bool by_size,
                double pool_tolerance, long pool_limit, int threads, double time_limit,
                long node_limit, double memory_limit, int beam_width, nb::callable poll_python) {
    Model model = state(positive, negative, lower, upper, cost, on_points, on_indicators, row_lower,
                        row_upper, coefficients, thresholds, with_intercept, least, most, groups);
    model.min_size = min_size;
    model.max_size = std::min(max_size, model.d);
    model.free_multiplier = smallest_multiplier < largest_multiplier;
    model.t_lower = 1.0 / largest_multiplier;
    model.t_upper = 1.0 / smallest_multiplier;
    const std::vector<Points> given = copy_points(starts);

    std::optional<Incumbents> incumbents;
    std::optional<SupportTree> tree;
    Watch watch(time_limit, [&] {
        return ask_or_interrupt(poll_python, incumbents->nodes.load(),
                                static_cast<long>(tree->open_nodes()),
                                incumbents->cutoff(0, model.max_size));
    });
    incumbents.emplace(model, watch, by_size, pool_tolerance, static_cast<std::size_t>(pool_limit));
    incumbents->node_limit = node_limit;
    incumbents->byte_limit =
        memory_limit < 0.0 ? -1 : static_cast<long long>(std::min(memory_limit * 0x1p20, 1e18));
    tree.emplace(model, *incumbents, SearchSettings{by_size});
    double seeding = 0.0;
    {
        nb::gil_scoped_release released;
        watch.run([&] {
            model.prepare_rows(features.data());
            for (const auto& points : given) {
                incumbents->offer(points);
            }
            model.prepare_columns();
            // Helpers read the model only once it stands.
            if (is_wide(model)) {
                offer_empty_score(model, *incumbents);
                narrow(model, *incumbents);
            }
            if (beam_width > 0) {
                seed_incumbents(model, *incumbents, watch, beam_width, by_size);
            }
            if (is_wide(model)) {
                narrow(model, *incumbents);
            }
            seeding = watch.seconds();
            tree->plant_root();
            const auto work = [&] { tree->work(); };
            const Helpers helpers(watch, threads - 1, work);
            watch.guard(work);
        });
        if (watch.stopped()) {
            watch.guard([&] { offer_empty_score(model, *incumbents); });
        }
    }
    watch.rethrow();
    const double total = watch.seconds();
    nb::dict out;
    nb::list best, pool, trace;
    for (const auto& entry : incumbents->best()) {
        best.append(as_dict(entry.second));
    }
    for (const Score& score : incumbents->pool()) {
        pool.append(as_dict(score));
    }
    for (const auto& improvement : incumbents->trace()) {
        trace.append(nb::make_tuple(improvement.seconds, improvement.objective));
    }
    out["best"] = best;
    out["pool"] = pool;
    out["trace"] = trace;
    out["truncated"] = incumbents->truncated();
    out["open_bound"] = tree->open_bound();
    out["why"] = static_cast<int>(watch.end());
    out["nodes"] = incumbents->nodes.load();
    out["point_nodes"] = incumbents->point_nodes.load();
    out["fits"] = incumbents->fits.load();
    out["supports"] = incumbents->supports.load();
    out["leaves"] = incumbents->leaves.load();
    out["seeding"] = seeding > 0.0 ? seeding : total;
    out["total"] = total;
    return out;
}

// Integer points outside which every score has a loss above the cutoff: the box itself where no
// column makes it wide, or the time is over.
nb::tuple narrowed_box(Matrix features, Vector positive, Vector negative, Vector lower,
                       Vector upper, double smallest_multiplier, double largest_multiplier,
                       double cutoff, double time_limit) {
    Model model;
    model.n = static_cast<int>(features.shape(0));
    model.d = static_cast<int>(features.shape(1));
    model.positive = copy(positive);
    model.negative = copy(negative);
    model.lower = copy(lower);
    model.upper = copy(upper);
    model.cost.assign(model.d + 1, 0.0);
    model.free_multiplier = smallest_multiplier < largest_multiplier;
    model.t_lower = 1.0 / largest_multiplier;
    model.t_upper = 1.0 / smallest_multiplier;
    Watch watch(time_limit);
    {
        nb::gil_scoped_release released;
        watch.run([&] {
            model.prepare_rows(features.data());
            model.prepare_columns();
            if (is_wide(model)) {
                narrow(model, cutoff);
            }
        });
    }
    watch.rethrow();
    return nb::make_tuple(model.lower, model.upper);
}

// One logistic problem as a test hands it over, and memory of its own.
struct Given {
    std::vector<std::vector<double>> x;
    std::vector<double> a, b, weight;
    std::vector<const double*> columns;
    Rows rows;

    Given(const Matrix& matrix, const Vector& positive, const Vector& negative)
        : a(copy(positive)), b(copy(negative)) {
        const int n = static_cast<int>(matrix.shape(0)), p = static_cast<int>(matrix.shape(1));
        rows.n4 = padded(n);
        rows.p = p;
        x.assign(p, std::vector<double>(rows.n4, 0.0));
        a.resize(rows.n4, 0.0);
        b.resize(rows.n4, 0.0);
        weight.assign(p, 0.0);
        for (int j = 0; j < p; ++j) {
            for (int i = 0; i < n; ++i) {
                x[j][i] = matrix(i, j);
                weight[j] += (a[i] + b[i]) * std::fabs(x[j][i]);
            }
            weight[j] *= 1.0 + 1e-9;
            columns.push_back(x[j].data());
        }
        rows.x = columns.data();
        rows.a = a.data();
        rows.b = b.data();
    }
};

// One bounded fit: (value, lower bound, coefficients), the first column being the intercept.
nb::tuple bounded_fit(Matrix columns, Vector positive, Vector negative, Vector lower, Vector upper,
                      double cutoff, std::optional<Vector> start, nb::object stop) {
    const Given given(columns, positive, negative);
    const std::vector<double> low = copy(lower), high = copy(upper);
    Fit fit;
    fit.w = start ? copy(*start) : std::vector<double>(given.rows.p, 0.0);
    watch_here(stop, [&] {
        fit.run(given.rows, low.data(), high.data(), given.weight.data(), cutoff, true);
    });
    return nb::make_tuple(fit.value, fit.bound, fit.w);
}

// One sparse fit: (value, lower bound, base and gains of the best tangent, coefficients).
nb::tuple sparse_fit(Matrix columns, Vector positive, Vector negative, Vector lower, Vector upper,
                     Vector start, int optional, int chosen, double cutoff) {
    const Given given(columns, positive, negative);
    const std::vector<double> low = copy(lower), high = copy(upper);
    SparseFit fit;
    fit.w = copy(start);
    fit.run(given.rows, low.data(), high.data(), given.weight.data(), optional, chosen, cutoff);
    return nb::make_tuple(fit.value, fit.bound, fit.base, fit.gain, fit.w);
}

}  // namespace
}  // namespace riskslim::supports

namespace riskslim {

void register_supports(nb::module_& module) {
    module.def("search_supports", &supports::search, nb::arg("features"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("cost"),
               nb::arg("on_points"), nb::arg("on_indicators"), nb::arg("row_lower"),
               nb::arg("row_upper"), nb::arg("coefficients"), nb::arg("thresholds"),
               nb::arg("with_intercept"), nb::arg("least"), nb::arg("most"), nb::arg("groups"),
               nb::arg("starts"), nb::arg("min_size"), nb::arg("max_size"),
               nb::arg("smallest_multiplier"), nb::arg("largest_multiplier"), nb::arg("by_size"),
               nb::arg("pool_tolerance"), nb::arg("pool_limit"), nb::arg("threads"),
               nb::arg("time_limit"), nb::arg("node_limit"), nb::arg("memory_limit"),
               nb::arg("beam_width"), nb::arg("poll"),
               "Certified search over supports; see riskslim.solvers.supports.");
    module.def("narrowed_box", &supports::narrowed_box, nb::arg("features"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"),
               nb::arg("smallest_multiplier"), nb::arg("largest_multiplier"), nb::arg("cutoff"),
               nb::arg("time_limit"),
               "Bounds of integer points outside which the loss exceeds a cutoff.");
    module.def("bounded_fit", &supports::bounded_fit, nb::arg("columns"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("cutoff"),
               nb::arg("start") = nb::none(), nb::arg("stop") = nb::none(),
               "Logistic fit over a box: value, rigorous lower bound, coefficients; as far as it "
               "came where `stop` ended it.");
    module.def("sparse_fit", &supports::sparse_fit, nb::arg("columns"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("start"),
               nb::arg("optional"), nb::arg("chosen"), nb::arg("cutoff"),
               "The same with at most `chosen` of the columns from `optional` on, relaxed to the "
               "convex hull: value, rigorous lower bound, base and gains of its tangent, "
               "coefficients.");
}

}  // namespace riskslim
