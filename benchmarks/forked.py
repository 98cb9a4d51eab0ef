"""One command of the program in a process of its own, forked from one that has all modules.

That costs some milliseconds instead of a second, and a crash, a hang or a full memory is one
command's. The parent must only import: libraries start their threads when they are used.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import riskslim
from riskslim.cli.exit_codes import ExitCode

__all__ = ["Ended", "run_forked", "start_forked", "warm_up", "wrong_with"]

CPU_SECONDS = 10
GIBIBYTE = 1 << 30
# The clock runs on while other programs compute; a command that sleeps is ended by it alone.
WALL_SECONDS = 120

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066\u2067]")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its code, or minus the signal; what it printed; what it took."""

    code: int
    output: str
    seconds: float
    memory: int


def warm_up() -> None:
    """Import everything, so that a forked process imports nothing."""
    for module in pkgutil.walk_packages(riskslim.__path__, "riskslim."):
        # An editable install may find the package inside itself.
        if not module.name.startswith("riskslim.riskslim"):
            importlib.import_module(module.name)
    for name in ("pyarrow.csv", "pyarrow.parquet", "openpyxl", "matplotlib.figure", "rich.table"):
        importlib.import_module(name)


def start_forked(arguments: list[str], folder: Path) -> int:
    """Start a command in a folder, and a session of its own; gives the number of its process.

    What it prints goes to a file ``.printed`` there.
    """
    # An interrupt that comes while the interpreter sets itself up would be lost.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child = os.fork()
    if child == 0:
        _be_the_command(arguments, folder, folder / ".printed")
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return child


def run_forked(arguments: list[str], folder: Path) -> Ended:
    """Run a command in a folder; what it prints goes to a file there, beside nothing of its own."""
    child, printed = start_forked(arguments, folder), folder / ".printed"
    deadline = time.monotonic() + WALL_SECONDS
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            break
        if time.monotonic() > deadline:
            os.kill(child, 9)
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(status)
    output = printed.read_bytes().decode("utf-8", "replace")
    return Ended(code, output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10)


def _be_the_command(arguments: list[str], folder: Path, printed: Path) -> None:
    """Never returns."""
    os.setsid()
    os.chdir(folder)
    # Workers that it starts are not to load the benchmark, which they take for the program.
    program = vars(sys.modules["__main__"])
    program.pop("__file__", None)
    program["__spec__"] = None
    handle = os.open(printed, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    null = os.open(os.devnull, os.O_RDONLY)
    for stream, target in ((null, 0), (handle, 1), (handle, 2)):
        os.dup2(stream, target)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_CPU, (2 * CPU_SECONDS, 2 * CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code = 70
    try:
        from riskslim.cli.app import main

        # A shell lets what it starts in the background ignore interrupts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        main(arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wrong_with(ended: Ended) -> str:
    """Say what no command may do; empty where it did nothing of the kind."""
    if ended.code < 0:
        return f"signal {-ended.code}"
    if "Traceback" in ended.output or "something unforeseen" in ended.output:
        return "traceback"
    full = ended.code == ExitCode.FAILURE and "cannot be written" in ended.output
    if ended.code not in set(ExitCode) or (ended.code == ExitCode.FAILURE and not full):
        return f"exit code {ended.code}"
    if ended.seconds > CPU_SECONDS:
        return f"{ended.seconds:.0f} s"
    if ended.memory > GIBIBYTE:
        return f"{ended.memory / GIBIBYTE:.1f} GiB"
    if CONTROL.search(ended.output):
        return "control character"
    return ""
