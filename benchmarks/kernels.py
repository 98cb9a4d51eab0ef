"""Loss and gradient beside the best NumPy version and the machine's memory bandwidth.

Run by hand: ``python benchmarks/kernels.py [rows] [columns]`` (default 1,000,000 x 50).
Everything runs on one thread, alternates within one process, and the minimum of
several repetitions counts. Ratios are to the best safe NumPy version (no overflow at
scores of 1000) on whole arrays, and to the best of all safe ones, those that work block
by block included. Bytes per second are those of cells stored as float64, read once.
"""

from __future__ import annotations

import os

# Before NumPy loads its BLAS: the comparison is on one thread.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.special import expit

from riskslim.solvers._native import LogisticData
from riskslim.solvers._typing import FloatArray

REPETITIONS = 9
CELL_BYTES = {"int8": 1, "int16": 2, "float64": 8}


@dataclass
class Problem:
    """One table with its points, and NumPy's copies of it in both layouts."""

    name: str
    features: FloatArray
    positive: FloatArray
    points: FloatArray

    def __post_init__(self) -> None:
        self.negative = 1.0 - self.positive
        self.sign = 2.0 * self.positive - 1.0
        self.fortran = np.asfortranarray(self.features)
        self.signed = self.features * self.sign[:, None]
        self.signed_fortran = np.asfortranarray(self.signed)


def textbook(features: FloatArray, problem: Problem) -> tuple[float, FloatArray]:
    """Weights on both labels, safe at any score."""
    s = problem.points[0] + features @ problem.points[1:]
    n = len(s)
    value = problem.positive @ np.logaddexp(0, -s) + problem.negative @ np.logaddexp(0, s)
    slopes = expit(s) - problem.positive
    return value / n, np.r_[slopes.sum(), features.T @ slopes] / n


def folded(features: FloatArray, problem: Problem) -> tuple[float, FloatArray]:
    """Rows multiplied by their label beforehand; exp of minus the size of the score. Safe."""
    s = features @ problem.points[1:]
    s += problem.points[0] * problem.sign
    a = np.abs(s)
    e = np.exp(np.negative(a, out=a), out=a)
    value = np.log1p(e).sum() - np.minimum(s, 0).sum()
    slopes = np.where(s > 0, e, 1.0)
    e += 1.0
    slopes /= e
    n = len(e)
    return value / n, -np.r_[problem.sign @ slopes, slopes @ features] / n


def clipped_sums(
    features: FloatArray, sign: FloatArray, points: FloatArray
) -> tuple[float, FloatArray]:
    """Sum over signed rows, the exponent cut at 700 and the rest added to the loss. Safe.

    Beyond 700 softplus is the identity and the sigmoid is 1 to the last digit.
    """
    s = features @ points[1:]
    s += points[0] * sign
    np.negative(s, out=s)
    cut = np.minimum(s, 700.0)
    s -= cut
    value = s.sum()
    e = np.exp(cut, out=cut)
    value += np.log1p(e).sum()
    np.add(e, 1.0, out=s)
    e /= s
    return value, np.r_[sign @ e, e @ features]


def clipped(features: FloatArray, problem: Problem) -> tuple[float, FloatArray]:
    """All rows at once."""
    value, gradient = clipped_sums(features, problem.sign, problem.points)
    n = len(problem.sign)
    return value / n, -gradient / n


def blocked(features: FloatArray, problem: Problem, size: int) -> tuple[float, FloatArray]:
    """Blocks of rows, so that a block is still in cache for its gradient. Safe."""
    value, gradient = 0.0, np.zeros(len(problem.points))
    n = len(problem.sign)
    for i in range(0, n, size):
        part, slopes = clipped_sums(
            features[i : i + size], problem.sign[i : i + size], problem.points
        )
        value += part
        gradient += slopes
    return value / n, -gradient / n


def signed(features: FloatArray, problem: Problem) -> tuple[float, FloatArray]:
    """One exponential a row, in place, as it comes: overflows at scores below -709. Unsafe."""
    s = features @ problem.points[1:]
    s += problem.points[0] * problem.sign
    np.negative(s, out=s)
    e = np.exp(s, out=s)
    value = np.log1p(e).sum()
    e /= 1.0 + e
    n = len(e)
    return value / n, -np.r_[problem.sign @ e, e @ features] / n


def seconds(work: Callable[[], object]) -> float:
    """Best of several runs."""
    times = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def bandwidth() -> tuple[float, float]:
    """Bytes a second of a STREAM-like add (a = b + c) and of reading alone."""
    b, c = np.ones(25_000_000), np.ones(25_000_000)
    a = np.empty_like(b)
    add = 3 * b.nbytes / seconds(lambda: np.add(b, c, out=a))
    read = b.nbytes / seconds(lambda: np.max(b))
    return add, read


def problems(rows: int, columns: int) -> list[Callable[[], Problem]]:
    rng = np.random.default_rng(0)
    label = (rng.random(rows) < 0.4).astype(float)
    real = rng.normal(size=columns + 1) * 0.3
    sparse = np.zeros(columns + 1)
    sparse[0], sparse[1 : columns + 1 : 10] = -2.0, 2.0

    def binary(points: FloatArray, name: str) -> Problem:
        return Problem(name, rng.integers(0, 2, (rows, columns)).astype(float), label, points)

    return [
        lambda: binary(real, "binary, real points"),
        lambda: binary(sparse, "binary, integer points (look-up)"),
        lambda: Problem("real, real points", rng.normal(size=(rows, columns)), label, real),
    ]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    columns = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    console = Console()
    add, read = bandwidth()
    console.print(f"{rows:,} rows x {columns} columns, one thread, best of {REPETITIONS}")
    console.print(f"memory: add {add / 1e9:.1f} GB/s, read {read / 1e9:.1f} GB/s")
    table = Table("data", "stored", "version", "ms", "x safe", "x safe blocked")
    for make in problems(rows, columns):
        problem = make()
        data = LogisticData(problem.features, problem.positive, problem.negative)
        cells = rows * columns * CELL_BYTES[data.storage]
        value, gradient = data.value_and_gradient(problem.points)
        versions: dict[str, Callable[[], tuple[float, FloatArray]]] = {
            "NumPy textbook, C order": partial(textbook, problem.features, problem),
            "NumPy textbook, F order": partial(textbook, problem.fortran, problem),
            "NumPy folded, C order": partial(folded, problem.signed, problem),
            "NumPy folded, F order": partial(folded, problem.signed_fortran, problem),
            "NumPy clipped, C order": partial(clipped, problem.signed, problem),
            "NumPy clipped, F order": partial(clipped, problem.signed_fortran, problem),
            "NumPy clipped, 4096 rows, C order": partial(blocked, problem.signed, problem, 4096),
            "NumPy clipped, 2048 rows, F order": partial(
                blocked, problem.signed_fortran, problem, 2048
            ),
            "NumPy unsafe, C order": partial(signed, problem.signed, problem),
            "NumPy unsafe, F order": partial(signed, problem.signed_fortran, problem),
        }
        times = {}
        for version, work in versions.items():
            other_value, other_gradient = work()
            np.testing.assert_allclose(other_value, value, rtol=1e-11)
            np.testing.assert_allclose(other_gradient, gradient, rtol=1e-8, atol=1e-12)
            times[version] = seconds(work)
        safe = {version: taken for version, taken in times.items() if "unsafe" not in version}
        best = min(safe.values())
        whole = min(taken for version, taken in safe.items() if "rows" not in version)
        times["native value"] = seconds(partial(data.value, problem.points))
        times["native value and gradient"] = seconds(
            partial(data.value_and_gradient, problem.points)
        )
        for version, taken in times.items():
            table.add_row(
                problem.name,
                data.storage if version.startswith("native") else "float64",
                version,
                f"{1e3 * taken:.1f}",
                f"{whole / taken:.2f}",
                f"{best / taken:.2f}",
            )
        taken = times["native value and gradient"]
        if data.storage == "float64":
            console.print(
                f"{problem.name}: the cells at {cells / taken / 1e9:.1f} GB/s, "
                f"{cells / taken / read:.0%} of reading alone"
            )
        table.add_section()
    console.print(table)


if __name__ == "__main__":
    main()
