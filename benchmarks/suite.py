"""Time to the certified optimum on every public set, beside published results.

Run by hand::

    python benchmarks/suite.py [--data adult,heart] [--sizes 3,5,7,10] [--multiplier fixed,free]
                               [--limit 600] [--threads 2] [--out results.csv]

Every case runs in a process of its own, through `RiskSLIMProblem.solve` with the engine
``auto``; cases that the CSV file has already are not run again. Points are in -5..5; with a
fixed multiplier the intercept is in -50..50, as the peers had it. A peer is the published
RiskSLIM code with CPLEX (fixed) or FasterRisk (free, which gives no bound). The table goes to
standard output and beside the CSV file as Markdown.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from pathlib import Path
from typing import Any

from cases import SHARED, append, cpu_seconds, done, markdown, peak_mib, run_case

SETS = (
    "bankruptcy", "haberman", "breastcancer", "mammo", "compas", "heart", "adult", "spambase",
    "mushroom",
)  # fmt: skip
FEATURES = {"bankruptcy": 6, "haberman": 3, "breastcancer": 9}
KEYS = ("data", "size", "multiplier")
COLUMNS = (
    *KEYS,
    *("status", "seconds", "cpu", "objective", "loss", "lower_bound", "gap", "nodes", "cuts"),
    *("peak_mib", "m", "points", "read", "threads", "limit", "peer", "peer_seconds"),
    *("peer_value", "peer_gap", "ratio", "difference", "error"),
)
SHOWN: tuple[str, ...] = ("case", "status", "seconds", "value", "gap", "nodes", "MiB")
SHOWN += ("peer", "peer's gap", "ratio", "difference")


def peers() -> dict[tuple[str, str, str], dict[str, str]]:
    """Read published results by set, size and kind of multiplier; of several, the best one."""
    path = SHARED / "benchmarks" / "peers.csv"
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    if not path.exists():
        return found
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            kind = {"risk-slim+cplex": "fixed", "fasterrisk 0.1.10": "free"}.get(row["peer"])
            if kind is None:
                continue
            value = row["objective"] if kind == "fixed" else row["loss"]
            key = (row["data"], row["max_size"], kind)
            if key not in found or float(value) < float(found[key]["value"]):
                found[key] = {**row, "value": value}
    return found


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Solve one case in this process."""
    from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SearchOptions

    began = time.perf_counter()
    data = Dataset.from_file(SHARED / "data" / f"{case['data']}.csv")
    read = time.perf_counter() - began
    points = CoefficientSet(data.feature_names, -5, 5)
    options: dict[str, Any] = {}
    if case["multiplier"] == "fixed":
        points = points.set_intercept(-50, 50)
    else:
        options |= {"multiplier": "free", "intercept": "integer"}  # as FasterRisk has it
    cpu, began = cpu_seconds(), time.perf_counter()
    problem = RiskSLIMProblem(data, points, max_size=int(case["size"]), **options)
    solution = problem.solve(SearchOptions(time_limit=case["limit"], threads=case["threads"]))
    return {
        "status": str(solution.status),
        "seconds": round(time.perf_counter() - began, 4),
        "cpu": round(cpu_seconds() - cpu, 4),
        "objective": repr(solution.objective),
        "loss": repr(solution.loss),
        "lower_bound": repr(solution.lower_bound),
        "gap": f"{solution.absolute_gap:.3e}",
        "nodes": solution.nodes,
        "cuts": solution.cuts,
        "peak_mib": round(peak_mib()),
        "m": repr(solution.multiplier),
        "points": json.dumps({"(Intercept)": solution.intercept, **solution.points_by_name}),
        "read": round(read, 4),
    }


def beside(result: dict[str, Any], known: dict[tuple[str, str, str], dict[str, str]]) -> None:
    """Add the peer's numbers: ratio of seconds, and our value minus the peer's."""
    peer = known.get((result["data"], str(result["size"]), result["multiplier"]))
    if peer is None:
        return
    value = float(peer["value"])
    result["peer"] = peer["peer"]
    result["peer_seconds"] = peer["seconds"]
    result["peer_value"] = peer["value"]
    result["peer_gap"] = peer["relative_gap"]
    if "seconds" in result:
        own = result["objective"] if result["multiplier"] == "fixed" else result["loss"]
        if result["status"] == "optimal":
            result["ratio"] = f"{float(result['seconds']) / float(peer['seconds']):.3g}"
        result["difference"] = f"{float(own) - value:.2e}"


def shown(result: dict[str, Any]) -> dict[str, str]:
    """Give a row of the table for people."""
    row = {
        "case": f"{result['data']} k={result['size']} {result['multiplier']}",
        "status": result.get("status") or result.get("error", ""),
        "ratio": result.get("ratio", ""),
        "difference": result.get("difference", ""),
    }
    if result.get("seconds"):
        fixed = result["multiplier"] == "fixed"
        row["seconds"] = f"{float(result['seconds']):.2f}"
        row["value"] = f"{float(result['objective' if fixed else 'loss']):.10f}"
        row["gap"] = f"{float(result['gap']):.1e}"
        row["nodes"] = f"{int(result['nodes']):,}"
        row["MiB"] = str(result["peak_mib"])
    if result.get("peer"):
        value = f"{float(result['peer_value']):.10f}"
        row["peer"] = f"{value}, {float(result['peer_seconds']):.2f} s"
        gap = result["peer_gap"]
        row["peer's gap"] = f"{float(gap):.1e}" if gap[:1].isdigit() else gap
    return row


def settled(row: dict[str, str], limit: float) -> bool:
    """Whether a case need not be run again: it ended well, or had as long as it has now."""
    return not row["error"] and (row["status"] == "optimal" or float(row["limit"]) >= limit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--sizes", default="3,5,7,10")
    parser.add_argument("--multiplier", default="fixed,free")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds of one search")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results.csv"))
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(run(json.loads(arguments.case))))
        return
    if not (SHARED / "data").is_dir():
        raise SystemExit(f"No data at {SHARED}: nothing to run.")
    known, before, results = peers(), done(arguments.out, KEYS), []
    for multiplier in arguments.multiplier.split(","):
        for name in arguments.data.split(","):
            # No score has more features than the table.
            most = FEATURES.get(name, math.inf)
            for size in sorted({min(int(k), most) for k in arguments.sizes.split(",")}):
                key = (name, str(size), multiplier)
                if key in before and settled(before[key], arguments.limit):
                    results.append(dict(before[key]))
                    continue
                case = {"data": name, "size": size, "multiplier": multiplier}
                case |= {"limit": arguments.limit, "threads": arguments.threads}
                result = run_case(__file__, case, 2 * arguments.limit + 120)
                beside(result, known)
                append(arguments.out, COLUMNS, result)
                results.append({key: str(value) for key, value in result.items()})
                line = shown(results[-1])
                print("  ".join(line.get(column, "-") or "-" for column in SHOWN), flush=True)
    table = markdown(SHOWN, [shown(result) for result in results])
    arguments.out.with_suffix(".md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
