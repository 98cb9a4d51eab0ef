"""Columns of 0 and 1 as bits: the same sums to the last bit, and the same scores."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import rel_entr

from riskslim.solvers import _native
from riskslim.solvers.result import Status
from riskslim.solvers.supports import LinearModelProblem, search


def logistic_rows(seed: int, n: int, p: int):
    rng = np.random.default_rng(seed)
    columns = (rng.random((n, p)) < rng.random(p)).astype(float)
    columns[:, 0], columns[:, 1], columns[:, 2] = 1.0, 0.0, np.arange(n) % 2
    positive, negative = rng.random((2, n)) * (rng.random((2, n)) < 0.7)
    total = positive.sum() + negative.sum()
    return columns, positive / total, negative / total, rng.normal(size=p) * (rng.random(p) < 0.8)


def divergence(weight, risk, moved):
    """Weighted Kullback-Leibler divergence of the risks that moves lead to."""
    weight, risk, moved = (values[weight > 0] for values in (weight, risk, moved))
    other = risk + moved / weight
    assert np.all((other >= 0) & (other <= 1))
    return float(weight @ (rel_entr(other, risk) + rel_entr(1 - other, 1 - risk)))


@pytest.mark.parametrize("size", [0.1, 1.0, 4.0, 20.0])
@pytest.mark.parametrize("seed", range(50))
def test_moves_along_a_step_stay_risks_and_their_divergence_is_bounded(seed, size):
    """Rows alone, at scores of all sizes, moved towards one half, beyond it, and away from it."""
    random = np.random.default_rng([seed, int(10 * size)])
    columns = random.normal(size=(1, 2)) * [size, 3.0]
    positive, negative = random.random((2, 1))
    w, step = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    *_, fall, moved = _native.loss_at(columns, positive, negative, w, step=step)
    risk = 1 / (1 + np.exp(-columns[:, 0]))
    least = divergence(positive + negative, risk, np.array(moved))
    assert least - 1e-15 <= fall <= abs(moved[0] * columns[0, 1])


@pytest.mark.parametrize("n", [1, 5, 64, 255, 257, 700])
def test_kernels_over_bits_are_those_over_doubles_and_those_of_numpy(n):
    columns, positive, negative, w = logistic_rows(n, n, 7)
    value, *sums = _native.loss_at(columns, positive, negative, w, as_bits=True)
    assert [value, *sums] == list(_native.loss_at(columns, positive, negative, w))

    scores = columns @ w
    risk = 1 / (1 + np.exp(-scores))
    slopes = negative * risk - positive * (1 - risk)
    curvature = (positive + negative) * risk * (1 - risk)
    hessian = (columns.T * curvature) @ columns
    gradient, lower, product, by_dot, fall, moved = map(np.array, sums)
    loss = positive @ np.logaddexp(0, -scores) + negative @ np.logaddexp(0, scores)
    assert value == pytest.approx(loss, rel=1e-13)
    assert gradient == pytest.approx(columns.T @ slopes, abs=1e-14)
    assert np.tril(lower.reshape(7, 7)) == pytest.approx(np.tril(hessian), abs=1e-14)
    assert product == pytest.approx(columns.T @ moved, abs=1e-13)
    assert fall >= divergence(positive + negative, risk, moved) - 1e-15
    near = np.abs(scores) <= 0.99  # of these no move is cut off
    assert moved[near] == pytest.approx((curvature * scores)[near], rel=1e-13)
    assert by_dot[::2] == pytest.approx(columns.T @ slopes, abs=1e-14)
    padded = np.append(slopes, np.zeros(-n % 4))[: n + -n % 4 - 1]
    assert by_dot[1::2] == pytest.approx(columns[: len(padded)].T @ padded[:n], abs=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_fits_over_bits_are_those_over_doubles(seed):
    columns, positive, negative, w = logistic_rows(seed, 300, 12)
    low, high = np.full(12, -3.0), np.full(12, 2.0)
    arrays = columns, positive, negative, low, high
    fits = [_native.bounded_fit(*arrays, math.inf, w, as_bits=bits) for bits in (False, True)]
    assert fits[0] == fits[1]
    fits = [_native.sparse_fit(*arrays, w, 1, 3, math.inf, as_bits=bits) for bits in (False, True)]
    assert fits[0] == fits[1]


def pair_losses(features, positive, negative):
    """Least loss of each pair of features, with points and an intercept of at most 1 in size."""
    both = [(features.T * weight) @ features for weight in (positive, negative)]
    totals = positive.sum(), negative.sum()
    points = list(itertools.product((-1, 0, 1), repeat=3))
    for i, j in itertools.combinations(range(features.shape[1]), 2):
        cells = [
            (of[i, j], of[i, i] - of[i, j], of[j, j] - of[i, j], n - of[i, i] - of[j, j] + of[i, j])
            for of, n in zip(both, totals, strict=True)
        ]
        scores = np.array([(c + a + b, c + a, c + b, c) for c, a, b in points])
        losses = np.logaddexp(0, -scores) @ cells[0] + np.logaddexp(0, scores) @ cells[1]
        yield losses.min() / sum(totals)


@pytest.mark.parametrize("dtype", [np.int8, np.float64])
def test_a_table_that_is_held_in_bits_is_searched_as_by_trying_every_score(dtype):
    rng = np.random.default_rng(3)
    n, d = 45_000, 24
    features = (rng.random((n, d)) < np.linspace(0.1, 0.7, d)).astype(dtype)
    risk = 1 / (1 + np.exp(1 - features @ np.linspace(-1, 1, d)))
    positive = (rng.random(n) < risk).astype(float)
    problem = LinearModelProblem(
        features, positive, 1 - positive, -np.ones(d + 1), np.ones(d + 1), np.zeros(d + 1), 0, 2
    )
    found = search(problem)
    assert n * (d + 1) > 2**20  # what makes bits
    assert found.status is Status.OPTIMAL
    truth = min(pair_losses(features.astype(float), positive, 1 - positive))
    assert found.best.objective == pytest.approx(truth, abs=1e-12)
    assert found.lower_bound <= truth + 1e-12


def test_bytes_are_read_as_the_doubles_that_they_are():
    columns, positive, negative, w = logistic_rows(8, 900, 10)
    features = columns[:, 1:].astype(np.int8)
    low, high = np.full(10, -1e6), np.full(10, 1e6)
    boxes, sums = [], []
    for table in (features, features.astype(float)):
        arrays = table, positive, negative
        boxes.append(_native.narrowed_box(*arrays, low, high, 1.0, 1.0, 0.8, math.inf))
        loss = _native.LogisticData(*arrays)
        sums.append([loss.exact_value(w), *loss.minorant(w, low, high)[:2], loss.storage])
    assert boxes[0] == boxes[1]
    assert np.any(np.array(boxes[0][0]) > low)
    assert sums[0] == sums[1]
    with pytest.raises(TypeError, match="features"):
        _native.narrowed_box("table", *arrays[1:], low, high, 1.0, 1.0, 0.8, math.inf)
