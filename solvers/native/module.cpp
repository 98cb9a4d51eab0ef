// The Python face of the native code: one function per subject registers its
// bindings, so that this file only says what there is.
#include "bindings.hpp"

namespace nb = nanobind;

NB_MODULE(_native, module) {
    module.doc() = "Native kernels and searches of riskslim.solvers";
    riskslim::register_watch(module);
    riskslim::register_logistic(module);
    riskslim::register_supports(module);
    riskslim::register_descent(module);
    riskslim::register_slim(module);
}
