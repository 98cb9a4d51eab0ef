"""Pieces of work in several processes, which end with this one, or keep what is finished.

A deadline and Ctrl-C end the work; the processes themselves do not hear Ctrl-C.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs
from joblib.parallel import LokyBackend, get_active_backend

from riskslim.errors import LimitError
from riskslim.limits.deadline import Deadline, deadline_in_force

__all__ = ["Finished", "in_shares", "run_in_processes"]

# Seconds after which a worker knows that nobody waits for it.
_LOOKS_EVERY = 0.25


@dataclass(frozen=True)
class Finished:
    """What pieces of work gave.

    Attributes
    ----------
    results : list
        In the order of the work; None for a piece that was not finished.
    stopped : {"time limit", "interrupted"} or None
        What ended the work before all pieces were finished.
    """

    results: list[Any]
    stopped: str | None


def run_in_processes(
    work: Sequence[Any],
    n_jobs: int | None,
    on_progress: Callable[[int, int], None] | None = None,
    keeps: bool = False,
    further: int = 0,
) -> Finished:
    """Do delayed calls, ``n_jobs`` at a time, until the deadline that is in force.

    Parameters
    ----------
    work : sequence of joblib.delayed calls
        Each independent of the others, none of which gives None.
    n_jobs : int, optional
        As joblib takes it.
    on_progress : callable, optional
        Called with the number of calls done and of all.
    keeps : bool
        Whether Ctrl-C ends the work with what is finished.
    further : int
        As for `in_shares`.

    Returns
    -------
    Finished

    Raises
    ------
    KeyboardInterrupt
        Of Ctrl-C, where nothing is kept.
    """
    pieces = in_shares(work, n_jobs, further)
    found: list[Any] = [None] * len(work)
    stopped, done = None, 0
    try:
        with _deaf_children():
            calls = [delayed(_numbered)(number, piece) for number, piece in enumerate(pieces)]
            results = Parallel(
                n_jobs=n_jobs, return_as="generator_unordered", backend=_watched_backend()
            )(calls)
        for number, result in results:
            found[number] = result
            done += 1
            if on_progress is not None:
                on_progress(done, len(work))
    except LimitError:
        # This process was told first; what the others do is given up.
        stopped = "time limit"
    except KeyboardInterrupt:
        if not keeps:
            raise
        stopped = "interrupted"
    if stopped is None and any(result is None for result in found):
        stopped = "time limit"
    return Finished(found, stopped)


def in_shares(work: Sequence[Any], n_jobs: int | None, further: int = 0) -> list[Any]:
    """Let each of several calls take its share of the time until the deadline in force.

    Parameters
    ----------
    work : sequence of joblib.delayed calls
        Begun in this order, ``n_jobs`` at a time.
    n_jobs : int, optional
        As joblib takes it.
    further : int
        Calls to come afterwards, which need a share as well.

    Returns
    -------
    list of joblib.delayed calls
        Which give None where the time was up.
    """
    deadline, jobs = deadline_in_force(), int(effective_n_jobs(n_jobs))
    return [
        delayed(_within_share)(deadline, math.ceil((len(work) - number) / jobs) + further, call)
        for number, call in enumerate(work)
    ]


def _within_share(deadline: Deadline, rounds: int, call: Any) -> Any:
    """Do a call that is one of so many to come, within its share of the time that is left."""
    function, positional, named = call
    try:
        with deadline.share(rounds).held():
            return function(*positional, **named)
    except LimitError:
        return None


def _numbered(number: int, call: Any) -> tuple[int, Any]:
    function, positional, named = call
    return number, function(*positional, **named)


class _Watched(LokyBackend):  # type: ignore[misc]
    """Processes that end with the one that they work for, however that ends."""

    def configure(self, *positional: Any, **named: Any) -> int:
        """Start the processes."""
        named.update(initializer=_end_with, initargs=(os.getpid(),))
        count: int = super().configure(*positional, **named)
        return count


def _watched_backend() -> LokyBackend | None:
    """Give a backend of watched processes; None where somebody chose another one."""
    chosen, _ = get_active_backend()
    return _Watched() if type(chosen) is LokyBackend else None


def _end_with(parent: int) -> None:
    """Let a thread of this process watch its parent.

    A killed process cannot tell its workers. They would finish their work, and then wait for
    minutes. Native code does not hold this thread up, as it releases the lock of Python.
    """
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    # An orphan gets another parent.
    while os.getppid() == parent:
        time.sleep(_LOOKS_EVERY)
    os._exit(1)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Let processes that are started now ignore Ctrl-C, as ignoring is what they inherit.

    A terminal sends it to the workers too, which would print what they were doing, or break the
    pool before this process has stopped it. For this moment it is ignored here as well.
    """
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or previous is None:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
