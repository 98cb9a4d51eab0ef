#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ask_python.hpp"
#include "bindings.hpp"
#include "descent.hpp"

namespace nb = nanobind;

namespace riskslim {
namespace {

using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Mask = nb::ndarray<const bool, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

void require(bool fits, const char* what) {
    if (!fits) throw nb::value_error((std::string(what) + " has the wrong shape").c_str());
}

// Arrays of one lattice problem; they outlive the call that reads them.
Lattice lattice_from(const LogisticData& data, const Vector& start, const Vector& lower,
                     const Vector& upper, const Vector& switch_cost, const Matrix& on_points,
                     const Matrix& on_indicators, const Vector& row_lower, const Vector& row_upper,
                     double scale) {
    const std::size_t dimension = data.dimension(), rows = row_lower.shape(0);
    require(start.shape(0) == dimension, "start");
    require(lower.shape(0) == dimension, "lower");
    require(upper.shape(0) == dimension, "upper");
    require(switch_cost.shape(0) == dimension, "switch_cost");
    require(row_upper.shape(0) == rows, "row_upper");
    require(on_points.shape(0) == rows && on_points.shape(1) == dimension, "on_points");
    require(on_indicators.shape(0) == rows && on_indicators.shape(1) == dimension, "on_indicators");
    return {lower.data(),         upper.data(),     switch_cost.data(), rows, on_points.data(),
            on_indicators.data(), row_lower.data(), row_upper.data(),   scale};
}

nb::object to_python(const std::optional<std::vector<double>>& points) {
    if (!points) return nb::none();
    auto* memory = new double[points->size()];
    std::copy(points->begin(), points->end(), memory);
    nb::capsule owner(memory, [](void* p) noexcept { delete[] static_cast<double*>(p); });
    return nb::cast(nb::ndarray<nb::numpy, double, nb::ndim<1>>(memory, {points->size()}, owner));
}

}  // namespace

void register_descent(nb::module_& module) {
    module.def(
        "sequential_rounding",
        [](const LogisticData& data, const Vector& start, const Vector& lower, const Vector& upper,
           const Vector& switch_cost, const Matrix& on_points, const Matrix& on_indicators,
           const Vector& row_lower, const Vector& row_upper, double cutoff, double scale,
           nb::object stop) {
            const Lattice lattice = lattice_from(data, start, lower, upper, switch_cost, on_points,
                                                 on_indicators, row_lower, row_upper, scale);
            std::optional<std::vector<double>> points;
            watch_here(stop,
                       [&] { points = sequential_rounding(data, start.data(), lattice, cutoff); });
            return to_python(points);
        },
        nb::arg("data"), nb::arg("start"), nb::arg("lower"), nb::arg("upper"),
        nb::arg("switch_cost"), nb::arg("on_points"), nb::arg("on_indicators"),
        nb::arg("row_lower"), nb::arg("row_upper"), nb::arg("cutoff"), nb::arg("scale") = 1.0,
        nb::arg("stop") = nb::none());
    module.def(
        "coordinate_descent",
        [](const LogisticData& data, const Vector& start, const Vector& lower, const Vector& upper,
           const Vector& switch_cost, const Matrix& on_points, const Matrix& on_indicators,
           const Vector& row_lower, const Vector& row_upper, const Mask& free, bool swaps,
           double scale, nb::object stop) {
            const Lattice lattice = lattice_from(data, start, lower, upper, switch_cost, on_points,
                                                 on_indicators, row_lower, row_upper, scale);
            require(free.shape(0) == data.dimension(), "free");
            std::optional<std::vector<double>> points;
            watch_here(stop, [&] {
                points = coordinate_descent(data, start.data(), lattice, free.data(), swaps);
            });
            return to_python(points);
        },
        nb::arg("data"), nb::arg("start"), nb::arg("lower"), nb::arg("upper"),
        nb::arg("switch_cost"), nb::arg("on_points"), nb::arg("on_indicators"),
        nb::arg("row_lower"), nb::arg("row_upper"), nb::arg("free"), nb::arg("swaps"),
        nb::arg("scale") = 1.0, nb::arg("stop") = nb::none());
}

}  // namespace riskslim
