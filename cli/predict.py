"""``riskslim predict``: totals of new rows, and what they mean."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import deliver, output_option

__all__ = ["predict"]

Rows = Sequence[tuple[Any, ...]]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@output_option(
    "Write to this file rather than to standard output: CSV (.csv), compressed (.csv.gz), or "
    "Parquet (.parquet)."
)
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

    write = _writer(output)
    loaded = load_score(score)
    totals = loaded.total(read_table(data, loaded.text_columns))
    plain = [int(total) if total.is_integer() else total for total in totals.tolist()]
    name = loaded.meaning
    rows = list(zip(range(1, len(plain) + 1), plain, loaded.means(totals), strict=True))
    table = [("row", "total", name), *rows]
    if output is not None:
        content = write(table)
        deliver(lambda path: write_atomically(path, content), output)
    if as_json:
        predictions = [{"row": row, "total": total, name: means} for row, total, means in rows]
        print_json({"outcome": loaded.outcome, "predictions": predictions})
    elif output is None:
        click.echo(_csv(table), nl=False)


def _writer(output: Path | None) -> Callable[[Rows], str | bytes]:
    """Choose by the ending of a file how it is written; a device takes CSV."""
    from riskslim.errors import OptionError

    if output is None or (output.exists() and not output.is_file()):
        return _csv
    for ending, write in _ENDINGS.items():
        if output.name.lower().endswith(ending):
            return write
    raise OptionError(
        f"predictions are written to files that end in {', '.join(_ENDINGS)}; {str(output)!r} "
        "does not"
    )


def _csv(table: Rows) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(table)
    return stream.getvalue()


def _compressed(table: Rows) -> bytes:
    # Without a time: the same predictions give the same file.
    return gzip.compress(_csv(table).encode("utf-8"), mtime=0)


def _parquet(table: Rows) -> bytes:
    import pandas as pd

    heads, *rows = table
    stream = io.BytesIO()
    pd.DataFrame(rows, columns=list(heads)).to_parquet(stream, engine="pyarrow", index=False)
    return stream.getvalue()


_ENDINGS: dict[str, Callable[[Rows], str | bytes]] = {
    ".csv": _csv,
    ".csv.gz": _compressed,
    ".parquet": _parquet,
}
