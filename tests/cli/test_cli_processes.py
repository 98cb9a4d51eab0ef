"""What only whole processes show: Ctrl-C, kills, terminals, and how fast the program starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.cli.exit_codes import ExitCode

# Runs the program as its installed command does.
PROGRAM = "from riskslim.cli import main; main()"

# As above, with a disk that never finishes writing.
SLOW_DISK = f"""
import os, time
def never(handle):
    print("writing", flush=True)
    time.sleep(600)
os.fsync = never
{PROGRAM}
"""


def start(
    program: str, *arguments: object, process_group: int | None = None, **variables: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | variables,
        process_group=process_group,
        # A shell ignores Ctrl-C on behalf of what it runs in the background, tests among it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, on which no search ends soon."""
    path = tmp_path_factory.mktemp("data") / "hard.csv"
    table = np.random.default_rng(0).integers(0, 2, (2000, 61))
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def test_a_new_process_reads_scores_of_every_kind() -> None:
    """In one that has fitted nothing, no other module has registered the kinds."""
    read = "import riskslim.exporters.json_format as f; print(sorted(f.PointScore.kinds))"
    program = start(read)
    assert program.communicate(timeout=60)[0].strip() == "['decision', 'risk']"


def test_ctrl_c_writes_the_incumbent_and_says_so(hard: Path, tmp_path: Path) -> None:
    output = tmp_path / "score.json"
    slow = ("--max-size", 10, "--engine", "lcpa", "-v", "--json")
    process = start(PROGRAM, "fit", hard, *slow, "-o", output)
    assert process.stderr is not None
    for line in process.stderr:
        if "%" in line:  # a progress line with a gap: there is an incumbent
            break
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED
    assert "stopping with the best score so far" in stderr
    assert f"Score written to {output}" in stderr
    found = json.loads(stdout)
    assert found["status"] == "interrupted"
    assert found["absolute_gap"] > 1e-9
    assert RiskScore.load(output).points == found["points"]


# The first folds are quick, the last one never ends.
SLOW_FOLD = f"""
import sys, time
from riskslim.evaluation import cross_validation as cv
one_fold = cv._one_fold
def slow(estimator, rows, fit, held, where):
    if where.startswith("fold 4"):
        print("three folds are done", file=sys.stderr, flush=True)
        time.sleep(600)
    return one_fold(estimator, rows, fit, held, where)
cv._one_fold = slow
{PROGRAM}
"""


def test_ctrl_c_keeps_the_finished_folds_of_a_cross_validation(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.integers(0, 2, (120, 4)), columns=["y", "a", "b", "c"])
    table.to_csv(tmp_path / "t.csv", index=False)
    output = tmp_path / "cv.json"
    options = ("--folds", 4, "--fixed-size", "--max-size", 2, "-o", output)
    process = start(SLOW_FOLD, "cv", tmp_path / "t.csv", *options)
    assert process.stderr is not None
    assert "three folds are done" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Interrupted after 3 of 4 folds" in stderr
    found = json.loads(output.read_text())
    assert len(found["folds"]) == 3
    assert found["design"]["unfinished_folds"] == 1
    assert found["measures"]["auc"]["value"] > 0


WORKERS = """
import os, time
from joblib import delayed
from riskslim.evaluation.workers import run_in_processes
def work(number):
    print(os.getpid(), flush=True)
    time.sleep(600)
run_in_processes([delayed(work)(number) for number in range(2)], 2)
"""


def test_workers_end_with_a_process_that_is_killed() -> None:
    process = start(WORKERS)
    assert process.stdout is not None
    workers = [int(process.stdout.readline()) for _ in range(2)]
    assert len({*workers, process.pid}) == 3
    process.kill()
    # The pipe is open as long as a worker is there.
    process.communicate()
    for worker in workers:
        # Of one that is dead and waits for its parent to notice no command is left.
        command = Path(f"/proc/{worker}/cmdline")
        assert not command.exists() or not command.read_bytes()


def test_ctrl_c_while_reading_writes_nothing(hard: Path, tmp_path: Path) -> None:
    output = tmp_path / "score.json"
    slow_file = f"""
import time
import riskslim.data.dataset as dataset
def never(path):
    print("reading", flush=True)
    time.sleep(600)
dataset.read_table = never
{PROGRAM}
"""
    process = start(slow_file, "fit", hard, "-o", output)
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED, stderr
    assert "nothing is written" in stderr
    assert stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_cross_validating_in_processes_ends_in_one_line(
    hard: Path, tmp_path: Path
) -> None:
    output = tmp_path / "built"
    validating = f"""
import riskslim.evaluation.workers as validation
parallel = validation.Parallel
def announced(*arguments, **options):
    print("validating", flush=True)
    return parallel(*arguments, **options)
validation.Parallel = announced
{PROGRAM}
"""
    # A terminal sends Ctrl-C to the whole group, the workers among it.
    process = start(validating, "build", hard, "--jobs", 2, "-o", output, process_group=0)
    assert process.stdout is not None
    assert process.stdout.readline() == "validating\n"
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED, stderr
    assert "nothing is written" in stderr
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == []


def test_a_kill_while_writing_leaves_the_old_file(hard: Path, tmp_path: Path) -> None:
    output = tmp_path / "score.json"
    output.write_text("old")
    process = start(SLOW_DISK, "fit", hard, "--max-size", 1, "--node-limit", 1, "-o", output)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.kill()
    process.communicate()
    assert output.read_text() == "old"
    if hasattr(os, "O_TMPFILE"):
        assert list(tmp_path.iterdir()) == [output]


def test_a_kill_during_the_search_leaves_no_file(hard: Path, tmp_path: Path) -> None:
    slow = ("--max-size", 10, "--engine", "lcpa", "-v")
    process = start(PROGRAM, "fit", hard, *slow, "-o", tmp_path / "score.json")
    assert process.stderr is not None
    process.stderr.readline()
    process.kill()
    process.communicate()
    assert list(tmp_path.iterdir()) == []


def test_the_card_fits_a_terminal_without_unicode(hard: Path, tmp_path: Path) -> None:
    output = tmp_path / "score.json"
    start(PROGRAM, "fit", hard, "--max-size", 1, "--node-limit", 1, "-o", output).communicate()
    process = start(PROGRAM, "show", output, PYTHONIOENCODING="ascii")
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    assert stdout.isascii()
    assert stdout.startswith("-" * 80)


def test_progress_is_silent_where_nobody_watches(hard: Path) -> None:
    slow = ("--time-limit", 1.5, "--max-size", 10, "--engine", "lcpa")
    process = start(PROGRAM, "fit", hard, *slow)
    _, stderr = process.communicate()
    assert "nodes open" not in stderr
    assert process.returncode == ExitCode.LIMIT


def test_help_does_not_wait_for_the_heavy_libraries() -> None:
    watch = f"""
import sys, atexit
heavy = ("pandas", "sklearn", "scipy", "pyomo", "cvxpy", "highspy", "pyarrow")
atexit.register(lambda: print([name for name in heavy if name in sys.modules], file=sys.stderr))
{PROGRAM}
"""
    stdout, stderr = start(watch, "fit", "--help").communicate()
    assert "Usage" in stdout
    assert stderr == "[]\n"
