"""Seconds, nodes, cuts and LPs a second of the lattice cutting-plane algorithm, beside a peer.

Run by hand: ``python benchmarks/lcpa.py [--time-limit 60] [adult:3 mammo:5 ...]``. The
peer's rows stopped at a relative gap of 1e-4; ours run to 1e-9 absolute. Points are in
-5..5 and the intercept in -50..50, as the peer had them.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from riskslim.coefficients import CoefficientSet
from riskslim.data import Dataset
from riskslim.problems import RiskSLIMProblem
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=CASES, help="NAME:SIZE")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a case")
    parser.add_argument("--repeat", type=int, default=1, help="runs a case; the fastest counts")
    arguments = parser.parse_args()
    console = Console(width=150)
    if not (SHARED / "data").is_dir():
        console.print(f"No data at {SHARED}: nothing to run.")
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
