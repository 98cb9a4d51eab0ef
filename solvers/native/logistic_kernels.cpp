#include "logistic_kernels.hpp"

#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace riskslim {
namespace {

namespace portable {
#define RISKSLIM_TARGET
#define RISKSLIM_AVX2 0
#define RISKSLIM_AVX512 0
#include "logistic_kernels.inl"
#undef RISKSLIM_TARGET
#undef RISKSLIM_AVX2
}  // namespace portable

#if defined(__x86_64__)
namespace avx2 {
#define RISKSLIM_TARGET __attribute__((target("avx2")))
#define RISKSLIM_AVX2 1
#include "logistic_kernels.inl"
#undef RISKSLIM_TARGET
#undef RISKSLIM_AVX512
}  // namespace avx2

namespace avx512 {
#define RISKSLIM_TARGET __attribute__((target("avx2,avx512f,avx512dq,avx512bw,avx512vl")))
#define RISKSLIM_AVX512 1
#include "logistic_kernels.inl"
#undef RISKSLIM_TARGET
#undef RISKSLIM_AVX2
#undef RISKSLIM_AVX512
}  // namespace avx512
#endif

enum class Machine { portable, avx2, avx512 };

Machine machine() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return Machine::avx512;
    if (__builtin_cpu_supports("avx2")) return Machine::avx2;
#endif
    return Machine::portable;
}

template <class Kernels>
const Kernels& choose(const Kernels& wide, const Kernels& middle, const Kernels& plain) {
    const Machine here = machine();
    return here == Machine::avx512 ? wide : here == Machine::avx2 ? middle : plain;
}

#if defined(__x86_64__)
#define RISKSLIM_CHOOSE(kernels) choose(avx512::kernels, avx2::kernels, portable::kernels)
#else
#define RISKSLIM_CHOOSE(kernels) choose(portable::kernels, portable::kernels, portable::kernels)
#endif

}  // namespace

template <class Cell>
const TileKernels<Cell>& tile_kernels() {
    static const TileKernels<Cell>& chosen = RISKSLIM_CHOOSE(kTile<Cell>);
    return chosen;
}

template const TileKernels<std::int8_t>& tile_kernels<std::int8_t>();
template const TileKernels<std::int16_t>& tile_kernels<std::int16_t>();
template const TileKernels<double>& tile_kernels<double>();

const ScoreKernels& score_kernels() {
    static const ScoreKernels& chosen = RISKSLIM_CHOOSE(kScore);
    return chosen;
}

const BitKernels& bit_kernels() {
    static const BitKernels& chosen = RISKSLIM_CHOOSE(kBits);
    return chosen;
}

}  // namespace riskslim
