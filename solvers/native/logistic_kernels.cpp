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
#undef RISKSLIM_AVX2
}  // namespace avx2

#endif

}  // namespace

template <class Cell>
const TileKernels<Cell>& tile_kernels() {
#if defined(__x86_64__)
    static const TileKernels<Cell>& chosen =
        __builtin_cpu_supports("avx2") ? avx2::kTile<Cell> : portable::kTile<Cell>;
    return chosen;
#else
    return portable::kTile<Cell>;
#endif
}

template const TileKernels<std::int8_t>& tile_kernels<std::int8_t>();
template const TileKernels<std::int16_t>& tile_kernels<std::int16_t>();
template const TileKernels<double>& tile_kernels<double>();

const ScoreKernels& score_kernels() {
#if defined(__x86_64__)
    static const ScoreKernels& chosen =
        __builtin_cpu_supports("avx2") ? avx2::kScore : portable::kScore;
    return chosen;
#else
    return portable::kScore;
#endif
}

}  // namespace riskslim
