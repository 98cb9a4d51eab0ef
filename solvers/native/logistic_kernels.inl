// Included once per instruction set by logistic_kernels.cpp, inside a namespace of
// its own, with RISKSLIM_TARGET (the attribute that every function carries) and
// RISKSLIM_AVX2 and RISKSLIM_AVX512 (0 or 1) defined. The text is the same for all; only the
// widening of small integers and the look-up of sums name their instructions, because
// compilers find them badly.

template <class Cell>
RISKSLIM_TARGET RISKSLIM_INLINE Vec load_cells(const Cell* p) {
    if constexpr (std::is_same_v<Cell, double>) {
        return load(p);
    } else {
#if RISKSLIM_AVX2
        __m128i wide;
        if constexpr (sizeof(Cell) == 1) {
            std::int32_t packed;
            std::memcpy(&packed, p, sizeof packed);
            wide = _mm_cvtepi8_epi32(_mm_cvtsi32_si128(packed));
        } else {
            wide = _mm_cvtepi16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
        }
        return reinterpret_cast<Vec>(_mm256_cvtepi32_pd(wide));
#else
        return Vec{double(p[0]), double(p[1]), double(p[2]), double(p[3])};
#endif
    }
}

// The widest vectors of the version. Sums over rows run in kSumLanes lanes whatever the
// width, so that they do not depend on it.
#if RISKSLIM_AVX512
typedef Vec8 Wide;
#else
typedef Vec Wide;
#endif
constexpr std::size_t kWide = sizeof(Wide) / sizeof(double);
constexpr std::size_t kParts = kSumLanes / kWide;

template <class Cell>
RISKSLIM_TARGET RISKSLIM_INLINE Wide load_wide(const Cell* p) {
#if RISKSLIM_AVX512
    if constexpr (std::is_same_v<Cell, double>) {
        return reinterpret_cast<Wide>(_mm512_loadu_pd(p));
    } else if constexpr (sizeof(Cell) == 1) {
        const __m128i packed = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
        return reinterpret_cast<Wide>(_mm512_cvtepi32_pd(_mm256_cvtepi8_epi32(packed)));
    } else {
        const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        return reinterpret_cast<Wide>(_mm512_cvtepi32_pd(_mm256_cvtepi16_epi32(packed)));
    }
#else
    return load_cells(p);
#endif
}

RISKSLIM_TARGET RISKSLIM_INLINE void store_wide(double* p, Wide v) { std::memcpy(p, &v, sizeof v); }

// The memory is idle while a tile is worked on in cache: fetch the next one meanwhile,
// its front half in the pass for the scores and the rest in that for the gradient.
RISKSLIM_INLINE void fetch(const void* p) { __builtin_prefetch(p, 0, 2); }

template <class Cell>
RISKSLIM_TARGET void scores(const Cell* tile, std::size_t rows, const ActivePoints& points,
                            double* scores, const Cell* next) {
    constexpr std::size_t kBlock = 5;
    const double intercept = points.intercept;
    const std::size_t count = points.count;
    for (std::size_t i = 0; i < rows; i += kLanes) store(scores + i, broadcast(intercept));
    std::size_t c = 0;
    // Several columns at a time, added in their order: fewer passes over the scores.
    for (; c + kBlock <= count; c += kBlock) {
        const Cell* x[kBlock];
        Wide w[kBlock];
        for (std::size_t k = 0; k < kBlock; ++k) {
            x[k] = tile + points.columns[c + k] * rows;
            w[k] = points.points[c + k] - Wide{};
        }
        const Cell* ahead = next + c * (rows / 2);
        for (std::size_t i = 0; i < rows; i += kWide) {
            Wide s = load_wide(scores + i);
            for (std::size_t k = 0; k < kBlock; ++k) s += w[k] * load_wide(x[k] + i);
            store_wide(scores + i, s);
            if (next && i % (128 / sizeof(Cell)) == 0)
                for (std::size_t k = 0; k < kBlock; ++k)
                    fetch(ahead + (kBlock * i) / 2 + k * (64 / sizeof(Cell)));
        }
    }
    for (; c < count; ++c) {
        const Cell* x = tile + points.columns[c] * rows;
        const Wide w = points.points[c] - Wide{};
        for (std::size_t i = 0; i < rows; i += kWide)
            store_wide(scores + i, load_wide(scores + i) + w * load_wide(x + i));
    }
}

template <class Cell>
RISKSLIM_TARGET void integer_scores(const Cell* tile, std::size_t rows, const ActivePoints& points,
                                    std::int32_t* scores) {
    const auto intercept = static_cast<std::int32_t>(points.intercept);
    for (std::size_t i = 0; i < rows; ++i) scores[i] = intercept;
    for (std::size_t c = 0; c < points.count; ++c) {
        const Cell* x = tile + points.columns[c] * rows;
        const auto w = static_cast<std::int32_t>(points.points[c]);
        for (std::size_t i = 0; i < rows; ++i) scores[i] += w * static_cast<std::int32_t>(x[i]);
    }
}

template <class Cell>
RISKSLIM_TARGET void gradient(const Cell* tile, std::size_t rows, std::size_t columns,
                              const double* slopes, double* sums, const Cell* next) {
    // As many sums under way as hide the latency of an addition.
    constexpr std::size_t kBlock = 8 / kParts;
    const Cell* ahead = next + columns * (rows / 2);
    std::size_t j = 0;
    for (; j + kBlock <= columns; j += kBlock) {
        const Cell* x = tile + j * rows;
        Wide g[kBlock][kParts] = {};
        for (std::size_t i = 0; i < rows; i += kSumLanes) {
            for (std::size_t h = 0; h < kParts; ++h) {
                const Wide r = load_wide(slopes + i + h * kWide);
                for (std::size_t k = 0; k < kBlock; ++k)
                    g[k][h] += r * load_wide(x + k * rows + i + h * kWide);
            }
            if (i % (128 / sizeof(Cell)) == 0)
                for (std::size_t k = 0; k < kBlock; ++k, ahead += 64 / sizeof(Cell)) fetch(ahead);
        }
        for (std::size_t k = 0; k < kBlock; ++k)
            for (std::size_t h = 0; h < kParts; ++h) {
                double* sum = sums + (j + k) * kSumLanes + h * kWide;
                store_wide(sum, load_wide(sum) + g[k][h]);
            }
    }
    for (; j < columns; ++j) {
        const Cell* x = tile + j * rows;
        Wide g[kParts] = {};
        for (std::size_t i = 0; i < rows; i += kSumLanes)
            for (std::size_t h = 0; h < kParts; ++h)
                g[h] += load_wide(slopes + i + h * kWide) * load_wide(x + i + h * kWide);
        for (std::size_t h = 0; h < kParts; ++h) {
            double* sum = sums + j * kSumLanes + h * kWide;
            store_wide(sum, load_wide(sum) + g[h]);
        }
    }
}

// The sums of all subsets of four numbers, added in their order.
RISKSLIM_TARGET RISKSLIM_INLINE void nibble_sums(const double* v, double* sums) {
#if RISKSLIM_AVX512
    __m512d low = _mm512_maskz_mov_pd(0xaa, _mm512_set1_pd(v[0]));
    low = _mm512_mask_add_pd(low, 0xcc, low, _mm512_set1_pd(v[1]));
    low = _mm512_mask_add_pd(low, 0xf0, low, _mm512_set1_pd(v[2]));
    _mm512_store_pd(sums, low);
    _mm512_store_pd(sums + 8, _mm512_add_pd(low, _mm512_set1_pd(v[3])));
#else
    sums[0] = 0.0;
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t n = 0; n < std::size_t{1} << k; ++n)
            sums[(std::size_t{1} << k) + n] = sums[n] + v[k];
#endif
}

// Rows are words of bits by column: a nibble selects one of sixteen sums of four points.
// Four groups of eight rows share what is loaded of the sums.
RISKSLIM_TARGET void bit_scores(const std::uint64_t* words, std::size_t rows,
                                const NibbleSums& points, double* scores) {
    for (std::size_t i = 0; i < rows; i += 32) {
#if RISKSLIM_AVX512
        const __m512d intercept = _mm512_set1_pd(points.intercept);
        __m512d s[4] = {intercept, intercept, intercept, intercept};
        for (std::size_t k = 0; k < points.count; ++k) {
            const std::size_t nibble = points.nibbles[k];
            const std::uint64_t* word = words + nibble / 16 * kTileRows + i;
            const __m128i shift = _mm_cvtsi64_si128(static_cast<long long>(4 * (nibble % 16)));
            const __m512d low = _mm512_loadu_pd(points.sums + 16 * k);
            const __m512d high = _mm512_loadu_pd(points.sums + 16 * k + 8);
            for (std::size_t q = 0; q < 4; ++q) {
                const __m512i at = _mm512_srl_epi64(_mm512_loadu_si512(word + 8 * q), shift);
                s[q] = _mm512_add_pd(s[q], _mm512_permutex2var_pd(low, at, high));
            }
        }
        for (std::size_t q = 0; q < 4; ++q) _mm512_storeu_pd(scores + i + 8 * q, s[q]);
#else
        double s[32];
        for (double& sum : s) sum = points.intercept;
        for (std::size_t k = 0; k < points.count; ++k) {
            const std::size_t nibble = points.nibbles[k];
            const std::uint64_t* word = words + nibble / 16 * kTileRows + i;
            const double* sums = points.sums + 16 * k;
            for (std::size_t q = 0; q < 32; ++q) s[q] += sums[word[q] >> 4 * (nibble % 16) & 15];
        }
        std::memcpy(scores + i, s, sizeof s);
#endif
    }
}

// Columns, eight by eight, are words of bits by row: a nibble of a column selects one of
// sixteen sums of four slopes, which all columns share.
template <std::size_t Blocks>
RISKSLIM_TARGET RISKSLIM_INLINE void add_columns(const std::uint64_t* words, std::size_t nibbles,
                                                 const double (*subsets)[16], double (*totals)[8]) {
    constexpr std::size_t kStride = kTileRows / 8;
#if RISKSLIM_AVX512
    __m512d sum[Blocks];
    for (__m512d& s : sum) s = _mm512_setzero_pd();
    for (std::size_t first = 0; first < nibbles; first += 16, words += 8) {
        __m512i at[Blocks];
        for (std::size_t b = 0; b < Blocks; ++b) at[b] = _mm512_loadu_si512(words + b * kStride);
        const std::size_t end = first + 16 < nibbles ? first + 16 : nibbles;
        for (std::size_t q = first; q < end; ++q) {
            const __m512d low = _mm512_load_pd(subsets[q]), high = _mm512_load_pd(subsets[q] + 8);
            for (std::size_t b = 0; b < Blocks; ++b) {
                sum[b] = _mm512_add_pd(sum[b], _mm512_permutex2var_pd(low, at[b], high));
                at[b] = _mm512_srli_epi64(at[b], 4);
            }
        }
    }
    for (std::size_t b = 0; b < Blocks; ++b) _mm512_storeu_pd(totals[b], sum[b]);
#else
    for (std::size_t b = 0; b < Blocks; ++b)
        for (std::size_t c = 0; c < 8; c += 4) {
            // Four columns at a time hide the latency of the additions.
            double sum[4] = {};
            for (std::size_t first = 0; first < nibbles; first += 16) {
                std::uint64_t at[4];
                std::memcpy(at, words + b * kStride + first / 2 + c, sizeof at);
                const std::size_t end = first + 16 < nibbles ? first + 16 : nibbles;
                for (std::size_t q = first; q < end; ++q)
                    for (std::size_t k = 0; k < 4; ++k, at[k - 1] >>= 4)
                        sum[k] += subsets[q][at[k] & 15];
            }
            std::memcpy(totals[b] + c, sum, sizeof sum);
        }
#endif
}

RISKSLIM_TARGET void bit_gradient(const std::uint64_t* words, std::size_t rows, std::size_t columns,
                                  const double* slopes, double* sums) {
    // A part of the tile at a time, whose sums of slopes stay in the first cache.
    constexpr std::size_t kPart = 128;
    alignas(64) double subsets[kPart / 4][16];
    for (std::size_t first = 0; first < rows; first += kPart) {
        const std::size_t nibbles = (rows - first < kPart ? rows - first : kPart) / 4;
        for (std::size_t q = 0; q < nibbles; ++q) nibble_sums(slopes + first + 4 * q, subsets[q]);
        const std::uint64_t* word = words + first / 8;
        for (std::size_t j = 0; j < columns; word += kTileRows / 2) {
            double totals[4][8];
            switch ((columns - j + 7) / 8) {
                case 1: add_columns<1>(word, nibbles, subsets, totals); break;
                case 2: add_columns<2>(word, nibbles, subsets, totals); break;
                case 3: add_columns<3>(word, nibbles, subsets, totals); break;
                default: add_columns<4>(word, nibbles, subsets, totals);
            }
            for (std::size_t c = 0; c < 32 && j < columns; ++c, ++j)
                sums[j * kSumLanes] += totals[c / 8][c % 8];
        }
    }
}

template <class Cell>
RISKSLIM_TARGET void line_models(const Cell* tile, std::size_t rows, std::size_t columns,
                                 const double* slopes, const double* curvatures, double* gradient,
                                 double* curvature) {
    for (std::size_t j = 0; j < columns; ++j) {
        const Cell* x = tile + j * rows;
        Vec g = broadcast(0.0), h = g;
        for (std::size_t i = 0; i < rows; i += kLanes) {
            const Vec v = load_cells(x + i);
            g += load(slopes + i) * v;
            h += (load(curvatures + i) * v) * v;
        }
        gradient[j] += horizontal_sum(g);
        curvature[j] += horizontal_sum(h);
    }
}

template <class Cell>
RISKSLIM_TARGET double line_loss(const Cell* column, std::size_t rows, double step,
                                 const double* scores, const double* positive,
                                 const double* negative) {
    Vec sum = broadcast(0.0);
    for (std::size_t i = 0; i < rows; i += kLanes) {
        const Vec x = column ? load_cells(column + i) : broadcast(1.0);
        sum += row_loss(load(scores + i) + step * x, load(positive + i), load(negative + i));
    }
    return horizontal_sum(sum);
}

template <class Cell>
RISKSLIM_TARGET LineTerms line_terms(const Cell* column, std::size_t rows, double step,
                                     const double* scores, const double* positive,
                                     const double* negative) {
    Vec loss = broadcast(0.0), slope = loss, curvature = loss;
    for (std::size_t i = 0; i < rows; i += kLanes) {
        const Vec x = column ? load_cells(column + i) : broadcast(1.0);
        const Vec p = load(positive + i), n = load(negative + i);
        const Vec s = load(scores + i) + step * x;
        const RowTerms<Vec> row = row_terms(s, p, n);
        loss += row.loss;
        slope += row.slope * x;
        curvature += (row_curvature(s, p + n) * x) * x;
    }
    return {horizontal_sum(loss), horizontal_sum(slope), horizontal_sum(curvature)};
}

template <class Cell>
RISKSLIM_TARGET void shift(const Cell* column, std::size_t rows, double step, double* scores) {
    for (std::size_t i = 0; i < rows; i += kLanes) {
        const Vec x = column ? load_cells(column + i) : broadcast(1.0);
        store(scores + i, load(scores + i) + step * x);
    }
}

RISKSLIM_TARGET RISKSLIM_INLINE double sum_parts(const Wide* parts) {
    double v[kSumLanes];
    std::memcpy(v, parts, sizeof v);
    return sum_lanes(v);
}

RISKSLIM_TARGET double loss(const double* scores, std::size_t rows, const double* positive,
                            const double* negative) {
    Wide sum[kParts] = {};
    for (std::size_t i = 0; i < rows; i += kSumLanes)
        for (std::size_t h = 0, at = i; h < kParts; ++h, at += kWide)
            sum[h] += row_loss(load_wide(scores + at), load_wide(positive + at),
                               load_wide(negative + at));
    return sum_parts(sum);
}

// The intercept's slope is the sum of all slopes. Its box can be very wide (it
// balances scores of 1e5), so the sum is compensated: see LogisticData::minorant.
struct SlopeSum {
    Wide high[kParts] = {};
    Wide low[kParts] = {};
    RISKSLIM_TARGET RISKSLIM_INLINE void add(std::size_t h, Wide x) {
        const Wide t = high[h] + x;
        const Wide z = t - high[h];
        low[h] += (high[h] - (t - z)) + (x - z);
        high[h] = t;
    }
    RISKSLIM_TARGET CompensatedSum total() const {
        double highs[kSumLanes], lows[kSumLanes];
        std::memcpy(highs, high, sizeof highs);
        std::memcpy(lows, low, sizeof lows);
        CompensatedSum sum;
        for (std::size_t k = 0; k < kSumLanes; ++k) {
            sum.add(highs[k]);
            sum.add(lows[k]);
        }
        return sum;
    }
};

RISKSLIM_TARGET TileTerms terms(const double* scores, std::size_t rows, const double* positive,
                                const double* negative, double* slopes) {
    Wide loss[kParts] = {};
    SlopeSum slope;
    for (std::size_t i = 0; i < rows; i += kSumLanes)
        for (std::size_t h = 0, at = i; h < kParts; ++h, at += kWide) {
            const RowTerms<Wide> row = row_terms(load_wide(scores + at), load_wide(positive + at),
                                                 load_wide(negative + at));
            loss[h] += row.loss;
            slope.add(h, row.slope);
            store_wide(slopes + at, row.slope);
        }
    return {sum_parts(loss), slope.total()};
}

RISKSLIM_TARGET void curvatures(const double* scores, std::size_t rows, const double* positive,
                                const double* negative, double* curvatures) {
    for (std::size_t i = 0; i < rows; i += kLanes)
        store(curvatures + i,
              row_curvature(load(scores + i), load(positive + i) + load(negative + i)));
}

RISKSLIM_TARGET inline double integer_row_loss(std::int32_t s, double far_weight, double tail,
                                               double positive, double negative) {
    return far_weight * tail + (s > 0 ? negative * s : positive * -static_cast<double>(s));
}

RISKSLIM_TARGET double integer_loss(const std::int32_t* scores, std::size_t rows,
                                    const double* positive, const double* negative) {
    const ScoreTable::Entry* table = ScoreTable::instance().entries();
    alignas(32) double losses[kLanes];
    Vec sum = broadcast(0.0);
    for (std::size_t i = 0; i < rows; i += kLanes) {
        for (std::size_t k = 0; k < kLanes; ++k) {
            const double p = positive[i + k], n = negative[i + k];
            losses[k] =
                integer_row_loss(scores[i + k], p + n, look_up(table, scores[i + k]).tail, p, n);
        }
        sum += load(losses);
    }
    return horizontal_sum(sum);
}

RISKSLIM_TARGET TileTerms integer_terms(const std::int32_t* scores, std::size_t rows,
                                        const double* positive, const double* negative,
                                        double* slopes) {
    const ScoreTable::Entry* table = ScoreTable::instance().entries();
    alignas(32) double losses[kLanes];
    Vec loss = broadcast(0.0);
    SlopeSum slope;
    for (std::size_t i = 0; i < rows; i += kLanes) {
        for (std::size_t k = 0; k < kLanes; ++k) {
            const double p = positive[i + k], n = negative[i + k];
            const std::int32_t s = scores[i + k];
            const ScoreTable::Entry& entry = look_up(table, s);
            const double near = 1.0 - entry.far;
            losses[k] = integer_row_loss(s, p + n, entry.tail, p, n);
            slopes[i + k] = s > 0 ? n * near - p * entry.far : n * entry.far - p * near;
        }
        loss += load(losses);
    }
    for (std::size_t i = 0; i < rows; i += kSumLanes)
        for (std::size_t h = 0; h < kParts; ++h) slope.add(h, load_wide(slopes + i + h * kWide));
    return {horizontal_sum(loss), slope.total()};
}

template <class Cell>
constexpr TileKernels<Cell> kTile{scores<Cell>,      integer_scores<Cell>, gradient<Cell>,
                                  line_models<Cell>, line_loss<Cell>,      line_terms<Cell>,
                                  shift<Cell>};
constexpr BitKernels kBits{bit_scores, bit_gradient};
constexpr ScoreKernels kScore{loss, terms, curvatures, integer_loss, integer_terms};
