"""``riskslim cutoff``: from which total on a score says yes, for what is required."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.measures import interval
from riskslim.cli.output import json_option, print_json
from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.evaluation.chosen_cutoff import ChosenCutoff

__all__ = ["cutoff"]

_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option("--ppv", type=_SHARE, help="At least this positive predictive value.")
@click.option("--npv", type=_SHARE, help="At least this share of negatives among the noes.")
@click.option("--sensitivity", type=_SHARE, help="At least this sensitivity.")
@click.option("--specificity", type=_SHARE, help="At least this specificity.")
@click.option("--share", type=_SHARE, help="At most this share of the people is called yes.")
@click.option("--net-benefit", type=_SHARE, help="The largest net benefit at this risk.")
@click.option(
    "--cost",
    type=click.FloatRange(0, min_open=True),
    help="The least cost, a missed positive costing so many times a false alarm.",
)
@click.option(
    "--rule-out",
    type=_SHARE,
    metavar="NPV",
    help="Abstain between no and yes: no only where at least this share is negative.",
)
@click.option("--target", metavar="COLUMN", help="Column with the outcome.  [default: the score's]")
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@json_option
def cutoff(
    score: Path,
    data: Path,
    rule_out: float | None,
    target: str | None,
    weights: str | None,
    as_json: bool,
    **ways: float | None,
) -> None:
    """Choose from which total on SCORE says yes, on the people of DATA.

    These are to be people whom the score was not fitted to. Give one of the first seven options.

    \b
    Example:
      riskslim cutoff score.json test.csv --ppv 0.4
      riskslim cutoff score.json test.csv --sensitivity 0.95 --rule-out 0.99
    """
    from riskslim.evaluation.chosen_cutoff import find_cutoff
    from riskslim.scores.risk import RiskScore

    given = {way: wanted for way, wanted in ways.items() if wanted is not None}
    if len(given) != 1:
        options = ", ".join(f"--{way.replace('_', '-')}" for way in ways)
        raise click.UsageError(f"give one of {options}")
    ((way, wanted),) = given.items()
    loaded = RiskScore.load(score)
    frame, columns = read_columns(
        data, {"outcome": target or loaded.outcome, "weights": weights}, loaded.text_columns
    )
    found = find_cutoff(
        loaded, frame, columns["outcome"], way, wanted, columns.get("weights"), rule_out
    )
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: ChosenCutoff) -> None:
    from riskslim.scores.totals import plain_number

    point = found.point
    assert point.total is not None
    cutoff = plain_number(point.total)
    options = f"--cutoff {cutoff}"
    click.echo(f"Yes from a total of {cutoff} on, a risk of {point.risk:.1%}.")
    if found.no_below is not None:
        options += f" --no-below {plain_number(found.no_below)}"
        click.echo(
            f"No below a total of {plain_number(found.no_below)}, neither between: "
            f"{found.abstained:.1%} of the people."
        )
    table = plain_table(("On these people", "Value", "95 % interval"), left=1)
    ends = "" if found.way != "share" or found.reached is None else found.reached[1:]
    table.add_row("called yes", f"{point.called:.1%}", ends and "{:.1%} to {:.1%}".format(*ends))
    rows: list[tuple[str, Any]] = [
        ("sensitivity", point.sensitivity),
        ("specificity", point.specificity),
        ("positive predictive value", point.ppv),
        ("negative predictive value", point.npv),
    ]
    if found.no_below is not None:
        rows.append(("negatives among the noes", found.no_npv))
    for words, value in rows:
        shown, ends = interval(value, 3)
        table.add_row(words, shown, ends)
    make_console().print(table)
    click.echo("The cut-off was chosen on these people: expect a little less on others.")
    click.echo(f"The classes of other people: riskslim predict SCORE DATA {options}")
