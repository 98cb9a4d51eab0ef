"""A real intercept beside an integer one: objective, CPU seconds and size of the points.

Run by hand::

    python benchmarks/intercept.py [--data adult,heart] [--sizes 3,5] [--limit 120]

Every case runs in a process of its own on one thread, with a free multiplier and points in -5..5.
Ends with an error where an objective with a real intercept is above the other one, both proved.
"""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

from cases import SHARED, cpu_seconds, markdown, run_case
from suite import FEATURES, SETS

MODES = ("integer", "free")
SHOWN = ("case", "intercept", "status", "CPU s", "objective", "points", "mean", "factor", "m")
_ROUNDING = 1e-12


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Solve one case in this process."""
    from riskslim import Dataset, RiskSLIMProblem

    data = Dataset.from_file(SHARED / "data" / f"{case['data']}.csv")
    begin = cpu_seconds()
    problem = RiskSLIMProblem(
        data, max_size=case["size"], multiplier="free", intercept=case["intercept"]
    )
    solution = problem.solve(time_limit=case["limit"])
    return {
        "status": str(solution.status),
        "cpu": cpu_seconds() - begin,
        "objective": solution.objective,
        "lower_bound": solution.lower_bound,
        "points": list(solution.points_by_name.values()),
        "multiplier": solution.multiplier,
    }


def shown(result: dict[str, Any]) -> dict[str, str]:
    """Give a row of the table for people."""
    points = result["points"]
    return {
        "case": f"{result['data']} k={result['size']}",
        "intercept": result["intercept"],
        "status": result["status"],
        "CPU s": f"{result['cpu']:.2f}",
        "objective": f"{result['objective']:.10f}",
        "points": " ".join(f"{value:+d}" for value in points),
        "mean": f"{sum(map(abs, points)) / max(len(points), 1):.2f}",
        "factor": str(math.gcd(*points)),
        "m": f"{result['multiplier']:.4g}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--sizes", default="3,5")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds of one search")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(run(json.loads(arguments.case))))
        return
    if not (SHARED / "data").is_dir():
        raise SystemExit(f"No data at {SHARED}: nothing to run.")
    results: list[dict[str, Any]] = []
    worse = []
    for name in arguments.data.split(","):
        for size in sorted(
            {min(int(k), FEATURES.get(name, 99)) for k in arguments.sizes.split(",")}
        ):
            case = {"data": name, "size": size, "limit": arguments.limit}
            pair = [
                run_case(__file__, case | {"intercept": mode}, 2 * arguments.limit + 60)
                for mode in MODES
            ]
            results += pair
            for result in pair:
                row = shown(result)
                print("  ".join(row[column] for column in SHOWN), flush=True)
            integer, real = pair
            if real["objective"] > integer["objective"] + _ROUNDING:
                worse.append(f"{name} k={size}")
    print(markdown(SHOWN, [shown(result) for result in results]))
    for mode in MODES:
        own = [result for result in results if result["intercept"] == mode]
        points = [abs(value) for result in own for value in result["points"]]
        shared = sum(math.gcd(*result["points"]) > 1 for result in own)
        print(
            f"{mode}: mean |points| {sum(points) / len(points):.2f}, common factor in {shared} of "
            f"{len(own)}, {sum(result['cpu'] for result in own):.1f} CPU seconds"
        )
    if worse:
        raise SystemExit(f"above the objective with an integer: {', '.join(worse)}")


if __name__ == "__main__":
    main()
