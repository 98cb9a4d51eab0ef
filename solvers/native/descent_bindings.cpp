#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "ask_python.hpp"
#include "bindings.hpp"
#include "descent.hpp"
#include "request.hpp"

namespace nb = nanobind;

namespace riskslim {
namespace {

using Mask = nb::ndarray<const bool, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Arrays of one lattice problem; valid as long as this.
struct LatticeArrays {
    LatticeArrays(const LogisticData& data, const Vector& start, Vector low, Vector high,
                  Vector cost, nb::handle rows)
        : lower(std::move(low)), upper(std::move(high)), switch_cost(std::move(cost)) {
        const std::size_t dimension = data.dimension();
        require(start.shape(0) == dimension, "start");
        require(lower.shape(0) == dimension, "lower");
        require(upper.shape(0) == dimension, "upper");
        require(switch_cost.shape(0) == dimension, "switch_cost");
        const Request sides(rows);
        on_points = sides.matrix("on_points");
        const std::size_t count = on_points.shape(0);
        require(on_points.shape(1) == dimension, "on_points");
        on_indicators = sides.matrix("on_indicators", count, dimension);
        row_lower = sides.vector("row_lower", count);
        row_upper = sides.vector("row_upper", count);
    }

    Lattice lattice(double scale) const {
        return {lower.data(),       upper.data(),     switch_cost.data(),
                row_lower.shape(0), on_points.data(), on_indicators.data(),
                row_lower.data(),   row_upper.data(), scale};
    }

    Vector lower, upper, switch_cost, row_lower, row_upper;
    Matrix on_points, on_indicators;
};

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
        [](const LogisticData& data, const Vector& start, Vector lower, Vector upper,
           Vector switch_cost, nb::object rows, double cutoff, double scale, nb::object stop) {
            const LatticeArrays arrays(data, start, lower, upper, switch_cost, rows);
            std::optional<std::vector<double>> points;
            watch_here(stop, [&] {
                points = sequential_rounding(data, start.data(), arrays.lattice(scale), cutoff);
            });
            return to_python(points);
        },
        nb::arg("data"), nb::arg("start"), nb::arg("lower"), nb::arg("upper"),
        nb::arg("switch_cost"), nb::arg("rows"), nb::arg("cutoff"), nb::arg("scale") = 1.0,
        nb::arg("stop") = nb::none());
    module.def(
        "coordinate_descent",
        [](const LogisticData& data, const Vector& start, Vector lower, Vector upper,
           Vector switch_cost, nb::object rows, const Mask& free, bool swaps, double scale,
           nb::object stop) {
            const LatticeArrays arrays(data, start, lower, upper, switch_cost, rows);
            require(free.shape(0) == data.dimension(), "free");
            std::optional<std::vector<double>> points;
            watch_here(stop, [&] {
                points = coordinate_descent(data, start.data(), arrays.lattice(scale), free.data(),
                                            swaps);
            });
            return to_python(points);
        },
        nb::arg("data"), nb::arg("start"), nb::arg("lower"), nb::arg("upper"),
        nb::arg("switch_cost"), nb::arg("rows"), nb::arg("free"), nb::arg("swaps"),
        nb::arg("scale") = 1.0, nb::arg("stop") = nb::none());
}

}  // namespace riskslim
