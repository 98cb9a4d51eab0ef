// Weighted logistic loss of merged rows, and its rigorous minorants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "logistic_kernels.hpp"

namespace riskslim {

constexpr std::size_t kTilesPerChunk = 32;

void* allocate_pages(std::size_t bytes);  // throws std::bad_alloc
void free_pages(void* p);

struct CacheLine {
    alignas(64) unsigned char bytes[64];
};

// Large arrays on large pages, where the system has them: they are read from end to end,
// and the walks through tables of small pages would cost much of the bandwidth.
template <class T>
struct PageAllocator {
    using value_type = T;
    PageAllocator() = default;
    template <class U>
    PageAllocator(const PageAllocator<U>&) {}
    T* allocate(std::size_t count) { return static_cast<T*>(allocate_pages(count * sizeof(T))); }
    void deallocate(T* p, std::size_t) { free_pages(p); }
    bool operator==(const PageAllocator&) const { return true; }
    bool operator!=(const PageAllocator&) const { return false; }
};

template <class T>
using Pages = std::vector<T, PageAllocator<T>>;

// The features, tile after tile, each tile column after column. Cells are the
// narrowest type that holds every value, because the kernels are bound by memory.
template <class Cell>
class Tiles {
public:
    template <class Value>
    Tiles(const Value* features, std::size_t rows, std::size_t columns);

    std::size_t count() const { return (rows_ + kTileRows - 1) / kTileRows; }
    // Rows of a tile, padded to whole cache lines of doubles.
    std::size_t rows(std::size_t tile) const {
        const std::size_t left = rows_ - tile * kTileRows;
        return left < kTileRows ? (left + 7) / 8 * 8 : kTileRows;
    }
    const Cell* tile(std::size_t tile) const { return cells() + tile * kTileRows * columns_; }
    const Cell* column(std::size_t tile, std::size_t j) const {
        return this->tile(tile) + j * rows(tile);
    }

private:
    const Cell* cells() const { return reinterpret_cast<const Cell*>(storage_.data()); }
    std::size_t rows_, columns_;
    Pages<CacheLine> storage_;
};

// Features that are all 0 or 1, beside their cells and twice: by rows for the scores, by
// columns for the gradient. A quarter of the bytes of the narrowest cells.
class BitTiles {
public:
    BitTiles() = default;
    template <class Value>
    BitTiles(const Value* features, std::size_t rows, std::size_t columns);

    bool empty() const { return by_row_.empty(); }
    // Word w of a row holds its columns from 64 w on; the words w of a tile lie together.
    const std::uint64_t* by_row(std::size_t tile) const {
        return by_row_.data() + tile * kTileRows * row_words_;
    }
    // Blocks of eight columns; in each, eight words for each 64 rows.
    const std::uint64_t* by_column(std::size_t tile) const {
        return by_column_.data() + tile * blocks_ * kTileRows / 8;
    }

private:
    std::size_t row_words_ = 0, blocks_ = 0;
    Pages<std::uint64_t> by_row_, by_column_;
};

enum class Storage { automatic, int8, int16, float64 };

struct MinorantTerms {
    double value;
    double constant;
};

// Immutable after construction, so that several threads may use it at once.
class LogisticData {
public:
    // features: rows x columns, row after row, doubles or bytes. Narrower storage than the values
    // allow is widened to what they need.
    // Without `look_up` losses of integer scores are computed like all others.
    template <class Value>
    LogisticData(const Value* features, const double* positive, const double* negative,
                 std::size_t rows, std::size_t columns, Storage storage, bool look_up = true);

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    std::size_t dimension() const { return columns_ + 1; }
    Storage storage() const;
    double total_weight() const { return total_weight_; }

    // Mean loss at points[0 .. columns], the intercept first.
    double value(const double* points, unsigned threads) const;
    double value_and_gradient(const double* points, double* gradient, unsigned threads) const;
    double value_from_scores(const double* scores) const;
    void scores(const double* points, double* scores) const;

    // Compensated in every sum: relative error of a few units in the last place.
    double exact_value(const double* points, unsigned threads) const;

    // value + gradient . (x - points) lowered by a bound on all rounding errors on the box.
    MinorantTerms minorant(const double* points, const double* lower, const double* upper,
                           double* gradient, unsigned threads) const;

    const double* positive() const { return positive_.data(); }
    const double* negative() const { return negative_.data(); }

    template <class Visitor>
    auto visit(Visitor&& visitor) const {
        return std::visit(visitor, tiles_);
    }

private:
    struct Evaluation;
    double evaluate(const double* points, double* gradient, unsigned threads) const;
    bool scores_are_integers(const double* points) const;
    template <class Work>
    void for_each_chunk(unsigned threads, const Work& work) const;
    std::size_t chunk_count() const;

    std::size_t rows_, columns_;
    bool look_up_;
    Pages<double> positive_, negative_;  // padded with weight zero
    double total_weight_;
    std::vector<double> largest_;  // max_i |x_ij|
    std::vector<double> mean_;     // sum_i weight_i |x_ij| / W, rounded up; intercept first
    std::variant<Tiles<std::int8_t>, Tiles<std::int16_t>, Tiles<double>> tiles_;
    BitTiles bits_;  // empty unless all features are 0 or 1
};

}  // namespace riskslim
