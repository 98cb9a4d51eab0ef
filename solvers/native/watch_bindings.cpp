#include <nanobind/nanobind.h>

#include "bindings.hpp"
#include "watch.hpp"

namespace nb = nanobind;

namespace riskslim {

void register_watch(nb::module_& module) {
    nb::enum_<End>(module, "End", nb::is_arithmetic(), "What ended a search.")
        .value("finished", End::finished)
        .value("time", End::time)
        .value("nodes", End::nodes)
        .value("interrupted", End::interrupted)
        .value("memory", End::memory);
}

}  // namespace riskslim
