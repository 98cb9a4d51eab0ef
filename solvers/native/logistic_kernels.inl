// Included once per instruction set by logistic_kernels.cpp, inside a namespace of
// its own, with RISKSLIM_TARGET (the attribute that every function carries) and
// RISKSLIM_AVX2 (0 or 1) defined. The text is the same for all; only the widening
// of small integers to doubles names its instructions, because compilers find them badly.

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

template <class Cell>
RISKSLIM_TARGET void scores(const Cell* tile, std::size_t rows, const ActivePoints& points,
                                 double* scores) {
    for (std::size_t i = 0; i < rows; i += kLanes) store(scores + i, broadcast(points.intercept));
    std::size_t c = 0;
    // Four columns at a time, added in the order of the columns: fewer passes over the scores.
    for (; c + 4 <= points.count; c += 4) {
        const Cell* x0 = tile + points.columns[c] * rows;
        const Cell* x1 = tile + points.columns[c + 1] * rows;
        const Cell* x2 = tile + points.columns[c + 2] * rows;
        const Cell* x3 = tile + points.columns[c + 3] * rows;
        const double* w = points.points + c;
        for (std::size_t i = 0; i < rows; i += kLanes) {
            Vec s = load(scores + i);
            s += w[0] * load_cells(x0 + i);
            s += w[1] * load_cells(x1 + i);
            s += w[2] * load_cells(x2 + i);
            s += w[3] * load_cells(x3 + i);
            store(scores + i, s);
        }
    }
    for (; c < points.count; ++c) {
        const Cell* x = tile + points.columns[c] * rows;
        for (std::size_t i = 0; i < rows; i += kLanes)
            store(scores + i, load(scores + i) + points.points[c] * load_cells(x + i));
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
                                   const double* slopes, double* gradient, const Cell* next) {
    std::size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
        const Cell* x = tile + j * rows;
        const Cell* ahead = next + j * rows;
        Vec g0 = broadcast(0.0), g1 = g0, g2 = g0, g3 = g0;
        for (std::size_t i = 0; i < rows; i += kLanes) {
            const Vec r = load(slopes + i);
            g0 += r * load_cells(x + i);
            g1 += r * load_cells(x + rows + i);
            g2 += r * load_cells(x + 2 * rows + i);
            g3 += r * load_cells(x + 3 * rows + i);
            // The memory is idle while a tile is worked on in cache: fetch the next one.
            if (i % (64 / sizeof(Cell)) == 0) {
                __builtin_prefetch(ahead + i, 0, 2);
                __builtin_prefetch(ahead + rows + i, 0, 2);
                __builtin_prefetch(ahead + 2 * rows + i, 0, 2);
                __builtin_prefetch(ahead + 3 * rows + i, 0, 2);
            }
        }
        gradient[j] += horizontal_sum(g0);
        gradient[j + 1] += horizontal_sum(g1);
        gradient[j + 2] += horizontal_sum(g2);
        gradient[j + 3] += horizontal_sum(g3);
    }
    for (; j < columns; ++j) {
        const Cell* x = tile + j * rows;
        Vec g = broadcast(0.0);
        for (std::size_t i = 0; i < rows; i += kLanes) g += load(slopes + i) * load_cells(x + i);
        gradient[j] += horizontal_sum(g);
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
constexpr ScoreKernels kScore{loss, terms, curvatures, integer_loss, integer_terms};
