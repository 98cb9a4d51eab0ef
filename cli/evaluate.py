"""``riskslim evaluate``: a score against the outcomes in a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json

if TYPE_CHECKING:
    from riskslim.evaluation import EvaluatedRow, Evaluation

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
@json_option
def evaluate(
    score: Path, data: Path, target: str | None, weights: str | None, as_json: bool
) -> None:
    """Compare the risks of SCORE with the outcomes in DATA.

    Prints logistic loss, AUC, calibration error, Brier score, and the predicted
    and observed risk of every total.

    \b
    Example:
      riskslim evaluate score.json test.csv
    """
    from riskslim.evaluation import evaluate as compare
    from riskslim.score import RiskScore

    loaded = RiskScore.load(score)
    frame, columns = read_columns(data, {"outcome": target or loaded.outcome, "weights": weights})
    found = compare(loaded, frame, columns["outcome"], columns.get("weights"))
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: Evaluation) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"{found.rows:,} rows, {found.positives:,} of them positive")
    measures = Table(box=None, show_header=False, padding=(0, 2))
    measures.add_column()
    measures.add_column(justify="right")
    measures.add_row("logistic loss", f"{found.loss:.6f}")
    measures.add_row("AUC", "one class only" if found.auc is None else f"{found.auc:.4f}")
    measures.add_row("calibration error", f"{found.calibration_error:.2%}")
    measures.add_row("Brier score", f"{found.brier:.4f}")
    console.print(measures)
    table = Table(box=box.SIMPLE_HEAD)
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


def _ends(row: EvaluatedRow) -> str:
    if row.low == row.high:
        return f"{row.low:g}"
    if row.low is None:
        return f"below {row.high:g}"
    return f"{row.low:g} or more" if row.high is None else f"{row.low:g} to {row.high:g}"
