#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <new>
#include <string>
#include <tuple>

#include "bindings.hpp"
#include "logistic.hpp"
#include "request.hpp"

namespace nb = nanobind;

namespace riskslim {
namespace {

using Result = nb::ndarray<nb::numpy, double, nb::ndim<1>>;

Storage storage_from(const std::string& name) {
    if (name == "int8") return Storage::int8;
    if (name == "int16") return Storage::int16;
    if (name == "float64") return Storage::float64;
    if (name == "auto") return Storage::automatic;
    throw nb::value_error("storage must be 'auto', 'int8', 'int16' or 'float64'");
}

const char* name_of(Storage storage) {
    switch (storage) {
        case Storage::int8: return "int8";
        case Storage::int16: return "int16";
        case Storage::float64: return "float64";
        case Storage::automatic: break;
    }
    return "auto";
}

Result new_result(std::size_t size) {
    auto* memory = new double[size];
    nb::capsule owner(memory, [](void* p) noexcept { delete[] static_cast<double*>(p); });
    return Result(memory, {size}, owner);
}

void check_length(const Vector& vector, std::size_t expected, const char* what) {
    if (vector.shape(0) != expected)
        throw nb::value_error((std::string(what) + " must have length " + std::to_string(expected) +
                               ", not " + std::to_string(vector.shape(0)))
                                  .c_str());
}

}  // namespace

void register_logistic(nb::module_& module) {
    nb::class_<LogisticData>(module, "LogisticData")
        .def(
            "__init__",
            [](LogisticData* self, const nb::object& table, const Vector& positive,
               const Vector& negative, const std::string& storage, bool look_up) {
                const FeatureMatrix features(table, "features");
                const std::size_t rows = features.shape(0), columns = features.shape(1);
                if (rows == 0) throw nb::value_error("features must have at least one row");
                check_length(positive, rows, "positive");
                check_length(negative, rows, "negative");
                const Storage wanted = storage_from(storage);
                nb::gil_scoped_release release;
                features.visit([&](const auto* values) {
                    new (self) LogisticData(values, positive.data(), negative.data(), rows, columns,
                                            wanted, look_up);
                });
            },
            nb::arg("features"), nb::arg("positive"), nb::arg("negative"),
            nb::arg("storage") = "auto", nb::arg("look_up") = true)
        .def_prop_ro("n_rows", &LogisticData::rows)
        .def_prop_ro("dimension", &LogisticData::dimension)
        .def_prop_ro("total_weight", &LogisticData::total_weight)
        .def_prop_ro("storage", [](const LogisticData& self) { return name_of(self.storage()); })
        .def(
            "value",
            [](const LogisticData& self, const Vector& points, unsigned threads) {
                check_length(points, self.dimension(), "points");
                nb::gil_scoped_release release;
                return self.value(points.data(), threads);
            },
            nb::arg("points"), nb::arg("threads") = 1)
        .def(
            "exact_value",
            [](const LogisticData& self, const Vector& points, unsigned threads) {
                check_length(points, self.dimension(), "points");
                nb::gil_scoped_release release;
                return self.exact_value(points.data(), threads);
            },
            nb::arg("points"), nb::arg("threads") = 1)
        .def(
            "value_and_gradient",
            [](const LogisticData& self, const Vector& points, unsigned threads) {
                check_length(points, self.dimension(), "points");
                Result gradient = new_result(self.dimension());
                double value;
                {
                    nb::gil_scoped_release release;
                    value = self.value_and_gradient(points.data(), gradient.data(), threads);
                }
                return std::make_tuple(value, gradient);
            },
            nb::arg("points"), nb::arg("threads") = 1)
        .def(
            "value_from_scores",
            [](const LogisticData& self, const Vector& scores) {
                check_length(scores, self.rows(), "scores");
                nb::gil_scoped_release release;
                return self.value_from_scores(scores.data());
            },
            nb::arg("scores"))
        .def(
            "scores",
            [](const LogisticData& self, const Vector& points) {
                check_length(points, self.dimension(), "points");
                Result scores = new_result(self.rows());
                {
                    nb::gil_scoped_release release;
                    self.scores(points.data(), scores.data());
                }
                return scores;
            },
            nb::arg("points"))
        .def(
            "minorant",
            [](const LogisticData& self, const Vector& points, const Vector& lower,
               const Vector& upper, unsigned threads) {
                check_length(points, self.dimension(), "points");
                check_length(lower, self.dimension(), "lower");
                check_length(upper, self.dimension(), "upper");
                Result gradient = new_result(self.dimension());
                MinorantTerms terms;
                {
                    nb::gil_scoped_release release;
                    terms = self.minorant(points.data(), lower.data(), upper.data(),
                                          gradient.data(), threads);
                }
                return std::make_tuple(terms.value, terms.constant, gradient);
            },
            nb::arg("points"), nb::arg("lower"), nb::arg("upper"), nb::arg("threads") = 1);
}

}  // namespace riskslim
