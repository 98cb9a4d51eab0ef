// Lets a search ask Python whether it is to end.
#pragma once

#include <nanobind/nanobind.h>

#include "watch.hpp"

namespace riskslim {

// Whether `poll`, if any, says so. Throws what a signal or `poll` raises.
template <class... Arguments>
bool ask_python(nanobind::handle poll, Arguments... arguments) {
    const nanobind::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
    return poll.is_valid() && !poll.is_none() && nanobind::cast<bool>(poll(arguments...));
}

// The same for a search with an incumbent: it and its gap are the answer to Ctrl-C, which ends the
// search as a limit does.
template <class... Arguments>
bool ask_or_interrupt(nanobind::handle poll, Arguments... arguments) {
    try {
        return ask_python(poll, arguments...);
    } catch (const nanobind::python_error& error) {
        if (error.matches(PyExc_KeyboardInterrupt)) return true;
        throw;
    }
}

// Runs work that is mostly short in this thread, without the GIL, until `stop` (or None) is true.
template <class Work>
void watch_here(const nanobind::object& stop, const Work& work) {
    Watch watch(Watch::kNoLimit, [&] { return ask_python(stop); });
    const nanobind::gil_scoped_release released;
    watch.run_here(work);
}

}  // namespace riskslim
