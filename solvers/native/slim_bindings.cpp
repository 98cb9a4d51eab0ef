// Python face of the search for scores under the 0-1 loss.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>

#include "ask_python.hpp"
#include "bindings.hpp"
#include "slim_descent.hpp"
#include "slim_quads.hpp"
#include "slim_tree.hpp"

namespace nb = nanobind;

namespace riskslim::slim {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
constexpr long kNodesPerTurn = 500;  // of a thread below one open node
constexpr double kWork = 3000.0;     // rows that the opening heuristic reads, per row and feature

std::vector<double> copy(const Vector& v) { return {v.data(), v.data() + v.shape(0)}; }

void fill_model(Model& model, const Matrix& features, const Vector& positive,
                const Vector& negative, const Vector& lower, const Vector& upper,
                const Vector& cost, double unit, const Matrix& on_points,
                const Matrix& on_indicators, const Vector& row_lower, const Vector& row_upper,
                const Matrix& on_predictions, const Vector& prediction_lower,
                const Vector& prediction_upper, const Vector& limits, int min_size, int max_size,
                double margin, double reach, double price_negative, double price_positive,
                const Vector& prediction_prices) {
    model.price_negative = price_negative;
    model.price_positive = price_positive;
    const int n = static_cast<int>(features.shape(0)), d = static_cast<int>(features.shape(1));
    model.d = d;
    std::vector<std::vector<double>> x(d, std::vector<double>(n));
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j < d; ++j) x[j][i] = features(i, j);
    }
    for (int j = 0; j <= d; ++j) {
        model.lower.push_back(static_cast<Point>(lower(j)));
        model.upper.push_back(static_cast<Point>(upper(j)));
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
}

std::vector<Points> copy_points(const Matrix& points) {
    std::vector<Points> out;
    for (std::size_t r = 0; r < points.shape(0); ++r) {
        out.emplace_back();
        for (std::size_t j = 0; j < points.shape(1); ++j) {
            out.back().push_back(static_cast<Point>(points(r, j)));
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
    const auto share = [&] { work(model, table, pairs, incumbent, open); };
    const Helpers helpers(watch, threads - 1, share);
    watch.guard(share);
}

// The heuristic, for so many rows that it reads; 0 for none.
void seed_incumbent(const Model& model, const Table& rows, Incumbent& incumbent,
                    const std::vector<Points>& starts, std::uint64_t seed, double effort) {
    Descent descent(model, rows, incumbent, seed);
    for (const auto& points : starts) descent.polish(points);
    if (effort > 0.0) {
        const double usual = kWork * model.table.rows * std::max(model.d, 1);
        descent.run(effort * std::clamp(usual, 1e6, 1e8));
    }
}

nb::dict search(Matrix features, Vector positive, Vector negative, Vector lower, Vector upper,
                Vector cost, double unit, Matrix on_points, Matrix on_indicators, Vector row_lower,
                Vector row_upper, Matrix on_predictions, Vector prediction_lower,
                Vector prediction_upper, Vector limits, int min_size, int max_size, double margin,
                double reach, double price_negative, double price_positive,
                Vector prediction_prices, Matrix starts, Matrix known, std::uint64_t seed,
                int threads, double time_limit, long node_limit, double effort,
                nb::callable poll_python) {
    const std::vector<Points> given = copy_points(starts), best_known = copy_points(known);
    Model model;
    OpenNodes open;
    std::optional<Incumbent> incumbent;
    Watch watch(time_limit, [&] {
        return ask_or_interrupt(poll_python, incumbent->nodes.load(), open.size(), open.bound(),
                                incumbent->value());
    });
    incumbent.emplace(model, watch, node_limit);
    double seeding = 0.0;
    {
        nb::gil_scoped_release released;
        watch.run([&] {
            fill_model(model, features, positive, negative, lower, upper, cost, unit, on_points,
                       on_indicators, row_lower, row_upper, on_predictions, prediction_lower,
                       prediction_upper, limits, min_size, max_size, margin, reach, price_negative,
                       price_positive, prediction_prices);
            open.push({whole_box(model), 0.0});
            for (const auto& points : best_known) offer_known(model, *incumbent, points);
            const Table rows = live_rows(model, model.table);
            seed_incumbent(model, rows, *incumbent, given, seed, effort);
            seeding = watch.seconds();
            if (node_limit == 0) return;
            if (Pairs<std::int16_t>::fits(model)) {
                grow_tree<std::int16_t>(model, rows, watch, *incumbent, open, threads);
            } else {
                grow_tree<std::int32_t>(model, rows, watch, *incumbent, open, threads);
            }
        });
        Score any;
        if (watch.stopped() && !incumbent->read(any)) {
            watch.guard([&] { Descent(model, model.table, *incumbent, seed).offer_start(); });
        }
    }
    watch.rethrow();
    int why = static_cast<int>(watch.end());
    nb::dict out;
    Score best;
    if (incumbent->read(best)) {
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
    out["nodes"] = incumbent->nodes.load();
    out["seeding"] = seeding;
    out["total"] = watch.seconds();
    out["tie"] = model.tie();
    return out;
}

nb::tuple nearest(Matrix positive, Matrix negative, Vector plus, Vector minus, Vector on_positive,
                  Vector on_negative, int count, double limit, nb::object stop) {
    const PairRows rows{static_cast<int>(positive.shape(0)), static_cast<int>(negative.shape(0)),
                        static_cast<int>(positive.shape(1)), positive.data(), negative.data()};
    std::vector<FoundPair> found;
    watch_here(stop, [&] {
        found = nearest_pairs(rows, plus.data(), minus.data(), on_positive.data(),
                              on_negative.data(), count, static_cast<float>(limit));
    });
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
                                    int count, int share, double limit, nb::object stop) {
    const PairRows rows{static_cast<int>(positive.shape(0)), static_cast<int>(negative.shape(0)),
                        static_cast<int>(positive.shape(1)), positive.data(), negative.data()};
    std::vector<std::vector<int>> out;
    watch_here(stop, [&] {
        for (const FoundQuad& quad :
             light_quads(rows, plus.data(), minus.data(), on_positive.data(), on_negative.data(),
                         candidates, count, share, static_cast<float>(limit))) {
            out.push_back({quad.first_positive, quad.second_positive, quad.first_negative,
                           quad.second_negative});
        }
    });
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
               nb::arg("prediction_lower"), nb::arg("prediction_upper"), nb::arg("limits"),
               nb::arg("min_size"), nb::arg("max_size"), nb::arg("margin"), nb::arg("reach"),
               nb::arg("price_negative"), nb::arg("price_positive"), nb::arg("prediction_prices"),
               nb::arg("starts"), nb::arg("known"), nb::arg("seed"), nb::arg("threads"),
               nb::arg("time_limit"), nb::arg("node_limit"), nb::arg("effort"), nb::arg("poll"),
               "Certified search under the 0-1 loss; see riskslim.solvers.threshold.");
    module.def("nearest_pairs", &slim::nearest, nb::arg("positive"), nb::arg("negative"),
               nb::arg("plus"), nb::arg("minus"), nb::arg("on_positive"), nb::arg("on_negative"),
               nb::arg("count"), nb::arg("limit"), nb::arg("stop") = nb::none(),
               "Pairs of rows of two classes that weighted features tell apart least; none where "
               "`stop` ended it.");
    module.def("light_quads", &slim::quads, nb::arg("positive"), nb::arg("negative"),
               nb::arg("plus"), nb::arg("minus"), nb::arg("on_positive"), nb::arg("on_negative"),
               nb::arg("candidates"), nb::arg("count"), nb::arg("share"), nb::arg("limit"),
               nb::arg("stop") = nb::none(),
               "Twos of positive and negative rows that weighted features tell apart least; none "
               "where `stop` ended it.");
}

}  // namespace riskslim
