"""Pieces of work in several processes, which end with this one and do not hear Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from joblib import Parallel, delayed
from joblib.parallel import LokyBackend, get_active_backend

__all__ = ["run_in_processes", "run_until_interrupted"]

# Seconds after which a worker knows that nobody waits for it.
_LOOKS_EVERY = 0.25


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

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C.
    """
    done, interrupt = run_until_interrupted(work, n_jobs, on_progress)
    if interrupt is not None:
        raise interrupt
    return [done[place] for place in range(len(work))]


def run_until_interrupted(
    work: Sequence[Any], n_jobs: int | None, on_progress: Callable[[int, int], None] | None = None
) -> tuple[dict[int, Any], KeyboardInterrupt | None]:
    """Do delayed calls as `run_in_processes` does, and keep what is done at Ctrl-C.

    Returns
    -------
    dict of int to any
        Results by their place in ``work``.
    KeyboardInterrupt or None
        What ended it early.
    """
    done: dict[int, Any] = {}
    try:
        with _deaf_children():
            calls = [delayed(_numbered)(place, call) for place, call in enumerate(work)]
            results = Parallel(
                n_jobs=n_jobs, return_as="generator_unordered", backend=_watched_backend()
            )(calls)
        for place, result in results:
            done[place] = result
            if on_progress is not None:
                on_progress(len(done), len(work))
    except KeyboardInterrupt as interrupt:
        return done, interrupt
    return done, None


def _numbered(place: int, call: Any) -> tuple[int, Any]:
    function, positional, named = call
    return place, function(*positional, **named)


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
