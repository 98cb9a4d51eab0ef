// Python face of the search over supports.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <thread>

#include "bindings.hpp"
#include "support_beam.hpp"
#include "support_tree.hpp"

namespace nb = nanobind;

namespace riskslim::supports {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

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

nb::dict search(Matrix features, Vector positive, Vector negative, Vector lower, Vector upper,
                Vector cost, Matrix on_points, Matrix on_indicators, Vector row_lower,
                Vector row_upper, Matrix coefficients, Vector thresholds, Vector with_intercept,
                Vector least, Vector most, Matrix starts, int min_size, int max_size,
                double smallest_multiplier, double largest_multiplier, bool by_size,
                double pool_tolerance, long pool_limit, int threads, double time_limit,
                long node_limit, double memory_limit, int beam_width, nb::callable poll_python) {
    Model model;
    SearchSettings settings;
    std::vector<Points> given;
    const int n = static_cast<int>(features.shape(0)), d = static_cast<int>(features.shape(1));
    model.n = n;
    model.d = d;
    model.x.resize(d + 1);
    model.x[0].assign(n, 1.0);
    for (int j = 0; j < d; ++j) {
        model.x[j + 1].resize(n);
        for (int i = 0; i < n; ++i) {
            model.x[j + 1][i] = features(i, j);
        }
    }
    model.positive = copy(positive);
    model.negative = copy(negative);
    model.lower = copy(lower);
    model.upper = copy(upper);
    model.cost = copy(cost);
    for (std::size_t r = 0; r < on_points.shape(0); ++r) {
        Rule rule;
        for (int j = 0; j <= d; ++j) {
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
        for (int i = 0; i < n; ++i) {
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
    for (std::size_t r = 0; r < starts.shape(0); ++r) {
        Points points(d + 1);
        for (int j = 0; j <= d; ++j) {
            points[j] = static_cast<Point>(starts(r, j));
        }
        given.push_back(std::move(points));
    }
    model.min_size = min_size;
    model.max_size = std::min(max_size, d);
    model.free_multiplier = smallest_multiplier < largest_multiplier;
    model.t_lower = 1.0 / largest_multiplier;
    model.t_upper = 1.0 / smallest_multiplier;
    settings.threads = threads;
    settings.by_size = by_size;

    const Clock::time_point begin = Clock::now();
    double seeding = 0.0, total = 0.0;
    std::atomic<int> running{0};
    std::atomic<bool> seeded{false};
    int why = 0;  // 0 finished, 1 time, 2 nodes, 3 interrupted, 4 memory
    bool raised = false;
    std::unique_ptr<Incumbents> incumbents;
    {
        nb::gil_scoped_release released;
        model.prepare();
        incumbents = std::make_unique<Incumbents>(model, by_size, pool_tolerance,
                                                  static_cast<std::size_t>(pool_limit));
        incumbents->node_limit = node_limit;
        incumbents->begin = begin;
        incumbents->byte_limit =
            memory_limit < 0.0 ? -1 : static_cast<long long>(std::min(memory_limit * 0x1p20, 1e18));
        SupportTree tree(model, *incumbents, settings);
        for (const auto& points : given) {
            incumbents->offer(points);
        }
        running = 1;
        std::vector<std::thread> workers;
        workers.emplace_back([&] {
            tree.plant_root();
            if (beam_width > 0) {
                seed_incumbents(model, *incumbents, beam_width, by_size);
            }
            seeding = seconds_since(begin);
            seeded = true;
            tree.work();
            --running;
        });
        bool all_started = false;
        for (int poll = 0; running.load() > 0; ++poll) {
            if (seeded && !all_started) {
                all_started = true;
                for (int t = 1; t < threads; ++t) {
                    ++running;
                    workers.emplace_back([&] {
                        tree.work();
                        --running;
                    });
                }
            }
            std::this_thread::sleep_for(std::chrono::microseconds(poll < 50 ? 200 : 2000));
            if (incumbents->stop) {
                continue;
            }
            if (seconds_since(begin) > time_limit) {
                why = 1;
            } else if (poll % 25 == 24) {
                nb::gil_scoped_acquire held;
                if (PyErr_CheckSignals() != 0) {
                    raised = true;
                    why = 3;
                } else {
                    PyObject* answer = PyObject_CallFunction(
                        poll_python.ptr(), "lld", incumbents->nodes.load(),
                        static_cast<long>(tree.open_nodes()), incumbents->cutoff(0, model.max_size));
                    if (answer == nullptr) {
                        raised = true;
                        why = 3;
                    } else {
                        why = PyObject_IsTrue(answer) == 1 ? 3 : why;
                        Py_DECREF(answer);
                    }
                }
            }
            if (why != 0) {
                incumbents->stop = true;
            }
        }
        for (std::thread& worker : workers) {
            worker.join();
        }
        total = seconds_since(begin);
        if (why == 0 && incumbents->limit_hit) {
            why = 2;
        }
        if (why == 0 && incumbents->memory_hit) {
            why = 4;
        }
    }
    if (raised) {
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
            PyErr_Clear();  // the incumbent and its gap are the answer to Ctrl-C
        } else {
            throw nb::python_error();
        }
    }
    nb::dict out;
    nb::list best, pool, trace;
    for (const auto& entry : incumbents->best()) {
        best.append(as_dict(entry.second));
    }
    for (const Score& score : incumbents->pool()) {
        pool.append(as_dict(score));
    }
    out["best"] = best;
    out["pool"] = pool;
    for (const auto& improvement : incumbents->trace()) {
        trace.append(nb::make_tuple(improvement.seconds, improvement.objective));
    }
    out["trace"] = trace;
    out["truncated"] = incumbents->truncated();
    out["open_bound"] = incumbents->open_bound();
    out["why"] = why;
    out["nodes"] = incumbents->nodes.load();
    out["point_nodes"] = incumbents->point_nodes.load();
    out["fits"] = incumbents->fits.load();
    out["supports"] = incumbents->supports.load();
    out["leaves"] = incumbents->leaves.load();
    out["seeding"] = seeding;
    out["total"] = total;
    return out;
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
                      double cutoff, std::optional<Vector> start) {
    const Given given(columns, positive, negative);
    const std::vector<double> low = copy(lower), high = copy(upper);
    Fit fit;
    fit.w = start ? copy(*start) : std::vector<double>(given.rows.p, 0.0);
    fit.run(given.rows, low.data(), high.data(), given.weight.data(), cutoff, true);
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
               nb::arg("with_intercept"), nb::arg("least"), nb::arg("most"), nb::arg("starts"),
               nb::arg("min_size"), nb::arg("max_size"), nb::arg("smallest_multiplier"), nb::arg("largest_multiplier"), nb::arg("by_size"),
               nb::arg("pool_tolerance"), nb::arg("pool_limit"), nb::arg("threads"),
               nb::arg("time_limit"), nb::arg("node_limit"), nb::arg("memory_limit"),
               nb::arg("beam_width"), nb::arg("poll"),
               "Certified search over supports; see riskslim.solvers.supports.");
    module.def("bounded_fit", &supports::bounded_fit, nb::arg("columns"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("cutoff"),
               nb::arg("start") = nb::none(),
               "Logistic fit over a box: value, rigorous lower bound, coefficients.");
    module.def("sparse_fit", &supports::sparse_fit, nb::arg("columns"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("start"),
               nb::arg("optional"), nb::arg("chosen"), nb::arg("cutoff"),
               "The same with at most `chosen` of the columns from `optional` on, relaxed to the "
               "convex hull: value, rigorous lower bound, base and gains of its tangent, "
               "coefficients.");
}

}  // namespace riskslim
