#include "support_column.hpp"

#include "clones.hpp"
#include "softplus.hpp"

namespace riskslim::supports {
namespace {

// The values of four rows, by their bits.
struct Fours {
    alignas(32) double of[16][kLanes];
    constexpr Fours() : of() {
        for (unsigned bits = 0; bits < 16; ++bits) {
            for (unsigned lane = 0; lane < kLanes; ++lane) {
                of[bits][lane] = bits >> lane & 1;
            }
        }
    }
};
constexpr Fours kFours;

}  // namespace

RISKSLIM_CLONES("arch=x86-64-v3")
void widen(const std::uint64_t* words, int rows, double* values) {
    constexpr int kFour = static_cast<int>(riskslim::kLanes);
    for (int begin = 0; begin < rows; begin += Bits::kOfWord) {
        std::uint64_t word = words[begin / Bits::kOfWord];
        const int end = rows - begin < Bits::kOfWord ? rows : begin + Bits::kOfWord;
        for (int i = begin; i < end; i += kFour, word >>= kFour) {
            std::memcpy(values + i, kFours.of[word & 15], sizeof kFours.of[0]);
        }
    }
}

}  // namespace riskslim::supports
