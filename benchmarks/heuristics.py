"""Loss over time beside FasterRisk, set by set and size by size, the multiplier free.

Usage: python benchmarks/heuristics.py --fasterrisk PYTHON [--data adult,heart] [--sizes 3,5,7,10]
       [--limit 10] [--trace FILE]

PYTHON is the interpreter of an environment that holds FasterRisk. It runs live, one process a
case, default options; its seconds are the CPU time of `optimize()` alone. Ours are the wall
clock's, which a busy machine only makes longer, from the rows as read, merging them included, to
the first score whose loss is at most FasterRisk's + 1e-9.
One thread each, points in -5..5, sizes
above the number of features cut to it. `--trace` writes the loss over time as CSV, for a plot.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from riskslim.files import write_atomically
from riskslim.solvers.groups import GroupLimit
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.support_result import SupportsResult
from riskslim.solvers.supports import LinearModelProblem, search

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
SETS = (
    "bankruptcy", "haberman", "breastcancer", "mammo", "compas", "heart", "adult", "spambase",
    "mushroom",
)  # fmt: skip
MULTIPLIERS = (0.5, 1000.0)
TOLERANCE = 1e-9

# Runs in the environment of FasterRisk; what it prints last is read.
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from fasterrisk.fasterrisk import RiskScoreOptimizer
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
y = np.where(table[:, 0] == 1, 1.0, -1.0)
limits = {}
if len(sys.argv) > 3:
    limits["group_sparsity"] = int(sys.argv[3])
    limits["featureIndex_to_groupIndex"] = np.array(json.loads(sys.argv[4]))
X = np.ascontiguousarray(table[:, 1:])
model = RiskScoreOptimizer(X, y, int(sys.argv[2]), lb=-5, ub=5, **limits)
start = time.process_time()
model.optimize()
seconds = time.process_time() - start
multipliers, intercepts, points = model.get_models()
print(json.dumps([seconds, multipliers.tolist(), intercepts.tolist(), points.tolist()]))
"""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


@dataclass(frozen=True)
class Peer:
    """FasterRisk's best score of its pool."""

    loss: float
    seconds: float
    multiplier: float
    all_multipliers: tuple[float, float]


def loss_of(x: np.ndarray, y: np.ndarray, points: np.ndarray, multiplier: float) -> float:
    """Logistic loss by compensated summation."""
    scores = (points[0] + x @ points[1:]) / multiplier
    return math.fsum(np.logaddexp(0.0, np.where(y, -scores, scores))) / len(y)


def run_peer(
    python: str,
    path: Path,
    size: int,
    x: np.ndarray,
    y: np.ndarray,
    groups: tuple[int, np.ndarray] | None = None,
) -> Peer:
    """Run FasterRisk; `groups`: at most so many of the groups, and the group of each column."""
    limits = [] if groups is None else [str(groups[0]), json.dumps(groups[1].tolist())]
    finished = subprocess.run(
        [python, "-c", PEER, str(path), str(size), *limits],
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise SystemExit(f"{python}, {path.name}, k={size}:\n{finished.stderr}")
    seconds, multipliers, intercepts, points = json.loads(finished.stdout.splitlines()[-1])
    losses = [
        loss_of(x, y, np.r_[b, p], m)
        for m, b, p in zip(multipliers, intercepts, points, strict=True)
    ]
    best = int(np.argmin(losses))
    return Peer(losses[best], seconds, multipliers[best], (min(multipliers), max(multipliers)))


def run_ours(
    x: np.ndarray,
    y: np.ndarray,
    size: int,
    limit: float,
    threads: int = 1,
    groups: tuple[GroupLimit, ...] = (),
) -> tuple[SupportsResult, float]:
    """Search over supports: its result, and the seconds that merging rows took before it."""
    start = time.perf_counter()
    rows, group = np.unique(x, axis=0, return_inverse=True)
    group = np.ravel(group)
    d = x.shape[1]
    problem = LinearModelProblem(
        rows,
        np.bincount(group, weights=y, minlength=len(rows)).astype(np.float64),
        np.bincount(group, weights=~y, minlength=len(rows)).astype(np.float64),
        np.r_[-1000.0, np.full(d, -5.0)],
        np.r_[1000.0, np.full(d, 5.0)],
        np.zeros(d + 1),
        max_size=size,
        multiplier_range=MULTIPLIERS,
        groups=groups,
    )
    merging = time.perf_counter() - start
    return search(problem, SearchOptions(time_limit=limit, threads=threads)), merging


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fasterrisk", required=True, metavar="PYTHON")
    parser.add_argument("--sizes", default="3,5,7,10")
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--limit", type=float, default=10.0, help="seconds of our whole search")
    parser.add_argument("--folder", type=Path, default=DATA)
    parser.add_argument("--trace", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    traces: list[tuple[str, int, str, float, float]] = []
    worst, not_better, cases = 0.0, [], 0
    print(
        "| case | FasterRisk loss | CPU seconds | m (of its pool) | ours, end of heuristics "
        f"| seconds | ours reaches its loss | ratio | ours, {arguments.limit:g} s | status |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in arguments.data.split(","):
        path = arguments.folder / f"{name}.csv"
        table = pd.read_csv(path)
        y = table.iloc[:, 0].to_numpy() == 1
        x = np.ascontiguousarray(table.iloc[:, 1:].to_numpy(float))
        sizes = sorted({min(int(s), x.shape[1]) for s in arguments.sizes.split(",")})
        for size in sizes:
            peer = run_peer(arguments.fasterrisk, path, size, x, y)
            result, merging = run_ours(x, y, size, arguments.limit)
            trace = [(merging + seconds, loss) for seconds, loss in result.trace]
            end = merging + result.seconds["heuristics"]
            ended = min((loss for seconds, loss in trace if seconds <= end), default=math.inf)
            reached = next(
                (seconds for seconds, loss in trace if loss <= peer.loss + TOLERANCE), math.inf
            )
            ratio = reached / peer.seconds
            final = math.inf
            if result.best is not None:
                final = loss_of(x, y, result.best.points, result.best.multiplier)
            low, high = peer.all_multipliers
            print(
                f"| {name} k={size} | {peer.loss:.10f} | {peer.seconds:.3f} | "
                f"{peer.multiplier:.3f} ({low:.3f} to {high:.3f}) | {ended:.10f} | {end:.3f} | "
                f"{reached:.4f} | {ratio:.3f} | {final:.10f} | {result.status} |",
                flush=True,
            )
            cases += 1
            worst = max(worst, ratio)
            if ended >= peer.loss - TOLERANCE:
                not_better.append(f"{name} k={size} ({ended - peer.loss:+.1e})")
            traces.append((name, size, "fasterrisk", peer.seconds, peer.loss))
            traces.extend((name, size, "riskslim", *entry) for entry in trace)
    print(f"\n{cases} cases, largest ratio of seconds {worst:.3f}.")
    print(f"Heuristics not strictly better: {', '.join(not_better) or 'none'}.")
    if arguments.trace is not None:
        write_trace(arguments.trace, traces)


def write_trace(path: Path, traces: list[tuple[str, int, str, float, float]]) -> None:
    table = pd.DataFrame(traces, columns=["data", "max_size", "method", "seconds", "loss"])
    write_atomically(path, table.to_csv(index=False))


if __name__ == "__main__":
    main()
