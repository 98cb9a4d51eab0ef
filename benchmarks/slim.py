"""Time to a certified optimum under the 0-1 loss, set by set.

Usage: python benchmarks/slim.py [--data adult,heart] [--costs 0.01,0.001] [--sizes 3,5,7]
       [--threads 1] [--limit 60]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from riskslim.solvers.result import SearchOptions
from riskslim.solvers.threshold import ThresholdProblem, search

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
SETS = (
    "bankruptcy", "haberman", "breastcancer", "mammo", "compas", "adult", "mushroom", "heart",
    "spambase",
)  # fmt: skip


def load(name: str, cost: float, folder: Path = DATA) -> ThresholdProblem:
    """Make the problem of the published SLIM code: its box, its costs and its epsilon."""
    table = pd.read_csv(folder / f"{name}.csv")
    y = table.iloc[:, 0].to_numpy() == 1
    x, inverse = np.unique(table.iloc[:, 1:].to_numpy(float), axis=0, return_inverse=True)
    inverse = np.ravel(inverse)
    d = x.shape[1]
    intercept = {"haberman": 150.0, "spambase": 1000.0}.get(name, 100.0)
    return ThresholdProblem(
        x,
        np.bincount(inverse, weights=y, minlength=len(x)).astype(np.float64),
        np.bincount(inverse, weights=~y, minlength=len(x)).astype(np.float64),
        np.r_[-intercept, np.full(d, -5.0)],
        np.r_[intercept, np.full(d, 5.0)],
        np.r_[0.0, np.full(d, cost)],
        epsilon=0.9 * min(1.0 / len(y), cost) / (5.0 * d),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--costs", default="0.01,0.001")
    parser.add_argument("--sizes", default="", help="most features; all of them by default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=DATA)
    arguments = parser.parse_args()
    given = [int(size) for size in arguments.sizes.split(",") if size]
    sizes: list[int | None] = [*given] if given else [None]
    for name in arguments.data.split(","):
        for cost in arguments.costs.split(","):
            problem = load(name, float(cost), arguments.folder)
            for size in sizes:
                options = SearchOptions(time_limit=arguments.limit, threads=arguments.threads)
                case = f"{name:13s} C0={cost:6s}" + ("" if size is None else f" k={size}")
                print(f"{case} {solved(replace(problem, max_size=size), options)}", flush=True)


def solved(problem: ThresholdProblem, options: SearchOptions) -> str:
    """Solve one case and say how it went."""
    start, cpu = time.perf_counter(), time.process_time()
    result = search(problem, options)
    total = problem.total_weight
    points = [] if result.points is None else result.points.tolist()
    return (
        f"{time.perf_counter() - start:7.2f}s "
        f"(cpu {time.process_time() - cpu:.2f}, heur {result.seconds['heuristics']:.2f}) "
        f"{result.status:10s} errors {result.errors:g} objective "
        f"{result.objective * total:.4f} bound {result.lower_bound * total:.4f} "
        f"nodes {result.nodes} points {points} ({result.proof})"
    )


if __name__ == "__main__":
    main()
