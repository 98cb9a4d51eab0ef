"""The least and the greatest risk near the optimum, against every score, multiplier, intercept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from riskslim import Dataset, RiskSLIMProblem
from riskslim.constraints import RateLimit
from riskslim.errors import OptionError, ScoreError
from support.viable import every_score, random_problem


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("limit", [1000, 3], ids=["listed", "searched"])
def test_ranges_are_those_of_every_score(seed: int, limit: int) -> None:
    problem, tolerance = random_problem(seed)
    low, high = every_score(problem, tolerance)
    found = problem.viable_ranges(None, tolerance, limit=limit).ranges
    exact = found["exact"].to_numpy()
    assert exact.any()
    for name, own in (("lowest", low), ("highest", high)):
        np.testing.assert_allclose(found[name][exact], expit(own)[exact], atol=1e-4)
    # What was not proved to be an end lies between one and what is proved.
    assert np.all(found["least"] <= expit(low) + 1e-6)
    assert np.all(found["greatest"] >= expit(high) - 1e-6)
    assert np.all(found["lowest"] >= expit(low) - 1e-4)
    assert np.all(found["highest"] <= expit(high) + 1e-4)


@pytest.fixture
def problem() -> RiskSLIMProblem:
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.integers(0, 2, (80, 4)), columns=list("ABCD"))
    y = (X.A + X.B + rng.normal(0, 1, 80) > 1).astype(int)
    return RiskSLIMProblem(Dataset.from_frame(X.assign(y=y), target="y"), max_size=3,
                           multiplier="free")  # fmt: skip


def test_listing_and_searching_agree_and_people_may_be_new(problem: RiskSLIMProblem) -> None:
    people = pd.DataFrame({"D": [0, 1], "C": [0, 1], "B": [1, 0], "A": [1, 0], "Name": ["x", "y"]})
    listed = problem.viable_ranges(people, 0.01, limit=5000)
    searched = problem.viable_ranges(people, 0.01, limit=4)
    assert listed.complete
    exact = searched.ranges["exact"]
    assert exact.any()
    for name in ("lowest", "highest"):
        np.testing.assert_allclose(
            listed.ranges[name][exact], searched.ranges[name][exact], atol=1e-6
        )
    pool = problem.pool(0.01, limit=5000)
    inner = pool.multiplicity(people).ranges
    assert np.all(listed.ranges["lowest"] <= inner["lowest"] + 1e-9)
    assert np.all(listed.ranges["highest"] >= inner["highest"] - 1e-9)


def test_shares_are_those_of_the_ranges(problem: RiskSLIMProblem) -> None:
    found = problem.viable_ranges(tolerance=0.02, limit=5000)
    ranges, weight = found.ranges, found.weight
    flips = (ranges["lowest"] <= 0.5) & (ranges["highest"] > 0.5)
    np.testing.assert_allclose(found.ambiguity(), weight @ flips / weight.sum())
    far = (ranges["highest"] - ranges["baseline"] >= 0.1) | (
        ranges["baseline"] - ranges["lowest"] >= 0.1
    )
    np.testing.assert_allclose(found.ambiguity_of_risks(0.1), weight @ far / weight.sum())
    assert found.ambiguity_of_risks(0.1) > 0
    assert found.to_dict()["complete"]


def test_what_cannot_be_is_refused(problem: RiskSLIMProblem) -> None:
    with pytest.raises(ScoreError, match="no column 'D'"):
        problem.viable_ranges(pd.DataFrame({"A": [1], "B": [0], "C": [1]}))
    with pytest.raises(OptionError, match="goes with X"):
        problem.viable_ranges(sample_weight=[1])
    limited = problem.changed(constraints=[RateLimit("fpr", at_most=0.5)])
    with pytest.raises(OptionError, match="limits on rates"):
        limited.viable_ranges()
