"""Loss and gradient beside the best NumPy version and the machine's memory bandwidth.

Run by hand: ``python benchmarks/kernels.py [rows] [columns]`` (default 1,000,000 x 50).
Everything runs on one thread, alternates within one process, and the minimum of
several repetitions counts. Bytes per second are those of the cells that a kernel
stores and reads once a pass: one byte a cell for small integers, eight otherwise.
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


def signed(features: FloatArray, problem: Problem) -> tuple[float, FloatArray]:
    """Rows multiplied by their label beforehand; one exponential a row, in place.

    The fastest that we could write: exp overflows at scores below -709.
    """
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
    table = Table("data", "stored", "version", "ms", "ratio to best NumPy", "GB/s", "of read")
    for make in problems(rows, columns):
        problem = make()
        data = LogisticData(problem.features, problem.positive, problem.negative)
        cells = rows * columns * CELL_BYTES[data.storage]
        value, gradient = data.value_and_gradient(problem.points)
        versions: dict[str, Callable[[], tuple[float, FloatArray]]] = {
            "NumPy textbook, C order": lambda p=problem: textbook(p.features, p),
            "NumPy textbook, F order": lambda p=problem: textbook(p.fortran, p),
            "NumPy signed, C order": lambda p=problem: signed(p.signed, p),
            "NumPy signed, F order": lambda p=problem: signed(p.signed_fortran, p),
        }
        times = {}
        for version, work in versions.items():
            other_value, other_gradient = work()
            np.testing.assert_allclose(other_value, value, rtol=1e-11)
            np.testing.assert_allclose(other_gradient, gradient, rtol=1e-8, atol=1e-12)
            times[version] = seconds(work)
        best = min(times.values())
        times["native value"] = seconds(lambda d=data, p=problem: d.value(p.points))
        times["native value and gradient"] = seconds(
            lambda d=data, p=problem: d.value_and_gradient(p.points)
        )
        for version, taken in times.items():
            native = version == "native value and gradient"
            table.add_row(
                problem.name,
                data.storage if version.startswith("native") else "float64",
                version,
                f"{1e3 * taken:.1f}",
                f"{best / taken:.2f}",
                f"{cells / taken / 1e9:.1f}" if native else "",
                f"{cells / taken / read:.0%}" if native else "",
            )
        table.add_section()
    console.print(table)


if __name__ == "__main__":
    main()
