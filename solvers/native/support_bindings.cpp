// Python face of the search over supports.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ask_python.hpp"
#include "bindings.hpp"
#include "request.hpp"
#include "rounding.hpp"
#include "support_dense.hpp"
#include "support_families.hpp"
#include "support_fit.hpp"
#include "support_scale.hpp"
#include "support_search.hpp"
#include "support_sparse.hpp"

namespace nb = nanobind;

namespace riskslim::supports {
namespace {

std::vector<Prediction> predictions_from(const Request& sums, int n) {
    if (sums.empty()) {
        return {};
    }
    const Matrix coefficients = sums.matrix("coefficients");
    const std::size_t count = coefficients.shape(0), columns = static_cast<std::size_t>(n);
    require(coefficients.shape(1) == columns, "coefficients");
    const Vector threshold = sums.vector("threshold", count), lower = sums.vector("lower", count),
                 upper = sums.vector("upper", count),
                 with_intercept = sums.vector("with_intercept", count);
    std::vector<Prediction> limits;
    for (std::size_t r = 0; r < count; ++r) {
        const double* row = coefficients.data() + r * columns;
        double size = 0.0;
        for (int i = 0; i < n; ++i) {
            size += std::fabs(row[i]);
        }
        limits.push_back({{row, row + n},
                          threshold(r),
                          with_intercept(r) != 0.0,
                          lower(r),
                          upper(r),
                          kPredictionTolerance * size});
    }
    return limits;
}

std::vector<GroupLimit> groups_from(const nb::object& limits) {
    std::vector<GroupLimit> out;
    for (nb::handle limit : limits) {
        const Request group(limit);
        out.push_back(
            {group.get<std::vector<std::vector<int>>>("groups"), group.get<int>("at_most")});
    }
    return out;
}

void set_multipliers(Model& model, double smallest, double largest) {
    model.free_multiplier = smallest < largest;
    model.t_lower = 1.0 / largest;
    model.t_upper = 1.0 / smallest;
}

// The problem as it is stated, all but the features.
Model model_from(const Request& problem, const LatticeRequest& lattice) {
    Model model;
    model.n = lattice.n;
    model.d = lattice.d;
    model.positive = copy(lattice.positive);
    model.negative = copy(lattice.negative);
    model.lower = copy(lattice.lower);
    model.upper = copy(lattice.upper);
    model.cost = copy(lattice.switch_cost);
    model.rules = lattice.rules;
    model.min_size = lattice.min_size;
    model.max_size = lattice.max_size;
    model.predictions = predictions_from(problem.part("predictions"), model.n);
    model.groups = Groups(groups_from(problem.object("groups")), model.d + 1);
    const auto [smallest, largest] = problem.get<std::pair<double, double>>("multiplier_range");
    set_multipliers(model, smallest, largest);
    if (const auto odds = problem.maybe<std::pair<double, double>>("log_odds_range")) {
        model.free_intercept = true;
        model.intercept_lower = odds->first;
        model.intercept_upper = odds->second;
    }
    return model;
}

Settings settings_from(const Request& request, int d) {
    const Request options = request.part("options");
    const double mebibytes = options.maybe<double>("memory_limit").value_or(-1.0);
    Settings settings;
    settings.starts = request.points("starts", static_cast<std::size_t>(d) + 1);
    settings.every_size = request.get<bool>("every_size");
    settings.pool_tolerance = request.get<double>("pool_tolerance");
    settings.pool_limit = request.get<std::size_t>("pool_limit");
    settings.beam_width = request.get<int>("beam_width");
    settings.seed = options.get<std::uint64_t>("seed");
    settings.threads = options.get<int>("threads");
    settings.time_limit = options.get<double>("time_limit");
    settings.pause_after = request.get<double>("pause_after");
    settings.node_limit = options.maybe<long>("node_limit").value_or(-1);
    settings.byte_limit =
        mebibytes < 0.0 ? -1 : static_cast<long long>(std::min(mebibytes * 0x1p20, 1e18));
    return settings;
}

// What Python does while the search waits: without an answer its time is over; Ctrl-C ends it too.
Onward go_aside(nb::handle aside, const Outcome& outcome, int d) {
    const nb::gil_scoped_acquire held;
    Onward onward;
    try {
        const nb::object answer = aside(nb::cast(outcome, nb::rv_policy::copy));
        const Request next(answer);
        if (next.empty()) {
            onward.end = End::time;
        } else {
            onward.seconds = next.get<double>("seconds");
            onward.points = next.points("starts", static_cast<std::size_t>(d) + 1);
        }
    } catch (const nb::python_error& error) {
        if (!error.matches(PyExc_KeyboardInterrupt)) throw;
        onward.end = End::interrupted;
    }
    return onward;
}

Outcome search_supports(nb::handle dataclass) {
    const Request request(dataclass), problem = request.part("problem");
    const LatticeRequest lattice(problem);
    Model model = model_from(problem, lattice);
    const Request options = request.part("options");
    model.bounds = {options.has("parts", "gains"), options.has("parts", "hull"),
                    options.has("parts", "pairs"), options.has("parts", "families")};
    const Settings settings = settings_from(request, lattice.d);
    const nb::object poll = request.object("poll"), aside = request.object("aside");
    const nb::gil_scoped_release released;
    return search(
        model, [&](Model& reading) { reading.read(lattice.features); }, settings,
        [&](long nodes, long nodes_open, double objective) {
            return ask_or_interrupt(poll, nodes, nodes_open, objective);
        },
        [&](const Outcome& outcome) { return go_aside(aside, outcome, lattice.d); });
}

// A model of features that cost nothing, before they are read and without multipliers.
Model model_of(const FeatureMatrix& features, const Vector& positive, const Vector& negative,
               const Vector& lower, const Vector& upper) {
    require(positive.shape(0) == features.shape(0), "positive");
    require(negative.shape(0) == features.shape(0), "negative");
    require(lower.shape(0) == features.shape(1) + 1, "lower");
    require(upper.shape(0) == features.shape(1) + 1, "upper");
    Model model;
    model.n = static_cast<int>(features.shape(0));
    model.d = static_cast<int>(features.shape(1));
    model.positive = copy(positive);
    model.negative = copy(negative);
    model.lower = copy(lower);
    model.upper = copy(upper);
    model.cost.assign(model.d + 1, 0.0);
    return model;
}

nb::tuple narrowed_box(nb::object table, Vector positive, Vector negative, Vector lower,
                       Vector upper, double smallest_multiplier, double largest_multiplier,
                       double cutoff, double time_limit) {
    const FeatureMatrix features(table, "features");
    Model model = model_of(features, positive, negative, lower, upper);
    set_multipliers(model, smallest_multiplier, largest_multiplier);
    {
        const nb::gil_scoped_release released;
        narrow_box(
            model, [&](Model& reading) { reading.read(features); }, cutoff, time_limit,
            [] { return ask_python(nb::handle()); });
    }
    return nb::make_tuple(model.lower, model.upper);
}

// The fit of all features of a root, family by family: (above the cutoff, lower bound,
// coefficients, columns of each family), with the fixed multiplier 1.
nb::tuple family_fit(nb::object table, Vector positive, Vector negative, Vector lower, Vector upper,
                     double cutoff, int room) {
    const FeatureMatrix features(table, "features");
    Model model = model_of(features, positive, negative, lower, upper);
    model.max_size = model.d;
    set_multipliers(model, 1.0, 1.0);
    Watch watch(Watch::kNoLimit);
    model.read(features);
    model.prepare_rows();
    model.prepare_columns(watch);
    const Families families(model);
    Node node;
    for (int j = 1; j <= model.d; ++j) {
        node.maybe.push_back(j);
    }
    node.w.assign(model.d + 1, 0.0);
    node.low = model.box_lower;
    node.high = model.box_upper;
    FamilyFits fits(model, families);
    const bool above = fits.above(node, cutoff, room);
    nb::list members;
    for (int f = 0; f < families.count(); ++f) {
        members.append(nb::cast(families.members(f)));
    }
    return nb::make_tuple(above, node.bound, node.w, members);
}

// x of A x = y, from the upper triangle of A.
std::vector<double> solve_definite(Matrix matrix, Vector right) {
    require(matrix.shape(0) == right.shape(0) && matrix.shape(1) == right.shape(0), "right");
    const int m = static_cast<int>(right.shape(0));
    std::vector<double> a(matrix.data(), matrix.data() + matrix.size()), x = copy(right);
    factorise_upper(m, a.data(), 1e-12);
    solve_by_upper(m, a.data(), x.data());
    return x;
}

// One logistic problem as a test hands it over, and memory of its own.
struct Given {
    std::vector<OwnColumn> x;
    std::vector<double> a, b, weight, lower, upper;
    std::vector<Column> columns;
    Rows rows;
    Box box;

    Given(const Matrix& matrix, const Vector& positive, const Vector& negative, const Vector& low,
          const Vector& high, bool as_bits)
        : a(copy(positive)), b(copy(negative)), lower(copy(low)), upper(copy(high)) {
        const int n = static_cast<int>(matrix.shape(0)), p = static_cast<int>(matrix.shape(1));
        rows.n4 = padded(n);
        rows.p = p;
        x.resize(p);
        a.resize(rows.n4, 0.0);
        b.resize(rows.n4, 0.0);
        weight.assign(p, 0.0);
        for (int j = 0; j < p; ++j) {
            x[j].start(rows.n4, as_bits);
            for (int i = 0; i < n; ++i) {
                x[j].set(i, matrix(i, j));
                weight[j] += (a[i] + b[i]) * std::fabs(x[j][i]);
            }
            weight[j] *= kAbove;
            columns.push_back(x[j]);
        }
        rows.x = columns.data();
        rows.a = a.data();
        rows.b = b.data();
        box = {lower.data(), upper.data(), weight.data()};
    }
};

// Loss at some coefficients, its gradient and Hessian, and what risks move by along a step, which
// is `w` itself by default.
nb::tuple loss_at(Matrix columns, Vector positive, Vector negative, Vector w, bool as_bits,
                  std::optional<Vector> step) {
    const Given given(columns, positive, negative, w, w, as_bits);
    const std::size_t p = columns.shape(1);
    const int n4 = given.rows.n4;
    std::vector<double> gradient(p), slope(n4), curvature(n4), hessian(p * p), product(p), slopes;
    const double value =
        evaluate(given.rows, w.data(), gradient.data(), slope.data(), curvature.data());
    gram(given.rows, curvature.data(), hessian.data());
    std::vector<double> moved(n4);
    const Along moves = along(given.rows, (step ? *step : w).data(), slope.data(), curvature.data(),
                              moved.data(), product.data());
    moved.resize(columns.shape(0));
    for (const Column column : given.columns) {
        slopes.push_back(dot(n4, column, slope.data()));
        slopes.push_back(dot_any(n4 - 1, column, slope.data()));
    }
    return nb::make_tuple(value, gradient, hessian, product, slopes, moves.fall, moved);
}

// One bounded fit: (value, lower bound, coefficients), the first column being the intercept.
nb::tuple bounded_fit(Matrix columns, Vector positive, Vector negative, Vector lower, Vector upper,
                      double cutoff, std::optional<Vector> start, nb::object stop, bool as_bits) {
    const Given given(columns, positive, negative, lower, upper, as_bits);
    Fit fit;
    fit.w = start ? copy(*start) : std::vector<double>(given.rows.p, 0.0);
    watch_here(stop, [&] { fit.run(given.rows, given.box, cutoff, {Until::converged}); });
    return nb::make_tuple(fit.value, fit.bound, fit.w);
}

// One sparse fit: (value, lower bound, base and gains of the best tangent, coefficients).
nb::tuple sparse_fit(Matrix columns, Vector positive, Vector negative, Vector lower, Vector upper,
                     Vector start, int optional, int chosen, double cutoff, bool as_bits) {
    const Given given(columns, positive, negative, lower, upper, as_bits);
    SparseFit fit;
    fit.w = copy(start);
    fit.run(given.rows, given.box, {optional, chosen}, cutoff);
    return nb::make_tuple(fit.value, fit.bound, fit.base, fit.gain, fit.w);
}

// Looks at the ends first, where slopes may vanish on either side.
double best_scale_of(Vector scores, Vector positive, Vector negative, double low, double high) {
    require(positive.shape(0) == scores.shape(0), "positive");
    require(negative.shape(0) == scores.shape(0), "negative");
    std::vector<double> score = copy(scores), a = copy(positive), b = copy(negative);
    const int n4 = padded(static_cast<int>(score.size()));
    for (std::vector<double>* column : {&score, &a, &b}) {
        column->resize(n4, 0.0);
    }
    const ScoredRows rows{n4, score.data(), a.data(), b.data(), 0.0};
    const nb::gil_scoped_release released;
    const auto slope = [&](double t) {
        return scale_sums(n4, rows.score, rows.a, rows.b, t, 0.0).slope;
    };
    if (slope(high) <= 0.0) {
        return high;
    }
    if (slope(low) >= 0.0) {
        return low;
    }
    double bound;
    return best_scale(rows, low, high, bound);
}

// Of rows that come in fours, as the kernel reads them.
nb::tuple line_sums_of(Vector z, Vector positive, Vector negative, double t, double v) {
    require(z.shape(0) % kLanes == 0, "z");
    require(positive.shape(0) == z.shape(0), "positive");
    require(negative.shape(0) == z.shape(0), "negative");
    LineSums sums;
    {
        const nb::gil_scoped_release released;
        sums = line_sums(static_cast<int>(z.shape(0)), z.data(), positive.data(), negative.data(),
                         nullptr, t, v);
    }
    return nb::make_tuple(sums.value, sums.slope_t, sums.slope_v, sums.curvature_t,
                          sums.curvature_v, sums.mixed, sums.error_t, sums.error_v);
}

}  // namespace
}  // namespace riskslim::supports

namespace riskslim {

void register_supports(nb::module_& module) {
    using supports::Outcome;
    using supports::Score;
    nb::class_<Score>(module, "SupportScore")
        .def_ro("points", &Score::points)
        .def_prop_ro("multiplier", [](const Score& score) { return 1.0 / score.scale.t; })
        .def_prop_ro("log_odds", [](const Score& score) { return score.scale.intercept; })
        .def_ro("loss", &Score::loss)
        .def_ro("objective", &Score::objective)
        .def_ro("bound", &Score::bound)
        .def_ro("size", &Score::size);
    nb::class_<Outcome>(module, "SupportsOutcome")
        .def_ro("end", &Outcome::end)
        .def_ro("best", &Outcome::best)
        .def_ro("pool", &Outcome::pool)
        .def_prop_ro("trace",
                     [](const Outcome& outcome) {
                         nb::list trace;
                         for (const auto& fall : outcome.trace) {
                             trace.append(nb::make_tuple(fall.seconds, fall.objective));
                         }
                         return trace;
                     })
        .def_ro("truncated", &Outcome::truncated)
        .def_ro("open_bound", &Outcome::open_bound)
        .def_ro("nodes", &Outcome::nodes)
        .def_ro("point_nodes", &Outcome::point_nodes)
        .def_ro("fits", &Outcome::fits)
        .def_ro("supports", &Outcome::supports)
        .def_ro("leaves", &Outcome::leaves)
        .def_ro("seeding", &Outcome::seeding)
        .def_ro("total", &Outcome::total);
    module.def("search_supports", &supports::search_supports, nb::arg("request"),
               "Certified search over supports; see riskslim.solvers.supports.");
    module.def("narrowed_box", &supports::narrowed_box, nb::arg("features"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"),
               nb::arg("smallest_multiplier"), nb::arg("largest_multiplier"), nb::arg("cutoff"),
               nb::arg("time_limit"),
               "Bounds of integer points outside which the loss exceeds a cutoff.");
    module.def(
        "family_fit", &supports::family_fit, nb::arg("features"), nb::arg("positive"),
        nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("cutoff"), nb::arg("room"),
        "Fit of step functions of families of nested features, of which at most `room` leave "
        "zero in the bound: whether that is above the cutoff, the bound, coefficients, "
        "columns of each family.");
    module.def("solve_definite", &supports::solve_definite, nb::arg("matrix"), nb::arg("right"),
               "Solution of linear equations with a positive definite matrix.");
    module.def("best_scale", &supports::best_scale_of, nb::arg("scores"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("low"), nb::arg("high"),
               "The factor of given scores within low..high with which their loss is least.");
    module.def(
        "line_sums", &supports::line_sums_of, nb::arg("z"), nb::arg("positive"),
        nb::arg("negative"), nb::arg("t"), nb::arg("v"),
        "Of the loss of log odds v + t z: value, slopes in t and v, second derivatives (t t, "
        "v v, t v), how far the slopes may be off by rounding (t, v). Rows come in fours.");
    module.def(
        "loss_at", &supports::loss_at, nb::arg("columns"), nb::arg("positive"), nb::arg("negative"),
        nb::arg("w"), nb::arg("as_bits") = false, nb::arg("step") = nb::none(),
        "Loss, gradient, lower triangle of the Hessian; of moves along a step, w by default, "
        "their products with the columns; for each column its product with the rows' slopes "
        "by either kernel; a bound on the divergence of the moved risks, and the moves.");
    module.def("bounded_fit", &supports::bounded_fit, nb::arg("columns"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("cutoff"),
               nb::arg("start") = nb::none(), nb::arg("stop") = nb::none(),
               nb::arg("as_bits") = false,
               "Logistic fit over a box: value, rigorous lower bound, coefficients; as far as it "
               "came where `stop` ended it. `as_bits`: all columns are 0 and 1, held as bits.");
    module.def("sparse_fit", &supports::sparse_fit, nb::arg("columns"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("start"),
               nb::arg("optional"), nb::arg("chosen"), nb::arg("cutoff"),
               nb::arg("as_bits") = false,
               "The same with at most `chosen` of the columns from `optional` on, relaxed to the "
               "convex hull: value, rigorous lower bound, base and gains of its tangent, "
               "coefficients.");
}

}  // namespace riskslim
