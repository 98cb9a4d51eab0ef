"""Seconds, nodes, cuts and LPs a second of the lattice cutting-plane algorithm, beside a peer.

Run by hand: ``python benchmarks/lcpa.py [--time-limit 60] [adult:3 mammo:5 ...]``. The
peer's rows stopped at a relative gap of 1e-4; ours run to 1e-9 absolute. Points are in
-5..5 and the intercept in -50..50, as the peer had them.

With ``--free`` the multiplier is chosen too, from 0.5 to 1000, with an intercept in
-1000..1000, beside the search over supports.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from riskslim.data import Dataset
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.supports import LinearModelProblem, search

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
CASES = [
    *("bankruptcy:5", "breastcancer:3", "breastcancer:5", "breastcancer:7", "breastcancer:9"),
    *("compas:5", "haberman:3", "mammo:3", "mammo:5", "adult:3"),
]


def peers() -> dict[str, dict[str, str]]:
    with (SHARED / "benchmarks" / "peers.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["peer"].startswith("risk-slim")]
    return {f"{r['data']}:{r['max_size']}": r for r in rows}


def program(case: str) -> ConvexProgram:
    name, size = case.split(":")
    data = Dataset.from_file(SHARED / "data" / f"{name}.csv")
    coefficients = CoefficientSet(data.feature_names).set_intercept(-50, 50)
    return RiskSLIMProblem(data, coefficients=coefficients, max_size=int(size)).program()


def with_free_multiplier(case: str, time_limit: float) -> list[str]:
    """Run both searches on a case with a free multiplier; give a row of the table."""
    name, size = case.split(":")
    data = Dataset.from_file(SHARED / "data" / f"{name}.csv")
    d = data.n_features
    coefficients = CoefficientSet(data.feature_names).set_intercept(-1000, 1000)
    base = RiskSLIMProblem(data, coefficients=coefficients, max_size=int(size)).program()
    options = SearchOptions(time_limit=time_limit)
    began = time.process_time()
    result = minimise(dataclasses.replace(base, scale=(1 / 1000, 2.0)), options)
    seconds = time.process_time() - began
    began = time.process_time()
    other = search(
        LinearModelProblem(
            data.features,
            data.positive,
            data.negative,
            base.lower[: d + 1],
            base.upper[: d + 1],
            np.append(0.0, base.cost[d + 1 :]),
            max_size=min(int(size), d),
            multiplier_range=(0.5, 1000.0),
        ),
        options,
    )
    other_seconds = time.process_time() - began
    difference = result.objective - (np.inf if other.best is None else other.best.objective)
    return [
        case,
        str(result.status),
        f"{seconds:.2f}",
        f"{other_seconds:.2f}",
        str(result.nodes),
        str(result.cuts),
        str(result.lps),
        f"{result.objective - result.lower_bound:.1e}",
        f"{1 / result.scale:.4f}",
        f"{result.objective:.10f}",
        f"{difference:.1e}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=CASES, help="NAME:SIZE")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a case")
    parser.add_argument("--free", action="store_true", help="with a free multiplier")
    parser.add_argument("--repeat", type=int, default=1, help="runs a case; the fastest counts")
    arguments = parser.parse_args()
    console = Console(width=150)
    if not (SHARED / "data").is_dir():
        console.print(f"No data at {SHARED}: nothing to run.")
        return
    if arguments.free:
        free = Table("case", "status", "CPU s", "supports", "nodes", "cuts", "LPs", "gap")
        for column in ("multiplier", "objective", "- supports'"):
            free.add_column(column)
        for case in arguments.cases:
            free.add_row(*with_free_multiplier(case, arguments.time_limit))
        console.print(free)
        return
    known = peers()
    columns = ["case", "status", "seconds", "peer", "ratio", "nodes", "peer", "cuts", "peer"]
    columns += ["LPs", "LPs/s", "gap"]
    table = Table(*columns, "objective - peer's")
    for case in arguments.cases:
        problem = program(case)
        seconds = float("inf")
        for _ in range(arguments.repeat):
            began = time.perf_counter()
            result = minimise(problem, SearchOptions(time_limit=arguments.time_limit))
            seconds = min(seconds, time.perf_counter() - began)
        peer = known[case]
        table.add_row(
            case,
            str(result.status),
            f"{seconds:.2f}",
            peer["seconds"],
            f"{seconds / float(peer['seconds']):.2f}",
            str(result.nodes),
            peer["nodes"],
            str(result.cuts),
            peer["cuts"],
            str(result.lps),
            f"{result.lps / seconds:.0f}",
            f"{result.objective - result.lower_bound:.1e}",
            f"{result.objective - float(peer['objective']):.1e}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
