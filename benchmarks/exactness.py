"""Random problems against brute force: every engine, every kind of multiplier and intercept.

Run by hand::

    python benchmarks/exactness.py [--problems 1000] [--seed 0] [--multiplier fixed,free,line]
                                   [--engines supports,lcpa] [--seconds 60] [--threads 2]
                                   [--grouped]

With ``--grouped`` the problems are those of `grouped_problems.py`: cuts, levels and blanks of a few
variables, limits on variables and on cuts, hard and mixed labels.
Prints each wrong optimum, bound above the truth, false infeasibility, disagreement of two
certificates or error with its seed, then a table of what was tried. ``--only SEED`` runs one.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from dataclasses import dataclass

import joblib
import numpy as np
from cases import markdown
from grouped_problems import random_grouped
from random_problems import complaints, random_problem

from riskslim.errors import DataWarning


@dataclass(frozen=True)
class Outcome:
    """What one problem gave."""

    seed: int
    multiplier: str
    kinds: tuple[str, ...]
    infeasible: bool
    complaints: tuple[str, ...]
    nodes: dict[str, int]
    seconds: dict[str, float]


def outcome(
    seed: int, multiplier: str, engines: tuple[str, ...], limit: float, is_grouped: bool
) -> Outcome:
    warnings.simplefilter("ignore", DataWarning)
    make = random_grouped if is_grouped else random_problem
    case = make(np.random.default_rng(seed), multiplier)
    found, solutions = complaints(case, engines, limit)
    solved = {engine: s for engine, s in solutions.items() if s is not None}
    return Outcome(
        seed=seed,
        multiplier=multiplier,
        kinds=case.kinds,
        infeasible=any(s is None for s in solutions.values()),
        complaints=tuple(found),
        nodes={engine: s.nodes for engine, s in solved.items()},
        seconds={engine: s.seconds for engine, s in solved.items()},
    )


def summary(outcomes: list[Outcome], multiplier: str, engines: tuple[str, ...]) -> dict[str, str]:
    some = [one for one in outcomes if one.multiplier == multiplier]
    row = {
        "multiplier": multiplier,
        "problems": f"{len(some):,}",
        "infeasible": str(sum(one.infeasible for one in some)),
        "wrong": str(sum(bool(one.complaints) for one in some)),
    }
    for engine in engines:
        seconds = [one.seconds[engine] for one in some if engine in one.seconds]
        nodes = [one.nodes[engine] for one in some if engine in one.nodes]
        row[f"{engine}: nodes"] = f"{sum(nodes):,}"
        row[f"{engine}: seconds"] = f"{sum(seconds):.1f}"
        row[f"{engine}: slowest"] = f"{max(seconds, default=0.0):.2f}"
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=1000, help="of each kind of multiplier")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="run this seed alone")
    parser.add_argument("--multiplier", default="fixed,free,line")
    parser.add_argument("--engines", default="supports,lcpa")
    parser.add_argument("--seconds", type=float, help="stop when so long is over")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of one search")
    parser.add_argument("--grouped", action="store_true", help="cuts and levels of variables")
    parser.add_argument("--threads", type=int, default=2, help="problems at once")
    arguments = parser.parse_args()
    engines = tuple(arguments.engines.split(","))
    seeds = range(arguments.seed, arguments.seed + arguments.problems)
    if arguments.only is not None:
        seeds = range(arguments.only, arguments.only + 1)
    multipliers = arguments.multiplier.split(",")
    end = time.monotonic() + arguments.seconds if arguments.seconds else float("inf")
    outcomes: list[Outcome] = []
    with joblib.Parallel(n_jobs=arguments.threads) as parallel:
        for start in range(0, len(seeds), 20):
            if time.monotonic() > end:
                break
            for one in parallel(
                joblib.delayed(outcome)(
                    seed, multiplier, engines, arguments.limit, arguments.grouped
                )
                for seed in seeds[start : start + 20]
                for multiplier in multipliers
            ):
                outcomes.append(one)
                for text in one.complaints:
                    print(f"seed {one.seed}, {one.multiplier}: {text}", flush=True)
    rows = [summary(outcomes, multiplier, engines) for multiplier in multipliers]
    print(markdown(list(rows[0]), rows))
    made_of = Counter(kind for one in outcomes for kind in set(one.kinds))
    print("made of: " + ", ".join(f"{kind} {count:,}" for kind, count in made_of.most_common()))
    if any(one.complaints for one in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
