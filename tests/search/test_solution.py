"""What a search found, told honestly."""

import json
import math

import numpy as np
import pytest

from riskslim.search.solution import Solution
from riskslim.solvers.result import Status

pytestmark = pytest.mark.fast


def solution(**changes):
    values = {
        "status": Status.TIME_LIMIT,
        "points": np.array([-2, 0, 3, -1]),
        "feature_names": ("a", "b", "c"),
        "objective": 0.5,
        "loss": 0.49,
        "lower_bound": 0.4,
        "nodes": 10,
        "cuts": 20,
        "lps": 30,
        "phase_seconds": {"start": 1.0, "total": 3.0},
        "proof": "lattice cutting planes",
    }
    return Solution(**(values | changes))


def test_gaps_size_and_points():
    found = solution()
    assert math.isclose(found.absolute_gap, 0.1)
    assert math.isclose(found.relative_gap, 0.2)
    assert (found.size, found.intercept, found.seconds) == (2, -2, 3.0)
    assert found.points_by_name == {"b": 3, "c": -1}


def test_no_incumbent_means_an_infinite_gap():
    none = solution(points=None, objective=math.inf, loss=math.inf)
    assert none.absolute_gap == math.inf
    assert none.relative_gap == math.inf
    assert none.size is None
    assert none.points_by_name == {}
    text = json.dumps(none.to_dict(), allow_nan=False)
    assert json.loads(text)["objective"] is None
    assert "none" in repr(none)


def test_a_bound_above_the_objective_by_rounding_is_no_gap():
    assert solution(lower_bound=0.5000000001).absolute_gap == 0.0


def test_zero_objective():
    assert solution(objective=0.0, lower_bound=0.0).relative_gap == 0.0


def test_to_dict_has_the_names_of_the_command_line():
    assert list(solution().to_dict()) == [
        "status",
        "objective",
        "loss",
        "lower_bound",
        "absolute_gap",
        "relative_gap",
        "size",
        "intercept",
        "points",
        "multiplier",
        "multiplier_range",
        "notes",
        "proof",
        "log",
        "seconds",
        "nodes",
        "cuts",
    ]
    assert json.loads(json.dumps(solution().to_dict()))["status"] == "time limit"


def test_repr_is_a_summary():
    text = repr(solution())
    assert text.startswith("Solution: time limit\n")
    assert "-2 (Intercept), +3 b, -1 c" in text
    assert "0.1 absolute, 0.2 relative" in text


def test_in_a_notebook_names_stay_text():
    page = solution(feature_names=("a", "<b>x</b>", "c"))._repr_html_()
    assert "+3 &lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "0.1 absolute" in page
    assert "none" in solution(points=None, objective=math.inf, loss=math.inf)._repr_html_()
