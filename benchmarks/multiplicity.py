"""The least and the greatest risk near the optimum: against brute force, and on ``mammo``.

Run by hand::

    python benchmarks/multiplicity.py [--seeds 300] [--limit 1000]

Random problems with a fixed multiplier, a free one, and a real intercept, listed and searched,
against every choice of points, multiplier and intercept; then ``mammo`` with at most five features,
a tolerance of 0.005 and a deviation of 0.2. Ends with an error where something is wrong.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from cases import SHARED
from scipy.special import expit

from riskslim import Dataset, RiskSLIMProblem

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from support.viable import every_score, random_problem

_GRID = 1e-4  # of the brute force over real intercepts and multipliers


def against_brute_force(seeds: int) -> int:
    """Count the problems in which a range is wrong, or not what is proved."""
    wrong, exact, worst = 0, list[float](), 0.0
    for seed in range(seeds):
        problem, tolerance = random_problem(seed)
        low, high = (expit(end) for end in every_score(problem, tolerance))
        for limit in (1000, 2):
            found = problem.viable_ranges(None, tolerance, limit=limit).ranges
            known = found["exact"].to_numpy()
            exact.append(float(known.mean()))
            differ = np.abs(np.column_stack([found["lowest"] - low, found["highest"] - high]))
            here = float(differ[known].max(initial=0.0))
            worst = max(worst, here)
            proved = np.all(found["least"] <= low + 1e-6)
            proved &= np.all(found["greatest"] >= high - 1e-6)
            inside = np.all(found["lowest"] >= low - _GRID)
            inside &= np.all(found["highest"] <= high + _GRID)
            if here > _GRID or not proved or not inside:
                wrong += 1
                print(f"seed {seed}, limit {limit}: wrong by {here:.2g}")
    print(
        f"{seeds} problems, {wrong} wrong; largest difference {worst:.2g}; exact ranges, listed "
        f"{np.mean(exact[::2]):.1%}, searched with 2 scores at a time {np.mean(exact[1::2]):.1%}"
    )
    return wrong


def mammo(limit: int) -> None:
    """Print the ranges of ``mammo``."""
    data = Dataset.from_file(SHARED / "data" / "mammo.csv")
    for intercept in ("integer", "free"):
        problem = RiskSLIMProblem(data, max_size=5, multiplier="free", intercept=intercept)
        begin = time.process_time()
        found = problem.viable_ranges(None, 0.005, limit=limit)
        took = time.process_time() - begin
        print(
            f"mammo, {intercept} intercept: mean range {found.mean_width:.4f}, ambiguity "
            f"{found.ambiguity_of_risks(0.2):.2%} of risks, {found.ambiguity(0.5):.2%} of classes; "
            f"{found.ranges['exact'].mean():.1%} exact; {took:.0f} CPU s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--limit", type=int, default=1000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    wrong = against_brute_force(arguments.seeds)
    mammo(arguments.limit)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
