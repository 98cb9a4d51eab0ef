"""Kills at random moments of every command that writes: no half file, nothing in the way after it.

Usage: python benchmarks/kills.py [--count 300] [--seed 0] [--jobs 2]

Every command runs once undisturbed, which gives its files and how long it takes. Then it is
started again and again beside an earlier result, and gets SIGKILL, SIGTERM or SIGINT at a random
moment of that time. After each kill every file is the old one or a whole new one, and no process
is left; after every few, and at the end, the command runs to its end, and leaves its files and
nothing else. Commands are forked from a process that has loaded everything, so that the moments
are of their work; the workers that they start load what they need themselves. Exit code 1 where
any of this does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forked import start_forked, warm_up

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
OLD = "an earlier result"
# Kills, each beside what the one before has left, until the command may run to its end.
IN_A_ROW = 4
# A worker looks for its parent four times a second; a busy machine gets ten seconds for it.
PATIENCE = 10.0
# Seconds after which a command that nobody disturbs is taken to hang.
HANGS = 120.0

QUICK = ("--max-size", "3", "--time-limit", "300")
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "fit": (("fit", "t.csv", *QUICK), "out.json"),
    "fit --pool": (("fit", "t.csv", *QUICK, "-o", "score.json", "--pool"), "out.json"),
    "path": (("path", "t.csv", *QUICK), "out"),
    "path --plot": (("path", "t.csv", *QUICK, "--plot"), "out.svg"),
    "pool": (("pool", "t.csv", *QUICK), "out.json"),
    "cv": (("cv", "t.csv", *QUICK, "--folds", "3", "--threads", "2"), "out.json"),
    "build": (("build", "t.csv", *QUICK, "--folds", "2", "--jobs", "2", "--force"), "out"),
    "distill": (("distill", "t.csv", "--teacher", "p", *QUICK, "--threads", "2"), "out.json"),
    "compare": (("compare", "s.json", "t.csv", "--threads", "2", "--folds", "2"), "out.json"),
    "export": (("export", "s.json", "--to", "xlsx"), "out.xlsx"),
    "predict": (("predict", "s.json", "t.csv"), "out.csv"),
    "recalibrate": (("recalibrate", "s.json", "t.csv"), "out.json"),
    "report": (("report", "s.json", "t.csv"), "out.html"),
    "count": (("count", "t.csv", "--target", "Died"), "out.parquet"),
    "score": (("score", "card.toml"), "out.json"),
    "tiers": (("tiers", "s.json", "tiers.toml"), "out.json"),
    "scale": (("scale", "s.json"), "out.csv"),
    "scorecard": (("scorecard", "s.json", "t.csv"), "out.csv"),
    "scorecard --plot": (("scorecard", "s.json", "t.csv", "--plot"), "out.pdf"),
    "drift": (("drift", "s.json", "t.csv"), "out.csv"),
    "reasons": (("reasons", "s.json", "t.csv"), "out.csv"),
    "recourse": (
        ("recourse", "s.json", "t.csv", "--actions", "actions.toml", "--target-risk", "0.3"),
        "out.csv",
    ),
    "fhir": (("fhir", "s.json", "t.csv", "--id", "p"), "out.json"),
}
SETTINGS = {
    "card.toml": 'outcome = "died"\nintercept = -3\n[items.Confusion]\npoints = 2\n',
    "tiers.toml": '[[tiers]]\nname = "Low"\n[[tiers]]\nname = "High"\ntotal = 2\n',
    "actions.toml": 'columns.A = "both"\ncolumns.B = "down"\n',
}


@dataclass(frozen=True)
class Undisturbed:
    """A command that was left in peace: its time, and what it left in its folder."""

    seconds: float
    names: frozenset[str]


def main() -> int:
    """Print a line for each kind of kill, and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    sys.argv = sys.argv[:1]
    warm_up()
    with tempfile.TemporaryDirectory(prefix="riskslim-kills-") as name:
        base = Path(name)
        _make_inputs(base)
        jobs = [
            _start_job(base, number, options.jobs, options.count, options.seed)
            for number in range(options.jobs)
        ]
        failed = [os.waitpid(job, 0)[1] != 0 for job in jobs]
        found = [json.loads(line) for line in _lines(base, options.jobs)]
    ends = Counter(end for end, _ in found)
    wrong = [text for _, texts in found for text in texts]
    for end, count in sorted(ends.items()):
        print(f"{end}: {count}")
    print(f"{len(found)} kills, {len(wrong)} wrong")
    return 1 if wrong or any(failed) or len(found) != options.count else 0


def _lines(base: Path, jobs: int) -> Iterator[str]:
    for number in range(jobs):
        yield from (base / f"found-{number}").read_text().splitlines()


def _start_job(base: Path, number: int, jobs: int, count: int, seed: int) -> int:
    """Fork a process that does its share of the kills; threads would not survive a fork."""
    job = os.fork()
    if job != 0:
        return job
    code = 1
    try:
        with (base / f"found-{number}").open("w", buffering=1) as found:
            for command, kills in _share(number, jobs, count):
                for result in _kills(command, base, kills, f"{seed} {command} {number}"):
                    found.write(json.dumps(result) + "\n")
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _share(number: int, jobs: int, count: int) -> Iterator[tuple[str, int]]:
    """Give the commands of a job, and how often it kills each."""
    for place, command in enumerate(COMMANDS):
        kills = len(range(place, count, len(COMMANDS)))
        own = len(range((number + place) % jobs, kills, jobs))
        if own:
            yield command, own


def _make_inputs(base: Path) -> None:
    dice = random.Random(0)
    lines = ["Died,A,B,C,D,E,p"]
    for _ in range(400):
        row = [dice.randrange(2) for _ in range(5)]
        risk = (1 + sum(row)) / 8
        lines.append(",".join(map(str, (int(dice.random() < risk), *row, risk))))
    (base / "t.csv").write_text("\n".join(lines) + "\n")
    for name, text in SETTINGS.items():
        (base / name).write_text(text)
    without = [line.rpartition(",")[0] for line in lines]
    (base / "f.csv").write_text("\n".join(without) + "\n")
    code = _wait(start_forked(["fit", "f.csv", "--max-size", "3", "-o", "s.json"], base))
    if code != 0:
        raise RuntimeError(f"fit: exit code {code}: {_printed(base)}")


def _folder(base: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=base))
    for name in ("t.csv", "s.json", *SETTINGS):
        shutil.copy(base / name, folder)
    return folder


def _call(command: str) -> list[str]:
    words, output = COMMANDS[command]
    return [*words, output] if words[-1].startswith("--p") else [*words, "-o", output]


def _wait(process: int, seconds: float = HANGS) -> int:
    """Wait for a process, and give its exit code, or minus the signal that ended it."""
    deadline = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.002)


def _printed(folder: Path) -> str:
    return (folder / ".printed").read_text(errors="replace")[-300:]


def _undisturbed(command: str, base: Path) -> Undisturbed:
    folder = _folder(base)
    start = time.monotonic()
    code = _wait(start_forked(_call(command), folder))
    seconds = time.monotonic() - start
    if code not in (0, 5):
        raise RuntimeError(f"{command}: exit code {code}: {_printed(folder)!r}")
    return Undisturbed(seconds, frozenset(path.name for path in folder.iterdir()))


def _kills(command: str, base: Path, count: int, seed: str) -> Iterator[tuple[str, list[str]]]:
    """Give how each killed command ended, and what is wrong after it."""
    known, dice, folder = _undisturbed(command, base), random.Random(seed), _folder(base)
    output = folder / COMMANDS[command][1]
    for number in range(1, count + 1):
        if output.suffix:
            output.write_text(OLD)
        sent = dice.choice(SIGNALS)
        process = start_forked(_call(command), folder)
        time.sleep(dice.random() * known.seconds * 1.1)
        os.kill(process, sent)
        end = f"{sent.name}, exit code {_wait(process)}"
        wrong = [f"process {left} is left" for left in _processes_left(process)]
        if not _is_whole(output):
            wrong.append(f"{output.name} is neither the old one nor whole")
        _remove_folder(output)
        if number % IN_A_ROW == 0 or number == count:
            wrong += _afterwards(command, folder, known)
            _remove_folder(output)
        wrong = [f"{command}, {sent.name}: {text}" for text in wrong]
        for text in wrong:
            print(f"WRONG {text}", flush=True)
        yield end, wrong
    shutil.rmtree(folder)


def _afterwards(command: str, folder: Path, known: Undisturbed) -> list[str]:
    """Let the command run to its end beside what kills have left; say what is wrong then."""
    code = _wait(start_forked(_call(command), folder))
    wrong = [] if code in (0, 5) else [f"exit code {code} afterwards: {_printed(folder)!r}"]
    left = {path.name for path in folder.iterdir()} - known.names
    return [*wrong, f"{sorted(left)} are left"] if left else wrong


def _remove_folder(output: Path) -> None:
    """Remove a folder that is finished, as a person does: it is never written over."""
    if output.is_dir():
        shutil.rmtree(output)


def _is_whole(output: Path) -> bool:
    """Whether a file is the old one or reads as one of its kind, and a folder has its files."""
    if output.is_dir():
        return any(output.iterdir()) and all(map(_is_whole, output.iterdir()))
    if not output.exists():
        # Only where there was none before.
        return not output.suffix
    content = output.read_bytes()
    if content == OLD.encode():
        return True
    if output.suffix == ".json":
        return isinstance(json.loads(content), dict)
    if output.suffix == ".parquet":
        return content.startswith(b"PAR1") and content.endswith(b"PAR1")
    ends = {".csv": b"\n", ".svg": b"</svg>\n", ".html": b"</html>", ".xlsx": b"", ".pdf": b"%%EOF"}
    tail = ends.get(output.suffix, b"")
    if output.suffix == ".xlsx":
        return zipfile.ZipFile(output).testzip() is None
    return content.rstrip().endswith(tail.rstrip())


def _processes_left(session: int) -> list[int]:
    """Find processes of a run by their session, after some patience."""
    deadline = time.monotonic() + PATIENCE
    while (left := _of_session(session)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _of_session(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, own = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            # What has ended and was not waited for, by whoever is its parent now, is gone.
            if int(own) == session and state != "Z":
                found.append(int(entry.name))
    return found


if __name__ == "__main__":
    sys.exit(main())
