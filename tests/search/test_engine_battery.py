"""What every engine keeps to, whichever it is: one battery for all, and for one made for it."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from riskslim import Dataset, RiskSLIMProblem, SearchOptions, SLIMProblem, Solution, Status
from riskslim.constraints import (
    AllOrNone,
    Constraint,
    EqualPoints,
    ExactlyOne,
    GroupCount,
    GroupLimit,
    Linear,
    Multiples,
    PointOrder,
    PointValues,
    RateLimit,
    RateParity,
    Requires,
    Sign,
    TotalRange,
)
from riskslim.errors import InfeasibleError, InternalError, OptionError
from riskslim.problems.base import ScoreProblem
from riskslim.problems.coefficients import CoefficientSet
from riskslim.search import engine as seam
from riskslim.search.engine import engine_for, engines_of
from riskslim.solvers.result import Progress, SearchResult
from support.enumeration import Enumeration

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

NAMES, METHODS = ("a", "b", "c"), ("RiskSLIM", "SLIM")
ENGINES = [
    ("RiskSLIM", "auto"),
    ("RiskSLIM", "supports"),
    ("RiskSLIM", "lcpa"),
    ("RiskSLIM", "enumeration"),
    ("SLIM", "auto"),
    ("SLIM", "search"),
    ("SLIM", "mip"),
    ("SLIM", "enumeration"),
]
GAP = 1e-9


@pytest.fixture(autouse=True)
def _enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seam, "_registered", [])
    for method in METHODS:
        seam.register(Enumeration(method))


def table(seed: int, n: int = 30) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, 3)).astype(float)
    X[0], X[1] = 0.0, 1.0
    y = (X @ random.normal(size=3) + random.normal(size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    weight = random.integers(1, 4, n).astype(float)
    return Dataset.from_arrays(X, y, feature_names=NAMES, sample_weight=weight)


def problem_of(method: str, data: Dataset, *rules: Constraint, **options: Any) -> ScoreProblem:
    points = CoefficientSet(NAMES, -2, 2).set_intercept(-4, 4)
    if method == "RiskSLIM":
        return RiskSLIMProblem(data, points, constraints=rules, **({"C0": 0.01} | options))
    return SLIMProblem(data, points, constraints=rules, **({"C0": 0.02} | options))


# Rules, and what they mean: told of points (intercept first), totals with it, and the data.
Meaning = Callable[[np.ndarray, np.ndarray, Dataset], bool]
used = np.count_nonzero


def _share(chosen: np.ndarray, weight: np.ndarray) -> float:
    return float(weight[chosen].sum() / weight.sum())


def _spread(points: np.ndarray, totals: np.ndarray, data: Dataset) -> bool:
    weight, old = data.positive + data.negative, data.features[:, 0] > 0
    yes = totals > 0
    return abs(_share(yes[old], weight[old]) - _share(yes[~old], weight[~old])) <= 0.3 + 1e-12


RULES: dict[str, tuple[tuple[Constraint, ...], dict[str, Any], Meaning]] = {
    "none": ((), {}, lambda p, t, data: True),
    "at most one": ((), {"max_size": 1}, lambda p, t, data: used(p[1:]) <= 1),
    "at least two": ((), {"min_size": 2}, lambda p, t, data: used(p[1:]) >= 2),
    "group": ((GroupLimit(("a", "b"), at_most=1),), {}, lambda p, t, data: used(p[1:3]) <= 1),
    "all or none": ((AllOrNone(("a", "c")),), {}, lambda p, t, data: (p[1] != 0) == (p[3] != 0)),
    "exactly one": ((ExactlyOne(("b", "c")),), {}, lambda p, t, data: used(p[2:]) == 1),
    "requires": ((Requires("a", needs="b"),), {}, lambda p, t, data: p[1] == 0 or p[2] != 0),
    "groups": (
        (GroupCount((["a", "b"], ["c"]), at_most=1),),
        {},
        lambda p, t, data: int(p[1:3].any()) + int(p[3] != 0) <= 1,
    ),
    "sum": ((Linear({"a": 1, "b": 1}, upper=1),), {}, lambda p, t, data: p[1] + p[2] <= 1),
    "real sum": (
        (Linear({"a": 0.1, "b": 0.2}, {"c": 0.5}, lower=0.3),),
        {},
        lambda p, t, data: 0.1 * p[1] + 0.2 * p[2] + 0.5 * (p[3] != 0) >= 0.3 - 1e-12,
    ),
    "multiples": ((Multiples(of=2),), {}, lambda p, t, data: not np.any(p[1:] % 2)),
    "some multiples": ((Multiples(2, "a"),), {}, lambda p, t, data: p[1] % 2 == 0),
    "values": (
        (PointValues([-2, -1, 2], "a"), PointValues([0, 2, -1], ["b", "c"])),
        {},
        lambda p, t, data: p[1] in (-2, -1, 2) and set(p[2:].tolist()) <= {0, 2, -1},
    ),
    "two values": (
        (PointValues([-2, 2, 0]), PointValues([-1, 2, 0], "a")),
        {"max_size": 2},
        lambda p, t, data: used(p[1:]) <= 2 and not np.any(p[1:] % 2) and p[1] >= 0,
    ),
    "values and rates": (
        (PointValues([-2, 0, 1]), RateLimit("fpr", at_most=0.2)),
        {},
        lambda p, t, data: (
            set(p[1:].tolist()) <= {-2, 0, 1} and _share(t > 0, data.negative) <= 0.2 + 1e-12
        ),
    ),
    "equal": ((EqualPoints(("a", "b")),), {}, lambda p, t, data: p[1] == p[2]),
    "order": ((PointOrder(("a", "b")),), {}, lambda p, t, data: p[1] >= p[2]),
    "sign": ((Sign("a", sign="-"),), {}, lambda p, t, data: p[1] <= 0),
    "totals": (
        (TotalRange(at_least=0, at_most=4),),
        {},
        lambda p, t, data: bool(np.all((t - p[0] >= 0) & (t - p[0] <= 4))),
    ),
    "false alarms": (
        (RateLimit("fpr", at_most=0.2),),
        {},
        lambda p, t, data: _share(t > 0, data.negative) <= 0.2 + 1e-12,
    ),
    "sensitivity": (
        (RateLimit("tpr", at_least=0.7),),
        {},
        lambda p, t, data: _share(t > 0, data.positive) >= 0.7 - 1e-12,
    ),
    "parity": ((RateParity("positive", groups=("a > 0", "a <= 0"), difference=0.3),), {}, _spread),
}


@dataclass(frozen=True)
class Truth:
    """All allowed points by objective, by no means of the package."""

    objective: float
    worst: np.ndarray


def truth_of(method: str, problem: ScoreProblem, meaning: Meaning, free: bool = False) -> Truth:
    data, cost = problem.data, problem.switch_cost
    best, worst, place = math.inf, -math.inf, None
    for choice in itertools.product(range(-4, 5), *[range(-2, 3)] * 3):
        points = np.array(choice)
        totals = data.features @ points[1:] + points[0]
        if not meaning(points, totals, data):
            continue
        objective = float(cost[points[1:] != 0].sum())
        if method == "RiskSLIM":
            objective += _logistic(data, totals, free)
        else:
            wrong = data.positive[totals <= 0].sum() + data.negative[totals >= 0].sum()
            objective += float(wrong) / data.total_weight
            objective += problem.epsilon * float(np.abs(points[1:]).sum())
        if objective > worst:
            worst, place = objective, points
        best = min(best, objective)
    return Truth(best, np.array([]) if place is None else place)


def _logistic(data: Dataset, totals: np.ndarray, free: bool) -> float:
    def at(log_m: float) -> float:
        scores = totals / math.exp(log_m)
        losses = data.positive @ np.logaddexp(0, -scores) + data.negative @ np.logaddexp(0, scores)
        return float(losses) / data.total_weight

    if not free:
        return at(0.0)
    ends = math.log(0.5), math.log(4.0)
    inner = minimize_scalar(at, bounds=ends, method="bounded", options={"xatol": 1e-10}).fun
    return min(float(inner), *map(at, ends))


def holds(solution: Solution, truth: Truth) -> None:
    """What is true of every solution, whatever ended the search."""
    assert solution.lower_bound <= solution.objective
    assert solution.lower_bound <= truth.objective + 1e-12
    assert solution.objective >= truth.objective - GAP
    if solution.points is not None:
        assert solution.problem is not None
        assert solution.problem.violations(solution.points) == []
    if solution.status is Status.OPTIMAL:
        assert solution.absolute_gap <= GAP
        assert solution.objective == pytest.approx(truth.objective, abs=GAP)


@pytest.mark.parametrize(("method", "engine"), ENGINES)
@pytest.mark.parametrize("rule", RULES)
def test_the_optimum_is_that_of_all_points(method: str, engine: str, rule: str) -> None:
    rules, options, meaning = RULES[rule]
    problem = problem_of(method, table(sum(map(ord, rule))), *rules, **options)
    obstacle = engines_of(method)[engine].handles(problem, problem.statement)
    if obstacle is not None:
        with pytest.raises(OptionError, match="cannot honour this"):
            problem.solve(engine=engine)
        return
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    holds(solution, truth_of(method, problem, meaning))


@pytest.mark.parametrize("engine", ["auto", "supports", "lcpa", "enumeration"])
def test_the_optimum_over_a_free_multiplier_is_that_of_all_points(engine: str) -> None:
    problem = problem_of(
        "RiskSLIM", table(5), max_size=2, multiplier="free", multiplier_range=(0.5, 4.0)
    )
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    holds(solution, truth_of("RiskSLIM", problem, _two, True))


def _two(points: np.ndarray, _: np.ndarray, __: Dataset) -> bool:
    return used(points[1:]) <= 2


@pytest.mark.parametrize(("method", "engine"), ENGINES)
def test_rules_that_leave_nothing_are_named(method: str, engine: str) -> None:
    rules = Linear({"a": 1}, lower=1, name="up"), Linear({"a": 1, "b": 1}, upper=-1, name="down")
    problem = problem_of(method, table(1), *rules, Sign("b", sign="+", name="b up"))
    with pytest.raises(InfeasibleError) as error:
        problem.solve(engine=engine)
    assert set(error.value.conflict) == {"up", "down", "b up"}


LIMITS: dict[str, dict[str, Any]] = {
    "no time": {"time_limit": 0.0},
    "little time": {"time_limit": 0.01},
    "no node": {"node_limit": 0},
    "one node": {"node_limit": 1},
    "interrupt": {"interrupted": lambda: True},
}


@pytest.mark.parametrize(("method", "engine"), ENGINES)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_ends_it_with_an_honest_gap(method: str, engine: str, limit: str) -> None:
    problem = problem_of(method, table(2))
    begin = time.process_time()
    solution = problem.solve(engine=engine, **LIMITS[limit])
    assert time.process_time() - begin < 5.0
    holds(solution, truth_of(method, problem, RULES["none"][2]))
    ends = {"time": Status.TIME_LIMIT, "node": Status.NODE_LIMIT}
    allowed = ends.get(limit.split()[-1], Status.INTERRUPTED)
    assert solution.status in (Status.OPTIMAL, allowed)


@pytest.mark.parametrize(("method", "engine"), ENGINES)
@pytest.mark.parametrize("rule", ["at most one", "false alarms"])
def test_a_start_is_the_first_incumbent(method: str, engine: str, rule: str) -> None:
    rules, options, meaning = RULES[rule]
    problem = problem_of(method, table(3), *rules, **options)
    truth = truth_of(method, problem, meaning)
    told: list[Progress] = []
    worst = problem.objective(truth.worst)
    stopped = problem.solve(
        engine=engine, start=truth.worst, node_limit=0, on_incumbent=told.append
    )
    assert told[0].objective == stopped.history[0].objective == worst
    assert stopped.objective <= worst
    holds(stopped, truth)
    best = problem.solve(engine=engine, start=truth.worst)
    holds(best, truth)
    assert best.status is Status.OPTIMAL
    # The best score as a start is the answer, as points, a solution, a score or by name.
    by_name = best.points_by_name | {"(Intercept)": best.intercept}
    # A decision score may count points in units, in which its objective is another one.
    scores = [best.score()] if method == "RiskSLIM" else []
    for start in (best.points, best, by_name, *scores):
        again = problem.solve(engine=engine, start=start)
        assert again.history[0].objective == best.objective
        assert again.objective == pytest.approx(best.objective, abs=GAP)


@pytest.mark.parametrize("method", METHODS)
def test_a_start_that_is_no_score_of_the_problem_is_refused(method: str) -> None:
    problem = problem_of(method, table(3), max_size=1)
    for start, said in (
        ([0, 1, 1, 0], "at most 1 features"),
        ([0, 3, 0, 0], "not within -2 to 2"),
        ([0, 0.5, 0, 0], "not a whole number"),
        ([0, 1], "give 4 numbers"),
        ({"z": 1}, "points of 'z'"),
    ):
        with pytest.raises(OptionError, match=said):
            problem.solve(start=start)


@pytest.mark.parametrize(("method", "engine"), ENGINES)
def test_progress_only_moves_ahead(
    method: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = iter(range(10**9))
    monkeypatch.setattr("riskslim.solvers.result.Reporter._due", lambda *_: next(moment) % 2 == 0)
    problem = problem_of(method, table(4), *RULES["false alarms"][0])
    told: list[Progress] = []
    better: list[Progress] = []
    solution = problem.solve(engine=engine, on_progress=told.append, on_incumbent=better.append)
    assert solution.history[-1].objective == better[-1].objective == solution.objective
    assert solution.history[-1].lower_bound == solution.lower_bound
    for lines in (told, better, list(solution.history)):
        for before, after in itertools.pairwise(lines):
            assert before.seconds <= after.seconds
            assert before.lower_bound <= after.lower_bound
            assert before.objective >= after.objective
        assert all(line.lower_bound <= line.objective for line in lines)
    assert all(a.objective > b.objective for a, b in itertools.pairwise(better))


@pytest.mark.parametrize(("method", "engine"), ENGINES)
def test_threads_and_runs_do_not_change_the_answer(method: str, engine: str) -> None:
    problem = problem_of(method, table(6, n=60), max_size=2)
    first, *others = (problem.solve(engine=engine, threads=threads) for threads in (1, 2, 3))
    for other in others:
        np.testing.assert_array_equal(first.points, other.points)
        assert (first.objective, first.status) == (other.objective, other.status)


@pytest.mark.parametrize("method", METHODS)
def test_an_engine_says_what_stands_in_its_way(method: str) -> None:
    wide = CoefficientSet(NAMES, -40, 40).set_intercept(-40, 40)
    kind = RiskSLIMProblem if method == "RiskSLIM" else SLIMProblem
    with pytest.raises(OptionError, match=r"'enumeration' cannot honour.*choices of points; use"):
        kind(table(1), wide).solve(engine="enumeration")
    with pytest.raises(OptionError, match=r"give one of auto, .*, enumeration"):
        kind(table(1)).solve(engine="magic")


class Liar:
    """An engine whose word is changed."""

    name = "liar"

    def __init__(self, method: str, lie: Callable[[SearchResult], SearchResult]) -> None:
        self.method, self.lie = method, lie

    def handles(self, *_: Any) -> None:
        return

    def run(self, *asked: Any) -> SearchResult:
        return self.lie(Enumeration(self.method).run(*asked))


def shifted(by: float) -> Callable[[SearchResult], SearchResult]:
    return lambda result: replace(result, lower_bound=result.objective + by)


LIES: dict[str, tuple[Callable[[SearchResult], SearchResult], str]] = {
    "bound": (shifted(1e-9), "is above the objective"),
    "objective": (
        lambda result: replace(result, objective=result.objective - 1e-9),
        "when computed anew",
    ),
    "optimal": (shifted(-1e-6), "ended as optimal at a gap"),
    "rule": (
        lambda result: replace(result, point=np.array([0.0, 1.0, 1.0, 0.0])),
        "at most 1 features",
    ),
    "bounds": (lambda result: replace(result, point=np.array([0.0, 9.0, 0.0, 0.0])), "not within"),
    "nothing": (lambda result: replace(result, point=None), "there is none"),
    "multiplier": (lambda result: replace(result, scale=2.0), "multiplier"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lie", LIES)
def test_a_broken_promise_is_a_defect_of_ours(method: str, lie: str) -> None:
    tell, said = LIES[lie]
    seam.register(Liar(method, tell))
    with pytest.raises(InternalError, match=said):
        problem_of(method, table(1), max_size=1).solve(engine="liar")


@pytest.mark.parametrize("method", METHODS)
def test_a_score_that_obeys_all_rules_is_no_infeasible_problem(method: str) -> None:
    seam.register(Liar(method, lambda _: SearchResult(Status.INFEASIBLE)))
    with pytest.raises(InternalError, match="this one does"):
        problem_of(method, table(1)).solve(engine="liar", start=[0, 0, 0, 0])


@pytest.mark.parametrize("method", METHODS)
def test_a_gap_slightly_above_the_proof_is_told_and_no_score_thrown_away(method: str) -> None:
    seam.register(Liar(method, shifted(-5e-9)))
    solution = problem_of(method, table(1)).solve(engine="liar")
    assert solution.status is Status.PRECISION_LIMIT
    assert solution.absolute_gap == pytest.approx(5e-9)
    loose = problem_of(method, table(1)).solve(engine="liar", absolute_gap=1e-8)
    assert loose.status is Status.GAP_LIMIT


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Any]], None]:
    """Let the search over supports lie wherever paths and pools ask it."""
    from riskslim.search import near_optimal
    from riskslim.solvers import sizes

    def lie(tell: Callable[[Any], Any]) -> None:
        for module in (near_optimal, sizes):
            real = module.search
            monkeypatch.setattr(module, "search", lambda *a, real=real, **k: tell(real(*a, **k)))

    return lie


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        (lambda r: replace(r, lower_bound=r.lower_bound + 1e-9), "is above the objective"),
        (lambda r: replace(r, lower_bound=r.lower_bound - 1e-6), "ended as optimal at a gap"),
        (lambda r: _dearer(r), "when computed anew"),
    ],
)
def test_paths_and_pools_are_certified_too(lying: Any, tell: Any, said: str) -> None:
    problem = problem_of("RiskSLIM", table(1), max_size=2)
    lying(tell)
    with pytest.raises(InternalError, match=said):
        problem.path()
    with pytest.raises(InternalError, match=said):
        problem.pool(0.01)


def _dearer(result: Any) -> Any:
    def dear(score: Any) -> Any:
        return replace(score, objective=score.objective + 1e-9)

    if result.best is None:
        return result
    return replace(result, best=dear(result.best), pool=tuple(map(dear, result.pool)))


@pytest.mark.parametrize("rule", ["at most two", "false alarms"])
def test_paths_and_pools_take_a_start_and_limits_by_name(rule: str) -> None:
    rules, meaning = (RULES[rule][0], RULES[rule][2]) if rule in RULES else ((), _two)
    problem = problem_of("RiskSLIM", table(3), *rules, max_size=2)
    best = problem.solve()
    path = problem.path(start=best, time_limit=60.0, threads=2)
    pool = problem.pool(0.0, start=best.points, time_limit=60.0)
    assert path.solutions[best.size].objective == pytest.approx(best.objective, abs=GAP)
    assert pool.scores[0].certificate.objective == pytest.approx(best.objective, abs=GAP)
    truth = truth_of("RiskSLIM", problem, lambda p, t, d: meaning(p, t, d) and _two(p, t, d))
    holds(best, truth)
    for find in (problem.path, lambda **given: problem.pool(0.1, **given)):
        with pytest.raises(OptionError, match="at most 2 features"):
            find(start=[0, 1, 1, 1])


def test_the_flow_finds_the_adapter_by_its_name() -> None:
    problem = problem_of("SLIM", table(1))
    assert isinstance(engine_for(problem, problem.statement, "enumeration"), Enumeration)
    assert list(engines_of("RiskSLIM")) == ["auto", "supports", "lcpa", "enumeration"]
    assert list(engines_of("SLIM")) == ["auto", "search", "mip", "enumeration"]
    assert SearchOptions.given(None, {"threads": 2}).threads == 2


def test_an_engine_takes_no_other_ones_place() -> None:
    with pytest.raises(OptionError, match="has an engine 'enumeration'"):
        seam.register(Enumeration("SLIM"))
    with pytest.raises(OptionError, match="give one of RiskSLIM, SLIM"):
        seam.register(Enumeration("CORELS"))


def test_a_solution_draws_its_search_and_becomes_a_score() -> None:
    solution = problem_of("RiskSLIM", table(1)).solve(start=[0, 1, 0, 0])
    axes = solution.plot()
    assert [line.get_label() for line in axes.lines] == ["incumbent", "lower bound"]
    assert solution.score().certificate.objective == solution.objective
