"""``riskslim check --reducible``: rows that every good decision score has on the same side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.cli.exit_codes import ExitCode
from riskslim.cli.fit_options import bundle
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import refuse_alone
from riskslim.cli.time_limit import whole_command
from riskslim.problems.defaults import MAX_COEF, PENALTY

if TYPE_CHECKING:
    from riskslim.cli.raw_options import RawChoices
    from riskslim.data import Dataset
    from riskslim.search.reduction import Reduction

__all__ = ["ReducibleChoices", "reducible_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class ReducibleChoices:
    """What the options of `reducible_options` ask for."""

    reducible: bool
    max_size: int | None
    max_coef: int | None
    c0: float | None
    time_limit: float | None

    def refuse(self, raw: RawChoices) -> None:
        """Refuse options that say nothing here.

        Raises
        ------
        click.UsageError
            Naming one.
        """
        if self.reducible and raw.raw:
            raise click.UsageError("--reducible is for tables of numbers; drop --raw")
        of_it = {
            "--max-size": self.max_size,
            "--max-coef": self.max_coef,
            "--c0": self.c0,
            "--time-limit": self.time_limit,
        }
        refuse_alone("--reducible", self.reducible, of_it)

    def reduce(self, table: Dataset) -> tuple[Reduction, ExitCode]:
        """Reduce a table, and say how that ended."""
        from riskslim.problems.slim import SLIMProblem
        from riskslim.search.reduction import reduce_data
        from riskslim.solvers.result import SearchOptions

        deadline = whole_command(self.time_limit)
        with deadline.held():
            problem = SLIMProblem(
                table,
                max_size=self.max_size,
                max_coef=MAX_COEF if self.max_coef is None else self.max_coef,
                C0=PENALTY["slim"] if self.c0 is None else self.c0,
            )
        with InterruptFlag() as interrupted:
            options = deadline.limits(SearchOptions(interrupted=interrupted))
            reduction = reduce_data(problem, options=options)
        if interrupted():
            return reduction, ExitCode.INTERRUPTED
        return reduction, ExitCode.OK if reduction.complete else ExitCode.LIMIT


_OPTIONS = [
    click.option(
        "--reducible",
        is_flag=True,
        help="Say which rows every decision score (slim) that is as good as the best known one "
        "has on the same side: these a mixed-integer program need not choose.",
    ),
    click.option(
        "--c0",
        type=click.FloatRange(min=0),
        help=f"Penalty for each feature, for --reducible.  [default: {PENALTY['slim']:g}]",
    ),
    click.option(
        "--max-size",
        type=click.IntRange(min=0),
        help="At most so many features, for --reducible.  [default: any number]",
    ),
    click.option(
        "--max-coef",
        type=click.IntRange(min=1),
        help=f"Points lie between minus and plus this, for --reducible.  [default: {MAX_COEF}]",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="End after so long with the rows settled by then, for --reducible.  [default: none]",
    ),
]


def reducible_options(command: _Command) -> _Command:
    """Add ``--reducible`` and what goes with it, as the argument ``reducing``."""
    return bundle(_OPTIONS, "reducing", ReducibleChoices)(command)
