// Pseudo-random choices that are the same on every machine.
#pragma once

#include <cstdint>

namespace riskslim {

// Marsaglia's xorshift generator of 64 bits.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 2862933555777941757ULL + 3037000493ULL) {}

    // 0 <= value < below
    int operator()(int below) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<int>((state_ >> 11) % static_cast<std::uint64_t>(below));
    }

private:
    std::uint64_t state_;
};

}  // namespace riskslim
