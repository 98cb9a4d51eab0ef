"""The data reduction of SLIM: the same optima from the rows that are left."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner, Result

from riskslim import CoefficientSet, Dataset, SLIMProblem, reduce_data
from riskslim.cli import main
from riskslim.errors import OptionError
from support.brute_force import lattice, totals

NAMES = ["a", "b", "c"]


def problem_of(seed: int, **options: object) -> SLIMProblem:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, (40, 3)).astype(float)
    y = X @ [2.0, -1.0, 0.5] + rng.normal(size=40) > 1
    data = Dataset.from_arrays(X, y.astype(int), feature_names=NAMES)
    points = CoefficientSet(NAMES, -2, 2).set_intercept(-4, 4)
    return SLIMProblem(data, coefficients=points, **({"C0": 0.02} | options))  # type: ignore[arg-type]


PROBLEMS = [problem_of(0), problem_of(1, w_pos=2.0), problem_of(2, max_fpr=0.2, max_size=2)]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_rows_left_have_the_optima_of_all(problem: SLIMProblem) -> None:
    reduction = reduce_data(problem)
    assert reduction.optimal
    assert reduction.complete
    assert 0 < reduction.share <= 1
    points = lattice([-4, -2, -2, -2], [4, 2, 2, 2])
    points = points[[not problem.violations(p) for p in points]]
    side = np.sign(totals(points, problem.data.features))
    as_told = np.all((side == reduction.side)[:, ~reduction.kept], axis=1)
    wrong = (side <= 0) * problem.positive + (side >= 0) * problem.negative
    cost = [problem.objective(p) - problem.loss(p) for p in points]
    of_kept = wrong[:, reduction.kept].sum(axis=1) / problem.total_weight + cost
    whole = wrong.sum(axis=1) / problem.total_weight + cost
    best = np.flatnonzero(whole <= whole.min() + 1e-12)
    assert reduction.objective == pytest.approx(whole.min(), abs=1e-12)
    among = np.flatnonzero(as_told)
    assert np.array_equal(among[of_kept[among] <= of_kept[among].min() + 1e-12], best)


def test_a_model_with_the_settled_errors_fixed_has_the_same_optimum() -> None:
    problem = PROBLEMS[1]
    reduction = reduce_data(problem)
    model = problem.to_pyomo()
    reduction.fix(model)
    fixed = sum(variable.fixed for variable in model.error.values())
    assert fixed == np.count_nonzero(reduction.side) > 0
    solution = problem.solve(model=model)
    assert solution.objective == pytest.approx(reduction.objective, abs=1e-9)


def test_a_known_score_may_be_given() -> None:
    problem = PROBLEMS[2]
    best = problem.solve()
    found, worse = reduce_data(problem, best), reduce_data(problem, {"a": 2, "(Intercept)": -3})
    assert not found.optimal  # nobody said so
    assert found.objective == best.objective < worse.objective
    assert worse.share <= found.share
    with pytest.raises(OptionError, match="start: the score breaks rules"):
        reduce_data(problem, {"a": 2, "b": 2, "c": 2})
    none = reduce_data(problem, best, interrupted=lambda: True)
    assert (none.complete, none.share) == (False, 0.0)
    assert str(none).endswith("the time ended before all were looked at")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("data") / "data.csv"
    lines = [
        "ill,who,a,b",
        *(f"{int(i % 3 > 0)},p{i // 2},{int(i % 3 > 0)},{i % 2}" for i in range(60)),
    ]
    path.write_text("\n".join(lines))
    return str(path)


def check(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words])


def test_check_says_which_rows_are_settled(file: str) -> None:
    done = check(file, "--groups", "who", "--reducible", "--max-coef", "2")
    assert done.exit_code == 0, done.output
    assert "Data reduction: 60 of 60 rows (100.0 % of the weight) are settled" in done.stdout
    assert "says yes to 40 of them and no to 20." in done.stdout
    plain = check(file, "--groups", "who", "--json")
    assert '"reducible"' not in plain.stdout
    reduced = check(file, "--groups", "who", "--json", "--reducible", "--c0", "0.01")
    assert '"rows_yes": 40' in reduced.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--c0", "0.1"), "--c0 is for --reducible; add that, or drop it"),
        (("--raw", "--reducible"), "drop --raw"),
    ],
)
def test_options_that_say_nothing_are_refused(
    file: str, options: tuple[str, ...], words: str
) -> None:
    done = check(file, *options)
    assert done.exit_code == 2
    assert words in done.output
