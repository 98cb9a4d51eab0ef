"""Random problems under random changes of their Pyomo models, and pools, against brute force.

    python benchmarks/hostile_models.py --models 2000 --pools 2000

Every change comes with a predicate of its own on points, written from what it means. A model loses
rules, gains rows and variables, has variables fixed and bounded; both methods, all engines. A pool
is complete where brute force over all points, and over a grid of all multipliers, finds no score
and no risk that it does not hold. Prints counts; exits with 1 where an answer is wrong.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from scipy.special import expit

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SearchOptions, SLIMProblem
from riskslim.constraints import Classed, Constraint, GroupLimit, NotBoth, RateLimit, Requires
from riskslim.errors import InfeasibleError, OptionError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Predicate = Callable[[Floats], Mask]

_TOLERANCE = 1e-9
_BOUND = 2e-11  # what brute force itself may be off
_SCALES = 3000


@dataclass(frozen=True)
class Rule:
    """A constraint, and the same as a predicate on points of shape (m, d + 1)."""

    constraint: Constraint
    holds: Predicate


@dataclass
class Instance:
    """A table, a problem on it, and the rules that it was made with."""

    problem: Any
    features: Floats
    outcome: NDArray[np.int64]
    rules: list[Rule]
    max_size: int | None


def random_instance(random: np.random.Generator) -> Instance:
    """Make a small problem of either method."""
    n, d = int(random.integers(6, 13)), int(random.integers(1, 4))
    features = np.column_stack([_column(random, n) for _ in range(d)])
    outcome = random.integers(0, 2, n)
    outcome[:2] = 0, 1
    data = Dataset.from_arrays(features, outcome)
    points = CoefficientSet(data.feature_names, -2, 2)
    if random.random() < 0.3:
        low, high = [(0, 2), (-2, 0), (1, 2), (-1, 1)][int(random.integers(4))]
        points = points.set("x1", lower=low, upper=high)
    if random.random() < 0.3:
        points = points.set_intercept(-4, 4)
    rules = [rule for rule in _rules(random, features, outcome) if random.random() < 0.35]
    size = None if random.random() < 0.4 else int(random.integers(0, d + 1))
    shared: dict[str, Any] = {"max_size": size, "C0": float(random.choice([1e-4, 0.01, 0.05]))}
    given = [rule.constraint for rule in rules]
    if random.random() < 0.4:
        problem: Any = SLIMProblem(data, points, constraints=given, **shared)
    else:
        free = random.random() < 0.5
        problem = RiskSLIMProblem(
            data, points, constraints=given, multiplier="free" if free else "fixed",
            multiplier_range=(0.5, 4.0), intercept="integer", **shared,
        )  # fmt: skip
    return Instance(problem, features, outcome, rules, size)


def _column(random: np.random.Generator, n: int) -> Floats:
    kind = int(random.integers(4))
    if kind == 0:
        return random.integers(0, 2, n).astype(float)
    if kind == 1:
        return random.integers(2, 6, n).astype(float)
    if kind == 2:
        return random.integers(-2, 3, n).astype(float) / 2.0
    return random.integers(-3, 4, n).astype(float)


def _rules(random: np.random.Generator, features: Floats, outcome: NDArray[Any]) -> list[Rule]:
    d = features.shape[1]
    share = float(random.choice([0.2, 0.5, 0.8]))
    threshold = int(random.integers(-1, 4))
    negative, positive = outcome == 0, outcome == 1

    def rate(of: Mask, cut: float | None) -> Callable[[Floats], Floats]:
        def value(points: Floats) -> Floats:
            totals = points[:, 1:] @ features.T
            yes = totals + points[:, :1] > _TOLERANCE if cut is None else totals >= cut - _TOLERANCE
            return np.asarray(yes[:, of].mean(axis=1))

        return value

    everyone = np.ones(len(outcome), dtype=np.bool_)
    fpr, tpr = rate(negative, None), rate(positive, None)
    at, yes = rate(negative, threshold), rate(everyone, threshold)
    made = [
        Rule(RateLimit("fpr", at_most=share), lambda p: fpr(p) <= share + _TOLERANCE),
        Rule(RateLimit("tpr", at_least=share), lambda p: tpr(p) >= share - _TOLERANCE),
        Rule(
            RateLimit("fpr", at_most=share, threshold=threshold),
            lambda p: at(p) <= share + _TOLERANCE,
        ),
        Rule(
            RateLimit("positive", at_least=share, threshold=threshold),
            lambda p: yes(p) >= share - _TOLERANCE,
        ),
        Rule(Classed({"x1": 1.0}, positive=True), lambda p: p[:, 0] + p[:, 1] > 0),
    ]
    if d > 1:
        made += [
            Rule(NotBoth(["x1", "x2"]), lambda p: (p[:, 1] == 0) | (p[:, 2] == 0)),
            Rule(Requires("x1", "x2"), lambda p: (p[:, 1] == 0) | (p[:, 2] != 0)),
            Rule(
                GroupLimit(["x1", "x2"], at_least=1, name="some"),
                lambda p: (p[:, 1] != 0) | (p[:, 2] != 0),
            ),
        ]
    return made


def changed_model(
    instance: Instance, random: np.random.Generator
) -> tuple[Any, list[Predicate], str]:
    """Give a changed model, what it means, and what was done."""
    model = instance.problem.to_pyomo()
    done, holds = [], []
    for rule in instance.rules:
        if random.random() < 0.3:
            done.append(f"without {rule.constraint.name}")
            for row in instance.problem.rows_of(rule.constraint.name):
                model.rules[row.name].deactivate()
        else:
            holds.append(rule.holds)
    size = instance.max_size
    if size is not None and "size" in model.rules and random.random() < 0.5:
        done.append("without size")
        model.rules["size"].deactivate()
    elif size is not None:
        holds.append(lambda p: (p[:, 1:] != 0).sum(axis=1) <= size)
    for change in random.permutation(len(_CHANGES))[: int(random.integers(0, 4))].tolist():
        said, predicate = _CHANGES[change](model, instance, random)
        done.append(said)
        holds.append(predicate)
    return model, holds, "; ".join(done)


def _used(model: Any, instance: Instance, random: np.random.Generator) -> tuple[str, Predicate]:
    j, value = int(random.integers(instance.features.shape[1])), int(random.integers(2))
    used = model.used[f"x{j + 1}"]
    how = "fix" if random.random() < 0.5 else "setlb" if value else "setub"
    if (value and used.ub == 0) or (not value and used.lb == 1):
        return "nothing", lambda p: np.ones(len(p), dtype=np.bool_)
    getattr(used, how)(value)
    return f"used[x{j + 1}].{how}({value})", lambda p: (p[:, j + 1] != 0) == bool(value)


def _bounded(model: Any, instance: Instance, random: np.random.Generator) -> tuple[str, Predicate]:
    j, value = int(random.integers(instance.features.shape[1])), int(random.integers(0, 2))
    points = model.points[f"x{j + 1}"]
    if not points.lb <= value:
        return "nothing", lambda p: np.ones(len(p), dtype=np.bool_)
    points.setub(value)
    return f"points[x{j + 1}] <= {value}", lambda p: p[:, j + 1] <= value


def _intercept(
    model: Any, _instance: Instance, random: np.random.Generator
) -> tuple[str, Predicate]:
    value = int(random.integers(-2, 3))
    if random.random() < 0.5:
        model.intercept.fix(value)
        return f"intercept = {value}", lambda p: p[:, 0] == value
    model.own_intercept = pyo.Constraint(expr=model.intercept >= value)
    return f"intercept >= {value}", lambda p: p[:, 0] >= value


def _row(model: Any, instance: Instance, random: np.random.Generator) -> tuple[str, Predicate]:
    d = instance.features.shape[1]
    a, b = random.integers(-2, 3, (d,)), random.integers(-2, 3, (d,))
    c, side = int(random.integers(-1, 2)), int(random.integers(-3, 4))
    if not (a.any() or b.any() or c):
        a[0] = 1
    names = [f"x{j + 1}" for j in range(d)]
    terms = [int(a[j]) * model.points[n] + int(b[j]) * model.used[n] for j, n in enumerate(names)]
    model.own_row = pyo.Constraint(expr=sum(terms) + c * model.intercept <= side)
    return (
        f"{a} points + {b} used + {c} intercept <= {side}",
        lambda p: p[:, 1:] @ a + (p[:, 1:] != 0) @ b + c * p[:, 0] <= side,
    )


def _variable(
    model: Any, _instance: Instance, random: np.random.Generator
) -> tuple[str, Predicate]:
    """One of two: the first feature is used, or the intercept is at least so large."""
    value = int(random.integers(0, 3))
    model.own = pyo.Var(domain=pyo.Binary)
    model.either = pyo.Constraint(expr=model.own + model.used["x1"] >= 1)
    model.large = pyo.Constraint(expr=model.intercept >= value - 60 * (1 - model.own))
    return f"x1 or intercept >= {value}", lambda p: (p[:, 1] != 0) | (p[:, 0] >= value)


def _errors(model: Any, instance: Instance, random: np.random.Generator) -> tuple[str, Predicate]:
    if not isinstance(instance.problem, SLIMProblem):
        return "nothing", lambda p: np.ones(len(p), dtype=np.bool_)
    data, i = instance.problem.data, int(random.integers(instance.problem.data.n_distinct))
    sign = 1.0 if instance.problem.positive[i] >= instance.problem.negative[i] else -1.0
    wrong = int(random.integers(2))
    error = model.error[i + 1]
    if not error.lb <= wrong <= error.ub:
        return "nothing", lambda p: np.ones(len(p), dtype=np.bool_)
    error.fix(wrong)
    row = data.features[i]
    return (
        f"error[{i + 1}] = {wrong}",
        lambda p: (sign * (p[:, 0] + p[:, 1:] @ row) <= _TOLERANCE) == bool(wrong),
    )


_CHANGES = (_used, _bounded, _intercept, _row, _variable, _errors)


def lattice(instance: Instance) -> Floats:
    """All points, with every intercept that may be best."""
    problem = instance.problem
    given = problem.coefficients
    ends = zip(given.lower, given.upper, strict=True)
    own = np.array(list(itertools.product(*(range(int(a), int(b) + 1) for a, b in ends))))
    reach = int(np.abs(own @ instance.features.T).max()) + 30
    low = -reach if given.intercept_lower is None else given.intercept_lower
    high = reach if given.intercept_upper is None else given.intercept_upper
    intercepts = np.arange(low, high + 1)
    return np.column_stack(
        [np.tile(intercepts, len(own)), np.repeat(own, len(intercepts), axis=0)]
    ).astype(float)


def objectives(instance: Instance, points: Floats) -> Floats:
    """Objective of each point, at its best multiplier."""
    problem = instance.problem
    scores = points[:, :1] + points[:, 1:] @ instance.features.T
    size = (points[:, 1:] != 0).sum(axis=1) * problem.C0
    if isinstance(problem, SLIMProblem):
        wrong = np.where(instance.outcome == 1, scores <= _TOLERANCE, scores >= -_TOLERANCE)
        return np.asarray(
            wrong.mean(axis=1) + size + problem.epsilon * np.abs(points[:, 1:]).sum(axis=1)
        )
    margins = np.where(instance.outcome == 1, -scores, scores)
    low, high = (1.0 / m for m in problem.scale_range[::-1])
    a, b = np.full(len(points), low), np.full(len(points), high)
    for _ in range(60 if low < high else 0):
        # the loss is convex in the scale: its slope says on which side the best one lies
        middle = (a + b) / 2
        slope = (margins * expit(middle[:, None] * margins)).sum(axis=1)
        a, b = np.where(slope < 0, middle, a), np.where(slope < 0, b, middle)
    loss = np.minimum(*(_loss(end, margins) for end in (a, b)))
    return np.asarray(loss + size)


def _loss(scale: Floats, margins: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, scale[:, None] * margins).mean(axis=1))


def wrong_models(seed: int) -> Iterator[str]:
    """Solve one changed model and give what is wrong about the answer."""
    random = np.random.default_rng(seed)
    instance = random_instance(random)
    model, holds, done = changed_model(instance, random)
    points = lattice(instance)
    allowed = np.ones(len(points), dtype=np.bool_)
    for predicate in holds:
        allowed &= predicate(points)
    truth = float(objectives(instance, points[allowed]).min()) if allowed.any() else np.inf
    slim = isinstance(instance.problem, SLIMProblem)
    engines = ["auto", "search", "mip"] if slim else ["auto", "supports", "lcpa"]
    engine = engines[int(random.integers(3))]
    about = f"models {seed}, {instance.problem.title}, {engine}: {done}"
    try:
        found = instance.problem.solve(SearchOptions(time_limit=60), model=model, engine=engine)
    except OptionError:
        return
    except InfeasibleError:
        if allowed.any():
            yield f"{about}: infeasible, but {truth}"
        return
    if not allowed.any():
        yield f"{about}: {found.points} where nothing is allowed"
        return
    if found.lower_bound > truth + _BOUND:
        yield f"{about}: bound {found.lower_bound!r} above {truth!r}"
    if found.points is not None:
        own = found.points[np.newaxis].astype(float)
        if not all(predicate(own).all() for predicate in holds):
            yield f"{about}: {found.points} is not allowed"
        if abs(objectives(instance, own)[0] - found.objective) > _BOUND:
            yield f"{about}: objective {found.objective!r} is not that of {found.points}"
    if found.status != "optimal" or abs(found.objective - truth) > _TOLERANCE:
        yield f"{about}: {found.status} {found.objective!r}, right is {truth!r}"


def wrong_pools(seed: int) -> Iterator[str]:
    """Find one pool and give what is wrong about it."""
    random = np.random.default_rng(seed + 1_000_000)
    instance = random_instance(random)
    while isinstance(instance.problem, SLIMProblem):
        instance = random_instance(random)
    problem, points = instance.problem, lattice(instance)
    allowed = np.ones(len(points), dtype=np.bool_)
    for rule in instance.rules:
        allowed &= rule.holds(points)
    if instance.max_size is not None:
        allowed &= (points[:, 1:] != 0).sum(axis=1) <= instance.max_size
    tolerance = float(random.choice([0.0, 0.001, 0.01, 0.03]))
    about = f"pools {seed}, {problem.multiplier}, tolerance {tolerance}"
    try:
        pool = problem.pool(tolerance, limit=5000, options=SearchOptions(time_limit=60))
    except InfeasibleError:
        if allowed.any():
            yield f"{about}: infeasible"
        return
    except OptionError:
        return
    points = points[allowed]
    values = objectives(instance, points)
    if abs(pool.best.certificate.objective - values.min()) > _TOLERANCE:
        yield f"{about}: best {pool.best.certificate.objective!r}, right is {values.min()!r}"
    if not pool.complete:
        if pool.status != "optimal" or len(pool) < 5000:
            yield f"{about}: not complete, {pool.status}, {len(pool)} scores"
        return
    yield from _missing(instance, pool, points, values, tolerance, about)


def _missing(
    instance: Instance, pool: Any, points: Floats, values: Floats, tolerance: float, about: str
) -> Iterator[str]:
    """Say what of all scores within the tolerance, at all multipliers, a pool does not hold."""
    near = points[values <= values.min() + tolerance - 1e-10]
    held = {_direction(_points(score), instance) for score in pool}
    missing = {_direction(own, instance) for own in near} - held
    if missing:
        yield f"{about}: {len(missing)} scores are missing, such as {sorted(missing)[0]}"
    limit = values.min() + tolerance
    risks = _risks(instance, points[values <= limit + 1e-10], limit)
    ranges = pool.multiplicity(instance.features).ranges
    lowest, highest = ranges["lowest"].to_numpy(), ranges["highest"].to_numpy()
    # a grid of multipliers stays within the ends, and comes near to them
    if (risks[0] < lowest - 1e-7).any() or (risks[1] > highest + 1e-7).any():
        yield f"{about}: risks {risks} beyond the pool's {lowest}, {highest}"
    # nor does a grid hold the best multiplier itself, the only one at the edge of the tolerance
    if (np.abs(values - limit) < _TOLERANCE).any():
        return
    if (risks[0] > lowest + 5e-3).any() or (risks[1] < highest - 5e-3).any():
        yield f"{about}: the pool's risks {lowest}, {highest} beyond {risks}"


def _points(score: Any) -> Floats:
    return np.array([score.intercept, *(feature.points for feature in score.features)], dtype=float)


def _direction(own: Floats, instance: Instance) -> tuple[int, ...]:
    """Points up to a multiple where the multiplier is free: the same risks at some multiplier."""
    whole = own.astype(int)
    divisor = int(np.gcd.reduce(whole)) if instance.problem.multiplier == "free" else 1
    return tuple((whole // max(divisor, 1)).tolist())


def _risks(instance: Instance, points: Floats, limit: float) -> tuple[Floats, Floats]:
    problem = instance.problem
    low, high = problem.scale_range
    scales = 1.0 / (np.geomspace(low, high, _SCALES) if low < high else np.array([low]))
    lowest, highest = np.ones(len(instance.features)), np.zeros(len(instance.features))
    for own in points:
        scores = own[0] + instance.features @ own[1:]
        margins = np.where(instance.outcome == 1, -scores, scores)
        loss = np.logaddexp(0.0, np.outer(scales, margins)).mean(axis=1)
        inside = scales[loss + problem.C0 * (own[1:] != 0).sum() <= limit + 1e-12]
        if len(inside):
            ends = expit(np.outer([inside.min(), inside.max()], scores))
            lowest, highest = np.minimum(lowest, ends.min(0)), np.maximum(highest, ends.max(0))
    return lowest, highest


def main() -> None:
    """Run both kinds and say how many answers are wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--pools", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("pyomo").setLevel(logging.ERROR)  # a value outside a derived range is meant
    counts: Counter[str] = Counter()
    for name, check, count in (
        ("models", wrong_models, asked.models),
        ("pools", wrong_pools, asked.pools),
    ):
        for seed in range(asked.first, asked.first + count):
            counts[name] += 1
            try:
                wrong = list(check(seed))
            except Exception as error:  # a crash is one of the things that are counted
                wrong = [f"{name} {seed}: {type(error).__name__}: {error}"]
                counts["crashes"] += 1
            for complaint in wrong:
                print(complaint, flush=True)
            counts[f"wrong {name}"] += bool(wrong)
    print(", ".join(f"{name}: {count}" for name, count in counts.items()))
    sys.exit(bool(counts["wrong models"] or counts["wrong pools"]))


if __name__ == "__main__":
    main()
