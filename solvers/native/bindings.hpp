// One function per subject registers its bindings; module.cpp calls them all.
#pragma once

#include <nanobind/nanobind.h>

namespace riskslim {

void register_watch(nanobind::module_& module);
void register_logistic(nanobind::module_& module);
void register_supports(nanobind::module_& module);
void register_descent(nanobind::module_& module);
void register_slim(nanobind::module_& module);

}  // namespace riskslim
