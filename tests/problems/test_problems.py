"""The problem: one statement, its renderings, its checks, and what is solved."""

import itertools
import math
from pathlib import Path

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim.constraints import AllOrNone, GroupLimit, Linear, Row, SizeLimit
from riskslim.data import Dataset
from riskslim.errors import CoefficientError, ConstraintError, InfeasibleError, OptionError
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.solvers.result import SearchOptions, Status

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def table(seed=0, n=40, d=4):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, size=(n, d))
    X[:d] = 2 * np.eye(d)
    y = rng.random(n) < 1 / (1 + np.exp(2 - X @ np.linspace(-1.5, 2, d)))
    y[:2] = [False, True]
    return Dataset.from_arrays(X, y, feature_names=[f"x{j}" for j in range(d)])


def brute_force(problem, allowed):
    """Best objective over the box, for rules given as a function of the points."""
    statement = problem.statement
    d = problem.data.n_features
    lower, upper = statement.lower[: d + 1].astype(int), statement.upper[: d + 1].astype(int)
    box = [range(a, b + 1) for a, b in zip(lower[1:], upper[1:], strict=True)]
    intercepts = np.arange(lower[0], upper[0] + 1)
    data = problem.data
    best = math.inf
    for choice in itertools.product(*box):
        kept = np.array([allowed(b, choice) for b in intercepts])
        if kept.any():
            s = intercepts[kept, None] + data.features @ choice
            losses = np.logaddexp(0, -s) @ data.positive + np.logaddexp(0, s) @ data.negative
            cost = problem.switch_cost[np.array(choice) != 0].sum()
            best = min(best, losses.min() / data.total_weight + cost)
    return best


def test_statement():
    data = table()
    points = CoefficientSet(data.feature_names).set("x0", fixed=0).set("x1", lower=1, C0=0.5)
    problem = RiskSLIMProblem(
        data, points, max_size=2, constraints=[GroupLimit("x[23]", at_most=1)]
    )
    program = problem.program()
    assert program.names[:3] == ("intercept", "points[x0]", "points[x1]")
    assert program.names[5:] == tuple(f"used[x{j}]" for j in range(4))
    assert program.lower[1:].tolist() == [0, 1, -5, -5, 0, 1, 0, 0]
    assert program.upper[1:].tolist() == [0, 5, 5, 5, 0, 1, 1, 1]
    assert program.cost.tolist() == [0] * 5 + [1e-6, 0.5, 1e-6, 1e-6]
    assert program.row_names == ("size", "group(x[23])")
    assert program.matrix.toarray()[:, 5:].tolist() == [[1, 1, 1, 1], [0, 0, 1, 1]]
    assert program.switches.tolist() == [[1, 5], [2, 6], [3, 7], [4, 8]]
    assert program.integer.all()
    assert program.oracle.dimension == 5


def test_no_size_row_where_it_says_nothing():
    assert RiskSLIMProblem(table(), max_size=4).statement.as_rows.row_names == ()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"max_size": -1}, OptionError, "max_size=-1"),
        ({"max_size": 1.5}, OptionError, "max_size=1.5"),
        ({"min_size": 3, "max_size": 2}, OptionError, "min_size=3 is above max_size=2"),
        ({"min_size": 5}, OptionError, "only 4 features"),
        ({"C0": -1.0}, OptionError, "C0=-1.0"),
        ({"C0": math.nan}, OptionError, "C0=nan"),
        ({"max_coef": 0}, OptionError, "max_coef=0"),
        ({"coefficients": CoefficientSet(["a"])}, CoefficientError, "lacks 'x0'"),
        ({"constraints": [3]}, ConstraintError, "no constraint"),
        ({"max_size": "a"}, OptionError, "max_size='a'"),
        ({"max_size": math.inf}, OptionError, "max_size=inf"),
    ],
)
def test_refused(options, error, words):
    with pytest.raises(error) as caught:
        RiskSLIMProblem(table(), **options)
    assert words in str(caught.value)


def test_oracles_of_a_problem_share_its_table_but_where_they_change_it():
    rng = np.random.default_rng(0)
    problem = RiskSLIMProblem(rng.integers(0, 2, (30, 4)), rng.integers(0, 2, 30))
    oracle, kept = problem.oracle(1), problem.oracle(2, without=np.zeros(4, dtype=bool))
    assert (oracle.threads, kept.threads) == (1, 2)
    assert oracle.native is kept.native
    points = np.array([0.3, 1.0, -2.0, 0.5, 3.0])
    without = problem.oracle(without=np.array([False, True, False, False]))
    assert without.native is not oracle.native
    assert without.value(points) == oracle.value(points * [1, 1, 0, 1, 1])
    stepped = problem.oracle(step=np.array([2, 1, 1, 1]))
    assert stepped.value(points) == oracle.value(points * [1, 2, 1, 1, 1])
    with pytest.raises(OptionError, match="threads"):
        problem.oracle(0)


def test_objective_is_loss_plus_penalties():
    data = table()
    problem = RiskSLIMProblem(data, C0=0.25)
    points = np.array([-1, 0, 2, -3, 0])
    s = points[0] + data.features @ points[1:]
    loss = np.logaddexp(0, -s) @ data.positive + np.logaddexp(0, s) @ data.negative
    assert problem.loss(points) == pytest.approx(loss / data.total_weight, rel=1e-14)
    assert problem.objective(points) == pytest.approx(problem.loss(points) + 0.5, rel=1e-15)
    with pytest.raises(OptionError, match="give 5 numbers"):
        problem.objective([1, 2])


def test_violations_name_every_broken_rule():
    data = table()
    points = CoefficientSet(data.feature_names).set("x0", sign="+").set_intercept(-3, 3)
    rules = [
        GroupLimit(["x1", "x2"], at_most=1),
        AllOrNone(["x0", "x3"]),
        Linear({"x1": 1, "x2": -1}, lower=0, name="order"),
    ]
    problem = RiskSLIMProblem(data, points, max_size=3, constraints=rules)
    assert problem.violations([0, 0, 0, 0, 0]) == []
    assert problem.violations([-3, 2, 1, 0, -5]) == []
    broken = problem.violations([4, -1, 1, 2, 0.5])
    text = "\n".join(broken)
    assert len(broken) == 6
    for words in (
        "(Intercept): 4 points are not within -3 to 3",
        "x0: -1 points are not within 0 to 5",
        "x3: 0.5 points are not a whole number",
        "at most 3 features",
        "at most 1 of x1, x2",
        "points of x1 - points of x2 >= 0",
    ):
        assert words in text
    assert problem.violations([0, 1, 0, 0, 0]) == ["all_or_none(x0, x3): all or none of x0, x3"]


def test_rows_of_decimal_numbers_are_not_broken_by_rounding():
    data = table()
    rule = Linear({"x0": 0.1, "x1": 0.2}, upper=0.3)
    problem = RiskSLIMProblem(data, constraints=[rule])
    assert 0.1 * 1 + 0.2 * 1 > 0.3
    assert problem.violations([0, 1, 1, 0, 0]) == []
    assert problem.violations([0, 2, 1, 0, 0]) != []


class EitherOr:
    """A rule of a user's own: x0 has points 2 or -2 if used; needs a binary."""

    name = "either_or"

    def rows(self, feature_names):
        return [
            Row("either_or", points={"x0": 1}, binaries={"high": -4}, lower=-2, upper=-2),
        ]

    def describe(self):
        return "x0 earns 2 or -2"


def test_rules_may_bring_binaries():
    problem = RiskSLIMProblem(table(), max_coef=3, constraints=[EitherOr()])
    assert problem.statement.names[-1] == "binary[high]"
    assert problem.violations([0, 2, 0, 0, 0]) == []
    assert problem.violations([0, -2, 0, 0, 0]) == []
    assert problem.violations([0, 1, 0, 0, 0]) == ["either_or: x0 earns 2 or -2"]
    solution = problem.solve()
    assert solution.status is Status.OPTIMAL
    wanted = brute_force(problem, lambda b, x: abs(x[0]) == 2)
    assert solution.objective == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_solve_equals_brute_force(seed):
    rng = np.random.default_rng(seed)
    data = table(seed, n=30, d=3)
    points = CoefficientSet(data.feature_names, lower=-2, upper=2)
    points = points.set("x1", **[{"sign": "+"}, {"fixed": 1}, {"C0": 0.02}][rng.integers(3)])
    group, size = int(rng.integers(2)), int(rng.integers(2, 4))
    least = int(rng.integers(0, 2))
    rules = [
        GroupLimit(["x0", "x2"], at_most=group, at_least=0),
        Linear({"(Intercept)": 1, "x0": 2}, lower=-3, name="total"),
    ]
    if rng.random() < 0.5:
        rules.append(AllOrNone(["x1", "x2"]))
    problem = RiskSLIMProblem(
        data, points, max_size=size, min_size=least, C0=0.01, constraints=rules
    )

    def allowed(b, x):
        used = [value != 0 for value in x]
        return (
            least <= sum(used) <= size
            and used[0] + used[2] <= group
            and b + 2 * x[0] >= -3
            and (len(rules) == 2 or used[1] == used[2])
        )

    wanted = brute_force(problem, allowed)
    if wanted == math.inf:
        with pytest.raises(InfeasibleError):
            problem.solve()
        return
    solution = problem.solve()
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(wanted, abs=1e-9)
    assert solution.lower_bound <= wanted + 1e-12
    assert problem.violations(solution.points) == []


def test_infeasible_names_the_conflict_in_words():
    data = table()
    rules = [
        GroupLimit("x*", at_least=3),
        Linear({}, {"x0": 1, "x1": 1}, upper=1, name="spare"),
    ]
    problem = RiskSLIMProblem(data, max_size=2, constraints=rules)
    with pytest.raises(InfeasibleError) as caught:
        problem.solve()
    assert set(caught.value.conflict) >= {"size", "group(x*)"}
    assert "spare" not in caught.value.conflict
    assert "at most 2 features" in str(caught.value)
    assert "at least 3 of x*" in str(caught.value)
    assert set(problem.conflict()) == set(caught.value.conflict)
    assert RiskSLIMProblem(data).conflict() == ()


def test_limits_end_with_an_honest_gap():
    solution = RiskSLIMProblem(table(d=6, n=80)).solve(SearchOptions(node_limit=1))
    assert solution.status in (Status.NODE_LIMIT, Status.OPTIMAL)
    assert solution.lower_bound <= solution.objective
    full = RiskSLIMProblem(table(d=6, n=80)).solve()
    assert solution.lower_bound <= full.objective + 1e-12 <= solution.objective + 2e-12


@pytest.mark.parametrize("ending", [".lp", ".mps"])
def test_written_file_bounds_the_problem(tmp_path, ending):
    rules = [AllOrNone(["x0", "x1"]), GroupLimit(["x2", "x3"], at_least=1)]
    problem = RiskSLIMProblem(table(), max_size=3, min_size=1, constraints=rules)
    path = tmp_path / f"problem{ending}"
    problem.write(path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    highs = highspy.Highs()
    highs.silent()
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    optimum = highs.getInfo().objective_function_value
    exact = problem.solve().objective
    assert optimum <= exact + 1e-7
    # Its relaxation has the root's bound.
    for column in range(highs.getNumCol()):
        highs.changeColIntegrality(column, highspy.HighsVarType.kContinuous)
    highs.run()
    root = problem.relaxation().solve()
    assert highs.getInfo().objective_function_value >= root - 2e-6


def test_written_files_need_a_known_ending(tmp_path):
    with pytest.raises(OptionError, match=r"\.lp or \.mps"):
        RiskSLIMProblem(table()).write(tmp_path / "problem.txt")


def test_repr_is_mathematics():
    text = repr(RiskSLIMProblem(table(), max_size=2, C0=0.01))
    assert "logistic loss + 0.01 x size" in text
    assert "4 features in -5..5" in text
    assert "at most 2 features" in text


@pytest.mark.skipif(not DATA.is_dir(), reason="public data sets are not beside the project")
@pytest.mark.parametrize(
    ("name", "max_size", "wanted"),
    [
        ("bankruptcy", 5, 0.01239852378639083),
        ("haberman", 3, 0.5779675698711642),
    ],
)
def test_published_objectives(name, max_size, wanted):
    solution = RiskSLIMProblem(Dataset.from_file(DATA / f"{name}.csv"), max_size=max_size).solve()
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(wanted, abs=1e-7)


def test_limits_on_the_size_hold_together():
    assert RiskSLIMProblem(table(), max_size=2, constraints=[SizeLimit(at_most=1)]).solve().size < 2
    with pytest.raises(InfeasibleError, match="at least 3 features"):
        RiskSLIMProblem(table(), max_size=2, constraints=[SizeLimit(at_least=3)]).solve()


def test_a_conflict_speaks_of_points_not_of_columns():
    points = CoefficientSet(table().feature_names).set("x1", fixed=2)
    with pytest.raises(InfeasibleError, match="points of x1 fixed at 2") as caught:
        RiskSLIMProblem(table(), points, max_size=0).solve()
    assert "used[" not in str(caught.value)
