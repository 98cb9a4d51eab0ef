"""Limits on groups of features in the search over supports, against brute force."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from riskslim.solvers.groups import GroupLimit
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.supports import LinearModelProblem, search
from support.brute_force import allowed, by_points, risk_scores


def random_problem(seed: int, free: bool) -> LinearModelProblem:
    """Cuts of a few numbers and their groups; now and then groups that overlap, further rules."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(2, 7))
    n = int(rng.integers(4, 16))
    group_of = rng.integers(0, max(2, d // 2 + 1), d)
    numbers = rng.normal(size=(n, d))
    features = (numbers[:, group_of] > rng.normal(size=d)).astype(float)
    risk = 1 / (1 + np.exp(-2 * (features @ rng.normal(size=d))))
    positive = rng.integers(0, 4, n) * (rng.random(n) < risk).astype(float)
    negative = rng.integers(0, 4, n) * (rng.random(n) > risk).astype(float)
    positive[0], negative[-1] = 1.0, 1.0
    if rng.random() < 0.3:
        positive, negative = positive + rng.random(n), negative + rng.random(n)
    limits = []
    for _ in range(1 + int(rng.random() < 0.25)):
        groups = [tuple((np.flatnonzero(group_of == g) + 1).tolist()) for g in range(d)]
        groups = [group for group in groups if group]
        if rng.random() < 0.4:  # overlaps, and features outside any group
            groups = [
                tuple(sorted(rng.choice(d, int(rng.integers(1, d + 1)), replace=False) + 1))
                for _ in range(int(rng.integers(1, 5)))
            ]
        groups = [tuple(int(j) for j in group) for group in groups]
        limits.append(GroupLimit(tuple(groups), int(rng.integers(0, len(groups) + 1))))
    lower, upper = -np.ones(d + 1), np.ones(d + 1)
    lower[0], upper[0] = -2, 2
    if d < 5:
        upper[1:] = rng.integers(1, 3, d)
    if rng.random() < 0.15:  # a feature that every score uses
        lower[int(rng.integers(1, d + 1))] = 1
    rows = None
    if rng.random() < 0.3:
        on_indicators = rng.integers(-1, 2, (1, d + 1)).astype(float)
        on_indicators[:, 0] = 0
        on_points = rng.integers(-1, 2, (1, d + 1)) * float(rng.random() < 0.5)
        rows = LatticeRows(on_points, on_indicators, np.array([-1.0]), np.array([1.0]))
    min_size = int(rng.integers(0, 2))
    return LinearModelProblem(
        features,
        positive,
        negative,
        lower,
        upper,
        np.r_[0.0, np.full(d, float(rng.choice([0.0, 1e-6, 0.01])))],
        min_size,
        int(rng.integers(max(1, min_size), d + 1)),
        rows,
        (0.3, 6.0) if free else (1.0, 1.0),
        groups=tuple(limits),
    )


def check(problem: LinearModelProblem, truth: dict, **options) -> None:
    found = search(problem, **options)
    if not truth:
        assert found.status is Status.INFEASIBLE
        return
    least = min(truth.values())
    assert found.status is Status.OPTIMAL
    assert allowed(problem, found.best.points[None]).all()
    assert found.best.objective == pytest.approx(least, abs=1e-9)
    assert found.lower_bound <= least + 1e-12
    assert found.best.objective - found.lower_bound <= 1e-9


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("block", range(10))
def test_the_optimum_and_its_proof_equal_brute_force(block, free):
    for seed in range(30 * block, 30 * block + 30):
        problem = random_problem(seed, free)
        truth = by_points(risk_scores(problem))
        check(problem, truth)
        check(problem, truth, beam_width=0)  # the tree alone


def cuts_table(seed: int, free: bool, n_groups: int = 6, cuts: int = 4) -> LinearModelProblem:
    """Variables with nested cuts, too many for brute force over points."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(80, n_groups))
    limits = np.linspace(-1.0, 1.0, cuts)
    features = (numbers[:, :, None] >= limits).reshape(80, -1).astype(float)
    score = numbers @ rng.normal(size=n_groups) + rng.normal(size=80)
    positive = (score > 0).astype(float)
    d = features.shape[1]
    bounds = np.r_[10.0, np.full(d, 3.0)]
    groups = tuple(tuple(range(g * cuts + 1, (g + 1) * cuts + 1)) for g in range(n_groups))
    return LinearModelProblem(
        features,
        positive,
        1 - positive,
        -bounds,
        bounds,
        np.r_[0.0, np.full(d, 1e-6)],
        0,
        4,
        None,
        (0.5, 20.0) if free else (1.0, 1.0),
        groups=(GroupLimit(groups, 2),),
    )


def without_groups(problem: LinearModelProblem, kept: tuple[int, ...]) -> LinearModelProblem:
    """State the problem with the features of these groups alone, and no limit on groups."""
    (limit,) = problem.groups
    members = [j for g in kept for j in limit.groups[g]]
    lower, upper = np.zeros_like(problem.lower), np.zeros_like(problem.upper)
    open_ = [0, *members]
    lower[open_], upper[open_] = problem.lower[open_], problem.upper[open_]
    return replace(problem, lower=lower, upper=upper, groups=())


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_a_few_variables_is_the_best_of_all_choices_of_them(seed, free):
    problem = cuts_table(seed, free)
    choices = itertools.combinations(range(6), 2)
    best = min(search(without_groups(problem, kept)).best.objective for kept in choices)
    for width in (0, 10):
        found = search(problem, beam_width=width)
        assert found.status is Status.OPTIMAL
        assert found.best.objective == pytest.approx(best, abs=1e-12)
        assert found.lower_bound == pytest.approx(best, abs=1e-9)


def test_a_limit_that_the_size_implies_is_known_to_say_nothing():
    disjoint = GroupLimit(((1, 2), (3,), (4, 5)), 2)
    assert disjoint.is_implied(2)
    assert not disjoint.is_implied(3)
    assert replace(disjoint, at_most=3).is_implied(9)
    assert not GroupLimit(((1, 2), (2, 3), (2,)), 2).is_implied(1)


def test_the_heuristics_find_scores_of_a_few_variables_by_themselves():
    problem = cuts_table(11, True, n_groups=8, cuts=8)
    proved = search(problem)
    opening = search(problem, SearchOptions(node_limit=0))
    assert proved.status is Status.OPTIMAL
    assert opening.best.objective <= proved.best.objective * 1.01
    assert opening.lower_bound <= proved.best.objective


@pytest.mark.parametrize("free", [False, True])
def test_any_number_of_threads_gives_the_same_score_and_pool(free):
    problem = cuts_table(5, free)
    found = [
        search(problem, SearchOptions(threads=threads), pool_tolerance=0.01, pool_limit=5000)
        for threads in (1, 3)
    ]
    assert all(result.pool_complete for result in found)
    pools = [[tuple(score.points.tolist()) for score in result.pool] for result in found]
    assert pools[0] == pools[1]
    assert len(pools[0]) > 1
    assert allowed(problem, np.array(list(pools[0]))).all()


@pytest.mark.parametrize("seed", range(40))
def test_the_pool_holds_every_score_within_the_tolerance(seed):
    problem = random_problem(1000 + seed, free=False)
    truth = by_points(risk_scores(problem))
    if not truth:
        return
    least = min(truth.values())
    within = {points for points, value in truth.items() if value <= least + 0.02}
    found = search(problem, pool_tolerance=0.02 + 1e-12, pool_limit=len(within) + 50)
    assert found.pool_complete
    assert {tuple(score.points.tolist()) for score in found.pool} == within


@pytest.mark.parametrize("seed", range(40))
def test_every_size_has_its_own_proof(seed):
    problem = random_problem(2000 + seed, free=seed % 2 == 1)
    truth = by_points(risk_scores(problem))
    found = search(problem, every_size=True)
    least: dict[int, float] = {}
    for points, value in truth.items():
        size = int(np.count_nonzero(points[1:]))
        least[size] = min(value, least.get(size, np.inf))
    assert found.by_size.keys() == least.keys()
    for size, value in least.items():
        assert found.by_size[size].objective == pytest.approx(value, abs=1e-9)
        assert found.lower_bound_by_size[size] <= value + 1e-12


def test_groups_of_columns_that_are_not_there_are_refused():
    problem = random_problem(0, free=False)
    for groups, at_most, words in ((((0, 1),), 1, "columns"), (((1,),), -1, "negative")):
        with pytest.raises(ValueError, match=words):
            replace(problem, groups=(GroupLimit(groups, at_most),))
