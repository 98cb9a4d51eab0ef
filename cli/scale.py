"""``riskslim scale``: the points of a score on the scale of a credit scorecard."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.cli.data_options import score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import deliver, output_option
from riskslim.cli.rows import check_rows_file, rows_writer
from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.credit.scale import ScaledScore

__all__ = ["scale", "scale_options", "scaled"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def scale_options(command: _Command) -> _Command:
    """Add the options of a scale.

    The command receives the numbers that were given as ``asked``, and the rest as ``ways``.
    """

    @wraps(command)
    def call(
        *args: Any,
        points: float | None,
        odds: float | None,
        pdo: float | None,
        lower_is_better: bool,
        rounding: str,
        **kwargs: Any,
    ) -> Any:
        given = {"points": points, "odds": odds, "pdo": pdo}
        asked = {name: value for name, value in given.items() if value is not None}
        ways = {"higher_is_better": not lower_is_better, "rounding": rounding}
        return command(*args, asked=asked, ways=ways, **kwargs)

    for option in (
        click.option(
            "--rounding",
            type=click.Choice(["unit", "attribute"]),
            default="unit",
            show_default=True,
            help="Round the scaled points of one point of SCORE, which keeps its order and its "
            "risks; or those of every attribute.",
        ),
        click.option(
            "--lower-is-better", is_flag=True, help="Let fewer scaled points be a smaller risk."
        ),
        click.option("--pdo", type=float, help="Points to double the odds.  [default: 20]"),
        click.option(
            "--odds", type=float, help="Good ones for one bad one at --points.  [default: 50]"
        ),
        click.option("--points", type=float, help="Points at --odds.  [default: 600]"),
    ):
        call = option(call)
    return call  # type: ignore[return-value]


def scaled(score: Path, asked: dict[str, float], ways: dict[str, Any]) -> ScaledScore:
    """Read a score, and scale it as the options say."""
    from riskslim.credit.scale import Scale, ScaledScore
    from riskslim.scores.risk import RiskScore

    scale = Scale(**asked, higher_is_better=ways["higher_is_better"])
    return ScaledScore.of(RiskScore.load(score), scale, ways["rounding"])


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@scale_options
@output_option("Write the attributes with their scaled points to this CSV file.")
@json_option
def scale(
    score: Path,
    asked: dict[str, float],
    ways: dict[str, Any],
    output: Path | None,
    as_json: bool,
) -> None:
    """Show the points of SCORE on another scale, as credit scorecards have it.

    More points are better unless --lower-is-better. The score, its risks and its proof stay; what
    is shown is rounded once more, and what that costs is said.

    \b
    Example:
      riskslim scale score.json --points 600 --odds 50 --pdo 20
    """
    check_rows_file(output)
    made = scaled(score, asked, ways)
    if output is not None:
        deliver(rows_writer(made.to_rows()), output)
    if as_json:
        print_json(made.to_dict())
    else:
        _print(made)


def _print(made: ScaledScore) -> None:
    console = make_console()
    table = plain_table(("", "Points", "Scaled"), left=1)
    before = None
    for row in made.to_rows():
        name = row["characteristic"]
        if name and name != before:
            table.add_row(name)
        before = name
        table.add_row(
            f"  {row['attribute']}" if name else row["attribute"],
            "" if row["points"] is None else f"{row['points']}",
            f"{row['scaled']}",
        )
    console.print(table)
    asked, (low, high) = made.scale, made.ends
    better = "more is better" if asked.higher_is_better else "less is better"
    console.print(
        f"{low:,} to {high:,} scaled points, {better}: {asked.points:g} are odds of "
        f"{made.effective_odds:.4g} to 1, and {made.effective_pdo:.4g} double the odds"
    )
    if made.rule is not None:
        start, unit = made.rule
        sign = "+" if unit > 0 else "-"
        console.print(
            f"scaled points = {start} {sign} {abs(unit)} x total, so that order and risks are "
            "those of the score"
        )
    below, above = made.error
    apart = max(abs(below), abs(above))
    console.print(
        f"at most {apart:.2g} points from the scale as it was asked for "
        f"({apart / abs(asked.per_log_odds):.2g} of the logarithm of the odds)"
    )
