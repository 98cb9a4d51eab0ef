// Whole weights of rows as bits: sums of them over 0/1 columns are counts of bits.
#pragma once

#include <cstdint>
#include <vector>

#include "support_model.hpp"

namespace riskslim::supports {

// A row whose weight is 5 has a bit that counts 1 and a bit that counts 4. Bits that count alike
// stand together in words, those of positive weights before those of negative ones.
class BitTable {
public:
    using Word = std::uint64_t;

    // Empty where weights are not whole, or there would be more than `most` bits.
    BitTable(const Model& model, std::size_t most);

    bool empty() const { return shift_.empty(); }
    int words() const { return static_cast<int>(shift_.size()); }
    int positive_words() const { return positive_words_; }
    // Word w counts 2^shift for each of its bits.
    const std::vector<int>& shift() const { return shift_; }
    // The bits of the rows where a column is 1, word by word.
    const Word* column(int j) const { return ones_.data() + static_cast<std::size_t>(j) * words(); }
    // The same of the rows of each group.
    void masks(const std::vector<std::int32_t>& group, int groups, std::vector<Word>& out) const;

private:
    void append(const std::vector<double>& weight, int n);

    std::vector<int> shift_;
    std::vector<std::int32_t> row_;  // of each bit; -1 for none
    std::vector<Word> ones_;
    int positive_words_ = 0;
};

// Adds to count[t], for each of `columns` columns, the sum over the words of the weight of the bits
// that the mask and column t have: bits[w * stride + t].
void add_counts(int words, const int* shift, const BitTable::Word* mask, const BitTable::Word* bits,
                int stride, int columns, std::uint64_t* count);

// sum[t] += factor * count[t]; counts are below 2^52.
void add_scaled(int columns, double factor, const std::uint64_t* count, double* sum);

}  // namespace riskslim::supports
