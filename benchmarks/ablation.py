"""What each part of the searches is worth: runs with one of them left out, or alone.

For the lattice cutting planes, the improvements of Ustun and Rudin (2019, section 4): start-up,
rounding, polishing, chained bounds, look-up of losses. Each runs alone beside a basic
search with none, and is left out of the search with all. For the search over supports, its bounds
and its opening are left out one by one. Nothing but time may change: an objective below a proved
optimum, or another optimum, is an error.

Usage: python benchmarks/ablation.py [--engine lcpa|supports] [--limit 10] [CASE ...]

Limits and seconds are the process's CPU time, one thread. `made:ROWSxFEATURES:SIZE` is a generated
table of 0/1 features, `cuts:ROWSxFEATURES:SIZE` one of nested cuts of seven measurements,
`NAME:SIZE` a public one; `free:` before any of them frees the multiplier.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem
from riskslim.search.lattice import support_problem
from riskslim.solvers import supports
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.parts import ALL_PARTS, Part
from riskslim.solvers.result import SearchOptions, SearchResult, Status

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
OF_PLANES = tuple(Part)[:5]
OF_SUPPORTS = (Part.START_UP, Part.GAINS, Part.HULL, Part.PAIRS)
CASES = {
    "lcpa": ["made:20000x20:4", "breastcancer:5", "mammo:5"],
    "supports": ["adult:7", "spambase:5", "free:cuts:200x70:5", "free:cuts:1000x70:4"],
}


def made(rows: int, features: int) -> Dataset:
    """Correlated 0/1 features, every third of which matters."""
    random = np.random.default_rng(1)
    values = random.normal(size=(rows, features)) + 0.7 * random.normal(size=(rows, 1))
    X = (values > random.normal(scale=0.7, size=features)).astype(float)
    effect = np.where(np.arange(features) % 3 == 0, random.normal(size=features), 0.0)
    y = (X - X.mean(axis=0)) @ effect + random.logistic(size=rows) > 0.5
    return Dataset.from_arrays(X, y.astype(int), feature_names=[f"x{j}" for j in range(features)])


def cuts(rows: int, features: int) -> Dataset:
    """Cuts of seven normal measurements at quantiles, all that a card could use."""
    random = np.random.default_rng(1)
    values = random.normal(size=(rows, 7))
    each = features // 7
    at = np.quantile(values, np.arange(1, each + 1) / (each + 1), axis=0).T
    X = (values[:, :, None] >= at).reshape(rows, -1).astype(float)
    effect = random.normal(size=7)
    y = np.tanh(values) @ effect + random.logistic(size=rows) > 0.5
    return Dataset.from_arrays(X, y.astype(int), feature_names=[f"x{j}" for j in range(7 * each)])


TABLES = {"made": made, "cuts": cuts}


def problem_of(case: str) -> RiskSLIMProblem:
    """Make the problem of a case, with points within 5."""
    *table, size = case.removeprefix("free:").split(":")
    if table[0] in TABLES:
        rows, features = map(int, table[1].split("x"))
        data = TABLES[table[0]](rows, features)
    else:
        data = Dataset.from_file(DATA / f"{table[0]}.csv")
    points = CoefficientSet(data.feature_names).set_intercept(-50, 50)
    return RiskSLIMProblem(
        data,
        points,
        max_size=int(size),
        multiplier="free" if case.startswith("free:") else "fixed",
    )


def runs(engine: str) -> Iterator[tuple[str, frozenset[Part]]]:
    """Give the sets of parts to run with, in words."""
    parts = OF_PLANES if engine == "lcpa" else OF_SUPPORTS
    yield "all", ALL_PARTS
    for part in parts:
        yield f"without {part}", ALL_PARTS - {part}
    if engine == "lcpa":
        for part in parts:
            yield f"{part} alone", frozenset({part})
    yield "none", frozenset()


def solved(
    engine: str, problem: RiskSLIMProblem, parts: frozenset[Part], limit: float
) -> SearchResult:
    """Run one search within so many CPU seconds."""
    end = time.process_time() + limit
    options = SearchOptions(parts=parts, interrupted=lambda: time.process_time() > end)
    if engine == "supports":
        return supports.search(support_problem(problem, problem.statement), options)
    oracle = problem.oracle(look_up=Part.LOOK_UP in parts)
    return minimise(replace(problem.program(), oracle=oracle), options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--engine", choices=list(CASES), default="lcpa")
    parser.add_argument("--limit", type=float, default=10.0, help="CPU seconds a run")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    engine = arguments.engine
    for case in arguments.cases or CASES[engine]:
        problem = problem_of(case)
        print(f"\n{case}: {problem.data.n_distinct:,} distinct rows\n", flush=True)
        print("| parts | CPU s | status | objective | bound | gap, % | nodes |")
        print("|---|---|---|---|---|---|---|", flush=True)
        best, bound = np.inf, 0.0
        for name, parts in runs(engine):
            begin = time.process_time()
            result = solved(engine, problem, parts, arguments.limit)
            seconds = time.process_time() - begin
            status = "proved" if result.status is Status.OPTIMAL else "open"
            gap = 100 * (result.objective - result.lower_bound) / result.objective
            print(
                f"| {name} | {seconds:.2f} | {status} | {result.objective:.8f} | "
                f"{result.lower_bound:.6f} | {max(gap, 0.0):.2g} | {result.nodes} |",
                flush=True,
            )
            best, bound = min(best, result.objective), max(bound, result.lower_bound)
            if bound > best + 2e-9:
                raise SystemExit(f"{case}, {name}: a bound of {bound!r} above a score of {best!r}")


if __name__ == "__main__":
    main()
