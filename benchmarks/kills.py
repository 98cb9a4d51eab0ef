"""Kills at random moments of every command that writes: no half file, nothing in the way after it.

Usage: python benchmarks/kills.py [--count 300] [--seed 0] [--jobs 2]

Each command runs once undisturbed, which gives its files and how long it takes. Then it is
started again beside an earlier result and gets SIGKILL, SIGTERM or SIGINT at a random moment of
that time. After it every file is the old one or a whole new one, and no process is left; then the
command runs again to its end, and leaves its files and nothing else. Exit code 1 where any of
this does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "from riskslim.cli import main; main()"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
MARK = "RISKSLIM_KILLS"
OLD = "an earlier result"
# A worker looks for its parent four times a second; a busy machine gets ten seconds for it.
PATIENCE = 10.0

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
    with tempfile.TemporaryDirectory(prefix="riskslim-kills-") as name:
        base = Path(name)
        _make_inputs(base)
        known = {command: _undisturbed(command, base) for command in COMMANDS}
        order = [list(COMMANDS)[number % len(COMMANDS)] for number in range(options.count)]
        with ThreadPoolExecutor(options.jobs) as pool:
            tries = [
                pool.submit(_kill, command, known[command], base, f"{options.seed} {number}")
                for number, command in enumerate(order)
            ]
            found = [done.result() for done in tries]
    ends = Counter(end for end, _ in found)
    wrong = [text for _, texts in found for text in texts]
    for end, count in sorted(ends.items()):
        print(f"{end}: {count}")
    print(f"{len(found)} kills, {len(wrong)} wrong")
    return 1 if wrong else 0


def _make_inputs(base: Path) -> None:
    dice = random.Random(0)
    lines = ["Died,A,B,C,D,E,p"]
    for _ in range(400):
        row = [dice.randrange(2) for _ in range(5)]
        risk = (1 + sum(row)) / 8
        lines.append(",".join(map(str, (int(dice.random() < risk), *row, risk))))
    (base / "t.csv").write_text("\n".join(lines) + "\n")
    _run(base, "kills-inputs", "fit", "t.csv", "--max-size", "3", "-o", "s.json").wait()


def _run(folder: Path, mark: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / ".stderr").open("wb"),
        env=os.environ | {MARK: mark},
        start_new_session=True,
    )


def _folder(base: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=base))
    for name in ("t.csv", "s.json"):
        shutil.copy(base / name, folder)
    return folder


def _call(command: str) -> list[str]:
    words, output = COMMANDS[command]
    return [*words, output] if words[-1].startswith("--p") else [*words, "-o", output]


def _undisturbed(command: str, base: Path) -> Undisturbed:
    folder = _folder(base)
    start = time.monotonic()
    code = _run(folder, "kills-undisturbed", *_call(command)).wait()
    seconds = time.monotonic() - start
    if code not in (0, 5):
        raise RuntimeError(f"{command}: exit code {code}: {(folder / '.stderr').read_text()}")
    return Undisturbed(seconds, frozenset(path.name for path in folder.iterdir()))


def _kill(command: str, known: Undisturbed, base: Path, seed: str) -> tuple[str, list[str]]:
    """Give how the killed command ended, and what is wrong after it."""
    dice = random.Random(seed)
    folder, output = _folder(base), COMMANDS[command][1]
    _put_old(folder / output)
    mark = f"kills-{seed.replace(' ', '-')}"
    sent = dice.choice(SIGNALS)
    process = _run(folder, mark, *_call(command))
    time.sleep(dice.random() * known.seconds * 1.1)
    process.send_signal(sent)
    code = process.wait()
    wrong = [f"{command}: process {left} is left" for left in _processes_left(mark)]
    if not _is_whole(folder / output):
        wrong.append(f"{command}: {output} is neither the old one nor whole")
    if (folder / output).is_dir():
        # It was finished before the kill. A folder is never written over: a person removes it.
        shutil.rmtree(folder / output)
    code_after = _run(folder, "kills-after", *_call(command)).wait()
    if code_after not in (0, 5):
        text = (folder / ".stderr").read_text()
        wrong.append(f"{command}: exit code {code_after} afterwards: {text[-300:]!r}")
    left = {path.name for path in folder.iterdir()} - known.names
    if left:
        wrong.append(f"{command}: {sorted(left)} are left")
    wrong = [f"{sent.name} {text}" for text in wrong]
    for text in wrong:
        print(f"WRONG {text}", flush=True)
    shutil.rmtree(folder)
    return f"{sent.name}, exit code {code}", wrong


def _put_old(output: Path) -> None:
    """Put an earlier result where the command writes; `path` takes no folder that is there."""
    if output.suffix:
        output.write_text(OLD)
    elif output.name == "out" and output.parent.exists():
        return


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
    ends = {".csv": b"\n", ".svg": b"</svg>\n", ".html": b"</html>", ".xlsx": b"", ".pdf": b"%%EOF"}
    tail = ends.get(output.suffix, b"")
    if output.suffix == ".xlsx":
        import zipfile

        return zipfile.ZipFile(output).testzip() is None
    return content.rstrip().endswith(tail.rstrip())


def _processes_left(mark: str) -> list[int]:
    """Find processes of a run by what stands in their environment, after some patience."""
    deadline = time.monotonic() + PATIENCE
    while (left := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _marked(mark: str) -> list[int]:
    wanted = f"{MARK}={mark}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if wanted in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


if __name__ == "__main__":
    sys.exit(main())
