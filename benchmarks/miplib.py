"""The SLIM instances of MIPLIB 2017 on our data: proved, and checked by other means.

The instances minimise errors + N C0 * features + C1 * sum of points, with points within 10, an
intercept within 100 and a total of 0 counted as wrong. Each answer is checked twice. Its errors
are counted row by row on the table as it is read, in integers, and its objective is a fraction.
And the other search proves it again: boxes of points where supports did, supports where boxes did.
A score with more features than `(objective - least errors) / (N C0)` costs more than the answer,
which gives the supports their limit on the size.

Usage: python benchmarks/miplib.py [--instances adult-regularized,...] [--limit 300] [--threads 1]
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.slim import boxes
from riskslim.solvers.slim.native import TreeRequest, grow_tree
from riskslim.solvers.threshold import ThresholdProblem, ThresholdResult, search

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
POINTS, INTERCEPT = 10, 100
MOST_SUPPORTS = 3e8


@dataclass(frozen=True)
class Instance:
    """One instance.

    Attributes
    ----------
    data : str
        The table.
    feature_cost : Fraction or None
        C0; None for the cost that only breaks ties, 0.9 / (N (d + 1)).
    max_size : int or None
    published : str or None
        The objective of MIPLIB's table, as the package OMMX 2.5.1 holds it, where we have it.
    """

    data: str
    feature_cost: Fraction | None
    max_size: int | None = None
    published: str | None = None


INSTANCES = {
    "breastcancer-regularized": Instance(
        "breastcancer", Fraction(1, 100), published="35.76784210526315"
    ),
    "adult-max5features": Instance("adult", None, 5, "5642.121938895418"),
    "adult-regularized": Instance("adult", Fraction(1, 100), None, "7022.953543474559"),
    "mushroom-best": Instance("mushroom", None),
}


class Stated:
    """An instance on its table, in integers and fractions."""

    def __init__(self, instance: Instance) -> None:
        table = pd.read_csv(DATA / f"{instance.data}.csv")
        self.y = [value == 1 for value in table.iloc[:, 0].tolist()]
        values = table.iloc[:, 1:].to_numpy(np.float64)
        if not np.array_equal(values, np.floor(values)):
            raise ValueError(f"{instance.data}: features must be integers")
        self.rows = values.astype(np.int64).tolist()
        n, d = values.shape
        c0 = instance.feature_cost
        self.of_feature = (Fraction(9, 10 * n * (d + 1)) if c0 is None else c0) * n
        self.of_point = min(Fraction(1), self.of_feature / (POINTS * d + INTERCEPT)) / 2
        x, inverse = np.unique(values, axis=0, return_inverse=True)
        positive = np.bincount(np.ravel(inverse), weights=self.y, minlength=len(x))
        every = np.bincount(np.ravel(inverse), minlength=len(x))
        self.problem = ThresholdProblem(
            x,
            positive.astype(np.float64),
            (every - positive).astype(np.float64),
            np.r_[-float(INTERCEPT), np.full(d, -float(POINTS))],
            np.r_[float(INTERCEPT), np.full(d, float(POINTS))],
            np.r_[0.0, np.full(d, float(self.of_feature / n))],
            max_size=instance.max_size,
            epsilon=float(self.of_point / n),
        )

    def objective(self, points: list[int]) -> Fraction:
        """Count the rows one by one, and add up in fractions."""
        features = [(j, p) for j, p in enumerate(points[1:]) if p]
        errors = 0
        for row, yes in zip(self.rows, self.y, strict=True):
            total = points[0] + sum(p * row[j] for j, p in features)
            errors += total <= 0 if yes else total >= 0
        length = sum(abs(p) for _, p in features)
        return errors + self.of_feature * len(features) + self.of_point * length


def by_boxes(problem: ThresholdProblem, options: SearchOptions) -> ThresholdResult:
    """Prove without supports."""
    with mock.patch.object(boxes, "estimate_supports", return_value=None):
        return search(problem, options)


def checked(stated: Stated, first: ThresholdResult, options: SearchOptions) -> str:
    """Prove the answer by the other search, and say how that went; supports start from it."""
    problem, begin = stated.problem, time.process_time()
    assert first.points is not None
    points = first.points.tolist()
    if "supports" in first.proof:
        other = by_boxes(problem, options)
        proved = other.status == Status.OPTIMAL
        again, how = other.points, "boxes of points"
    else:
        least = np.minimum(problem.positive, problem.negative).sum()
        value = stated.objective(points) - Fraction(least)
        size = math.floor(value / (stated.of_feature + stated.of_point))
        d = problem.features.shape[1]
        if sum(math.comb(d, k) for k in range(min(size, d) + 1)) > MOST_SUPPORTS:
            return f"not checked by supports: up to {size} of {d} features are too many"
        request = TreeRequest(
            replace(problem, max_size=size),
            problem.lower,
            problem.upper,
            lambda *_: False,
            starts=np.atleast_2d(first.points).astype(np.float64),
            rich=[],
            threads=options.threads,
            time_limit=options.time_limit,
        )
        tree = grow_tree(request)
        proved = tree.ended.name == "finished"
        again = None if tree.incumbent is None else tree.incumbent.points
        how = f"supports of at most {size} features"
    spent = time.process_time() - begin
    if not proved:
        return f"{how}: not proved in {spent:.1f} CPU s"
    agrees = again is not None and stated.objective(again.tolist()) == stated.objective(points)
    return f"{how}: {'the same optimum' if agrees else 'ANOTHER OPTIMUM'} in {spent:.1f} CPU s"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instances", default=",".join(INSTANCES))
    parser.add_argument("--limit", type=float, default=300.0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    options = SearchOptions(time_limit=arguments.limit, threads=arguments.threads)
    for name in arguments.instances.split(","):
        instance = INSTANCES[name]
        stated = Stated(instance)
        begin = time.process_time()
        result = search(stated.problem, options)
        spent = time.process_time() - begin
        print(f"{name}: {result.status} in {spent:.1f} CPU s ({result.proof})", flush=True)
        if result.points is None:
            continue
        points = result.points.tolist()
        objective = stated.objective(points)
        n = len(stated.y)
        print(
            f"  objective {float(objective):.12f}, counted row by row; the search says "
            f"{result.objective * n:.12f}, bound {result.lower_bound * n:.12f}"
        )
        if instance.published is not None:
            beyond = float(Fraction(instance.published) - objective)
            print(f"  published {instance.published}, which is more than ours by {beyond:.3g}")
        if result.status == Status.OPTIMAL:
            print(f"  {checked(stated, result, options)}", flush=True)
        print(f"  points {points}", flush=True)


if __name__ == "__main__":
    main()
