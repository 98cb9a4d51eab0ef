"""Limits of time on hard instances of every command that takes one: how far they are overrun.

Run by hand, on an idle machine::

    python benchmarks/time_limits.py [--limits 1,5] [--seeds 2] [--only fit,path] [--out limits.csv]

Some 200 runs in a quarter of an hour at most: every command on every table with every limit, and
on the small tables of further seeds with the shortest limit alone, which costs little. Every run
is a command line in a process of its own. A limit is kept where the process ends within its
limit, a tenth of that and a second, with the start of Python and all that is read.
The exit codes must be 0 or 5; how often a limit left time for a score is counted beside. The exit
code of this is 1 where a limit is overrun or a command ends in any other way.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskslim import RiskScore

RISKSLIM = (sys.executable, "-c", "from riskslim.cli import main; main()")
SHARE, SECONDS = 0.1, 1.0  # by which a limit may be overrun
PATIENCE = 120.0  # seconds after the limit, before a command is killed
ENDS = (0, 5)  # done, or a limit ended it with a score
Rng = np.random.Generator


def outcome(rng: Rng, x: Any) -> Any:
    """Draw an outcome that three columns decide, and much noise."""
    z = (x[:, :3] - x[:, :3].mean(axis=0)) / (x[:, :3].std(axis=0) + 1e-9)
    return (z[:, 0] + z[:, 1] - z[:, 2] + rng.logistic(size=len(x)) > 0.5).astype(int)


def wide(rng: Rng) -> Any:
    """Draw many more columns than rows, all real."""
    return rng.normal(size=(200, 5000))


def cuts(rng: Rng) -> Any:
    """Make all cuts of many measurements, more than there are rows."""
    v = rng.normal(size=(330, 65))
    quantiles = np.quantile(v, np.linspace(0.05, 0.95, 20), axis=0)
    return np.concatenate([v >= q for q in quantiles], axis=1).astype(np.int8)


def tall(rng: Rng) -> Any:
    """Draw a million distinct rows."""
    return rng.normal(size=(1_000_000, 8)).round(6)


def large(rng: Rng) -> Any:
    """Draw many rows and columns, all real."""
    return rng.normal(size=(200_000, 60)).round(4)


def digits(rng: Rng) -> Any:
    """Draw one column of nine digits beside small ones."""
    amount = np.rint(5e8 + 1e8 * rng.normal(size=(60, 1)))
    return np.concatenate([amount, rng.integers(0, 2, (60, 3))], axis=1).astype(np.int64)


def alike(rng: Rng) -> Any:
    """Make neighbouring columns that hardly differ."""
    x = rng.normal(size=(1000, 200))
    for j in range(1, 200):
        x[:, j] = 0.8 * x[:, j - 1] + 0.6 * x[:, j]
    return x.round(3)


TABLES: dict[str, Callable[[Rng], Any]] = {
    table.__name__: table for table in (wide, cuts, tall, large, digits, alike)
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "fit": ("fit", "{data}"),
    "fit, fixed multiplier": ("fit", "{data}", "--multiplier", "fixed"),
    "fit, supports": ("fit", "{data}", "--engine", "supports"),
    "fit, lcpa": ("fit", "{data}", "--engine", "lcpa", "--multiplier", "fixed"),
    "fit, slim": ("fit", "{data}", "--method", "slim"),
    "fit, slim, search": ("fit", "{data}", "--method", "slim", "--engine", "search"),
    "fit, slim, mip": ("fit", "{data}", "--method", "slim", "--engine", "mip"),
    "path": ("path", "{data}"),
    "pool": ("pool", "{data}", "--tolerance", "0.01"),
    "distill": ("distill", "{data}", "--teacher", "teacher"),
    "cv": ("cv", "{data}", "--fixed-size", "--folds", "2"),
    "build": ("build", "{data}", "--folds", "2", "-o", "{folder}/built"),
    "compare": ("compare", "{score}", "{data}", "--against", "logistic", "--folds", "2"),
}
# Tables of which reading alone takes minutes.
TOO_LARGE = {("build", "tall"), ("build", "large"), ("build", "wide")}
SMALL = ("wide", "cuts", "digits", "alike")


@dataclass(frozen=True)
class Run:
    """One command on one table, and how it ended."""

    command: str
    table: str
    seed: int
    limit: float
    seconds: float
    cpu: float
    overrun: float
    exit_code: int
    says: str

    @property
    def allowed(self) -> float:
        """Seconds beyond the limit that are within what is promised."""
        return SHARE * self.limit + SECONDS

    @property
    def is_late(self) -> bool:
        """Whether the limit was overrun."""
        return self.overrun > self.allowed

    @property
    def is_wrong(self) -> bool:
        """Whether it ended in any other way than done or by the limit."""
        return self.exit_code not in ENDS


def timed(arguments: list[str], patience: float) -> tuple[float, float, int, str]:
    """Wall-clock and CPU seconds of a command, its exit code and its last line."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        ended = subprocess.run(
            [*RISKSLIM, *arguments], capture_output=True, text=True, timeout=patience, check=False
        )
        code, lines = ended.returncode, ended.stderr.strip().splitlines()
    except subprocess.TimeoutExpired:
        code, lines = -1, [f"killed after {patience:g} s"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - begin, cpu, code, lines[-1][:150] if lines else ""


def runs_on(table: str, seed: int, limits: list[float], wanted: Callable[[str], bool]) -> list[Run]:
    """Run every command on one table."""
    rng = np.random.default_rng(seed)
    x = TABLES[table](rng)
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])
    frame.insert(0, "outcome", outcome(rng, np.asarray(x, dtype=float)))
    teacher = 0.1 + 0.8 * np.clip(0.7 * frame["outcome"] + 0.3 * rng.random(len(x)), 0.0, 1.0)
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        plain, taught = Path(folder, "table.parquet"), Path(folder, "taught.parquet")
        frame.to_parquet(plain)
        frame.assign(teacher=teacher).to_parquet(taught)
        score = Path(folder, "score.json")
        RiskScore.from_points({"x1": 1, "x2": -1}).save(score)
        for command, parts in COMMANDS.items():
            if not wanted(command) or (command, table) in TOO_LARGE:
                continue
            data = taught if command == "distill" else plain
            for limit in limits:
                arguments = [part.format(data=data, folder=folder, score=score) for part in parts]
                arguments += ["--target", "outcome", "--time-limit", f"{limit:g}"]
                arguments += ["--force"] if command == "build" else []
                seconds, cpu, code, says = timed(arguments, limit + PATIENCE)
                over = seconds - limit
                runs.append(Run(command, table, seed, limit, seconds, cpu, over, code, says))
                print(
                    f"  {command} on {table}, {limit:g} s: {over:+.1f} s, exit {code}", flush=True
                )
    return runs


def report(runs: list[Run]) -> str:
    """Say for each command how many limits were kept, and the worst overrun, as Markdown."""
    of: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        of[run.command].append(run)
    lines = [
        "| command | runs | kept | other ends | without a score | worst overrun (s) | on |",
        "|" + "---|" * 7,
    ]
    for command, each in of.items():
        worst = max(each, key=lambda run: run.overrun - run.allowed)
        kept = sum(not run.is_late for run in each)
        wrong = sum(run.is_wrong for run in each)
        without = sum(run.says.startswith("Error") for run in each)
        lines.append(
            f"| {command} | {len(each)} | {kept} | {wrong} | {without} | {worst.overrun:+.1f} "
            f"| {worst.table}, {worst.limit:g} s |"
        )
    return "\n".join(lines)


def main() -> int:
    """Run all, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", default="1,5")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="", help="beginnings of commands, comma separated")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    begins = tuple(filter(None, chosen.only.split(",")))
    limits = [float(limit) for limit in chosen.limits.split(",")]
    runs = []
    for table in chosen.tables.split(","):
        for seed in range(chosen.seeds if table in SMALL else 1):
            own = limits if seed == 0 else [min(limits)]
            runs += runs_on(table, seed, own, lambda name: name.startswith(begins or ("",)))
    print(report(runs))
    for run in runs:
        if run.is_late or run.is_wrong:
            print(
                f"{run.command} on {run.table} (seed {run.seed}), {run.limit:g} s: "
                f"{run.overrun:+.1f} s, CPU {run.cpu:.1f} s, exit {run.exit_code}: {run.says}"
            )
    late, wrong = sum(run.is_late for run in runs), sum(run.is_wrong for run in runs)
    print(f"{len(runs)} runs, {late} limits overrun, {wrong} ended in another way")
    if chosen.out is not None:
        with chosen.out.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(field.name for field in fields(Run))
            writer.writerows(astuple(run) for run in runs)
    return int(late > 0 or wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
