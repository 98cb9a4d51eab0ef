"""Features that rules leave no room for go out of the tree over supports before they are fitted."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import Status
from riskslim.solvers.supports import LinearModelProblem, search

pytestmark = pytest.mark.fast

CUTS = 5


def cuts_table(seed: int, free: bool, variables: int = 3) -> LinearModelProblem:
    """Nested cuts of a few variables."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(70, variables))
    features = (numbers[:, :, None] >= np.linspace(-1, 1, CUTS)).reshape(70, -1).astype(float)
    positive = (numbers.sum(axis=1) + rng.normal(size=70) > 0).astype(float)
    d = features.shape[1]
    bounds = np.r_[8.0, np.full(d, 3.0)]
    return LinearModelProblem(
        features,
        positive,
        1 - positive,
        -bounds,
        bounds,
        np.r_[0.0, np.full(d, 1e-6)],
        0,
        3,
        None,
        (0.5, 20.0) if free else (1.0, 1.0),
    )


def count_rows(problem: LinearModelProblem, at_most: int) -> LatticeRows:
    """At most so many cuts of each variable."""
    d = len(problem.lower) - 1
    on = np.zeros((d // CUTS, d + 1))
    on[np.arange(d) // CUTS, np.arange(d) + 1] = 1.0
    none = np.full(len(on), -np.inf)
    return LatticeRows(np.zeros_like(on), on, none, np.full(len(on), float(at_most)))


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_cuts_that_exclude_one_another_are_proved_as_all_choices_of_one_each(seed, free):
    problem = cuts_table(seed, free)
    found = search(replace(problem, rows=count_rows(problem, 1)))
    d = len(problem.lower) - 1
    best = np.inf
    for cuts in itertools.product(range(CUTS), repeat=d // CUTS):
        members = [variable * CUTS + cut + 1 for variable, cut in enumerate(cuts)]
        bounds = np.zeros(d + 1)
        bounds[[0, *members]] = problem.upper[[0, *members]]
        alone = search(replace(problem, lower=-bounds, upper=bounds))
        best = min(best, alone.best.objective)
    assert found.status is Status.OPTIMAL
    assert found.best.objective == pytest.approx(best, abs=1e-12)
    assert found.lower_bound == pytest.approx(best, abs=1e-9)


def test_supports_that_a_rule_forbids_are_not_fitted():
    problem = cuts_table(0, free=True)
    free, held = (
        search(replace(problem, rows=rows), beam_width=0) for rows in (None, count_rows(problem, 1))
    )
    assert held.supports < free.supports
    # Triples that take one cut of each variable, pairs, single cuts and the empty support.
    assert held.supports <= CUTS**3 + 3 * CUTS**2 + 3 * CUTS + 1


def test_features_that_a_rule_asks_for_are_in_every_support():
    problem = cuts_table(1, free=False)
    d = len(problem.lower) - 1
    on = np.zeros((2, d + 1))
    on[0, [2, 7]] = 1.0, -1.0  # 2 needs 7
    on[1, 2] = 1.0  # and 2 is asked for
    rows = LatticeRows(np.zeros_like(on), on, np.array([-np.inf, 1.0]), np.array([0.0, np.inf]))
    found = search(replace(problem, rows=rows), beam_width=0)
    assert found.best.points[2] != 0
    assert found.best.points[7] != 0
    others = [
        search(
            replace(
                problem,
                lower=np.where(np.isin(np.arange(d + 1), [0, 2, 7, j]), problem.lower, 0.0),
                upper=np.where(np.isin(np.arange(d + 1), [0, 2, 7, j]), problem.upper, 0.0),
                rows=rows,
            )
        ).best.objective
        for j in range(1, d + 1)
    ]
    assert found.best.objective == pytest.approx(min(others), abs=1e-12)
    # At most one support for each third feature, and the pair alone.
    assert found.supports <= d
