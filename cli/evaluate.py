"""``riskslim evaluate``: a score against the outcomes in a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskslim.cli.bounds import print_bounds
from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.measures import MEASURE_NAMES, interval, points_table, print_ranges
from riskslim.cli.output import json_option, print_json, unknown_option
from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from riskslim.evaluation.decision import DecidedRow, DecisionEvaluation
    from riskslim.evaluation.risk import EvaluatedRow, Evaluation

__all__ = ["evaluate"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column with the outcome.  [default: the one that the score was trained on]",
)
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column that says which person a row belongs to: intervals count people.",
)
@unknown_option(
    "measure on the rows of which all is known, and say between which ends the measures of all "
    "rows lie, whatever the unknown is."
)
@click.option(
    "--bounds",
    is_flag=True,
    help="Bound the error on new people, and the size of points that the features need.",
)
@click.option(
    "--max-coef",
    type=click.IntRange(min=1),
    help="With --bounds: the points were limited to this before the fit.  [default: unknown]",
)
@click.option(
    "--max-size",
    type=click.IntRange(min=0),
    help="With --bounds: the features were limited to so many before the fit.  [default: unknown]",
)
@click.option(
    "--delta",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="With --bounds: a bound on the error fails with at most this probability.  "
    "[default: 0.05]",
)
@json_option
def evaluate(
    score: Path,
    data: Path,
    target: str | None,
    weights: str | None,
    groups: str | None,
    unknown: bool,
    bounds: bool,
    max_coef: int | None,
    max_size: int | None,
    delta: float | None,
    as_json: bool,
) -> None:
    """Compare the risks or decisions of SCORE with the outcomes in DATA.

    Prints AUC, calibration, Brier score and logistic loss with intervals, the
    predicted and observed risk of every total, and sensitivity, specificity and
    predictive values from each total on. Of a decision score: errors of either kind,
    predictive values, AUC, and what is decided and observed at every total.

    \b
    Example:
      riskslim evaluate score.json test.csv
      riskslim evaluate score.json train.csv --bounds --max-coef 5 --max-size 5
    """
    for option, value in (("--max-coef", max_coef), ("--max-size", max_size), ("--delta", delta)):
        if value is not None and not bounds:
            raise click.UsageError(f"{option} is for --bounds; add it, or drop {option}")
    if unknown and (bounds or groups is not None):
        raise click.UsageError("--unknown is without --bounds and --groups; drop it, or these")
    from riskslim.data.grouping import are_counted
    from riskslim.evaluation.by_total import count_columns, count_people
    from riskslim.evaluation.risk import Evaluation
    from riskslim.evaluation.risk import evaluate as compare
    from riskslim.evaluation.unknown import UnknownPeople
    from riskslim.exporters.json_format import load_score
    from riskslim.scores.score_bounds import by_features, score_bounds

    loaded = load_score(score)
    counts = proved = ranges = None
    if unknown:
        roles = {"outcome": target or loaded.outcome, "weights": weights}
        frame, columns = read_columns(data, roles, loaded.text_columns)
        people = UnknownPeople.of(loaded, frame, columns["outcome"], columns.get("weights"))
        found, ranges = compare(loaded, people.known), people.ranges(loaded)
    elif are_counted(data):
        found = compare(loaded, count_people(loaded, data, target, weights, groups))
        counts = count_columns(loaded, data, target, weights) if bounds else None
    else:
        frame, columns = read_columns(
            data,
            {"outcome": target or loaded.outcome, "weights": weights, "person": groups},
            loaded.text_columns,
        )
        outcome, weight = columns["outcome"], columns.get("weights")
        found = compare(loaded, frame, outcome, weight, columns.get("person"))
        counts = by_features(loaded, frame, outcome, weight) if bounds else None
    if counts is not None:
        proved = score_bounds(
            loaded,
            counts,
            max_coef=max_coef,
            max_size=max_size,
            delta=0.05 if delta is None else delta,
        )
    if as_json:
        parts = {"bounds": proved, "unknown": ranges}
        print_json(found.to_dict() | {key: one.to_dict() for key, one in parts.items() if one})
        return
    if isinstance(found, Evaluation):
        _print(found)
    else:
        _print_decisions(found)
    if proved is not None:
        print_bounds(proved)
    if ranges is not None:
        print_ranges(ranges)


def _print(found: Evaluation) -> None:

    console = make_console()
    console.print(f"{found.rows:,} rows, {found.positives:,} of them positive")
    measures = plain_table(("", "Value", "95 % interval"), left=1)
    for name, (words, digits) in MEASURE_NAMES.items():
        value, ends = interval(getattr(found.performance, name), digits)
        missing = name == "auc" and found.auc is None
        measures.add_row(words, "one class only" if missing else value, ends)
    console.print(measures)
    table = plain_table()
    for header in ("Total", "Rows", "Positive", "Predicted", "Observed"):
        table.add_column(header, justify="right")
    for row in found.table:
        table.add_row(
            _ends(row),
            f"{row.rows:,}",
            f"{row.positives:,}",
            f"{row.predicted:.1%}",
            f"{row.observed:.1%}",
        )
    console.print(table)
    console.print("Calling positive from a total on, in percent with 95 % intervals:")
    console.print(points_table(found.operating_points))


def _print_decisions(found: DecisionEvaluation) -> None:

    console = make_console()
    console.print(f"{found.rows:,} rows, {found.positives:,} of them positive")
    measures = plain_table(box=None, show_header=False, padding=(0, 2))
    measures.add_column()
    measures.add_column(justify="right")
    for name, value in (
        ("errors", found.error_rate),
        ("sensitivity (TPR)", found.true_positive_rate),
        ("false positive rate (FPR)", found.false_positive_rate),
        ("positive predictive value", found.positive_predictive_value),
        ("negative predictive value", found.negative_predictive_value),
    ):
        measures.add_row(name, "nobody" if value is None else f"{value:.2%}")
    measures.add_row("false positives", f"{found.false_positives:,}")
    measures.add_row("false negatives", f"{found.false_negatives:,}")
    measures.add_row(
        "AUC of the total", "one class only" if found.auc is None else f"{found.auc:.4f}"
    )
    console.print(measures)
    table = plain_table()
    for header in ("Total", "Decision", "Rows", "Positive", "Observed"):
        table.add_column(header, justify="right")
    for row in found.table:
        table.add_row(
            _ends(row),
            "yes" if row.yes else "no",
            f"{row.rows:,}",
            f"{row.positives:,}",
            f"{row.observed:.1%}",
        )
    console.print(table)


def _ends(row: EvaluatedRow | DecidedRow) -> str:
    from riskslim.evaluation.decision import DecidedRow

    if row.low == row.high:
        return f"{row.low:g}"
    # A band of risks holds its first total, one of decisions its last.
    decides = isinstance(row, DecidedRow)
    if row.low is None:
        return f"{row.high:g} or less" if decides else f"below {row.high:g}"
    if row.high is None:
        return f"above {row.low:g}" if decides else f"{row.low:g} or more"
    return f"{row.low:g} to {row.high:g}"
