"""Conflicts between rows: they hold for every score, the native search finds the light ones."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers import _native
from riskslim.solvers.result import Reporter, SearchOptions, Status
from riskslim.solvers.slim import boxes
from riskslim.solvers.slim.branching import SignMemory
from riskslim.solvers.slim.conflicts import Conflicts
from riskslim.solvers.slim.native import grow_tree
from riskslim.solvers.slim.rows import merged_rows
from riskslim.solvers.slim.shared import SharedProgram
from riskslim.solvers.threshold import ThresholdProblem, search

MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def total(row, points) -> Fraction:
    return sum(
        (Fraction(float(x)) * int(w) for x, w in zip(row, points[1:], strict=True)),
        Fraction(int(points[0])),
    )


@MANY
@given(st.integers(0, 2**32 - 1))
def test_a_score_that_gets_all_rows_right_has_a_sign_that_tells_them_apart(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 3))
    # tenths: 0.1 + 0.2 - 0.3 is not 0 in floating point, nor is it in the data
    scale = rng.choice([1.0, 10.0])
    positive = rng.integers(0, 4, (5, k)) / scale
    negative = rng.integers(0, 4, (5, k)) / scale
    conflicts = Conflicts(positive, negative)
    found = [[int(p), int(n)] for p, n in rng.integers(0, 5, (4, 2))]
    found += [[int(v) for v in quad] for quad in rng.integers(0, 5, (12, 4))]
    count = conflicts.add(found)
    assert count == len(conflicts) <= len(found)
    assert conflicts.add(found) == 0
    for points in itertools.product(range(-2, 3), *[range(-2, 3)] * k):
        right = [total(row, points) > 0 for row in positive]
        right += [total(row, points) < 0 for row in negative]
        w = np.asarray(points[1:])
        for rows, plus, minus in zip(
            conflicts.members, conflicts.plus, conflicts.minus, strict=True
        ):
            if all(right[i] for i in rows if i < conflicts.nobody):
                assert np.any(plus & (w > 0)) or np.any(minus & (w < 0))


def test_forgotten_conflicts_may_come_back():
    conflicts = Conflicts(np.eye(3), np.zeros((3, 3)))
    assert conflicts.add([[0, 0], [1, 1], [0, 1, 2, 2]]) == 3
    conflicts.keep(np.array([False, True, True]))
    assert conflicts.members.tolist() == [[1, 4, 6, 6], [0, 1, 5, 6]]
    assert conflicts.add([[1, 1], [0, 0]]) == 1


@MANY
@given(st.integers(0, 2**32 - 1))
def test_quads_are_the_lightest(seed):
    rng = np.random.default_rng(seed)
    d, p, n = (int(rng.integers(1, high)) for high in (5, 6, 6))
    positive = rng.integers(0, 3, (p, d)).astype(float)
    negative = rng.integers(0, 3, (n, d)).astype(float)
    plus, minus = rng.integers(0, 5, (2, d)) / 8.0
    psi = rng.integers(0, 5, p + n) / 16.0
    limit = 0.9
    expected = {}
    pairs = [(a, b) for a in range(p) for b in range(n) if psi[a] + psi[p + b] < limit]
    for (a, b), (c, e) in itertools.combinations(pairs, 2):
        difference = positive[a] - negative[b] + positive[c] - negative[e]
        weight = sum(psi[i] for i in {a, c, p + b, p + e})
        weight += plus @ (difference > 0) + minus @ (difference < 0)
        if weight < limit:
            expected[frozenset({(a, b), (c, e)})] = weight
    arguments = (positive, negative, plus, minus, psi[:p], psi[p:])
    found = _native.light_quads(*arguments, 1000, 10_000, 10_000, limit)
    weights = [expected.pop(frozenset({(a, b), (c, e)})) for a, c, b, e in found]
    assert not expected
    assert weights == sorted(weights)
    few = _native.light_quads(*arguments, 1000, 10_000, 1, limit)
    for part in (0, 2):
        used = [row for quad in few for row in {quad[part], quad[part + 1]}]
        assert len(used) == len(set(used))


def exclusive_or(copies: int) -> ThresholdProblem:
    """Corners of an exclusive or, each with its own mark, which is too dear to use."""
    corners = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    x = np.hstack([np.tile(corners, (copies, 1)), np.eye(4 * copies)])
    y = np.tile([1.0, 1.0, 0.0, 0.0], copies)
    d = x.shape[1]
    cost = np.r_[0.0, 0.0, 0.0, np.ones(d - 2)]
    return ThresholdProblem(x, y, 1.0 - y, np.full(d + 1, -3.0), np.full(d + 1, 3.0), cost)


def test_quads_bound_what_pairs_cannot():
    problem = exclusive_or(3)
    program = SharedProgram(problem)
    bound = program.bound(
        problem.lower, problem.upper, np.inf, 0.0, np.inf, lambda: False, lambda a, b: np.inf
    )
    # each of three disjoint quads costs a row; any two corners are told apart for nothing
    assert bound.value >= 3.0 - 1e-6
    assert search(problem).errors >= 3.0


@pytest.mark.parametrize("kept", [2, 7])
def test_some_rows_tell_whether_all_have_few_pairs(monkeypatch, kept):
    rng = np.random.default_rng(kept)
    x = rng.integers(0, 3, (90, 3)).astype(float)
    yes = rng.integers(0, 2, 90).astype(float)
    problem = ThresholdProblem(
        x, yes, 1.0 - yes, np.full(4, -2.0), np.full(4, 2.0), np.r_[0.0, np.ones(3)]
    )
    upper = problem.upper.copy()
    lower = problem.lower.copy()
    lower[1] = upper[1] = 0.0
    search_of_boxes = boxes.BoxSearch(problem, SearchOptions())
    _, positive, negative, _ = merged_rows(problem, lower, upper)
    pairs = int((positive > 0).sum() * (negative > 0).sum())
    monkeypatch.setattr(boxes, "_SOME_ROWS", kept)
    for limit, few in ((pairs, True), (pairs - 1, False), (0, False)):
        monkeypatch.setattr(boxes, "_PAIRS", limit)
        assert search_of_boxes._has_few_pairs(lower, upper) is few


@pytest.mark.parametrize("seed", range(3))
def test_boxes_that_share_a_program_prove_the_same_score_as_the_tree(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    n, d = 150, 10
    x = np.unique(rng.integers(0, 2, (n, d)).astype(float), axis=0)
    yes = x @ rng.choice([-2, -1, 1, 2], d) + rng.normal(0.0, 1.0, len(x)) > 0.0
    weights = np.array([yes, ~yes]).astype(float)
    problem = ThresholdProblem(
        x, weights[0], weights[1],
        np.r_[-9.0, np.full(d, -2.0)], np.r_[9.0, np.full(d, 2.0)], np.r_[0.0, np.full(d, 0.01)],
        epsilon=1e-5,
    )  # fmt: skip
    by_tree = search(problem)
    monkeypatch.setattr(boxes, "_FIRST_NODES", 0)
    monkeypatch.setattr(boxes, "_BOX_NODES", 0)
    monkeypatch.setattr(boxes, "_LEAST_BOX_NODES", 0)
    for threads in (1, 2):
        by_program = search(problem, SearchOptions(threads=threads), effort=0.001)
        assert by_program.status == by_tree.status == Status.OPTIMAL
        assert by_program.points.tolist() == by_tree.points.tolist()
        assert "linear programs" in by_program.proof


def test_no_bound_is_told_that_the_search_could_not_end_with(monkeypatch):
    rng = np.random.default_rng(0)
    x = np.unique(rng.integers(0, 2, (60, 6)).astype(float), axis=0)
    yes = x @ rng.choice([-2, -1, 1, 2], 6) + rng.normal(0.0, 2.0, len(x)) > 0.0
    problem = ThresholdProblem(
        x, yes.astype(float), 1.0 - yes, np.full(7, -2.0), np.full(7, 2.0),
        np.r_[0.0, np.full(6, 0.01)], epsilon=1e-5,
    )  # fmt: skip
    for name in ("_FIRST_NODES", "_BOX_NODES", "_LEAST_BOX_NODES"):
        monkeypatch.setattr(boxes, name, 3)
    monkeypatch.setattr(boxes, "Reporter", partial(Reporter, every=-1.0))
    told, last = [], 10**6

    def grown(request):
        # What the native search says before it begins, and once it has the first node.
        for nodes_open, bound in ((0, np.inf), (1, 0.0)):
            if len(told) < last:
                request.poll(0, nodes_open, bound, search_of_boxes._cutoff())
        if len(told) < last:
            return grow_tree(request)
        return grow_tree(replace(request, time_limit=0.0))

    monkeypatch.setattr(boxes, "grow_tree", grown)
    lasts = [10**6]
    while lasts:
        last = lasts.pop()
        told.clear()
        options = SearchOptions(
            on_progress=lambda line: told.append(line.lower_bound),
            interrupted=lambda end=last: len(told) >= end,
        )
        search_of_boxes = boxes.BoxSearch(problem, options)
        found = search_of_boxes.run(np.zeros((0, 7)), 0.001)
        if last == 10**6:
            assert found.status == Status.OPTIMAL
            assert len(told) > 20
            assert max(told) > 0.0
            lasts = [*range(1, len(told), max(1, len(told) // 20))]
        # A search that is ended where it told a bound has that bound at least.
        assert found.lower_bound >= told[-1] - 1e-9
        assert found.lower_bound <= found.objective


def test_the_feature_that_raised_the_bound_most_is_split_next():
    memory = SignMemory(3)
    half = np.full(3, 0.25)
    for part in range(3):
        memory.learn(1, part, 0.5, 4.0)
        memory.learn(2, part, 0.5, 1.0)
    everything = np.ones(3, dtype=bool)
    assert memory.choose((half, half), everything) == 1
    assert memory.choose((half, half), np.array([True, False, True])) != 1
