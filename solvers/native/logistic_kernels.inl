// Included once per instruction set by logistic_kernels.cpp, inside a namespace of
// its own, with RISKSLIM_TARGET (the attribute that every function carries) and
// RISKSLIM_AVX2 and RISKSLIM_AVX512 (0 or 1) defined. The text is the same for all; only the
// widening of small integers and the masked additions name their instructions, because
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
typedef double Wide __attribute__((vector_size(64)));
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

RISKSLIM_TARGET RISKSLIM_INLINE void store_wide(double* p, Wide v) {
    std::memcpy(p, &v, sizeof v);
}

// The memory is idle while a tile is worked on in cache: fetch the next one meanwhile,
// its front half in the pass for the scores and the rest in that for the gradient.
template <class Cell>
RISKSLIM_TARGET RISKSLIM_INLINE void fetch(const Cell* p) {
    __builtin_prefetch(p, 0, 2);
}

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
RISKSLIM_TARGET void integer_scores(const Cell* tile, std::size_t rows,
                                         const ActivePoints& points, std::int32_t* scores) {
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

// v where the bits of `mask` from `shift` on are set, else zero, added to sum.
#if RISKSLIM_AVX512
RISKSLIM_TARGET RISKSLIM_INLINE Wide add_where(Wide sum, std::uint8_t mask, std::size_t, Wide v) {
    return reinterpret_cast<Wide>(_mm512_mask_add_pd(reinterpret_cast<__m512d>(sum), mask,
                                                     reinterpret_cast<__m512d>(sum),
                                                     reinterpret_cast<__m512d>(v)));
}
#else
RISKSLIM_TARGET RISKSLIM_INLINE Wide add_where(Wide sum, std::uint8_t mask, std::size_t part,
                                               Wide v) {
    VecBits lanes, bits;
    std::memcpy(&lanes, kNibbleLanes[part ? mask >> 4 : mask & 15], sizeof lanes);
    std::memcpy(&bits, &v, sizeof bits);
    bits &= lanes;
    std::memcpy(&v, &bits, sizeof v);
    return sum + v;
}
#endif

RISKSLIM_TARGET void bit_scores(const std::uint8_t* tile, std::size_t rows,
                                const ActivePoints& points, double* scores) {
    constexpr std::size_t kGroups = 8 / kParts;
    const double intercept = points.intercept;
    const std::size_t count = points.count;
    for (std::size_t g = 0; g < rows / 8; g += kGroups) {
        Wide s[kGroups][kParts];
        for (auto& group : s)
            for (Wide& part : group) part = intercept - Wide{};
        for (std::size_t c = 0; c < count; ++c) {
            const std::uint8_t* x = tile + points.columns[c] * kTileBytes + g;
            const Wide w = points.points[c] - Wide{};
            for (std::size_t k = 0; k < kGroups; ++k)
                for (std::size_t h = 0; h < kParts; ++h) s[k][h] = add_where(s[k][h], x[k], h, w);
        }
        for (std::size_t k = 0; k < kGroups; ++k)
            for (std::size_t h = 0; h < kParts; ++h)
                store_wide(scores + 8 * (g + k) + h * kWide, s[k][h]);
    }
}

RISKSLIM_TARGET void bit_gradient(const std::uint8_t* tile, std::size_t rows, std::size_t columns,
                                  const double* slopes, double* sums) {
    constexpr std::size_t kBlock = 8 / kParts;
    const auto add = [&](std::size_t j, std::size_t k, const Wide* g) RISKSLIM_TARGET {
        for (std::size_t h = 0; h < kParts; ++h) {
            double* sum = sums + (j + k) * kSumLanes + h * kWide;
            store_wide(sum, load_wide(sum) + g[h]);
        }
    };
    std::size_t j = 0;
    for (; j + kBlock <= columns; j += kBlock) {
        const std::uint8_t* x = tile + j * kTileBytes;
        Wide g[kBlock][kParts] = {};
        for (std::size_t i = 0; i < rows / 8; ++i)
            for (std::size_t h = 0; h < kParts; ++h) {
                const Wide r = load_wide(slopes + 8 * i + h * kWide);
                for (std::size_t k = 0; k < kBlock; ++k)
                    g[k][h] = add_where(g[k][h], x[k * kTileBytes + i], h, r);
            }
        for (std::size_t k = 0; k < kBlock; ++k) add(j, k, g[k]);
    }
    for (; j < columns; ++j) {
        Wide g[kParts] = {};
        for (std::size_t i = 0; i < rows / 8; ++i)
            for (std::size_t h = 0; h < kParts; ++h)
                g[h] = add_where(g[h], tile[j * kTileBytes + i], h,
                                 load_wide(slopes + 8 * i + h * kWide));
        add(j, 0, g);
    }
}

template <class Cell>
RISKSLIM_TARGET void line_models(const Cell* tile, std::size_t rows, std::size_t columns,
                                      const double* slopes, const double* curvatures,
                                      double* gradient, double* curvature) {
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
        const RowTerms row = row_terms(s, p, n);
        loss += row.loss;
        slope += row.slope * x;
        curvature += (row_curvature(s, p + n) * x) * x;
    }
    return {horizontal_sum(loss), horizontal_sum(slope), horizontal_sum(curvature)};
}

template <class Cell>
RISKSLIM_TARGET void shift(const Cell* column, std::size_t rows, double step,
                                double* scores) {
    for (std::size_t i = 0; i < rows; i += kLanes) {
        const Vec x = column ? load_cells(column + i) : broadcast(1.0);
        store(scores + i, load(scores + i) + step * x);
    }
}

RISKSLIM_TARGET double loss(const double* scores, std::size_t rows, const double* positive,
                                 const double* negative) {
    Vec sum = broadcast(0.0);
    for (std::size_t i = 0; i < rows; i += kLanes)
        sum += row_loss(load(scores + i), load(positive + i), load(negative + i));
    return horizontal_sum(sum);
}

// The intercept's slope is the sum of all slopes. Its box can be very wide (it
// balances scores of 1e5), so the sum is compensated: see LogisticData::minorant.
struct SlopeSum {
    Vec high = broadcast(0.0);
    Vec low = broadcast(0.0);
    RISKSLIM_INLINE void add(Vec x) {
        const Vec t = high + x;
        const Vec z = t - high;
        low += (high - (t - z)) + (x - z);
        high = t;
    }
    RISKSLIM_INLINE CompensatedSum total() const {
        CompensatedSum sum;
        for (std::size_t k = 0; k < kLanes; ++k) {
            sum.add(high[k]);
            sum.add(low[k]);
        }
        return sum;
    }
};

RISKSLIM_TARGET TileTerms terms(const double* scores, std::size_t rows,
                                     const double* positive, const double* negative,
                                     double* slopes) {
    Vec loss = broadcast(0.0);
    SlopeSum slope;
    for (std::size_t i = 0; i < rows; i += kLanes) {
        const RowTerms row =
            row_terms(load(scores + i), load(positive + i), load(negative + i));
        loss += row.loss;
        slope.add(row.slope);
        store(slopes + i, row.slope);
    }
    return {horizontal_sum(loss), slope.total()};
}

RISKSLIM_TARGET void curvatures(const double* scores, std::size_t rows,
                                     const double* positive, const double* negative,
                                     double* curvatures) {
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
            losses[k] = integer_row_loss(scores[i + k], p + n, look_up(table, scores[i + k]).tail,
                                         p, n);
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
        slope.add(load(slopes + i));
    }
    return {horizontal_sum(loss), slope.total()};
}

template <class Cell>
constexpr TileKernels<Cell> kTile{scores<Cell>,      integer_scores<Cell>, gradient<Cell>,
                                  line_models<Cell>, line_loss<Cell>,      line_terms<Cell>,
                                  shift<Cell>};
constexpr BitKernels kBits{bit_scores, bit_gradient};
constexpr ScoreKernels kScore{loss, terms, curvatures, integer_loss, integer_terms};
