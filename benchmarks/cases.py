"""One case of a benchmark in a process of its own, and tables of what came out.

A case is a dictionary of plain values. The script that is run as ``script --case JSON``
prints one JSON object on its last line; ``run_case`` calls it and adds what the process took.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["SHARED", "append", "done", "markdown", "peak_mib", "run_case"]

SHARED = Path(__file__).resolve().parents[2] / "shared"

Case = Mapping[str, Any]


def run_case(script: str, case: Case, limit: float) -> dict[str, Any]:
    """Run a case and give what it printed, with an ``error`` where it did not end well.

    Parameters
    ----------
    script : str
        Path of the script.
    case : mapping
        What to run.
    limit : float
        Seconds after which the process is killed.
    """
    command = [sys.executable, script, "--case", json.dumps(dict(case))]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {**case, "error": f"killed after {limit:g} s"}
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
        return {**case, "error": lines[-1]}
    return {**case, **json.loads(ended.stdout.strip().splitlines()[-1])}


def peak_mib() -> float:
    """Largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` says on Linux may be the peak of the process that started this one.
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def cpu_seconds() -> float:
    """User CPU time of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def done(path: Path, keys: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows of a CSV file of results that are there already, by the values of `keys`."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def append(path: Path, columns: Sequence[str], row: Mapping[str, Any]) -> None:
    """Add a row to a CSV file of results, with a header where the file is new."""
    new = not path.exists() or path.stat().st_size == 0
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", restval="")
        if new:
            writer.writeheader()
        writer.writerow(dict(row))
        file.flush()
        os.fsync(file.fileno())


def markdown(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay rows out as a Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(row.get(c, "")) for c in columns) + " |" for row in rows]
    return "\n".join(lines)
