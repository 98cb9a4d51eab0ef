// Python face of the search for scores under the 0-1 loss.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include "ask_python.hpp"
#include "bindings.hpp"
#include "request.hpp"
#include "slim_nearest.hpp"
#include "slim_quads.hpp"
#include "slim_search.hpp"

namespace nb = nanobind;

namespace riskslim::slim {
namespace {

std::vector<PredictionLimit> predictions_from(const Request& limits, int n,
                                              const std::vector<double>& prices) {
    if (limits.empty()) return {};
    const Matrix coefficients = limits.matrix("coefficients");
    const std::size_t count = coefficients.shape(0), columns = static_cast<std::size_t>(n);
    require(coefficients.shape(1) == columns, "coefficients");
    const Vector lower = limits.vector("lower", count), upper = limits.vector("upper", count);
    require(prices.size() == count || prices.empty(), "prices of predictions");
    std::vector<PredictionLimit> out;
    for (std::size_t r = 0; r < count; ++r) {
        const double* row = coefficients.data() + r * columns;
        PredictionLimit limit{{row, row + n}, lower(r), upper(r)};
        limit.price = prices.empty() ? 0.0 : prices[r];
        out.push_back(std::move(limit));
    }
    return out;
}

void set_limit(double (&limit)[2], const Request& problem, const char* least, const char* most) {
    limit[0] = problem.get<double>(least);
    limit[1] = problem.get<double>(most);
}

// Costs of the problem are shares of the total weight; the search counts in units of weight.
Model model_from(const Request& request, const Request& problem, const LatticeRequest& lattice) {
    const std::size_t columns = static_cast<std::size_t>(lattice.d) + 1;
    const double weight = problem.get<double>("total_weight");
    const Request prices = request.part("prices");
    const Vector lower = request.vector("lower", columns), upper = request.vector("upper", columns);
    Model model;
    model.d = lattice.d;
    for (std::size_t j = 0; j < columns; ++j) {
        model.lower.push_back(static_cast<Point>(lower(j)));
        model.upper.push_back(static_cast<Point>(upper(j)));
        model.cost.push_back(lattice.switch_cost(j) * weight);
    }
    model.unit = problem.get<double>("epsilon") * weight;
    model.rules = lattice.rules;
    model.predictions = predictions_from(problem.part("predictions"), lattice.n,
                                         prices.get<std::vector<double>>("predictions"));
    model.price_negative = prices.get<double>("false_negative");
    model.price_positive = prices.get<double>("false_positive");
    set_limit(model.error, problem, "min_error", "max_error");
    set_limit(model.false_positive, problem, "min_false_positive", "max_false_positive");
    set_limit(model.false_negative, problem, "min_false_negative", "max_false_negative");
    model.min_size = lattice.min_size;
    model.max_size = lattice.max_size;
    model.margin = problem.get<double>("margin");
    model.reach = problem.get<double>("largest_total");
    return model;
}

Settings settings_from(const Request& request, const LatticeRequest& lattice) {
    const std::size_t columns = static_cast<std::size_t>(lattice.d) + 1;
    Settings settings;
    settings.x.assign(lattice.d, std::vector<double>(lattice.n));
    for (int i = 0; i < lattice.n; ++i) {
        for (int j = 0; j < lattice.d; ++j) settings.x[j][i] = lattice.features(i, j);
    }
    settings.positive = copy(lattice.positive);
    settings.negative = copy(lattice.negative);
    settings.starts = request.points("starts", columns);
    const Request known = request.part("known");
    if (!known.empty()) {
        const Vector points = known.vector("points", columns);
        settings.known = Points(points.data(), points.data() + columns);
    }
    settings.rich = request.maybe<std::vector<int>>("rich");
    settings.effort = request.get<double>("effort");
    settings.seed = request.get<std::uint64_t>("seed");
    settings.threads = request.get<int>("threads");
    settings.time_limit = request.get<double>("time_limit");
    settings.node_limit = request.get<long>("node_limit");
    return settings;
}

Outcome search_slim(nb::handle dataclass) {
    const Request request(dataclass), problem = request.part("problem");
    const LatticeRequest lattice(problem);
    Model model = model_from(request, problem, lattice);
    const Settings settings = settings_from(request, lattice);
    const nb::object poll = request.object("poll");
    const nb::gil_scoped_release released;
    return search(model, settings, [&](long nodes, long nodes_open, double bound, double value) {
        return ask_or_interrupt(poll, nodes, nodes_open, bound, value);
    });
}

PairRows pair_rows(const Matrix& positive, const Matrix& negative) {
    return {static_cast<int>(positive.shape(0)), static_cast<int>(negative.shape(0)),
            static_cast<int>(positive.shape(1)), positive.data(), negative.data()};
}

nb::tuple nearest(Matrix positive, Matrix negative, Vector plus, Vector minus, Vector on_positive,
                  Vector on_negative, int count, double limit, nb::object stop) {
    const PairRows rows = pair_rows(positive, negative);
    std::vector<FoundPair> pairs;
    watch_here(stop, [&] {
        pairs = nearest_pairs(rows, plus.data(), minus.data(), on_positive.data(),
                              on_negative.data(), count, static_cast<float>(limit));
    });
    std::vector<int> p, n;
    std::vector<float> weight;
    for (const FoundPair& pair : pairs) {
        p.push_back(pair.positive);
        n.push_back(pair.negative);
        weight.push_back(pair.weight);
    }
    return nb::make_tuple(p, n, weight);
}

std::vector<std::vector<int>> quads(Matrix positive, Matrix negative, Vector plus, Vector minus,
                                    Vector on_positive, Vector on_negative, int candidates,
                                    int count, int share, double limit, nb::object stop) {
    const PairRows rows = pair_rows(positive, negative);
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
    using slim::Outcome;
    using slim::Score;
    nb::class_<Score>(module, "SlimScore")
        .def_ro("points", &Score::points)
        .def_ro("false_negative", &Score::false_negative)
        .def_ro("false_positive", &Score::false_positive)
        .def_ro("value", &Score::value);
    nb::class_<Outcome>(module, "SlimOutcome")
        .def_ro("end", &Outcome::end)
        .def_ro("best", &Outcome::best)
        .def_ro("open_bound", &Outcome::open_bound)
        .def_ro("tie", &Outcome::tie)
        .def_ro("nodes", &Outcome::nodes)
        .def_ro("open_nodes", &Outcome::open_nodes)
        .def_ro("seeding", &Outcome::seeding)
        .def_ro("total", &Outcome::total);
    module.def("search_slim", &slim::search_slim, nb::arg("request"),
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
