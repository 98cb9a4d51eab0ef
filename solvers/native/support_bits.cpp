#include "support_bits.hpp"

#include <algorithm>
#include <cstring>

#include "clones.hpp"
#include "watch.hpp"

namespace riskslim::supports {
namespace {
constexpr int kBits = 64;
constexpr int kLargestShift = 52;  // whole weights are below 2^52
}  // namespace

BitTable::BitTable(const Model& model, std::size_t most) {
    const auto weighs = [](double weight) { return weight > 0.0; };
    const std::size_t least = std::count_if(model.positive.begin(), model.positive.end(), weighs) +
                              std::count_if(model.negative.begin(), model.negative.end(), weighs);
    if (!model.whole_weights || model.n == 0 || least > most) {
        return;
    }
    append(model.positive, model.n);
    positive_words_ = words();
    append(model.negative, model.n);
    if (row_.size() > most) {
        shift_.clear();
        return;
    }
    ones_.assign(static_cast<std::size_t>(model.d + 1) * words(), 0);
    for (int j = 0; j <= model.d; ++j) {
        look();
        if (j > 0 && !model.binary[j]) {
            continue;
        }
        const Column x = model.x[j];
        Word* own = ones_.data() + static_cast<std::size_t>(j) * words();
        for (std::size_t k = 0; k < row_.size(); ++k) {
            if (row_[k] >= 0 && x[row_[k]] == 1.0) {
                own[k / kBits] |= Word{1} << (k % kBits);
            }
        }
    }
}

void BitTable::append(const std::vector<double>& weight, int n) {
    for (int shift = 0; shift < kLargestShift; ++shift) {
        const std::size_t before = row_.size();
        for (int i = 0; i < n; ++i) {
            if (static_cast<Word>(weight[i]) >> shift & 1) {
                row_.push_back(i);
            }
        }
        row_.resize((row_.size() + kBits - 1) / kBits * kBits, -1);
        shift_.resize(shift_.size() + (row_.size() - before) / kBits, shift);
    }
}

void BitTable::masks(const std::vector<std::int32_t>& group, int groups,
                     std::vector<Word>& out) const {
    out.assign(static_cast<std::size_t>(groups) * words(), 0);
    for (std::size_t k = 0; k < row_.size(); ++k) {
        if (row_[k] >= 0) {
            out[static_cast<std::size_t>(group[row_[k]]) * words() + k / kBits] |= Word{1}
                                                                                   << (k % kBits);
        }
    }
}

#define ADD_COUNTS                                                                             \
    for (int w = 0; w < words; ++w) {                                                          \
        const BitTable::Word own = mask[w];                                                    \
        const BitTable::Word* word = bits + static_cast<std::size_t>(w) * stride;              \
        const int up = shift[w];                                                               \
        for (int t = 0; own != 0 && t < columns; ++t) {                                        \
            count[t] += static_cast<std::uint64_t>(__builtin_popcountll(own & word[t])) << up; \
        }                                                                                      \
    }

namespace {

// Counts of bits have an instruction of their own on newer machines, which the loader does not
// know to choose by.
#ifdef RISKSLIM_HAS_CLONES
__attribute__((target("avx512f,avx512vpopcntdq"))) void add_in_lanes(int words, const int* shift,
                                                                     const BitTable::Word* mask,
                                                                     const BitTable::Word* bits,
                                                                     int stride, int columns,
                                                                     std::uint64_t* count) {
    ADD_COUNTS
}

__attribute__((target("popcnt"))) void add_one_by_one(int words, const int* shift,
                                                      const BitTable::Word* mask,
                                                      const BitTable::Word* bits, int stride,
                                                      int columns, std::uint64_t* count) {
    ADD_COUNTS
}
#endif

void add_portably(int words, const int* shift, const BitTable::Word* mask,
                  const BitTable::Word* bits, int stride, int columns, std::uint64_t* count) {
    ADD_COUNTS
}

using AddCounts = decltype(&add_portably);

AddCounts fastest() {
#ifdef RISKSLIM_HAS_CLONES
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vpopcntdq")) {
        return add_in_lanes;
    }
    if (__builtin_cpu_supports("popcnt")) {
        return add_one_by_one;
    }
#endif
    return add_portably;
}

}  // namespace

void add_counts(int words, const int* shift, const BitTable::Word* mask, const BitTable::Word* bits,
                int stride, int columns, std::uint64_t* count) {
    static const AddCounts add = fastest();
    add(words, shift, mask, bits, stride, columns, count);
}

RISKSLIM_CLONES("arch=x86-64-v3")
void add_scaled(int columns, double factor, const std::uint64_t* count, double* sum) {
    // 2^52 + count, read as a double, less 2^52: what no baseline has an instruction for
    constexpr std::uint64_t kBase = 0x4330000000000000ull;
    for (int t = 0; t < columns; ++t) {
        const std::uint64_t bits = count[t] | kBase;
        double value;
        std::memcpy(&value, &bits, sizeof value);
        sum[t] += factor * (value - 0x1p52);
    }
}

}  // namespace riskslim::supports
