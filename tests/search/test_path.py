"""The best score of every size: against brute force, single fits and its own table."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from riskslim import (
    AllOrNone,
    CoefficientSet,
    Dataset,
    GroupLimit,
    Linear,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMPath,
    RiskSLIMProblem,
    ScorePath,
    SearchOptions,
    Status,
)
from riskslim.errors import InfeasibleError, OptionError
from riskslim.estimators.path_folds import split
from riskslim.scores.path_plot import save_plot
from riskslim.search.sizes import possible_sizes
from riskslim.solvers.sizes import _Relaxation
from support.brute_force import by_points, every_score

NAMES = ("a", "b", "c", "d")
QUICK = settings(
    max_examples=25,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def random_data(seed: int, d: int, n: int = 40, weighted: bool = True) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, d)).astype(float)
    X[:, 0] += random.integers(0, 2, n) * 0.5
    X[0], X[1] = 0.0, 1.0
    y = (X @ random.normal(size=d) + random.normal(size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    weight = random.integers(1, 4, n).astype(float) if weighted else None
    return Dataset.from_arrays(X, y, feature_names=NAMES[:d], sample_weight=weight)


@st.composite
def problems(draw: st.DrawFn, free: bool = False) -> RiskSLIMProblem:
    d = draw(st.integers(2, 2 if free else 3))
    data = random_data(draw(st.integers(0, 2**32 - 1)), d)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-4, 4)
    box = draw(st.sampled_from(["plain", "positive", "excludes zero", "never"]))
    if box == "positive":
        points = points.set("a", sign="+")
    elif box == "excludes zero":
        points = points.set("a", lower=1, upper=2)
    elif box == "never":
        points = points.set("b", fixed=0)
    rule = draw(
        st.sampled_from(
            [
                (),
                (GroupLimit(("a", "b"), at_most=1),),
                (AllOrNone(("a", "b")),),
                (Linear({"a": 1, "b": 1}, upper=2, name="sum"),),
            ]
        )
    )
    return RiskSLIMProblem(
        data,
        points,
        max_size=draw(st.sampled_from([None, d])),
        min_size=draw(st.integers(0, 1)),
        C0=draw(st.sampled_from([0.0, 1e-6, 0.02])),
        constraints=rule,
        multiplier="free" if free else "fixed",
        multiplier_range=(0.5, 6.0),
    )


def brute_force(problem: RiskSLIMProblem) -> dict[tuple[int, ...], float]:
    """Objective of every feasible score with an intercept within the problem's bounds."""
    every = by_points(every_score(problem))
    return {points: value for points, value in every.items() if not problem.violations(points)}


def check_against_brute_force(problem: RiskSLIMProblem, tolerance: float) -> None:
    best: dict[int, float] = {}
    for points, objective in brute_force(problem).items():
        size = int(np.count_nonzero(points[1:]))
        if size > 0:
            best[size] = min(objective, best.get(size, math.inf))
    if not best:
        with pytest.raises(InfeasibleError):
            problem.path()
        return
    path = problem.path()
    assert path.is_proved
    assert path.sizes == tuple(sorted(best))
    for size, solution in path.solutions.items():
        if size not in best:
            assert solution.status is Status.INFEASIBLE
            assert solution.points is None
            continue
        assert solution.size == size
        assert solution.points is not None
        assert problem.violations(solution.points) == []
        assert solution.objective == pytest.approx(best[size], abs=tolerance)
        assert solution.lower_bound <= best[size] + 1e-15
        assert solution.absolute_gap <= 1e-9
    least = [min(v for s, v in best.items() if s <= size) for size in path.sizes]
    np.testing.assert_allclose(path.table.best_up_to[list(path.sizes)], least, atol=tolerance)


@QUICK
@given(problem=problems())
def test_every_size_equals_brute_force(problem: RiskSLIMProblem) -> None:
    check_against_brute_force(problem, 1e-13)


@settings(QUICK, max_examples=10)
@given(problem=problems(free=True))
def test_every_size_with_a_free_multiplier_equals_brute_force(problem: RiskSLIMProblem) -> None:
    check_against_brute_force(problem, 1e-11)


@settings(QUICK, max_examples=15)
@given(problem=problems())
def test_no_score_lies_below_the_real_relaxation_or_outside_the_possible_sizes(
    problem: RiskSLIMProblem,
) -> None:
    from riskslim.search.lattice import support_problem

    objectives = brute_force(problem)
    sizes = {int(np.count_nonzero(points[1:])) for points in objectives}
    low, high = possible_sizes(problem.statement)
    assert all(low <= found <= high for found in sizes)
    if objectives:
        stated = support_problem(problem, problem.statement)
        bound = _Relaxation(stated, SearchOptions(), time.monotonic()).bound(stated.min_size)
        assert 0.0 < bound <= min(objectives.values())


@pytest.mark.parametrize("multiplier", ["fixed", "free"])
def test_every_size_equals_a_single_fit(multiplier: Any) -> None:
    problem = RiskSLIMProblem(random_data(3, 4, n=150), max_size=4, multiplier=multiplier)
    path = problem.path()
    for size, solution in path.solutions.items():
        alone = problem.changed(min_size=size, max_size=size).solve()
        assert alone.status is Status.OPTIMAL
        assert solution.objective == pytest.approx(alone.objective, abs=1e-12)
        if multiplier == "fixed":
            np.testing.assert_array_equal(solution.points, alone.points)
        rules = path.scores[size].rules
        assert f"exactly {size} features" in rules or f"exactly {size} feature" in rules


def test_threads_do_not_change_the_path() -> None:
    problem = RiskSLIMProblem(random_data(4, 4, n=150), max_size=4)
    one = problem.path(SearchOptions(threads=1), cv=3, n_jobs=1)
    two = problem.path(SearchOptions(threads=2), cv=3, n_jobs=2)
    assert one.table.equals(two.table)


def hard() -> Dataset:
    random = np.random.default_rng(0)
    return Dataset.from_arrays(
        random.integers(0, 2, (400, 30)), random.integers(0, 2, 400), outcome_name="ill"
    )


@pytest.mark.parametrize("limit", ["nodes", "time", "interrupt"])
def test_where_a_limit_ends_it_each_size_has_its_own_honest_gap(limit: str) -> None:
    problem = RiskSLIMProblem(hard(), max_size=8, multiplier="fixed")
    options = {
        "nodes": SearchOptions(node_limit=12),
        "time": SearchOptions(time_limit=0.3),
        "interrupt": SearchOptions(interrupted=lambda: True),
    }[limit]
    path = problem.path(options)
    assert not path.is_proved
    assert len(path) == 8
    first = problem.changed(min_size=1, max_size=1).solve()
    assert path.solutions[1].lower_bound <= first.objective
    last = path.solutions[8]
    assert last.status is not Status.OPTIMAL
    assert last.lower_bound > 0.0
    assert last.points is None or last.lower_bound < last.objective
    if limit == "nodes":
        assert path.solutions[1].status is Status.OPTIMAL
        assert len({solution.lower_bound for solution in path.solutions.values()}) > 1


def test_rules_with_further_variables_go_size_by_size_through_the_cutting_planes() -> None:
    class EitherSign:
        """a and b are not both positive: needs a further 0-1 variable."""

        name = "either"

        def rows(self, feature_names: Any) -> list[Any]:
            from riskslim.constraints import Row

            return [
                Row("either a", points={"a": 1}, binaries={"z": -2}, upper=0),
                Row("either b", points={"b": 1}, binaries={"z": 2}, upper=2),
            ]

        def describe(self) -> str:
            return "a or b without positive points"

    data = random_data(8, 3)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-4, 4)
    problem = RiskSLIMProblem(data, points, constraints=[EitherSign()])
    check_against_brute_force(problem, 1e-12)
    assert problem.path().solutions[1].cuts > 0
    with pytest.raises(OptionError, match="supports"):
        problem.path(engine="supports")
    with pytest.raises(OptionError, match="supports"):
        problem.pool(0.1)


def test_no_size_at_all() -> None:
    data = random_data(8, 3)
    with pytest.raises(OptionError, match="max_size=0"):
        RiskSLIMProblem(data, max_size=0).path()
    rule = GroupLimit(("a", "b", "c"), at_most=1)
    with pytest.raises(InfeasibleError, match="at most 1"):
        RiskSLIMProblem(data, min_size=2, constraints=[rule]).path()


def test_folds_split_the_rows_and_their_weights() -> None:
    data = random_data(5, 3, n=101)
    parts = split(data, 4, seed=1)
    for counts in ("positive_counts", "negative_counts"):
        sizes = [int(getattr(held, counts).sum()) for _, held in parts]
        assert sum(sizes) == int(getattr(data, counts).sum())
        assert max(sizes) - min(sizes) <= 1
    rows = [held.n_rows for _, held in parts]
    assert max(rows) - min(rows) <= 1
    for fitted, held in parts:
        assert fitted.n_rows + held.n_rows == data.n_rows
        assert fitted.total_weight + held.total_weight == pytest.approx(data.total_weight)
    other = split(data, 4, seed=2)
    assert any(
        a.n_distinct != b.n_distinct or not np.array_equal(a.positive, b.positive)
        for (a, _), (b, _) in zip(parts, other, strict=True)
    )


def test_held_out_losses_are_those_of_fits_on_the_other_folds() -> None:
    problem = RiskSLIMProblem(random_data(6, 3, n=90), max_size=2, multiplier="free")
    path = problem.path(SearchOptions(seed=7), cv=3)
    for size in path.sizes:
        expected = []
        for fitted, held in split(problem.data, 3, 7):
            own = RiskSLIMProblem(fitted, max_size=size, min_size=size, multiplier="free").solve()
            score = RiskScore.from_solution(own, fitted)
            risk = score.predict_proba(held.features)
            loss = -(held.positive @ np.log(risk[:, 1]) + held.negative @ np.log(risk[:, 0]))
            expected.append(loss / held.total_weight)
        np.testing.assert_allclose(path.fold_losses[size], expected, rtol=1e-9)
        mean, error = path.cv_loss(size)
        assert mean == pytest.approx(np.mean(expected))
        assert error == pytest.approx(np.std(expected, ddof=1) / math.sqrt(3))


def made_up(losses: dict[int, tuple[float, ...]]) -> ScorePath:
    problem = RiskSLIMProblem(random_data(6, 4, n=90), max_size=4)
    found = problem.path()
    return ScorePath(found.solutions, found.scores, found.auc, losses)


def test_the_rules_choose_as_they_say() -> None:
    path = made_up({1: (0.9, 0.9), 2: (0.52, 0.54), 3: (0.4, 0.6), 4: (0.5, 0.56)})
    assert path.choose("best") == 3
    assert path.choose() == path.choose("one-se") == 2
    equal = made_up({1: (0.5, 0.5), 2: (0.5, 0.5)})
    assert equal.choose("best") == equal.choose() == 1
    with pytest.raises(OptionError, match="one-se"):
        path.choose("largest")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="cross-validation"):
        made_up({}).choose()


def test_table_html_and_plots(tmp_path: Path) -> None:
    problem = RiskSLIMProblem(random_data(6, 4, n=90), max_size=4, multiplier="fixed")
    path = problem.path(cv=3)
    assert path.table.index.tolist() == [1, 2, 3, 4]
    solution = path.solutions[2]
    row = path.table.loc[2]
    assert row.objective == solution.objective
    assert f"intercept {solution.intercept}" in row.points
    assert "<table" in path._repr_html_()
    assert "optimal" in repr(path)
    axes = path.plot()
    assert axes.get_xlabel() == "features with points"
    drawn = axes.lines[0].get_xydata()
    np.testing.assert_allclose(drawn[:, 1], [path.solutions[s].loss for s in path.sizes])
    for name in ("a.svg", "a.png", "a.pdf", "b.svg"):
        save_plot(path, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(OptionError, match=r"\.svg"):
        save_plot(path, tmp_path / "a.txt")


def test_a_folder_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = RiskSLIMProblem(random_data(6, 3, n=90), max_size=2).path()
    files = path.save(tmp_path / "scores")
    assert [file.name for file in files] == ["score-1.json", "score-2.json", "path.csv"]
    assert RiskScore.load(files[1]) == path.scores[2]
    with pytest.raises(OptionError, match="not empty"):
        path.save(tmp_path / "scores")
    path.save(tmp_path / "no" / "scores")
    assert len(list((tmp_path / "no" / "scores").iterdir())) == 3

    def full(path: object, text: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("riskslim.files._write_new", full)
    with pytest.raises(OSError, match="no space"):
        path.save(tmp_path / "other")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["no", "scores"]


def test_the_estimator_gives_table_choice_and_classifiers() -> None:
    random = np.random.default_rng(1)
    X = random.integers(0, 2, (120, 4)).astype(float)
    y = np.where(X[:, 0] + X[:, 1] + random.normal(size=120) > 1, "ill", "well")
    path = RiskSLIMPath(max_size=3, cv=3, multiplier="fixed").fit(X, y)
    assert path.sizes_ == (1, 2, 3)
    assert path.table_.cv_loss.notna().all()
    assert path.choose() <= path.choose("best")
    for size in path.sizes_:
        given = path.classifier(size)
        alone = RiskSLIMClassifier(min_size=size, max_size=size, multiplier="fixed").fit(X, y)
        assert given.score_.points == alone.score_.points
        np.testing.assert_array_equal(given.predict_proba(X), alone.predict_proba(X))
        assert set(given.predict(X)) <= {"ill", "well"}
    assert path.classifier().score_.size == path.choose()
    assert path.plot() is not None
    with pytest.raises(OptionError, match="the sizes are 1, 2, 3"):
        path.classifier(7)


def test_the_estimator_warns_of_sizes_that_are_not_proved() -> None:
    data = hard()
    y = np.repeat([1, 0], [200, 200])
    with pytest.warns(ConvergenceWarning, match="were proved"):
        RiskSLIMPath(max_size=6, cv=None, time_limit=0.05, multiplier="fixed").fit(
            data.features[:400].repeat(2, axis=0)[:400], y
        )


@pytest.mark.parametrize("cv", [1, 0, -2, 2.5, True, "5", 10**6])
def test_bad_folds(cv: Any) -> None:
    with pytest.raises(OptionError, match="cv="):
        RiskSLIMProblem(random_data(1, 2)).path(cv=cv)
