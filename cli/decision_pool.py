"""``riskslim pool --method slim``: whom decision scores near the optimum decide otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.exit_codes import ExitCode
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import print_json
from riskslim.cli.paths import deliver
from riskslim.cli.pool_table import print_scores
from riskslim.cli.terminal import say

if TYPE_CHECKING:
    from riskslim.scores.viable_decisions import ViableDecisions

__all__ = ["FOR_RISKS", "decision_pool"]

FOR_RISKS = ("limit", "prefer", "threshold", "deviation")
"""Options of the command that are about pools of risk scores."""


def decision_pool(
    problem: Any,
    people: tuple[Any, Any],
    tolerance: float,
    relative: bool,
    options: Any,
    interrupted: InterruptFlag,
    ranges: Path | None,
    output: Path | None,
    as_json: bool,
) -> ExitCode:
    """Find, write and print; give the exit code.

    Parameters
    ----------
    problem : SLIMProblem
        Of the table.
    people : tuple
        Every row of it, and what each weighs, or None.
    tolerance, relative, options
        As for `SLIMProblem.viable_decisions`.
    interrupted : InterruptFlag
        Whether Ctrl-C was pressed.
    ranges : Path or None
        File of a row for each person.
    output : Path or None
        File of the scores that were found.
    as_json : bool
        Whether to print an object.
    """
    from riskslim.files import write_atomically

    found = problem.viable_decisions(
        people[0], tolerance, relative, sample_weight=people[1], options=options
    )
    if ranges is not None:
        rows = found.decisions.astype(int).rename_axis("row").rename(index=lambda row: row + 1)
        content = rows.to_csv()
        deliver(lambda path: write_atomically(path, content), ranges)
    if output is not None:
        deliver(found.pool.save, output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    if output is not None:
        say(f"Written: {output}")
    if found.complete:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if interrupted() else ExitCode.LIMIT


def _print(found: ViableDecisions) -> None:
    print_scores(found.pool)
    at_least = "" if found.complete else "at least "
    exact = int(found.decisions["exact"].sum())
    click.echo(
        f"Scores within {found.tolerance:.4g} of the best one decide otherwise about "
        f"{at_least}{found.ambiguity:.1%} of the people (ambiguity; {exact:,} of "
        f"{len(found.decisions):,} are proved), a single one about at least "
        f"{found.discrepancy:.1%} (discrepancy). {len(found.scores):,} scores were looked at; "
        "there may be more."
    )
