// One source, several instruction sets: RISKSLIM_CLONES("arch=x86-64-v3") before a function.
//
// The loader takes the widest that the machine has, and the baseline stays portable. The function
// that chooses runs before the thread sanitizer's own functions are there to be called, so not
// under it.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__) && \
    !defined(__SANITIZE_THREAD__)
#define RISKSLIM_CLONES(...) __attribute__((target_clones(__VA_ARGS__, "default")))
#define RISKSLIM_HAS_CLONES 1
#else
#define RISKSLIM_CLONES(...)
#endif
