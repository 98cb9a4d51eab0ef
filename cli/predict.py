"""``riskslim predict``: totals of new rows, and what they mean."""

from __future__ import annotations

import csv
import gzip
import io
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.terminal import say

if TYPE_CHECKING:
    from riskslim.scores.point_score import PointScore

__all__ = ["predict"]

Rows = Sequence[tuple[Any, ...]]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@output_option(
    "Write to this file rather than to standard output: CSV (.csv), compressed (.csv.gz), or "
    "Parquet (.parquet)."
)
@click.option(
    "--id",
    "kept",
    multiple=True,
    metavar="COLUMN",
    help="Keep this column of DATA, such as the number of a patient. May be repeated.",
)
@click.option(
    "--unknown",
    is_flag=True,
    help="Take what is blank, and has no points for that, for unknown: give the smallest and the "
    "largest total, and what they mean.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0, max=1),
    help="Of a risk score: add the class, the positive one where the risk is above this.",
)
@click.option(
    "--pool",
    type=InputFile(),
    metavar="FILE",
    help="With --threshold: leave the class empty where scores that are nearly as good disagree, "
    "and add the lowest and the highest of their risks; a pool that riskslim pool -o has written "
    "as JSON.",
)
@json_option
def predict(
    score: Path,
    data: Path,
    output: Path | None,
    kept: tuple[str, ...],
    unknown: bool,
    threshold: float | None,
    pool: Path | None,
    as_json: bool,
) -> None:
    """Print total and risk (or decision) of every row of DATA, in its order, as CSV.

    DATA needs the features with points, in any order and among any others.

    \b
    Example:
      riskslim predict score.json new.csv > risks.csv
      riskslim predict score.json new.csv --threshold 0.2 --pool pool.json
      riskslim predict score.json new.csv --id Patient --unknown -o risks.parquet
    """
    from riskslim.data.reading import read_table
    from riskslim.errors import DataWarning, OptionError
    from riskslim.exporters.json_format import load_score
    from riskslim.files import write_atomically
    from riskslim.scores.implausible import implausible_numbers

    write = _writer(output)
    loaded = load_score(score)
    frame = read_table(data, loaded.text_columns)
    kept_columns = {name: _kept(frame, name, str(data)) for name in kept}
    columns = {"row": list(range(1, len(frame) + 1)), **kept_columns}
    name = loaded.meaning
    classes = _classes(loaded, frame, threshold, pool, unknown=unknown)
    heads = (*_heads(name, unknown=unknown), *classes)
    if len({*columns, *heads}) < len(columns) + len(heads):
        raise OptionError(f"--id: {', '.join(kept)} would be called as a column of the result")
    if unknown:
        low, high = loaded.total_ranges(frame)
        results = [_plain(low), _plain(high), loaded.means(low), loaded.means(high)]
    else:
        totals = loaded.total(frame)
        results = [_plain(totals), loaded.means(totals)]
    for told in implausible_numbers(loaded, frame):
        warnings.warn(told, DataWarning, stacklevel=1)
    columns |= dict(zip(_heads(name, unknown=unknown), results, strict=True))
    columns |= classes
    table = [tuple(columns), *zip(*columns.values(), strict=True)]
    if output is not None:
        content = write(table)
        deliver(lambda path: write_atomically(path, content), output)
    if as_json:
        heads, *rows = table
        predictions = [dict(zip(heads, row, strict=True)) for row in rows]
        print_json({"outcome": loaded.outcome, "predictions": predictions})
    elif output is None:
        click.echo(_csv(table), nl=False)


def _classes(
    score: PointScore, frame: Any, threshold: float | None, pool: Path | None, *, unknown: bool
) -> dict[str, list[Any]]:
    """Give the class of each row, and the range that its risk has in a pool; nothing unasked."""
    from riskslim.scores.pool import ScorePool
    from riskslim.scores.risk import RiskScore

    if threshold is None:
        if pool is not None:
            raise click.UsageError("--pool goes with --threshold: say which risk parts the classes")
        return {}
    if unknown or not isinstance(score, RiskScore):
        why = "--unknown gives ranges" if unknown else "a decision score has its own"
        raise click.UsageError(f"--threshold is for risks that are known, and {why}; drop it")
    labels = score.predict(frame, threshold).tolist()
    if pool is None:
        return {"class": labels}
    loaded = ScorePool.load(pool)
    if loaded.best.outcome != score.outcome:
        raise click.UsageError(
            f"{pool} is a pool of scores for {loaded.best.outcome!r}, not for {score.outcome!r}"
        )
    ranges = loaded.multiplicity(frame, threshold).ranges
    if not loaded.complete:
        say("Warning: the pool is not complete; ranges are at least so wide.")
    risk = score.risks(score.total(frame))
    low = ranges["lowest"].clip(upper=risk)
    high = ranges["highest"].clip(lower=risk)
    is_open = (low <= threshold) & (threshold < high)
    known = [None if straddles else label for straddles, label in zip(is_open, labels, strict=True)]
    return {"lowest": low.tolist(), "highest": high.tolist(), "class": known}


def _heads(name: str, *, unknown: bool) -> tuple[str, ...]:
    if unknown:
        return ("total_low", "total_high", f"{name}_low", f"{name}_high")
    return ("total", name)


def _plain(totals: Any) -> list[float | int]:
    """Give whole numbers as such."""
    return [int(total) if total.is_integer() else total for total in totals.tolist()]


def _kept(frame: Any, name: str, source: str) -> list[Any]:
    """Give the cells of a column, blank ones as nothing."""
    from riskslim.errors import DataError
    from riskslim.names import nearest

    names = [str(one) for one in frame.columns]
    if name not in names:
        raise DataError(f"{source}: no column {name!r} to keep; {nearest(name, names, 'columns')}")
    column = frame.iloc[:, names.index(name)].astype(object)
    cells: list[Any] = column.where(column.notna(), None).tolist()
    return cells


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
