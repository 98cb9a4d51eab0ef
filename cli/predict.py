"""``riskslim predict``: totals of new rows, and what they mean."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import click

from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import deliver, output_option

__all__ = ["predict"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@output_option("Write the CSV to this file rather than to standard output.")
@json_option
def predict(score: Path, data: Path, output: Path | None, as_json: bool) -> None:
    """Print total and risk (or decision) of every row of DATA, in its order, as CSV.

    DATA needs the features with points, in any order and among any others.

    \b
    Example:
      riskslim predict score.json new.csv > risks.csv
    """
    from riskslim.data.reading import read_table
    from riskslim.exporters.json_format import load_score
    from riskslim.files import write_atomically
    from riskslim.score import RiskScore

    loaded = load_score(score)
    totals = loaded.total(read_table(data, loaded.text_columns))
    plain = [int(total) if total.is_integer() else total for total in totals.tolist()]
    meaning: list[Any]
    if isinstance(loaded, RiskScore):
        name, meaning = "risk", loaded.risks(totals).tolist()
    else:
        name, meaning = "decision", [loaded.labels[yes] for yes in loaded.decides(totals).tolist()]
    rows = list(zip(range(1, len(plain) + 1), plain, meaning, strict=True))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([("row", "total", name), *rows])
    text = stream.getvalue()
    if output is not None:
        deliver(lambda path: write_atomically(path, text), output)
    if as_json:
        predictions = [{"row": row, "total": total, name: means} for row, total, means in rows]
        print_json({"outcome": loaded.outcome, "predictions": predictions})
    elif output is None:
        click.echo(text, nl=False)
