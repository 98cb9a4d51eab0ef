// The Python face of the native code: one function per subject registers its
// bindings, so that this file only says what there is.
#include <nanobind/nanobind.h>

namespace nb = nanobind;

NB_MODULE(_native, module) {
    module.doc() = "Native kernels and searches of riskslim.solvers";
}
