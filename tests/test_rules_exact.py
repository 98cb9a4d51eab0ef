"""Every class of constraint, against brute force with its meaning written out by hand."""

import itertools
import warnings

import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem
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
    as_record,
    from_record,
)
from riskslim.errors import DataWarning, InfeasibleError

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
    "range": (PointRange(["a", "b"], -1, 1), lambda p, X, y: (abs(p[1:3]) <= 1).all()),
    "fixed": (PointRange("d", 2, 2), lambda p, X, y: p[4] == 2),
    "intercept": (PointRange("(Intercept)", at_most=-2), lambda p, X, y: p[0] <= -2),
    "equal": (EqualPoints(["a", "c", "d"]), lambda p, X, y: p[1] == p[3] == p[4]),
    "order": (PointOrder(["d", "b", "a"]), lambda p, X, y: p[4] >= p[2] >= p[1]),
    "multiples": (Multiples(2), lambda p, X, y: (p[1:] % 2 == 0).all()),
    "some multiples": (Multiples(3, ["a", "c"]), lambda p, X, y: (p[[1, 3]] % 3 == 0).all()),
    "total": (TotalRange(0, 3), lambda p, X, y: ((X @ p[1:] >= 0) & (X @ p[1:] <= 3)).all()),
    "scored": (Scored({"a": 1, "d": 2}, at_least=1), lambda p, X, y: p[1] + 2 * p[4] >= 1),
    "classed yes": (Classed({"b": 1, "d": 1}, True), lambda p, X, y: p[0] + p[2] + p[4] > 0),
    "classed no": (Classed({"a": 1}, False), lambda p, X, y: p[0] + p[1] <= 0),
    "ranked": (
        Ranked([{"d": 1}, {"a": 1, "b": 1}, {}], by=1),
        lambda p, X, y: p[4] >= p[1] + p[2] + 1 and p[1] + p[2] >= 1,
    ),
    "error": (
        RateLimit("error", at_most=0.3),
        lambda p, X, y: share(yes(p, X) != y, y >= 0) <= 0.3 + 1e-12,
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
        RateParity("positive", ["b = 1", "b = 0"], 0.2),
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


def problem_of(X, y, rules=()):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        data = Dataset.from_arrays(X, y, feature_names=NAMES)
    points = CoefficientSet(NAMES, -2, 3).set_intercept(-4, 4)
    return RiskSLIMProblem(data, points, C0=C0, constraints=rules)


def objectives_of(X, y):
    scores = LATTICE[:, :1] + LATTICE[:, 1:] @ X.T
    losses = np.logaddexp(0.0, np.where(y == 1, -scores, scores)).mean(axis=1)
    return losses + C0 * (LATTICE[:, 1:] != 0).sum(axis=1)


@pytest.mark.parametrize("name", RULES)
def test_equals_brute_force_and_means_something(name):
    rule, holds = RULES[name]
    bites = 0
    for seed in range(4):
        X, y = table(seed)
        objectives = objectives_of(X, y)
        order = np.argsort(objectives, kind="stable")
        best = next((i for i in order if holds(LATTICE[i], X, y)), None)
        bites += not holds(LATTICE[order[0]], X, y)
        problem = problem_of(X, y, [rule])
        if best is None:
            with pytest.raises(InfeasibleError) as caught:
                problem.solve()
            assert rule.name in caught.value.conflict
            continue
        solution = problem.solve()
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(objectives[best], abs=1e-9)
        assert holds(solution.points.astype(float), X, y)
        # What the check of a finished score says is what the rule means.
        for i in np.random.default_rng(seed).choice(len(LATTICE), 30, replace=False):
            assert (not problem.violations(LATTICE[i])) == bool(holds(LATTICE[i], X, y))
    assert bites, "the unconstrained answer already obeys the rule: the test shows nothing"


@pytest.mark.parametrize("name", RULES)
def test_survives_as_a_record(name):
    rule, _ = RULES[name]
    assert from_record(as_record(rule)) == rule
    assert rule.describe()
