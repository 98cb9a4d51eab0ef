// Columns of rows: doubles, or bits where every value is 0 or 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rounding.hpp"

namespace riskslim::supports {

// Bits, one a row.
class Bits {
public:
    static constexpr int kOfWord = 64;
    static int words(int rows) { return (rows + kOfWord - 1) / kOfWord; }

    explicit Bits(const std::uint64_t* words = nullptr) : words_(words) {}
    std::int32_t operator[](int row) const {
        return static_cast<std::int32_t>(words_[row / kOfWord] >> row % kOfWord & 1);
    }
    const std::uint64_t* words() const { return words_; }

private:
    const std::uint64_t* words_;
};
static_assert(kBlock % Bits::kOfWord == 0);

// Bits of rows as doubles; the number of rows is a multiple of four.
void widen(const std::uint64_t* words, int rows, double* values);

// A column that is held elsewhere. Bits are widened in the cache, a block at a time, so that sums
// over a column are the same to the last bit by either form.
class Column {
public:
    Column() = default;
    Column(const double* values) : values_(values) {}
    Column(Bits bits) : bits_(bits) {}

    bool are_bits() const { return values_ == nullptr; }
    const double* values() const { return values_; }
    Bits bits() const { return bits_; }
    double operator[](int row) const { return are_bits() ? bits_[row] : values_[row]; }

    // The values of the rows from `begin` on, a multiple of kBlock: at most so many, which come in
    // fours. Where they are bits they are put in `room`.
    const double* block(int begin, int rows, double* room) const {
        if (!are_bits()) {
            return values_ + begin;
        }
        widen(bits_.words() + begin / Bits::kOfWord, rows, room);
        return room;
    }

    // Calls with each of the first n rows and its value.
    template <class Use>
    void each(int n, const Use& use) const {
        if (!are_bits()) {
            for (int i = 0; i < n; ++i) {
                use(i, values_[i]);
            }
            return;
        }
        double room[kBlock];
        for (int begin = 0; begin < n; begin += kBlock) {
            const int rows = n - begin < kBlock ? n - begin : kBlock;
            widen(bits_.words() + begin / Bits::kOfWord, (rows + 3) / 4 * 4, room);
            for (int i = 0; i < rows; ++i) {
                use(begin + i, room[i]);
            }
        }
    }

private:
    const double* values_ = nullptr;
    Bits bits_;
};

// A column of its own.
class OwnColumn {
public:
    // So many zeros.
    void start(int rows, bool as_bits) {
        values_.assign(as_bits ? 0 : rows, 0.0);
        words_.assign(as_bits ? Bits::words(rows) : 0, 0);
    }
    // Of a row that is zero.
    void set(int row, double value) {
        if (words_.empty()) {
            values_[row] = value;
        } else {
            words_[row / Bits::kOfWord] |= std::uint64_t{value != 0.0} << row % Bits::kOfWord;
        }
    }
    operator Column() const {
        return words_.empty() ? Column(values_.data()) : Column(Bits(words_.data()));
    }
    double operator[](int row) const { return Column(*this)[row]; }

private:
    std::vector<double> values_;
    std::vector<std::uint64_t> words_;
};

// Whether a table is so large that its columns of 0 and 1 are to be bits: a smaller one stays in
// the cache as doubles, which are read at once.
inline bool bits_pay(int rows, int columns) {
    constexpr double kInCache = 0x1p20;
    return static_cast<double>(rows) * columns > kInCache;
}

}  // namespace riskslim::supports
