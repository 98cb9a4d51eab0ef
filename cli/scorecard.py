"""``riskslim scorecard``: attributes counted on people, and what cut-offs take."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.measures import interval
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import OutputFile, deliver, output_option
from riskslim.cli.rows import check_rows_file, rows_writer
from riskslim.cli.scale import scale_options, scaled
from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.credit.gains import Gains, GainsRow
    from riskslim.credit.scorecard import Scorecard

__all__ = ["scorecard"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option("--target", metavar="COLUMN", help="Column with the outcome.  [default: the score's]")
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@scale_options
@output_option("Write the table of attributes to this CSV file.")
@click.option(
    "--gains",
    "gains_file",
    type=OutputFile(),
    metavar="FILE",
    help="Write the table of gains and approvals to this CSV file.",
)
@click.option(
    "--plot",
    type=OutputFile(),
    metavar="FILE",
    help="Draw gains, KS and approvals to this .svg or .pdf file.",
)
@json_option
def scorecard(
    score: Path,
    data: Path,
    target: str | None,
    weights: str | None,
    asked: dict[str, float],
    ways: dict[str, Any],
    output: Path | None,
    gains_file: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Count the attributes of SCORE on the people in DATA, the positive outcome being bad.

    Of each attribute: people, bad ones, bad rate, weight of evidence, information value, points.
    Of each total: what a cut-off there reaches and leaves approved, Kolmogorov-Smirnov, Gini. With
    --points, --odds or --pdo the scaled points as well.

    \b
    Example:
      riskslim scorecard score.json test.csv --pdo 20 -o card.csv --gains gains.csv
    """
    from riskslim.credit.gains import find_gains
    from riskslim.credit.scorecard import make_scorecard
    from riskslim.exporters.json_format import load_score

    check_rows_file(output)
    check_rows_file(gains_file)
    draw = None
    if plot is not None:
        from riskslim.report.credit_plots import plot_kind

        draw = plot_kind(plot)
    on_scale = scaled(score, asked, ways) if asked else None
    loaded = load_score(score) if on_scale is None else on_scale.score
    frame, columns = read_columns(
        data, {"outcome": target or loaded.outcome, "weights": weights}, loaded.text_columns
    )
    people = frame, columns["outcome"], columns.get("weights")
    card, gains = make_scorecard(loaded, *people, scaled=on_scale), find_gains(loaded, *people)
    if output is not None:
        deliver(rows_writer([asdict(row) for row in card.rows]), output)
    if gains_file is not None:
        deliver(rows_writer([asdict(row) for row in gains.rows]), gains_file)
    if plot is not None and draw is not None:
        from riskslim.files import write_atomically
        from riskslim.languages import language
        from riskslim.report.credit_plots import gains_plot

        content = gains_plot(gains, language("en")).file(draw)
        deliver(lambda path: write_atomically(path, content), plot)
    if as_json:
        print_json({"scorecard": card.to_dict(), "gains": gains.to_dict()})
    else:
        _print(card, gains)


def _print(card: Scorecard, gains: Gains) -> None:
    console = make_console()
    console.print(f"{card.count:,.0f} people, {card.bads:,.0f} of them bad")
    has_scale = card.base is not None
    heads = ["", "People", "Bad rate", "WoE", "IV", "Points"]
    table = plain_table((*heads, *(["Scaled"] if has_scale else [])), left=1)
    before = None
    for row in card.rows:
        if row.characteristic != before:
            table.add_row(row.characteristic, *[""] * 3, f"{card.iv[row.characteristic]:.3f}")
        before = row.characteristic
        table.add_row(
            f"  {row.attribute}",
            f"{row.count:,.6g}",
            "–" if row.bad_rate is None else f"{row.bad_rate:.1%}",
            "–" if row.woe is None else f"{row.woe:+.2f}",
            f"{row.iv:.3f}",
            f"{row.points}",
            *([f"{row.scaled}"] if has_scale else []),
        )
    console.print(table)
    if has_scale:
        console.print(f"Everyone has {card.base} scaled points more")
    value, ends = interval(gains.gini, 3)
    console.print(f"Gini {value}" + (f" (95 % interval {ends})" if ends else ""))
    console.print(f"KS {gains.ks:.3f} at a total of {_total(gains.ks_at)} or more")
    heads = ["Total", "People", "Bad rate", "Reached", "Of the bad", "Of the good", "Approved"]
    table = plain_table((*heads, "Their bad rate"))
    for one in gains.rows:
        left = one.approved_bad_rate
        table.add_row(
            _ends(one),
            f"{one.count:,.6g}",
            f"{one.bad_rate:.1%}",
            f"{one.reached:.1%}",
            f"{one.bads_reached:.1%}",
            f"{one.goods_reached:.1%}",
            f"{one.approved:.1%}",
            "–" if left is None else f"{left:.1%}",
        )
    console.print(table)
    console.print("Reached are all with this total or a worse one; approved are all others.")


def _ends(row: GainsRow) -> str:
    if row.low == row.high:
        return _total(row.low)
    if row.low is None or row.high is None:
        return f"to {_total(row.high)}" if row.low is None else f"from {_total(row.low)}"
    return f"{_total(row.low)} to {_total(row.high)}"


def _total(total: float | None) -> str:
    return "–" if total is None else f"{total:g}"
