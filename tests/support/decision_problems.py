"""Small random problems under the 0-1 loss."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.threshold import ThresholdProblem

__all__ = ["problems"]


@st.composite
def problems(draw, widest=3, most_features=3, limits=True):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, most_features))
    n = draw(st.integers(2, 14))
    kind = draw(st.sampled_from(["binary", "counts", "real", "tenths"]))
    if kind == "binary":
        features = rng.integers(0, 2, (n, d)).astype(float)
    elif kind == "counts":
        features = rng.integers(-1, 4, (n, d)).astype(float)
    elif kind == "real":
        features = np.round(rng.normal(size=(n, d)), 2)
    else:  # totals such as 0.1 + 0.2 - 0.3, which floating point does not sum to 0
        features = rng.integers(0, 4, (n, d)) / 10.0
    features, positions = np.unique(features, axis=0, return_inverse=True)
    whole = draw(st.booleans())
    positive = rng.integers(0, 3, n).astype(float) if whole else np.round(rng.random(n), 3)
    negative = rng.integers(0, 3, n).astype(float) if whole else np.round(rng.random(n), 3)
    if draw(st.booleans()):  # no row carries both
        negative[positive > 0] = 0.0
    positive[0] = 1.0
    positive = np.bincount(positions.ravel(), weights=positive, minlength=len(features))
    negative = np.bincount(positions.ravel(), weights=negative, minlength=len(features))
    lower = -rng.integers(0, widest + 1, d + 1).astype(float)
    upper = rng.integers(0, widest + 1, d + 1).astype(float)
    if draw(st.booleans()):
        lower[0], upper[0] = -7.0, 7.0
    if draw(st.booleans()):  # a box that excludes zero
        j = int(rng.integers(1, d + 1))
        lower[j], upper[j] = sorted(rng.integers(1, widest + 1, 2))
        if draw(st.booleans()):
            lower[j], upper[j] = -upper[j], -lower[j]
    min_size = draw(st.integers(0, d)) if draw(st.booleans()) else 0
    max_size = draw(st.integers(min_size, d))
    cost = np.full(d + 1, draw(st.sampled_from([0.0, 1e-3, 0.05])))
    cost[1:] *= rng.integers(0, 3, d)
    cost[0] = 0.0
    rows = None
    if draw(st.booleans()):
        m = draw(st.integers(1, 2))
        on_points = rng.integers(-1, 2, (m, d + 1)).astype(float)
        on_indicators = rng.integers(-1, 2, (m, d + 1)).astype(float)
        row_lower = rng.integers(-4, 1, m).astype(float)
        row_upper = rng.integers(0, 4, m).astype(float)
        row_lower[rng.random(m) < 0.4] = -np.inf
        row_upper[rng.random(m) < 0.4] = np.inf
        rows = LatticeRows(on_points, on_indicators, row_lower, row_upper)
    bounds = {}
    if limits and draw(st.booleans()):
        for name in ("error", "false_positive", "false_negative"):
            if draw(st.booleans()):
                bounds[f"max_{name}"] = float(draw(st.integers(0, 5)))
            if draw(st.integers(0, 4)) == 0:
                bounds[f"min_{name}"] = float(draw(st.integers(0, 2)))
    epsilon = draw(st.sampled_from([0.0, 1e-6, 1e-4, 0.01]))
    return ThresholdProblem(
        features, positive, negative, lower, upper, cost, min_size, max_size, rows, epsilon,
        **bounds,
    )  # fmt: skip
