// Python face of the search for scores under the 0-1 loss.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bindings.hpp"
#include "slim_descent.hpp"
#include "slim_quads.hpp"
#include "slim_tree.hpp"

namespace nb = nanobind;

namespace riskslim::slim {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Clock = std::chrono::steady_clock;

constexpr long kNodesPerTurn = 500;  // of a thread below one open node
constexpr double kWork = 3000.0;     // rows that the opening heuristic reads, per row and feature

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<double> copy(const Vector& v) { return {v.data(), v.data() + v.shape(0)}; }

Model make_model(Matrix features, Vector positive, Vector negative, Vector lower, Vector upper,
                 Vector cost, double unit, Matrix on_points, Matrix on_indicators,
                 Vector row_lower, Vector row_upper, Matrix on_predictions,
                 Vector prediction_lower, Vector prediction_upper, Vector limits, int min_size,
                 int max_size, double margin, double reach, double price_negative,
                 double price_positive, Vector prediction_prices) {
    Model model;
    model.price_negative = price_negative;
    model.price_positive = price_positive;
    const int n = static_cast<int>(features.shape(0)), d = static_cast<int>(features.shape(1));
    model.d = d;
    std::vector<std::vector<double>> x(d, std::vector<double>(n));
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j < d; ++j) x[j][i] = features(i, j);
    }
    for (int j = 0; j <= d; ++j) {
        model.lower.push_back(static_cast<int>(lower(j)));
        model.upper.push_back(static_cast<int>(upper(j)));
    }
    model.cost = copy(cost);
    model.unit = unit;
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
    for (std::size_t r = 0; r < on_predictions.shape(0); ++r) {
        PredictionLimit limit;
        for (int i = 0; i < n; ++i) limit.coefficient.push_back(on_predictions(r, i));
        limit.lower = prediction_lower(r);
        limit.upper = prediction_upper(r);
        limit.price = prediction_prices(r);
        model.predictions.push_back(std::move(limit));
    }
    for (int k = 0; k < 2; ++k) {
        model.error[k] = limits(k);
        model.false_positive[k] = limits(2 + k);
        model.false_negative[k] = limits(4 + k);
    }
    model.min_size = min_size;
    model.max_size = std::min(max_size, d);
    model.margin = margin;
    model.reach = reach;
    model.prepare(x, copy(positive), copy(negative));
    return model;
}

std::vector<std::vector<int>> copy_points(const Matrix& points) {
    std::vector<std::vector<int>> out;
    for (std::size_t r = 0; r < points.shape(0); ++r) {
        out.emplace_back();
        for (std::size_t j = 0; j < points.shape(1); ++j) {
            out.back().push_back(static_cast<int>(points(r, j)));
        }
    }
    return out;
}

nb::dict as_dict(const Score& score) {
    nb::dict out;
    out["points"] = score.points;
    out["false_negative"] = score.false_negative;
    out["false_positive"] = score.false_positive;
    out["value"] = score.value;
    return out;
}

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
void work(const Model& model, const Table& table, const Pairs<T>& pairs, Incumbent& incumbent,
          OpenNodes& open) {
    PairSearch<T> search(model, table, pairs, incumbent, open);
    OpenNode node;
    while (open.pop(node, incumbent)) {
        search.search(node, kNodesPerTurn);
        open.done();
    }
}

template <class T>
void grow_tree(const Model& model, const Table& table, Incumbent& incumbent, OpenNodes& open,
               int threads) {
    const Pairs<T> pairs(model, model.priced ? live_rows(model, model.leaning) : table,
                         whole_box(model));
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) {
        others.emplace_back([&] { work(model, table, pairs, incumbent, open); });
    }
    work(model, table, pairs, incumbent, open);
    for (std::thread& other : others) other.join();
}

nb::dict search(Matrix features, Vector positive, Vector negative, Vector lower, Vector upper,
                Vector cost, double unit, Matrix on_points, Matrix on_indicators, Vector row_lower,
                Vector row_upper, Matrix on_predictions, Vector prediction_lower,
                Vector prediction_upper, Vector limits, int min_size, int max_size, double margin,
                double reach, double price_negative, double price_positive,
                Vector prediction_prices, Matrix starts, Matrix known, std::uint64_t seed, int threads, double time_limit, long node_limit,
                double effort, nb::callable poll_python) {
    Model model = make_model(features, positive, negative, lower, upper, cost, unit,
                             on_points, on_indicators, row_lower, row_upper, on_predictions,
                             prediction_lower, prediction_upper, limits, min_size, max_size,
                             margin, reach, price_negative, price_positive, prediction_prices);
    const std::vector<std::vector<int>> given = copy_points(starts), best_known = copy_points(known);
    const Clock::time_point begin = Clock::now();
    Incumbent incumbent(model);
    OpenNodes open;
    open.push({whole_box(model), 0.0});
    double seeding = 0.0;
    int why = 0;  // 0 finished, 1 time, 2 nodes, 3 interrupted
    bool raised = false;
    {
        nb::gil_scoped_release released;
        std::atomic<bool> finished{false};
        std::thread worker([&] {
            const Table rows = live_rows(model, model.table);
            Descent descent(model, rows, incumbent, seed);
            for (const auto& points : best_known) descent.offer(points);
            for (const auto& points : given) descent.polish(points);
            if (effort > 0.0) {
                const double usual = kWork * model.table.rows * std::max(model.d, 1);
                descent.run(effort * std::clamp(usual, 1e6, 1e8));
            }
            seeding = seconds_since(begin);
            if (!incumbent.stop && node_limit != 0) {
                if (Pairs<std::int16_t>::fits(model)) {
                    grow_tree<std::int16_t>(model, rows, incumbent, open, threads);
                } else {
                    grow_tree<std::int32_t>(model, rows, incumbent, open, threads);
                }
            }
            finished = true;
        });
        for (int poll = 0; !finished; ++poll) {
            std::this_thread::sleep_for(std::chrono::microseconds(poll < 50 ? 200 : 2000));
            if (incumbent.stop) continue;
            if (seconds_since(begin) > time_limit) {
                why = 1;
            } else if (node_limit > 0 && incumbent.nodes > node_limit) {
                why = 2;
            } else if (poll % 25 == 24) {
                nb::gil_scoped_acquire held;
                PyObject* answer = nullptr;
                if (PyErr_CheckSignals() == 0) {
                    answer = PyObject_CallFunction(poll_python.ptr(), "lldd",
                                                   incumbent.nodes.load(), open.size(),
                                                   open.bound(), incumbent.value());
                }
                raised = answer == nullptr;
                if (raised || PyObject_IsTrue(answer) == 1) why = 3;
                Py_XDECREF(answer);
            }
            if (why != 0) incumbent.stop = true;
        }
        worker.join();
    }
    if (raised) {
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
            PyErr_Clear();  // the incumbent and its gap are the answer to Ctrl-C
        } else {
            throw nb::python_error();
        }
    }
    nb::dict out;
    Score best;
    if (incumbent.read(best)) {
        out["best"] = as_dict(best);
    } else {
        out["best"] = nb::none();
    }
    const long left = open.size();
    if (left == 0) {
        why = 0;  // the limit came when all was done
    } else if (why == 0) {
        why = 2;
    }
    out["open_bound"] = open.bound();
    out["open"] = left;
    out["why"] = why;
    out["nodes"] = incumbent.nodes.load();
    out["seeding"] = seeding;
    out["total"] = seconds_since(begin);
    out["tie"] = model.tie();
    return out;
}

nb::tuple nearest(Matrix positive, Matrix negative, Vector plus, Vector minus, Vector on_positive,
                  Vector on_negative, int count, double limit) {
    const PairRows rows{static_cast<int>(positive.shape(0)), static_cast<int>(negative.shape(0)),
                        static_cast<int>(positive.shape(1)), positive.data(), negative.data()};
    std::vector<FoundPair> found;
    {
        nb::gil_scoped_release released;
        found = nearest_pairs(rows, plus.data(), minus.data(), on_positive.data(),
                              on_negative.data(), count, static_cast<float>(limit));
    }
    std::vector<int> p, n;
    std::vector<float> weight;
    for (const FoundPair& pair : found) {
        p.push_back(pair.positive);
        n.push_back(pair.negative);
        weight.push_back(pair.weight);
    }
    return nb::make_tuple(p, n, weight);
}

std::vector<std::vector<int>> quads(Matrix positive, Matrix negative, Vector plus, Vector minus,
                                    Vector on_positive, Vector on_negative, int candidates,
                                    int count, int share, double limit) {
    const PairRows rows{static_cast<int>(positive.shape(0)), static_cast<int>(negative.shape(0)),
                        static_cast<int>(positive.shape(1)), positive.data(), negative.data()};
    nb::gil_scoped_release released;
    std::vector<std::vector<int>> out;
    for (const FoundQuad& quad :
         light_quads(rows, plus.data(), minus.data(), on_positive.data(), on_negative.data(),
                     candidates, count, share, static_cast<float>(limit))) {
        out.push_back({quad.first_positive, quad.second_positive, quad.first_negative,
                       quad.second_negative});
    }
    return out;
}

}  // namespace
}  // namespace riskslim::slim

namespace riskslim {

void register_slim(nb::module_& module) {
    module.def("search_slim", &slim::search, nb::arg("features"), nb::arg("positive"),
               nb::arg("negative"), nb::arg("lower"), nb::arg("upper"), nb::arg("cost"),
               nb::arg("unit"), nb::arg("on_points"), nb::arg("on_indicators"),
               nb::arg("row_lower"), nb::arg("row_upper"), nb::arg("on_predictions"),
               nb::arg("prediction_lower"), nb::arg("prediction_upper"), nb::arg("limits"), nb::arg("min_size"),
               nb::arg("max_size"), nb::arg("margin"), nb::arg("reach"), nb::arg("price_negative"),
               nb::arg("price_positive"), nb::arg("prediction_prices"), nb::arg("starts"), nb::arg("known"), nb::arg("seed"),
               nb::arg("threads"), nb::arg("time_limit"), nb::arg("node_limit"),
               nb::arg("effort"), nb::arg("poll"),
               "Certified search under the 0-1 loss; see riskslim.solvers.threshold.");
    module.def("nearest_pairs", &slim::nearest, nb::arg("positive"), nb::arg("negative"),
               nb::arg("plus"), nb::arg("minus"), nb::arg("on_positive"), nb::arg("on_negative"),
               nb::arg("count"), nb::arg("limit"),
               "Pairs of rows of two classes that weighted features tell apart least.");
    module.def("light_quads", &slim::quads, nb::arg("positive"), nb::arg("negative"),
               nb::arg("plus"), nb::arg("minus"), nb::arg("on_positive"), nb::arg("on_negative"),
               nb::arg("candidates"), nb::arg("count"), nb::arg("share"), nb::arg("limit"),
               "Twos of positive and negative rows that weighted features tell apart least.");
}

}  // namespace riskslim
