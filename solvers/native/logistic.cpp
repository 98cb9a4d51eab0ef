#include "logistic.hpp"
#include "watch.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <system_error>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace riskslim {

template <class Cell>
template <class Value>
Tiles<Cell>::Tiles(const Value* features, std::size_t rows, std::size_t columns)
    : rows_(rows), columns_(columns) {
    const std::size_t padded = (rows + 7) / 8 * 8;
    storage_.resize((padded * columns * sizeof(Cell) + sizeof(CacheLine) - 1) / sizeof(CacheLine));
    for (std::size_t t = 0; t < count(); ++t) {
        Cell* out = const_cast<Cell*>(tile(t));
        const std::size_t stride = this->rows(t), first = t * kTileRows;
        const std::size_t here = std::min(kTileRows, rows - first);
        // Blocks of rows, so that neither side of the transposition leaves the cache.
        for (std::size_t i0 = 0; i0 < here; i0 += 8)
            for (std::size_t j = 0; j < columns; ++j)
                for (std::size_t i = i0; i < std::min(i0 + 8, here); ++i)
                    out[j * stride + i] = static_cast<Cell>(features[(first + i) * columns + j]);
    }
}

template <class Value>
BitTiles::BitTiles(const Value* features, std::size_t rows, std::size_t columns)
    : row_words_((columns + 63) / 64), blocks_((columns + 7) / 8) {
    const std::size_t tiles = (rows + kTileRows - 1) / kTileRows;
    by_row_.assign(tiles * kTileRows * row_words_, 0);
    by_column_.assign(tiles * blocks_ * kTileRows / 8, 0);
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t t = i / kTileRows, r = i % kTileRows;
        for (std::size_t j = 0; j < columns; ++j) {
            if (features[i * columns + j] == 0.0) continue;
            by_row_[(t * row_words_ + j / 64) * kTileRows + r] |= std::uint64_t{1} << j % 64;
            by_column_[((t * blocks_ + j / 8) * (kTileRows / 64) + r / 64) * 8 + j % 8] |=
                std::uint64_t{1} << r % 64;
        }
    }
}

void* allocate_pages(std::size_t bytes) {
    constexpr std::size_t kPage = std::size_t{1} << 21;
    const std::size_t alignment = bytes < kPage ? sizeof(CacheLine) : kPage;
    void* p = nullptr;
    if (posix_memalign(&p, alignment, bytes ? bytes : 1) != 0) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (bytes >= kPage) madvise(p, bytes / kPage * kPage, MADV_HUGEPAGE);  // a wish, no more
#endif
    return p;
}

void free_pages(void* p) { std::free(p); }

namespace {

using AnyTiles = std::variant<Tiles<std::int8_t>, Tiles<std::int16_t>, Tiles<double>>;

// Widest of what is asked for and what the values need.
template <class Value>
AnyTiles make_tiles(const Value* features, std::size_t rows, std::size_t columns,
                    const std::vector<double>& largest, Storage storage) {
    bool integers = true;
    for (std::size_t k = 0; k < rows * columns && integers; ++k)
        integers = features[k] == std::nearbyint(static_cast<double>(features[k]));
    double top = 0.0;
    for (const double x : largest) top = std::max(top, x);
    if (integers && top <= 127 && (storage == Storage::automatic || storage == Storage::int8))
        return Tiles<std::int8_t>(features, rows, columns);
    if (integers && top <= 32767 && storage != Storage::float64)
        return Tiles<std::int16_t>(features, rows, columns);
    return Tiles<double>(features, rows, columns);
}

// a * b and its rounding error, exactly while nothing overflows (Dekker, Veltkamp).
inline double two_product(double a, double b, double& error) {
    const double split = 134217729.0;
    const double ca = split * a, cb = split * b;
    const double ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;
    const double t = a * b;
    error = ((ah * bh - t) + ah * bl + al * bh) + al * bl;
    return t;
}

// softplus(s + t) for tiny t, to the last digits: d softplus / ds = sigmoid.
inline double softplus_accurate(double s, double t) {
    const long double e = std::exp(-std::fabs(static_cast<long double>(s)));
    const long double sigmoid = (s > 0 ? 1.0L : e) / (1.0L + e);
    return static_cast<double>(std::log1p(e) + (s > 0 ? s : 0.0L) + sigmoid * t);
}

// gamma_k = k u / (1 - k u), Higham, Accuracy and Stability of Numerical Algorithms, section 3.1.
inline double gamma(std::size_t k) {
    const double ku = static_cast<double>(k) * kUnit;
    return ku / (1 - ku);
}

// Non-zero points, gathered once an evaluation.
struct Active {
    std::vector<std::uint32_t> columns;
    std::vector<double> values;
    ActivePoints view;
    Active(const double* points, std::size_t count) {
        for (std::size_t j = 0; j < count; ++j)
            if (points[j + 1] != 0.0) {
                columns.push_back(static_cast<std::uint32_t>(j));
                values.push_back(points[j + 1]);
            }
        view = {columns.data(), values.data(), columns.size(), points[0]};
    }
};

// The same by nibbles of columns, for features in bits; nibbles of zeros cost nothing.
struct ActiveNibbles {
    std::vector<std::uint32_t> nibbles;
    std::vector<double> sums;
    NibbleSums view;
    ActiveNibbles(const double* points, std::size_t count) {
        for (std::size_t j = 0; j < count; j += 4) {
            double subsets[16] = {};
            bool zero = true;
            for (std::size_t k = 0; k < 4; ++k) {
                const double point = j + k < count ? points[1 + j + k] : 0.0;
                zero = zero && point == 0.0;
                for (std::size_t n = 0; n < std::size_t{1} << k; ++n)
                    subsets[(std::size_t{1} << k) + n] = subsets[n] + point;
            }
            if (zero) continue;
            nibbles.push_back(static_cast<std::uint32_t>(j / 4));
            sums.insert(sums.end(), subsets, subsets + 16);
        }
        view = {nibbles.data(), sums.data(), nibbles.size(), points[0]};
    }
};

}  // namespace

template <class Value>
LogisticData::LogisticData(const Value* features, const double* positive, const double* negative,
                           std::size_t rows, std::size_t columns, Storage storage, bool look_up)
    : rows_(rows),
      columns_(columns),
      look_up_(look_up),
      positive_((rows + 7) / 8 * 8, 0.0),
      negative_((rows + 7) / 8 * 8, 0.0),
      total_weight_(0.0),
      largest_(columns, 0.0),
      mean_(columns + 1, 1.0),
      tiles_(Tiles<double>(features, 0, 0)) {
    std::copy(positive, positive + rows, positive_.begin());
    std::copy(negative, negative + rows, negative_.begin());
    CompensatedSum total;
    for (std::size_t i = 0; i < rows; ++i) {
        total.add(positive[i]);
        total.add(negative[i]);
    }
    total_weight_ = total.value();
    std::vector<CompensatedSum> sums(columns);
    for (std::size_t i = 0; i < rows; ++i) {
        const double weight = positive[i] + negative[i];
        for (std::size_t j = 0; j < columns; ++j) {
            const double size = std::fabs(static_cast<double>(features[i * columns + j]));
            largest_[j] = std::max(largest_[j], size);
            sums[j].add(weight * size);
        }
    }
    for (std::size_t j = 0; j < columns; ++j)
        mean_[j + 1] = sums[j].value() / total_weight_ * (1 + 16 * kUnit);
    mean_[0] = 1 + 16 * kUnit;
    tiles_ = make_tiles(features, rows, columns, largest_, storage);
    if (tiles_.index() == 0 && columns > 0 &&
        std::all_of(features, features + rows * columns,
                    [](double x) { return x == 0.0 || x == 1.0; }))
        bits_ = BitTiles(features, rows, columns);
}

template LogisticData::LogisticData(const double*, const double*, const double*, std::size_t,
                                    std::size_t, Storage, bool);
template LogisticData::LogisticData(const std::int8_t*, const double*, const double*, std::size_t,
                                    std::size_t, Storage, bool);

Storage LogisticData::storage() const { return static_cast<Storage>(tiles_.index() + 1); }

std::size_t LogisticData::chunk_count() const {
    return (rows_ + kTileRows * kTilesPerChunk - 1) / (kTileRows * kTilesPerChunk);
}

// The chunks, and the order in which their results are added, do not depend on
// the number of threads; only who computes which chunk does.
template <class Work>
void LogisticData::for_each_chunk(unsigned threads, const Work& work) const {
    const std::size_t chunks = chunk_count();
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        for (std::size_t c; (c = next.fetch_add(1)) < chunks;) work(c);
    };
    const std::size_t wanted = std::min<std::size_t>(std::max(threads, 1u), chunks);
    Threads helpers(wanted);
    for (std::size_t k = 1; k < wanted && helpers.start(run); ++k) {
    }
    run();
}

// Integer cells and points whose partial sums all fit 32 bits: scores are exact, and their losses
// in a table.
bool LogisticData::scores_are_integers(const double* points) const {
    if (storage() == Storage::float64 || !look_up_) return false;
    double reach = std::fabs(points[0]);
    if (points[0] != std::nearbyint(points[0])) return false;
    for (std::size_t j = 0; j < columns_; ++j) {
        if (points[j + 1] != std::nearbyint(points[j + 1])) return false;
        reach += std::fabs(points[j + 1]) * largest_[j];
    }
    return reach < 2147483647.0;
}

double LogisticData::evaluate(const double* points, double* gradient, unsigned threads) const {
    const bool integers = scores_are_integers(points);
    const Active active(points, columns_);
    const ActiveNibbles active_nibbles(points, bits_.empty() ? 0 : columns_);
    const ScoreKernels& on_scores = score_kernels();
    struct Chunk {
        CompensatedSum loss, slope;
    };
    std::vector<Chunk> chunks(chunk_count());
    std::vector<double> partial(gradient ? chunks.size() * columns_ * kSumLanes : 0, 0.0);

    visit([&](const auto& tiles) {
        using Cell = std::decay_t<decltype(*tiles.tile(0))>;
        const TileKernels<Cell>& on_tiles = tile_kernels<Cell>();
        for_each_chunk(threads, [&](std::size_t c) {
            alignas(64) double s[kTileRows];
            alignas(64) double r[kTileRows];
            alignas(64) std::int32_t si[kTileRows];
            // Summed here and copied at the end: neighbours in memory belong to other threads.
            Chunk sum;
            const std::size_t end = std::min(tiles.count(), (c + 1) * kTilesPerChunk);
            for (std::size_t t = c * kTilesPerChunk; t < end; ++t) {
                const Cell* tile = tiles.tile(t);
                const std::size_t rows = tiles.rows(t);
                const double* p = positive_.data() + t * kTileRows;
                const double* n = negative_.data() + t * kTileRows;
                const Cell* next = gradient && t + 1 < tiles.count() ? tiles.tile(t + 1) : nullptr;
                if (!bits_.empty()) {
                    bit_kernels().scores(bits_.by_row(t), rows, active_nibbles.view, s);
                    if (integers)
                        for (std::size_t i = 0; i < rows; ++i)
                            si[i] = static_cast<std::int32_t>(s[i]);
                } else if (integers) {
                    on_tiles.integer_scores(tile, rows, active.view, si);
                } else {
                    on_tiles.scores(tile, rows, active.view, s, next);
                }
                if (!gradient) {
                    sum.loss.add(integers ? on_scores.integer_loss(si, rows, p, n)
                                          : on_scores.loss(s, rows, p, n));
                    continue;
                }
                const TileTerms terms = integers ? on_scores.integer_terms(si, rows, p, n, r)
                                                 : on_scores.terms(s, rows, p, n, r);
                sum.loss.add(terms.loss);
                sum.slope.add(terms.slope);
                double* sums = partial.data() + c * columns_ * kSumLanes;
                if (!bits_.empty())
                    bit_kernels().gradient(bits_.by_column(t), rows, columns_, r, sums);
                else
                    on_tiles.gradient(tile, rows, columns_, r, sums, next ? next : tile);
            }
            chunks[c] = sum;
        });
    });

    CompensatedSum loss, slope;
    for (const Chunk& chunk : chunks) {
        loss.add(chunk.loss);
        slope.add(chunk.slope);
    }
    if (gradient) {
        gradient[0] = slope.value() / total_weight_;
        for (std::size_t j = 0; j < columns_; ++j) {
            CompensatedSum sum;
            for (std::size_t c = 0; c < chunks.size(); ++c)
                sum.add(sum_lanes(partial.data() + (c * columns_ + j) * kSumLanes));
            gradient[j + 1] = sum.value() / total_weight_;
        }
    }
    return loss.value() / total_weight_;
}

double LogisticData::value(const double* points, unsigned threads) const {
    return evaluate(points, nullptr, threads);
}

double LogisticData::value_and_gradient(const double* points, double* gradient,
                                        unsigned threads) const {
    return evaluate(points, gradient, threads);
}

double LogisticData::value_from_scores(const double* scores) const {
    CompensatedSum loss;
    alignas(64) double s[kTileRows];
    for (std::size_t i = 0; i < rows_; i += kTileRows) {
        const std::size_t here = std::min(kTileRows, rows_ - i), padded = (here + 7) / 8 * 8;
        std::copy(scores + i, scores + i + here, s);
        std::fill(s + here, s + padded, 0.0);
        loss.add(score_kernels().loss(s, padded, positive_.data() + i, negative_.data() + i));
    }
    return loss.value() / total_weight_;
}

void LogisticData::scores(const double* points, double* scores) const {
    const Active active(points, columns_);
    visit([&](const auto& tiles) {
        using Cell = std::decay_t<decltype(*tiles.tile(0))>;
        alignas(64) double s[kTileRows];
        for (std::size_t t = 0; t < tiles.count(); ++t) {
            tile_kernels<Cell>().scores(tiles.tile(t), tiles.rows(t), active.view, s, nullptr);
            std::copy(s, s + std::min(kTileRows, rows_ - t * kTileRows), scores + t * kTileRows);
        }
    });
}

double LogisticData::exact_value(const double* points, unsigned threads) const {
    const bool integers = scores_are_integers(points);
    const Active active(points, columns_);
    std::vector<CompensatedSum> sums(chunk_count());
    visit([&](const auto& tiles) {
        using Cell = std::decay_t<decltype(*tiles.tile(0))>;
        for_each_chunk(threads, [&](std::size_t c) {
            alignas(64) std::int32_t si[kTileRows];
            CompensatedSum sum;
            const ScoreTable::Entry* table = ScoreTable::instance().entries();
            const std::size_t end = std::min(tiles.count(), (c + 1) * kTilesPerChunk);
            for (std::size_t t = c * kTilesPerChunk; t < end; ++t) {
                const Cell* tile = tiles.tile(t);
                const std::size_t stride = tiles.rows(t), first = t * kTileRows;
                const std::size_t here = std::min(kTileRows, rows_ - first);
                if (integers) tile_kernels<Cell>().integer_scores(tile, stride, active.view, si);
                for (std::size_t i = 0; i < here; ++i) {
                    const double p = positive_[first + i], n = negative_[first + i];
                    if (integers) {
                        const double tail = look_up(table, si[i]).tail;
                        const double s = si[i];
                        if (p > 0) sum.add(p * tail), sum.add(s < 0 ? p * -s : 0.0);
                        if (n > 0) sum.add(n * tail), sum.add(s > 0 ? n * s : 0.0);
                        continue;
                    }
                    // Score in twice the working precision (Ogita, Rump and Oishi 2005, Dot2).
                    double s = points[0], low = 0.0;
                    for (std::size_t a = 0; a < active.view.count; ++a) {
                        double product_error, sum_error;
                        const double product =
                            two_product(active.values[a],
                                        static_cast<double>(tile[active.columns[a] * stride + i]),
                                        product_error);
                        s = two_sum(s, product, sum_error);
                        low += product_error + sum_error;
                    }
                    if (p > 0) sum.add(p * softplus_accurate(-s, -low));
                    if (n > 0) sum.add(n * softplus_accurate(s, low));
                }
            }
            sums[c] = sum;
        });
    });
    CompensatedSum loss;
    for (const CompensatedSum& sum : sums) loss.add(sum);
    return loss.value() / total_weight_;
}

// Let s_i be the computed scores, l_i the loss of merged row i, w_i its weight, W
// the total, and M_j = sum_i w_i |x_ij| / W (M_0 = 1). By convexity, for every x,
//
//   f(x) >= (1/W) sum_i [ l_i(s_i) + l_i'(s_i) (<x, x_i> - s_i) ]
//        >= (1/W) sum_i l_i(s_i)  -  D  +  <g, x - points>,
//
// with g = (1/W) sum_i l_i'(s_i) x_i and, because |l_i'| <= w_i,
// D = (1/W) sum_i w_i |<points, x_i> - s_i|. What is computed differs from it by
//
//   scores      D <= gamma_(d+1) sum_j |points_j| M_j, in whatever order the products
//               are added, or 0 where scores are integers;
//   value       each l_i has relative error <= kKernelError, and a sum of non-negative
//               terms passes through at most kTileRows / kLanes + 2 additions in its
//               tile and a few compensated ones: gamma(kDepth) of the value;
//   gradient    each slope has error <= kKernelError w_i; then a product, the additions
//               in the tile and kTilesPerChunk in the chunk (features in bits: 3 for a
//               subset of four, 32 in a part of a tile, 4 kTilesPerChunk in the chunk):
//               |error_j| <= (gamma(kDepth) + kKernelError) M_j, and for the intercept,
//               whose sum is compensated throughout, 2 kKernelError;
//               it counts with the largest |x_j - points_j| of the box;
//   constant    value - <gradient, points>: gamma_(d+2) (value + sum_j |gradient_j points_j|).
//
// The sum of these is evaluated with relative error far below the factor 1.001.
MinorantTerms LogisticData::minorant(const double* points, const double* lower, const double* upper,
                                     double* gradient, unsigned threads) const {
    constexpr std::size_t kDepth = kTileRows / kLanes + kTilesPerChunk + 32;
    const double value = evaluate(points, gradient, threads);
    const double score_error = scores_are_integers(points) ? 0.0 : gamma(columns_ + 2);
    const double slope_error = gamma(kDepth) + kKernelError;
    const double constant_error = gamma(columns_ + 4);
    double error = (gamma(kDepth) + kKernelError + constant_error) * value;
    CompensatedSum constant;
    constant.add(value);
    for (std::size_t j = 0; j <= columns_; ++j) {
        const double at = std::fabs(points[j]);
        const double reach =
            std::max(std::fabs(upper[j] - points[j]), std::fabs(points[j] - lower[j]));
        if (at > 0) error += score_error * at * mean_[j];
        if (mean_[j] > 0 && reach > 0)
            error += (j == 0 ? 2 * kKernelError : slope_error) * mean_[j] * reach;
        constant.add(-gradient[j] * points[j]);
        error += constant_error * std::fabs(gradient[j] * points[j]);
    }
    // The smallest numbers: products that underflow lose absolute, not relative, digits.
    error = error * 1.001 + 1e-290;
    const double lowered = constant.value() - error;
    return {value, std::nextafter(lowered, -std::numeric_limits<double>::infinity())};
}

}  // namespace riskslim
