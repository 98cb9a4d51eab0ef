"""The progress of a search as lines that people can read at a glance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TextIO

from riskslim.solvers.result import Progress

__all__ = ["ProgressLog"]

_HEADER = (
    f"{'time':>9}  {'nodes open':>10}  {'done':>9}  {'cuts':>7}  "
    f"{'bound':>11}  {'incumbent':>11}  {'gap':>8}"
)
_LINES_OF_A_PAGE = 20


@dataclass
class ProgressLog:
    """Writes one line for each `Progress`, and the header again after twenty.

    Attributes
    ----------
    stream : text stream
        Where to; standard error as a rule.
    """

    stream: TextIO
    lines: int = 0

    def __call__(self, progress: Progress) -> None:
        """Write one line."""
        if self.lines % _LINES_OF_A_PAGE == 0:
            print(_HEADER, file=self.stream)
        self.lines += 1
        print(
            f"{progress.seconds:>8.1f}s  {progress.nodes_open:>10,}  {progress.nodes_done:>9,}  "
            f"{progress.cuts:>7,}  {_value(progress.lower_bound):>11}  "
            f"{_value(progress.objective):>11}  {_gap(progress.relative_gap):>8}",
            file=self.stream,
            flush=True,
        )


def _value(value: float) -> str:
    return f"{value:.7f}" if math.isfinite(value) else "none"


def _gap(gap: float) -> str:
    return f"{gap:.3%}" if math.isfinite(gap) else "none"
