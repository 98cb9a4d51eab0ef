"""Random problems of hostile numbers against a brute force of its own.

Run by hand::

    python benchmarks/hostile_numbers.py [--problems 2000] [--seed 0] [--limit 5] [--only SEED]

Features of scales from 1e-8 to 1e12 (integers and reals, some with a large offset), weights from
1e-9 to 1e9, soft labels of 0, next to 0 and 1, penalties from 0 to 1e6, multipliers fixed and free
in ranges from 1e-6 to 1e6, both methods, every engine. The brute force goes through all points of
the features, finds for each the best integer intercept (and multiplier) in extended precision, and
shares no code with the package.

Prints every wrong claim and every error with its seed, then how many problems were proved, cut
short by the limit and refused. Ends with 1 where a claim is wrong or anything but a refusal
was raised. Problems run in processes of their own, so that a crash is counted and named.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskslim import Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.solvers.result import SearchOptions, Status

LONG = np.longdouble
Numbers = NDArray[Any]
FLOOR = LONG("-11000")  # exp of less is 0 in extended precision
HALVINGS = 90  # of the multiplier's range, in its logarithm


@dataclass(frozen=True)
class Case:
    """One problem and how it is solved."""

    features: Numbers
    labels: Numbers
    weights: Numbers
    soft: bool
    largest: int
    max_size: int
    C0: float
    method: str
    multipliers: tuple[float, float]
    engine: str

    @property
    def kind(self) -> str:
        """Of the counts."""
        free = self.multipliers[0] < self.multipliers[1]
        return self.method if self.method == "slim" else "free" if free else "fixed"


def random_case(rng: np.random.Generator) -> Case:
    n, d = int(rng.integers(2, 13)), int(rng.integers(1, 4))
    columns = [hostile_column(rng, n) for _ in range(d)]
    soft = rng.random() < 0.25
    if soft:
        labels = rng.choice([0.0, 1e-300, 1e-12, 0.25, 1.0], n)
        labels[0] = 0.25
    else:
        labels = rng.integers(0, 2, n).astype(float)
        labels[:2] = 0.0, 1.0
    weights = 10.0 ** rng.uniform(-9, 9, n) if rng.random() < 0.4 else np.ones(n)
    method = "slim" if rng.random() < 0.3 and not soft else "risk"
    multipliers = (1.0, 1.0)
    if method == "risk" and rng.random() < 0.6:
        multipliers = tuple(sorted(10.0 ** rng.uniform(-6, 6, 2)))
        if rng.random() < 0.3:
            multipliers = (0.5, 1000.0)
    engines = {"slim": ["auto"], "risk": ["auto", "supports", "lcpa"]}[method]
    return Case(
        features=np.column_stack(columns),
        labels=labels,
        weights=weights,
        soft=soft,
        largest=int(rng.integers(1, 4 if d < 3 else 3)),
        max_size=int(rng.integers(0, d + 1)),
        C0=float(rng.choice([0.0, 1e-6, 1e-3, 0.05, 1.0, 1e6])),
        method=method,
        multipliers=(float(multipliers[0]), float(multipliers[1])),
        engine=str(rng.choice(engines)),
    )


def hostile_column(rng: np.random.Generator, n: int) -> Numbers:
    kind = rng.integers(4)
    if kind == 0:
        return rng.integers(0, 2, n).astype(float)
    scale = 10.0 ** rng.uniform(-8, 12)
    if kind == 1:
        return np.asarray(np.rint(max(scale, 1.0) * rng.normal(size=n)))
    if kind == 2:
        return np.asarray(scale * rng.normal(size=n))
    return np.asarray(np.rint(1000.0 * scale) + np.rint(max(scale, 1.0) * rng.random(n)))


# -- the brute force ---------------------------------------------------------


def all_points(case: Case) -> Numbers:
    one = range(-case.largest, case.largest + 1)
    every = np.array(list(itertools.product(one, repeat=case.features.shape[1])), dtype=np.int64)
    return np.asarray(every[np.count_nonzero(every, axis=1) <= case.max_size])


def sides(case: Case) -> tuple[Numbers, Numbers]:
    """Weight of each row as a positive and as a negative one, as shares."""
    positive = LONG(case.weights) * LONG(case.labels)
    negative = LONG(case.weights) * (1 - LONG(case.labels))
    total = positive.sum() + negative.sum()
    return positive / total, negative / total


def softplus(z: Numbers) -> Numbers:
    return np.maximum(z, 0) + np.log1p(np.exp(np.maximum(-np.abs(z), FLOOR)))


def tail(z: Numbers) -> Numbers:
    """1 / (1 + exp(z)), accurate where it is next to 0."""
    e = np.exp(np.maximum(-np.abs(z), FLOOR))
    return np.asarray(np.where(z > 0, e, 1) / (1 + e))


class Risks:
    """Losses of many scores at once: the rows of `totals` are scores without their intercepts."""

    def __init__(self, case: Case, points: Numbers) -> None:
        self.totals = points.astype(LONG) @ case.features.astype(LONG).T
        self.positive, self.negative = sides(case)
        low, high = case.multipliers
        self.range = 1 / LONG(high), 1 / LONG(low)

    def loss(self, intercept: Numbers, t: Numbers) -> Numbers:
        """Give the loss of each score."""
        z = t[:, None] * (self.totals + intercept[:, None])
        return np.asarray(softplus(-z) @ self.positive + softplus(z) @ self.negative)

    def slopes(self, intercept: Numbers, t: Numbers) -> tuple[Numbers, Numbers]:
        """Signs of the slopes along t and along the intercept, of sums of one sign each."""
        score = self.totals + intercept[:, None]
        z = t[:, None] * score
        up, down = self.negative * tail(-z), self.positive * tail(z)
        rising, falling = np.maximum(score, 0), np.maximum(-score, 0)
        along_t = (up * rising + down * falling).sum(1) - (up * falling + down * rising).sum(1)
        return along_t, up.sum(1) - down.sum(1)

    def best_t(self, intercept: Numbers) -> Numbers:
        """Give 1 / multiplier at which each loss is least."""
        low = np.full(len(self.totals), self.range[0])
        high = np.full(len(self.totals), self.range[1])
        if self.range[0] == self.range[1]:
            return low
        for _ in range(HALVINGS):
            middle = np.sqrt(low * high)
            rising = self.slopes(intercept, middle)[0] > 0
            low, high = np.where(rising, low, middle), np.where(rising, middle, high)
        ends = [low, high, np.full_like(low, self.range[0]), np.full_like(low, self.range[1])]
        losses = np.array([self.loss(intercept, t) for t in ends])
        return np.asarray(np.array(ends)[np.argmin(losses, axis=0), np.arange(len(low))])

    def least(self) -> Numbers:
        """Least loss of each score over integer intercepts and multipliers.

        The least loss at an intercept b over t is quasi-convex in b, since b is a ratio of two
        variables in which the loss is convex: its slope tells on which side of b the best is.
        """
        odds = abs(np.log(self.positive.sum()) - np.log(self.negative.sum()))
        room = np.ceil((odds + 2) / self.range[0])
        low = np.floor(-self.totals.max(1)) - room
        high = np.ceil(-self.totals.min(1)) + room
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            rising = self.slopes(middle, self.best_t(middle))[1] > 0
            low, high = np.where(rising, low, middle), np.where(rising, middle, high)
        return np.minimum(*(self.loss(b, self.best_t(b)) for b in (low, high)))


def least_risk(case: Case) -> float:
    points = all_points(case)
    sizes = np.count_nonzero(points, axis=1)
    return float((Risks(case, points).least() + LONG(case.C0) * sizes).min())


def least_errors(case: Case) -> float:
    """Least share of errors plus penalty: exact totals, every intercept where a row turns.

    Totals of reals within 1e-14 of the sum of the sizes of their terms count as 0.
    """
    best = np.inf
    share = 0 if (case.features == np.rint(case.features)).all() else Fraction(1e-14)
    rows = [[Fraction(float(x)) for x in row] for row in case.features]
    weights = [Fraction(float(w)) for w in case.weights]
    total = sum(weights)
    for points in all_points(case).tolist():
        totals = [sum(x * p for x, p in zip(row, points, strict=True)) for row in rows]
        margins = [
            share * sum(abs(x * p) for x, p in zip(row, points, strict=True)) for row in rows
        ]
        ends = [t + side * m for t, m in zip(totals, margins, strict=True) for side in (-1, 1)]
        turns = {round(-t) + k for t in ends for k in (-1, 0, 1)}
        for b in turns:
            wrong = sum(
                w
                for t, m, w, y in zip(totals, margins, weights, case.labels, strict=True)
                if (t + b <= m if y else t + b >= -m)
            )
            best = min(best, float(wrong / total) + case.C0 * np.count_nonzero(points))
    return best


# -- one problem -------------------------------------------------------------


def solved(case: Case, limit: float) -> tuple[str, str]:
    """How it ended, and what is wrong with it."""
    data = Dataset.from_arrays(
        case.features, case.labels, sample_weight=case.weights, soft_labels=case.soft
    )
    options = SearchOptions(time_limit=limit)
    shape: dict[str, Any] = {
        "max_coef": case.largest,
        "max_size": case.max_size,
        "C0": case.C0,
    }
    if case.method == "slim":
        found: Any = SLIMProblem(data, **shape).solve(options)
        best = least_errors(case)
        objective = found.loss + case.C0 * np.count_nonzero(found.points[1:])
        # The cost of points is part of the bound.
        slack = found.objective - objective
    else:
        low, high = case.multipliers
        if low < high:
            shape |= {"multiplier": "free", "multiplier_range": case.multipliers}
            shape["intercept"] = "integer"
        found = RiskSLIMProblem(data, **shape).solve(options, engine=case.engine)
        best, objective, slack = least_risk(case), found.objective, 0.0
    near = 1e-9 * max(1.0, abs(best))
    wrong = []
    if objective < best - near:
        wrong.append(f"objective {objective!r} below the least, {best!r}")
    if found.lower_bound > best + slack + near:
        wrong.append(f"bound {found.lower_bound!r} above the least, {best!r}")
    if found.status is Status.OPTIMAL and objective > best + near:
        wrong.append(f"optimal at {objective!r}, the least is {best!r}")
    return str(found.status), "; ".join(wrong)


def outcome(seed: int, limit: float) -> dict[str, Any]:
    case = random_case(np.random.default_rng(seed))
    begin = time.process_time()
    try:
        ended, wrong = solved(case, limit)
    except (DataError, OptionError) as error:
        ended, wrong = "refused", ""
        if "x" not in str(error):
            wrong = f"refused without a name: {error}"
    except Exception as error:  # counted, whatever it is
        ended, wrong = "error", f"{type(error).__name__}: {error}"
    return {
        "seed": seed,
        "kind": case.kind,
        "engine": case.engine,
        "ended": ended,
        "wrong": wrong,
        "seconds": time.process_time() - begin,
    }


def children(first: int, last: int, limit: float) -> list[dict[str, Any]]:
    """Run seeds in processes of their own; one that dies is a crash of the seed it was at."""
    done: list[dict[str, Any]] = []
    while first < last:
        child = subprocess.run(
            [sys.executable, __file__, "--child", str(first), str(last), "--limit", str(limit)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        lines = [json.loads(line) for line in child.stdout.splitlines()]
        done += lines
        first += len(lines)
        if child.returncode:
            case = random_case(np.random.default_rng(first))
            text = f"the process ended with {child.returncode}"
            done.append(
                {
                    "seed": first,
                    "kind": case.kind,
                    "engine": case.engine,
                    "ended": "crash",
                    "wrong": text,
                    "seconds": 0.0,
                }
            )
            first += 1
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="run this seed alone, in this process")
    parser.add_argument("--limit", type=float, default=5.0, help="seconds of one search")
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    warnings.simplefilter("error", RuntimeWarning)
    warnings.simplefilter("ignore", DataWarning)
    if arguments.child:
        for seed in range(*arguments.child):
            print(json.dumps(outcome(seed, arguments.limit)), flush=True)
        return
    if arguments.only is not None:
        print(random_case(np.random.default_rng(arguments.only)))
        print(outcome(arguments.only, arguments.limit))
        return
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong = 0
    for first in range(arguments.seed, arguments.seed + arguments.problems, 100):
        last = min(first + 100, arguments.seed + arguments.problems)
        for one in children(first, last, arguments.limit):
            counts[one["kind"], one["engine"], one["ended"]] += 1
            if one["wrong"]:
                wrong += 1
                print(f"seed {one['seed']}, {one['kind']}, {one['engine']}: {one['wrong']}")
                sys.stdout.flush()
    print("| multiplier or method | engine | ended | problems |\n| --- | --- | --- | --- |")
    for (kind, engine, ended), count in sorted(counts.items()):
        print(f"| {kind} | {engine} | {ended} | {count:,} |")
    print(f"{sum(counts.values()):,} problems, {wrong} wrong")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
