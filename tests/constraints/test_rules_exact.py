"""Every class of constraint, against brute force with its meaning written out by hand."""

import itertools
import warnings

import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.constraints import (
    AllOrNone,
    Classed,
    EqualPoints,
    ExactlyOne,
    Exclude,
    GroupCount,
    GroupLimit,
    Include,
    Linear,
    Multiples,
    Nested,
    NotBoth,
    PointOrder,
    PointRange,
    Ranked,
    RateLimit,
    RateParity,
    Requires,
    Scored,
    Sign,
    SizeLimit,
    TotalRange,
    VariableLimit,
    as_record,
    from_record,
)
from riskslim.constraints.rates import members_of
from riskslim.errors import DataWarning, InfeasibleError
from riskslim.search.near_optimal import solve_pool

NAMES = ("a", "b", "c", "d")


def yes(points, X):
    return points[0] + X @ points[1:] > 0


def share(chosen, among):
    return chosen[among].mean()


# (rule, its meaning: points (intercept first), rows X, outcomes y -> whether it holds)
RULES = {
    "size at least": (SizeLimit(at_least=4), lambda p, X, y: (p[1:] != 0).sum() >= 4),
    "size at most": (SizeLimit(at_most=1), lambda p, X, y: (p[1:] != 0).sum() <= 1),
    "size exactly": (SizeLimit(2, 2), lambda p, X, y: (p[1:] != 0).sum() == 2),
    "group": (GroupLimit("[abc]", at_most=1), lambda p, X, y: (p[1:4] != 0).sum() <= 1),
    "all or none": (AllOrNone("[abc]"), lambda p, X, y: (p[1:4] != 0).sum() in (0, 3)),
    "groups": (
        GroupCount((["a", "b"], ["c", "d"]), at_most=1),
        lambda p, X, y: not (p[1:3].any() and p[3:].any()),
    ),
    "variables": (
        VariableLimit({"first": ["a", "b"], "c": ["c"], "d": ["d"]}, at_most=1),
        lambda p, X, y: sum(map(bool, (p[1:3].any(), p[3], p[4]))) <= 1,
    ),
    "include": (Include(["b", "d"]), lambda p, X, y: p[2] != 0 and p[4] != 0),
    "exclude": (Exclude(["a", "c"]), lambda p, X, y: p[1] == 0 and p[3] == 0),
    "requires": (Requires("a", "b"), lambda p, X, y: p[1] == 0 or p[2] != 0),
    "not both": (NotBoth(["a", "c"]), lambda p, X, y: p[1] == 0 or p[3] == 0),
    "exactly one": (ExactlyOne(["a", "c", "d"]), lambda p, X, y: (p[[1, 3, 4]] != 0).sum() == 1),
    "nested": (
        Nested(["b", "a", "c"], rising=False, at_most=2),
        lambda p, X, y: p[1] <= 0 and p[2] <= 0 and p[3] <= 0 and (p[1:4] != 0).sum() <= 2,
    ),
    "bins": (Nested(["a", "b", "c"], bins=True), lambda p, X, y: 0 <= p[1] <= p[2] <= p[3]),
    "sign": (Sign(["a", "c"], "-"), lambda p, X, y: p[1] <= 0 and p[3] <= 0),
    "range": (
        PointRange(["a", "b"], at_least=-1, at_most=1),
        lambda p, X, y: (abs(p[1:3]) <= 1).all(),
    ),
    "fixed": (PointRange("d", at_least=2, at_most=2), lambda p, X, y: p[4] == 2),
    "intercept": (PointRange("(Intercept)", at_most=-2), lambda p, X, y: p[0] <= -2),
    "equal": (EqualPoints(["a", "c", "d"]), lambda p, X, y: p[1] == p[3] == p[4]),
    "order": (PointOrder(["d", "b", "a"]), lambda p, X, y: p[4] >= p[2] >= p[1]),
    "multiples": (Multiples(3), lambda p, X, y: (p[1:] % 3 == 0).all()),
    "some multiples": (Multiples(3, ["a", "c"]), lambda p, X, y: (p[[1, 3]] % 3 == 0).all()),
    "total": (TotalRange(0, 3), lambda p, X, y: ((X @ p[1:] >= 0) & (X @ p[1:] <= 3)).all()),
    "scored": (Scored({"a": 1, "d": 2}, at_least=1), lambda p, X, y: p[1] + 2 * p[4] >= 1),
    "classed yes": (
        Classed({"b": 1, "d": 1}, positive=True),
        lambda p, X, y: p[0] + p[2] + p[4] > 0,
    ),
    "classed no": (Classed({"a": 1}, positive=False), lambda p, X, y: p[0] + p[1] <= 0),
    "ranked": (
        Ranked([{"d": 1}, {"a": 1, "b": 1}, {}], by=1),
        lambda p, X, y: p[4] >= p[1] + p[2] + 1 and p[1] + p[2] >= 1,
    ),
    "error": (
        RateLimit("error", at_most=0.15),
        lambda p, X, y: share(yes(p, X) != y, y >= 0) <= 0.15 + 1e-12,
    ),
    "fpr": (
        RateLimit("fpr", at_most=0.1),
        lambda p, X, y: share(yes(p, X), y == 0) <= 0.1 + 1e-12,
    ),
    "tpr at a threshold": (
        RateLimit("tpr", at_least=0.8, threshold=2),
        lambda p, X, y: share(X @ p[1:] >= 2, y == 1) >= 0.8 - 1e-12,
    ),
    "fnr of a group": (
        RateLimit("fnr", at_most=0.0, group="a = 1"),
        lambda p, X, y: not (~yes(p, X) & (y == 1) & (X[:, 0] == 1)).any(),
    ),
    "share of yes": (
        RateLimit("positive", at_least=0.3, at_most=0.4),
        lambda p, X, y: 0.3 - 1e-12 <= yes(p, X).mean() <= 0.4 + 1e-12,
    ),
    "parity": (
        RateParity("positive", ["b = 1", "b = 0"], difference=0.2),
        lambda p, X, y: (
            abs(share(yes(p, X), X[:, 1] == 1) - share(yes(p, X), X[:, 1] == 0)) <= 0.2 + 1e-12
        ),
    ),
    "linear": (
        Linear({"a": 2, "(Intercept)": 1}, {"b": -3}, upper=-1),
        lambda p, X, y: 2 * p[1] + p[0] - 3 * (p[2] != 0) <= -1,
    ),
}
LATTICE = np.array(
    [
        (b, *points)
        for b in range(-4, 5)
        for points in itertools.product(range(-2, 4), repeat=len(NAMES))
    ],
    dtype=float,
)
C0 = 0.02


def table(seed):
    random = np.random.default_rng(seed)
    X = random.integers(0, 2, (40, len(NAMES))).astype(float)
    score = X @ np.array([1.5, 1.0, 1.2, -2.0])[random.permutation(4)]
    y = (score + random.normal(scale=1.0, size=40) > 0.6).astype(int)
    y[:2] = 0, 1
    return X, y


def problem_of(X, y, rules=(), method=RiskSLIMProblem, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        data = Dataset.from_arrays(X, y, NAMES, sample_weight=options.pop("weight", None))
    points = CoefficientSet(NAMES, -2, 3).set_intercept(-4, 4)
    return method(data, points, **{"C0": C0, **options}, constraints=rules)


def objectives_of(problem, X, y, weight=1.0):
    """Objective of every point of the lattice, by its definition, from the rows of the table."""
    scores = LATTICE[:, :1] + LATTICE[:, 1:] @ X.T
    towards = np.where(y == 1, scores, -scores)
    weight = np.broadcast_to(np.asarray(weight, dtype=float), y.shape)
    if isinstance(problem, SLIMProblem):
        weight = weight * np.where(y == 1, problem.w_pos, problem.w_neg)
        losses = (towards <= 0) @ weight / weight.sum()
        losses = losses + problem.epsilon * np.abs(LATTICE[:, 1:]).sum(axis=1)
    else:
        losses = np.logaddexp(0.0, -towards) @ weight / weight.sum()
    return losses + problem.C0 * (LATTICE[:, 1:] != 0).sum(axis=1)


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
@pytest.mark.parametrize("name", RULES)
def test_equals_brute_force_and_means_something(name, method):
    rule, holds = RULES[name]
    bites = 0
    for seed in range(40):
        if seed >= 4 and bites:
            break
        X, y = table(seed)
        problem = problem_of(X, y, [rule], method)
        objectives = objectives_of(problem, X, y)
        order = np.argsort(objectives, kind="stable")
        best = next((i for i in order if holds(LATTICE[i], X, y)), None)
        least = objectives <= objectives[order[0]] + 1e-12
        bites += not any(holds(points, X, y) for points in LATTICE[least])
        if best is None:
            with pytest.raises(InfeasibleError) as caught:
                problem.solve()
            assert rule.name in caught.value.conflict
            continue
        rates = isinstance(rule, RateLimit | RateParity) and seed < 2
        other = {RiskSLIMProblem: "lcpa", SLIMProblem: "mip"}[method]
        for engine in ("auto", other) if rates else ("auto",):
            solution = problem.solve(engine=engine)
            assert solution.status == "optimal"
            assert solution.objective == pytest.approx(objectives[best], abs=1e-9)
            assert holds(solution.points.astype(float), X, y)
        # What the check of a finished score says is what the rule means.
        for i in np.random.default_rng(seed).choice(len(LATTICE), 30, replace=False):
            assert (not problem.violations(LATTICE[i])) == bool(holds(LATTICE[i], X, y))
    assert bites, "the unconstrained answer already obeys the rule: the test shows nothing"


def random_case(seed, method):
    """Random rows, weights, costs and up to three rules with their meanings."""
    random = np.random.default_rng(seed)
    n = int(random.integers(8, 41))
    X = random.integers(0, 2, (n, 4)).astype(float)
    X[:4, :2] = [[0, 0], [1, 1], [0, 1], [1, 0]]
    kind = random.integers(0, 3)
    if kind:  # counts or halves
        X[:, 2:] = random.integers(0, 4, (n, 2)) / kind
    effects = np.array([1.5, 1.0, 1.2, -2.0])[random.permutation(4)]
    y = (X @ effects + random.normal(size=n) > np.median(X @ effects)).astype(int)
    y[:4] = 0, 1, 0, 1
    weight = random.integers(1, 4, n) if seed % 3 == 0 else np.ones(n, dtype=int)
    names = random.choice(list(RULES), int(random.integers(1, 4)), replace=False)
    if "fnr of a group" in names and not (y[X[:, 0] == 1] == 1).any():
        names = names[names != "fnr of a group"]
    rules = [RULES[name] for name in names]
    options = {"C0": float(random.choice([0.0, 0.002, 0.02])), "weight": weight}
    if method is SLIMProblem:
        options["w_pos"] = float(random.choice([1.0, 2.0]))
    problem = problem_of(X, y, [rule for rule, _ in rules], method, **options)
    objectives = objectives_of(problem, X, y, weight)
    # Rates weigh people: a row that weighs 2 is two people.
    people = np.repeat(X, weight, axis=0), np.repeat(y, weight)
    allowed = [holds for _, holds in rules]
    return problem, objectives, lambda points: all(holds(points, *people) for holds in allowed)


def complaints(problem, objectives, holds, engine):
    """What is wrong with an engine's answer; nothing where it is the truth."""
    order = np.argsort(objectives, kind="stable")
    best = next((objectives[i] for i in order if holds(LATTICE[i])), None)
    try:
        solution = problem.solve(engine=engine)
    except InfeasibleError:
        return [] if best is None else [f"infeasible, but {best} is reachable"]
    if best is None:
        return [f"{solution.objective}, but nothing is allowed"]
    found = []
    if solution.status != "optimal" or solution.absolute_gap > 1e-9:
        found.append(f"{solution.status} at a gap of {solution.absolute_gap}")
    if abs(solution.objective - best) > 1e-9:
        found.append(f"{solution.objective} is not {best}")
    if solution.lower_bound > best + 1e-12:
        found.append(f"the bound {solution.lower_bound} is above {best}")
    if not holds(solution.points.astype(float)):
        found.append(f"{solution.points} is not allowed")
    return found


@pytest.mark.parametrize("chunk", range(10))
@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_random_rules_equal_brute_force(method, chunk):
    for seed in range(50 * chunk, 50 * chunk + 50):
        assert complaints(*random_case(seed, method), "auto") == [], seed


@pytest.mark.parametrize("seed", range(8))
def test_rates_with_a_free_multiplier_are_the_same_by_either_search(seed):
    X, y = table(seed + 30)
    rules = [
        [RateLimit("fpr", at_most=0.1)],
        [RateLimit("tpr", at_least=0.8, threshold=2)],
        [RateLimit("fnr", at_most=0.1, group="a = 1"), AllOrNone("[ab]")],
        [RateParity("positive", ["b = 1", "b = 0"], difference=0.1)],
    ][seed % 4]
    problem = problem_of(X, y, rules, multiplier="free", multiplier_range=(0.5, 8.0))
    found = []
    for engine in ("supports", "lcpa"):
        try:
            found.append(problem.solve(engine=engine))
        except InfeasibleError:
            found.append(None)
    if None in found:
        assert found == [None, None]
        return
    assert found[0].objective == pytest.approx(found[1].objective, abs=2e-9)
    assert found[0].status == "optimal"
    assert all(problem.violations(solution.points) == [] for solution in found)


@pytest.mark.parametrize("chunk", range(4))
def test_random_rules_by_the_mixed_integer_program(chunk):
    for seed in range(1000 + 25 * chunk, 1025 + 25 * chunk):
        assert complaints(*random_case(seed, SLIMProblem), "mip") == [], seed


@pytest.mark.parametrize("name", RULES)
def test_survives_as_a_record(name):
    rule, _ = RULES[name]
    assert from_record(as_record(rule)) == rule
    assert rule.describe()


@pytest.mark.parametrize("name", ["fpr", "tpr at a threshold", "parity"])
def test_a_pool_under_rates_holds_every_score_that_is_nearly_as_good(name):
    rule, holds = RULES[name]
    X, y = table(5)
    problem = problem_of(X, y, [rule], C0=0.01)
    objectives = objectives_of(problem, X, y)
    allowed = np.array([bool(holds(points, X, y)) for points in LATTICE])
    best = objectives[allowed].min()
    wanted = LATTICE[allowed & (objectives <= best + 0.03)]
    pool = solve_pool(problem, 0.03, False, 5000)
    assert pool.complete
    found = {tuple(solution.points.tolist()) for solution in pool.solutions}
    assert found == {tuple(points.astype(int).tolist()) for points in wanted}
    assert len(wanted) > 1


@pytest.mark.parametrize(
    ("group", "ages"),
    [
        ("Age <= 40", [30, 40]),
        ("Age>=40", [40, 50]),
        ("Age != 40", [30, 50]),
        ("Age == 40", [40]),
        ("Age < 40", [30]),
        ("BMI >= 30 = 0", [30]),
        ("BMI >= 30 <= 0", [30]),
        ("BMI >= 30", [40, 50]),
    ],
)
def test_subgroups_by_every_comparison(group: str, ages: list[int]) -> None:
    data = Dataset.from_arrays(
        [[30.0, 0.0], [40.0, 1.0], [50.0, 1.0]], [0, 1, 1], feature_names=["Age", "BMI >= 30"]
    )
    members = members_of(group, SLIMProblem(data).setting, "rule")
    assert sorted(data.features[members, 0].tolist()) == ages
