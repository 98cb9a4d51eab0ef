"""The moment at which a whole command has to end, handed down to all pieces of its work.

A `Deadline` that is `held` is in force for everything that is done meanwhile: searches end at it
with what they have, pieces of work take their share of what is left of it, and what knows of no
limit (reading, making features, models of other packages) is stopped by an alarm a little later.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskslim.errors import LimitError, OptionError
from riskslim.solvers.result import SearchOptions

__all__ = ["Deadline", "check_seconds", "deadline_in_force"]

# One clock for all processes of a machine, so that a deadline can be sent to a worker.
_clock = time.monotonic

_GRACE_SHARE, _GRACE = 0.05, 0.5
_ALARMS_EVERY = 0.1


@dataclass(frozen=True)
class Deadline:
    """When searches end, and when everything does.

    Attributes
    ----------
    end : float
        Seconds on the clock of `time.monotonic` at which searches end; infinite for no limit.
    last : float
        At which whatever else is stopped: a twentieth of the limit and half a second
        later, in which a search that has just ended becomes a score.
    """

    end: float = math.inf
    last: float = math.inf

    @classmethod
    def after(cls, seconds: float | None, since: float | None = None) -> Deadline:
        """Give the deadline so many seconds from now, or since a moment; None for none."""
        if seconds is None or math.isinf(seconds):
            return cls()
        end = (_clock() if since is None else since) + seconds
        return cls(end, end + _grace(seconds))

    @property
    def left(self) -> float:
        """Seconds until searches end, 0 afterwards."""
        return self.end if math.isinf(self.end) else max(self.end - _clock(), 0.0)

    def look(self) -> None:
        """Raise `LimitError` if the time is up."""
        if math.isfinite(self.last) and _clock() >= self.last:
            raise LimitError

    def leave(self, seconds: float) -> None:
        """Raise `LimitError` where less than that is left until everything is stopped."""
        if math.isfinite(self.last) and self.last - _clock() < seconds:
            raise LimitError

    def not_before(self, seconds: float, most: float = math.inf) -> Deadline:
        """Let what knows of no limit go on for so many seconds from now at least, and the grace.

        Parameters
        ----------
        seconds : float
            From now on.
        most : float
            So many seconds after the end everything is stopped all the same.
        """
        if math.isinf(self.end):
            return self
        last = max(self.last, self.last - self.end + _clock() + seconds)
        return replace(self, last=min(last, self.end + most))

    def earlier(self, seconds: float) -> Deadline:
        """Leave so many seconds, but half of what is left at most, to what comes afterwards."""
        if math.isinf(self.end):
            return self
        kept = min(seconds, self.left / 2)
        return Deadline(self.end - kept, self.last - kept)

    def halved(self) -> Deadline:
        """Leave half of all that is left, until the very end, to what comes afterwards.

        Of a share that is nearly over as of a whole: see `share`, which ends searches alone.
        """
        if math.isinf(self.end):
            return self
        return Deadline(self.end - self.left / 2, self.last - max(self.last - _clock(), 0.0) / 2)

    def share(self, parts: int) -> Deadline:
        """Give one of several parts that come one after the other its share of what is left.

        Raises
        ------
        LimitError
            Nothing is left.
        """
        if math.isinf(self.end):
            return self
        left = self.left
        if left == 0.0:
            raise LimitError
        return replace(self, end=self.end - left * (1.0 - 1.0 / parts))

    def limits(self, options: SearchOptions) -> SearchOptions:
        """Give a search its own limits, within this deadline.

        Where the time is up already, as what came before took long, it still has a moment, so
        that there is a score.
        """
        if math.isinf(self.end):
            return options
        moment = max(min(self.last - _clock(), _GRACE) / 2, 0.0)
        return replace(options, time_limit=min(options.time_limit, max(self.left, moment)))

    @contextmanager
    def held(self) -> Iterator[Deadline]:
        """Let this deadline, or an earlier one that is in force already, hold within the block.

        Yields
        ------
        Deadline
            The one that holds.

        Raises
        ------
        LimitError
            In the block, when the time is up. That is at once in the main thread of a process
            on a system that has timers of processes, and at the next look elsewhere.
        """
        outer = deadline_in_force()
        inner = Deadline(min(self.end, outer.end), min(self.last, outer.last))
        token = _in_force.set(inner)
        try:
            with _alarm(inner):
                yield inner
        finally:
            _in_force.reset(token)


_NONE = Deadline()
_in_force: ContextVar[Deadline] = ContextVar("deadline", default=_NONE)


def deadline_in_force() -> Deadline:
    """Give the deadline that holds here; one without an end where there is none."""
    return _in_force.get()


def check_seconds(limit: Any) -> float | None:
    """Give a limit of time.

    Raises
    ------
    OptionError
        It is no positive number, nor None.
    """
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int | float | np.number) or not limit > 0:
        raise OptionError(f"time_limit must be a positive number or None, not {limit!r}")
    return float(limit)


def _grace(seconds: float) -> float:
    return _GRACE_SHARE * seconds + _GRACE


@contextmanager
def _alarm(deadline: Deadline) -> Iterator[None]:
    """Look at the deadline when its time has come, whatever the main thread does then."""
    usable = (
        math.isfinite(deadline.last)
        and hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
    )
    if not usable:
        yield
        return
    previous = signal.signal(signal.SIGALRM, _look)
    # Again and again, as an error may be lost where one cannot be raised: in a finaliser.
    wait = max(deadline.last - _clock(), 1e-3)
    rest = signal.setitimer(signal.ITIMER_REAL, wait, _ALARMS_EVERY)
    begun = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)
        if rest[0] > 0.0:
            spent = time.monotonic() - begun
            signal.setitimer(signal.ITIMER_REAL, max(rest[0] - spent, 1e-3), rest[1])


def _look(_number: int, _frame: Any) -> None:
    deadline_in_force().look()
