"""Time to a certified optimum of the search over supports, set by set.

Usage: python benchmarks/supports.py [--sizes 5,10] [--data adult,heart] [--free] [--threads 1]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from riskslim.solvers.result import SearchOptions
from riskslim.solvers.supports import LinearModelProblem, search

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
SETS = (
    "bankruptcy", "haberman", "breastcancer", "mammo", "compas", "heart", "adult", "spambase",
    "mushroom",
)  # fmt: skip


def load(name: str, max_size: int, free: bool, folder: Path = DATA) -> LinearModelProblem:
    table = pd.read_csv(folder / f"{name}.csv")
    y = table.iloc[:, 0].to_numpy() == 1
    x, inverse = np.unique(table.iloc[:, 1:].to_numpy(float), axis=0, return_inverse=True)
    inverse = np.ravel(inverse)
    d = x.shape[1]
    intercept = 1000.0 if free else 50.0
    return LinearModelProblem(
        x,
        np.bincount(inverse, weights=y, minlength=len(x)).astype(float),
        np.bincount(inverse, weights=~y, minlength=len(x)).astype(float),
        np.r_[-intercept, np.full(d, -5.0)],
        np.r_[intercept, np.full(d, 5.0)],
        np.r_[0.0, np.full(d, 0.0 if free else 1e-6)],
        max_size=min(max_size, d),
        multiplier_range=(0.5, 100.0) if free else (1.0, 1.0),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="5")
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--free", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=DATA)
    arguments = parser.parse_args()
    for name in arguments.data.split(","):
        for size in arguments.sizes.split(","):
            problem = load(name, int(size), arguments.free, arguments.folder)
            start = time.perf_counter()
            result = search(
                problem,
                SearchOptions(time_limit=arguments.limit, threads=arguments.threads),
            )
            seconds = time.perf_counter() - start
            best = result.best
            if best is None:
                print(
                    f"{name:13s} k={size:3s} {seconds:8.2f}s {result.status}: no score", flush=True
                )
                continue
            print(
                f"{name:13s} k={size:3s} {seconds:8.2f}s (heur {result.seconds['heuristics']:.2f}) "
                f"{result.status:11s} obj {best.objective:.10f} loss {best.loss:.10f} "
                f"gap {best.objective - result.lower_bound:.2e} m {best.multiplier:.4f} "
                f"nodes {result.nodes} fits {result.fits} supports {result.supports} "
                f"leaves {result.leaves}",
                flush=True,
            )


if __name__ == "__main__":
    main()
