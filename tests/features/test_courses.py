"""Points rise or fall with a measurement where a teacher's risks do."""

import numpy as np
import pandas as pd
import pytest

from riskslim import (
    CoefficientSet,
    Dataset,
    RiskSLIMClassifier,
    RiskSLIMProblem,
    ScoreBinarizer,
)
from riskslim.constraints import Linear
from riskslim.features.courses import TaughtCourses, taught_courses
from riskslim.languages import language
from riskslim.languages.rules import rule_in
from riskslim.search.lattice import support_problem


def people(n=240, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["up", "down", "both"])
    frame.loc[::9, "up"] = np.nan
    odds = frame.up.fillna(0) - frame.down + 1.5 * frame.both**2 - 1.5
    return frame, 1 / (1 + np.exp(-odds)), rng


def binning_of(frame):
    return ScoreBinarizer(cuts="quantile", max_cuts=6).fit(frame).binning_


def test_courses_are_those_of_the_risks_and_none_goes_both_ways():
    frame, risk, _ = people()
    binning = binning_of(frame)
    cells = binning.encode(frame)
    assert taught_courses(binning, cells, risk) == {"up": True, "down": False}
    # Weights count as rows, and neither noise nor constants have a course.
    twice = np.arange(len(risk)) % 2 + 1
    rows = np.repeat(np.arange(len(risk)), twice)
    assert taught_courses(binning, cells, risk, 3.0 * twice) == taught_courses(
        binning, cells[rows], risk[rows]
    )
    assert taught_courses(binning, cells, np.full(len(risk), 0.3)) == {}
    mirrored = taught_courses(binning, cells, 1 - risk)
    assert mirrored == {"up": False, "down": True}


def score(frame, y, **options):
    classifier = RiskSLIMClassifier(
        binarizer=ScoreBinarizer(cuts="quantile", max_cuts=6), max_variables=3, node_limit=1,
        engine="supports", time_limit=None, random_state=0, **options,
    )  # fmt: skip
    with pytest.warns():
        return classifier.fit(frame, y).score_


def bands(found, label):
    points = found.signed().points
    return [points.get(name, 0) for name in found.binning.ordered[label]]


def test_points_follow_and_the_certificate_says_so():
    frame, risk, rng = people(120, 4)
    y = (rng.random(len(risk)) < risk).astype(int)
    found = score(frame, y, teacher="steps")
    rules = [rule for rule in found.rules if rule.startswith("points rise or fall as")]
    assert len(rules) == 1
    assert rule_in(language("de"), rules[0]).startswith("die Punkte steigen oder fallen wie")
    for label in ("up", "down"):
        assert min(bands(found, label), default=0) * max(bands(found, label), default=0) >= 0
    # What a user says of points goes before, and without a share there is nothing to follow.
    for other in (
        {"teacher_share": 0.0},
        {"coefficients": CoefficientSet(lower=-5, upper=5)},
        {"rising": ["up", "down", "both"]},
    ):
        said = score(frame, y, teacher="steps", **other).rules
        assert not any(rule.startswith("points rise or fall as") for rule in said)


def test_a_row_that_bounds_one_point_is_a_bound_to_the_search():
    rng = np.random.default_rng(3)
    names = ["a", "b", "c"]
    data = Dataset.from_arrays(rng.integers(0, 2, (40, 3)), rng.integers(0, 2, 40), names)
    rules = [
        TaughtCourses({"a": True, "b": False}, 1),
        Linear({"a": 1.0, "b": 1.0}, upper=2.0, name="both"),
        Linear({"c": 1.0}, upper=3.5, name="low"),
        Linear({"c": 1.0}, lower=1.0, name="floor"),
    ]
    problem = RiskSLIMProblem(data, max_coef=5, constraints=rules)
    stated = support_problem(problem, problem.statement.tightened())
    assert stated.lower[1:].tolist() == [0, -5, 1]
    assert stated.upper[1:].tolist() == [5, 0, 3]
    # That c is used is a row over its indicator.
    assert stated.rows.on_points.tolist() == [[0, 1, 1, 0], [0, 0, 0, 0]]
    # As they are, the same rows say more than the bounds do.
    assert len(support_problem(problem, problem.statement).rows.on_points) == 5
