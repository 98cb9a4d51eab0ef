"""Classes, and where a score abstains: a band between no and yes, and scores that disagree."""

from __future__ import annotations

import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, RiskScore, RiskSLIMProblem
from riskslim.errors import OptionError
from riskslim.scores.abstaining import classes

RNG = np.random.default_rng(5)
X = RNG.integers(0, 2, (60, 4)).astype(float)
Y = (X[:, 0] + X[:, 1] + RNG.normal(0, 1, 60) > 1).astype(int)


@pytest.fixture(scope="module")
def problem() -> RiskSLIMProblem:
    data = Dataset(X, Y)
    points = CoefficientSet(data.feature_names, lower=-3, upper=3)
    return RiskSLIMProblem(data, points, max_size=3, multiplier="free")


def test_between_two_totals_is_no_class() -> None:
    score = RiskScore.from_points({"A": 2, "B": 1, "C": 1}, intercept=-2)
    people = [[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    found = classes(score, people, cutoff=3, no_below=2)["class"]
    totals = score.total(np.array(people))
    assert found == [1 if total >= 3 else 0 if total < 2 else None for total in totals]
    assert classes(score, people, cutoff=2)["class"] == [int(total >= 2) for total in totals]


def test_scores_on_both_sides_of_either_end_leave_no_class(problem: RiskSLIMProblem) -> None:
    pool = problem.pool(0.02)
    score = pool.best
    total = score.total(X)
    cutoff, no_below = np.unique(total)[[-2, -3]]
    found = classes(score, X, cutoff=cutoff, no_below=no_below, pool=pool)
    yes, no = score.risk(cutoff), score.risk(no_below)
    ranges = pool.multiplicity(X).ranges
    for place, label in enumerate(found["class"]):
        low, high = ranges["lowest"][place] + 1e-12, ranges["highest"][place] + 1e-12
        wanted = 1 if low >= yes else 0 if high < no else None
        assert label == wanted
    assert {0, None} <= set(found["class"])
    alone = classes(score, X, cutoff=cutoff, no_below=no_below)["class"]
    assert all(
        one is None or one == other for one, other in zip(found["class"], alone, strict=True)
    )
    # A pool of the score alone changes nothing, however its risk at the cut-off is rounded.
    single = problem.pool(0.0, limit=1)
    assert (
        classes(single.best, X, cutoff=cutoff, pool=single)["class"]
        == (classes(single.best, X, cutoff=cutoff)["class"])
    )


def test_ways_to_a_class_that_mean_nothing_are_refused() -> None:
    score = RiskScore.from_points({"A": 2, "B": 1}, intercept=-2)
    for given in ({}, {"threshold": 0.5, "cutoff": 1}):
        with pytest.raises(OptionError, match="give a threshold or a cut-off"):
            classes(score, [[0, 1]], **given)
    for given in ({"threshold": 0.5, "no_below": 1}, {"cutoff": 1, "no_below": 2}):
        with pytest.raises(OptionError, match="give a total up to the cut-off"):
            classes(score, [[0, 1]], **given)
