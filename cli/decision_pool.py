"""``riskslim pool --method slim``: whom decision scores near the optimum decide otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.exit_codes import ExitCode
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import print_json
from riskslim.cli.paths import deliver
from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.scores.viable_decisions import ViableDecisions

__all__ = ["FOR_RISKS", "decision_pool"]

_ROWS_SHOWN = 20

FOR_RISKS = ("limit", "prefer", "threshold", "deviation", "output")
"""Options of the command that are about pools of risk scores."""


def decision_pool(
    problem: Any,
    people: tuple[Any, Any],
    tolerance: float,
    relative: bool,
    options: Any,
    interrupted: InterruptFlag,
    ranges: Path | None,
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
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    if found.complete:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if interrupted() else ExitCode.LIMIT


def _print(found: ViableDecisions) -> None:
    from rich.markup import escape

    from riskslim.exporters.columns import clean

    table = plain_table()
    for header in ("", "Objective", "Size"):
        table.add_column(header, justify="right")
    table.add_column("Yes above", justify="right")
    table.add_column("Points", overflow="fold")
    for index, score in enumerate(found.scores[:_ROWS_SHOWN]):
        objective = "" if score.certificate is None else f"{score.certificate.objective:.6f}"
        points = "; ".join(f"{value:+d} {clean(name)}" for name, value in score.points.items())
        cells = (str(index), objective, str(score.size), f"{score.threshold:g}")
        table.add_row(*cells, escape(points))
    make_console().print(table)
    if len(found.scores) > _ROWS_SHOWN:
        click.echo(f"and {len(found.scores) - _ROWS_SHOWN:,} more.")
    at_least = "" if found.complete else "at least "
    exact = int(found.decisions["exact"].sum())
    click.echo(
        f"Scores within {found.tolerance:.4g} of the best one decide otherwise about "
        f"{at_least}{found.ambiguity:.1%} of the people (ambiguity; {exact:,} of "
        f"{len(found.decisions):,} are proved), a single one about at least "
        f"{found.discrepancy:.1%} (discrepancy). {len(found.scores):,} scores were looked at; "
        "there may be more."
    )
