"""Pieces of work in several processes, which Ctrl-C ends without a word of their own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from joblib import Parallel

__all__ = ["run_in_processes"]


def run_in_processes(
    work: Sequence[Any], n_jobs: int | None, on_progress: Callable[[int, int], None] | None = None
) -> list[Any]:
    """Do delayed calls, ``n_jobs`` at a time.

    Parameters
    ----------
    work : sequence of joblib.delayed calls
        Each independent of the others.
    n_jobs : int, optional
        As joblib takes it.
    on_progress : callable, optional
        Called with the number of calls done and of all.

    Returns
    -------
    list
        Results in the order of ``work``.
    """
    with _deaf_children():
        results = Parallel(n_jobs=n_jobs, return_as="generator")(work)
    done = []
    for item in results:
        done.append(item)
        if on_progress is not None:
            on_progress(len(done), len(work))
    return done


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
