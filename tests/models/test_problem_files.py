"""LP and MPS files of any feature names: HiGHS reads them back, with the optimum of the problem."""

from __future__ import annotations

import highspy
import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.constraints import RateLimit, RateParity

pytestmark = pytest.mark.fast

ODD = [
    ["Age <= 4", "Age >= 4", "Age != 4"],
    ["a b", "a_b", "A B"],
    ["Grösse", "Gr sse", "年龄"],
    ["x" * 300, "x" * 299 + "y", "1e5"],
    ["free", "inf", "e5"],
    ["st", "end", "c1: x + y <= 3"],
    ["a\nb", "b\ta", "\\ a"],
    ["]", "[", "points[a]"],
]


def read_back(file) -> float:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    assert highs.readModel(str(file)) == highspy.HighsStatus.kOk
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value)


def table(names: list[str]) -> Dataset:
    rng = np.random.default_rng(0)
    features = rng.integers(0, 2, (30, len(names))) * 1.0
    return Dataset.from_arrays(features, rng.integers(0, 2, 30), feature_names=names)


@pytest.mark.parametrize("ending", ["lp", "mps"])
@pytest.mark.parametrize("names", ODD, ids=range(len(ODD)))
def test_a_file_of_any_names_has_the_optimum_of_the_problem(tmp_path, names, ending):
    data = table(names)
    file = tmp_path / f"problem.{ending}"
    decision = SLIMProblem(data, max_coef=2, max_size=2)
    decision.write(file)
    assert read_back(file) == pytest.approx(decision.solve().objective, abs=1e-7)
    risk = RiskSLIMProblem(data, max_coef=2, max_size=2)
    plain = RiskSLIMProblem(table(["p", "q", "r"]), max_coef=2, max_size=2)
    risk.write(file)
    bound = read_back(file)
    plain.write(file)
    assert bound == pytest.approx(read_back(file), abs=1e-9)
    assert bound <= risk.solve().objective + 1e-7


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_points_that_exclude_zero_keep_their_bounds_in_a_file(tmp_path, ending):
    data = table(["a", "b", "c"])
    points = CoefficientSet(data.feature_names, -2, 2).set("a", lower=1, upper=2)
    points = points.set("b", lower=0, upper=0)
    problem = SLIMProblem(data, points)
    file = tmp_path / f"problem.{ending}"
    problem.write(file)
    assert read_back(file) == pytest.approx(problem.solve().objective, abs=1e-7)


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_a_rule_of_constants_alone_is_written_and_kept(tmp_path, ending):
    features = np.array([[0, 0.0], [0, 0], [1, 0], [1, 0], [0, 1], [0, 1]])
    data = Dataset.from_arrays(features, [0, 1, 0, 1, 0, 1])  # each row in both classes
    rule = RateLimit("error", at_most=0.6)
    for method in (RiskSLIMProblem, SLIMProblem):
        problem = method(data, max_coef=1, constraints=[rule])
        best = problem.solve().objective
        assert problem.solve(model=problem.to_pyomo()).objective == pytest.approx(best, abs=1e-9)
        problem.write(tmp_path / f"problem.{ending}")
        assert read_back(tmp_path / f"problem.{ending}") <= best + 1e-7


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_rows_of_subgroups_whose_names_differ_in_signs_are_written(tmp_path, ending):
    features = np.array([[0, 0.0], [1, 0], [0, 1], [2, 1], [1, 2], [2, 2]])
    data = Dataset.from_arrays(features, [0, 1, 0, 1, 0, 1])
    rule = RateParity("positive", ["x1 <= 1", "x1 >= 1", "x1 != 1"], difference=0.5)
    problem = RiskSLIMProblem(data, max_coef=1, constraints=[rule])
    problem.write(tmp_path / f"problem.{ending}")
    assert read_back(tmp_path / f"problem.{ending}") <= problem.solve().objective + 1e-7
