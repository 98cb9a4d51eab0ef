"""How seconds and memory grow with the rows and with the features of a table.

Run by hand::

    python benchmarks/growth.py rows [--rows 10000,100000] [--forms array,frame,parquet,csv]
                                     [--types int8,float32,float64] [--limit 600] [--out FILE]
    python benchmarks/growth.py features [--features 50,100,200,400] [--sizes 3,5] [--limit 60]

Rows: `adult` resampled with replacement, the whole way from the table to the certified
optimum of size 5. Features: `adult` with products of pairs of its columns and with columns
of noise, half of each. Every case runs in a process of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cases import SHARED, append, cpu_seconds, done, markdown, peak_mib, run_case
from numpy.typing import NDArray

import riskslim.data.dataset as dataset_module
from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SearchOptions

ROWS = ["form", "dtype", "rows", "distinct", "read", "check", "outcome", "merge", "other"]
ROWS += ["data", "search", "total", "ns_a_row", "cpu", "peak_mib", "input_mib", "status"]
ROWS += ["objective", "error"]
FEATURES = ["features", "size", "multiplier", "status", "seconds", "objective", "gap", "nodes"]
FEATURES += ["peak_mib", "distinct", "error"]
PARTS = {
    "read_table": "read",
    "check_numbers": "check",
    "positive_rows": "outcome",
    "merge_rows": "merge",
    "class_totals": "merge",
}


def adult() -> pd.DataFrame:
    return pd.read_csv(SHARED / "data" / "adult.csv")


def resampled(rows: int, dtype: str, seed: int = 0) -> NDArray[Any]:
    """Outcome and features, column by column in memory, as a DataFrame holds them."""
    table = np.asfortranarray(adult().to_numpy(), dtype=dtype)
    chosen = np.random.default_rng([rows, seed]).integers(0, len(table), rows)
    result = np.empty((rows, table.shape[1]), dtype=dtype, order="F")
    for j in range(table.shape[1]):
        result[:, j] = table[chosen, j]
    return result


def timed(seconds: dict[str, float]) -> None:
    """Let the parts of the way from a table to a Dataset note their seconds."""

    def wrapped(function: Callable[..., Any], part: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                seconds[part] = seconds.get(part, 0.0) + time.perf_counter() - began

        return call

    for name, part in PARTS.items():
        if hasattr(dataset_module, name):
            setattr(dataset_module, name, wrapped(getattr(dataset_module, name), part))


def solved(data: Dataset, size: int, multiplier: str, limit: float, threads: int) -> dict[str, Any]:
    points = CoefficientSet(data.feature_names)
    options: dict[str, Any] = {} if multiplier == "fixed" else {"multiplier": multiplier}
    began = time.perf_counter()
    problem = RiskSLIMProblem(data, points, max_size=size, **options)
    solution = problem.solve(SearchOptions(time_limit=limit, threads=threads))
    return {
        "search": round(time.perf_counter() - began, 3),
        "status": str(solution.status),
        "objective": repr(solution.objective),
        "gap": f"{solution.absolute_gap:.2e}",
        "nodes": solution.nodes,
        "distinct": data.n_distinct,
    }


def rows_case(case: dict[str, Any]) -> dict[str, Any]:
    if case["form"] in ("parquet", "csv"):
        source: Any = case["file"]
        input_mib = Path(source).stat().st_size / 2**20
        make: Callable[[Any], Dataset] = Dataset.from_file
    else:
        source = resampled(case["rows"], case["dtype"])
        input_mib = source.nbytes / 2**20
        if case["form"] == "frame":
            names = adult().columns
            source = pd.DataFrame(source, columns=names, copy=False)
            make = Dataset.from_frame
        else:
            make = lambda table: Dataset.from_arrays(table[:, 1:], table[:, 0])  # noqa: E731
    seconds: dict[str, float] = {}
    timed(seconds)
    cpu, began = cpu_seconds(), time.perf_counter()
    data = make(source)
    whole = time.perf_counter() - began
    cpu = cpu_seconds() - cpu
    peak = peak_mib()
    answer = solved(data, 5, "fixed", case["limit"], case["threads"])
    parts = {part: round(seconds.get(part, 0.0), 4) for part in dict.fromkeys(PARTS.values())}
    return {
        **parts,
        "other": round(whole - sum(seconds.values()), 4),
        "data": round(whole, 4),
        "cpu": round(cpu, 4),
        "ns_a_row": round(whole / case["rows"] * 1e9),
        "total": round(whole + answer["search"], 3),
        "input_mib": round(input_mib),
        "peak_mib": round(max(peak, peak_mib())),
        **answer,
    }


def wide(features: int) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """`adult` with products of pairs of columns and columns of noise, 36 and more."""
    table = adult()
    X = table.iloc[:, 1:].to_numpy(dtype=np.int8)
    random = np.random.default_rng(features)
    pairs = [
        product
        for a, b in random.permutation(list(itertools.combinations(range(X.shape[1]), 2)))
        if (product := X[:, a] * X[:, b]).mean() > 0.01 and (product != X[:, a]).any()
    ]
    products = pairs[: (features - X.shape[1]) // 2]
    noise = random.random((len(X), features - X.shape[1] - len(products))) < random.uniform(
        0.05, 0.5, features - X.shape[1] - len(products)
    )
    return np.column_stack([X, *products, noise.astype(np.int8)]), table.iloc[:, 0].to_numpy()


def features_case(case: dict[str, Any]) -> dict[str, Any]:
    X, y = wide(case["features"])
    data = Dataset.from_arrays(X, y)
    answer = solved(data, case["size"], case["multiplier"], case["limit"], case["threads"])
    return {**answer, "seconds": answer["search"], "peak_mib": round(peak_mib())}


def write_files(folder: Path, rows: int, dtype: str, form: str) -> Path:
    import pyarrow as pa
    from pyarrow import csv, parquet

    path = folder / f"{rows}_{dtype}.{form}"
    names = list(adult().columns)
    # By parts, so that the writer stays small as well.
    writer: Any = None
    part = 1_000_000
    for start in range(0, rows, part):
        block = resampled(min(part, rows - start), dtype, start)
        table = pa.table({name: block[:, j] for j, name in enumerate(names)})
        if writer is None:
            make = parquet.ParquetWriter if form == "parquet" else csv.CSVWriter
            writer = make(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


def run_rows(arguments: argparse.Namespace, out: Path) -> list[dict[str, Any]]:
    known = done(out, ["form", "dtype", "rows"])
    results: list[dict[str, Any]] = []
    cases = itertools.product(
        arguments.forms.split(","), arguments.types.split(","), arguments.rows.split(",")
    )
    for form, dtype, rows in cases:
        if (form, dtype, rows) in known:
            results.append(dict(known[form, dtype, rows]))
            continue
        case: dict[str, Any] = {"form": form, "dtype": dtype, "rows": int(rows)}
        case |= {"limit": arguments.limit, "threads": arguments.threads}
        with tempfile.TemporaryDirectory() as folder:
            if form in ("parquet", "csv"):
                case["file"] = str(write_files(Path(folder), int(rows), dtype, form))
            result = run_case(__file__, case, 3 * arguments.limit)
        append(out, ROWS, result)
        results.append(result)
        print({key: result[key] for key in ROWS if key in result}, flush=True)
    return results


def run_features(arguments: argparse.Namespace, out: Path) -> list[dict[str, Any]]:
    known = done(out, ["features", "size", "multiplier"])
    results: list[dict[str, Any]] = []
    cases = itertools.product(
        arguments.features.split(","), arguments.sizes.split(","), arguments.multiplier.split(",")
    )
    for features, size, multiplier in cases:
        if (features, size, multiplier) in known:
            results.append(dict(known[features, size, multiplier]))
            continue
        case = {"features": int(features), "size": int(size), "multiplier": multiplier}
        case |= {"limit": arguments.limit, "threads": arguments.threads}
        result = run_case(__file__, case, 3 * arguments.limit + 120)
        append(out, FEATURES, result)
        results.append(result)
        print({key: result[key] for key in FEATURES if key in result}, flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="?", choices=["rows", "features"], default="rows")
    parser.add_argument("--rows", default="10000,100000,1000000,10000000")
    parser.add_argument("--forms", default="array,frame,parquet,csv")
    parser.add_argument("--types", default="int8,float32,float64")
    parser.add_argument("--features", default="50,100,200,400")
    parser.add_argument("--sizes", default="3,5")
    parser.add_argument("--multiplier", default="fixed")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of one search")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="CSV of results; its cases are not run again")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        case = json.loads(arguments.case)
        print(json.dumps(rows_case(case) if "form" in case else features_case(case)))
        return
    if not (SHARED / "data").is_dir():
        raise SystemExit(f"No data at {SHARED}: nothing to run.")
    out = arguments.out or Path(f"growth_{arguments.part}.csv")
    run, columns = (run_rows, ROWS) if arguments.part == "rows" else (run_features, FEATURES)
    print(markdown(columns, run(arguments, out)))


if __name__ == "__main__":
    main()
