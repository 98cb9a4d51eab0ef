// Lets a search ask Python whether it is to end.
#pragma once

#include <nanobind/nanobind.h>

namespace riskslim {

// Whether a signal came or `poll` says so. Ctrl-C ends the search as a limit does, since the
// incumbent and its gap are the answer to it; what else Python raises is thrown.
template <class... Arguments>
bool ask_python(const nanobind::callable& poll, Arguments... arguments) {
    const nanobind::gil_scoped_acquire held;
    try {
        if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
        return nanobind::cast<bool>(poll(arguments...));
    } catch (const nanobind::python_error& error) {
        if (error.matches(PyExc_KeyboardInterrupt)) return true;
        throw;
    }
}

}  // namespace riskslim
