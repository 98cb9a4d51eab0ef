"""``riskslim predict``: totals of new rows, and what they mean."""

from __future__ import annotations

import functools
import io
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import cells_of, check_kept
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json, refuse_alone, unknown_option
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.predictions import Block, Types, write_csv, writer_of
from riskslim.cli.terminal import say

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.scores.point_score import PointScore
    from riskslim.scores.pool import ScorePool

__all__ = ["predict"]

_SPOOLED = 1 << 24

_Judge = Callable[[Any], dict[str, list[Any]]]


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
@unknown_option("give the smallest and the largest total, and what they mean.")
@click.option(
    "--threshold",
    type=click.FloatRange(min=0, max=1),
    help="Of a risk score: add the class, the positive one where the risk is above this.",
)
@click.option(
    "--cutoff",
    type=float,
    metavar="TOTAL",
    help="The same from this total on, as riskslim cutoff names it.",
)
@click.option(
    "--no-below",
    type=float,
    metavar="TOTAL",
    help="With --cutoff: the negative class below this total alone, none from it to the cut-off.",
)
@click.option(
    "--pool",
    type=InputFile(),
    metavar="FILE",
    help="Leave the class empty where scores that are nearly as good disagree, and add the lowest "
    "and the highest of their risks; a pool that riskslim pool -o has written as JSON. Of a risk "
    "score with --threshold or --cutoff.",
)
@click.option(
    "--reasons",
    type=click.IntRange(min=1),
    metavar="COUNT",
    help="Name so many of what costs each row the most points beyond the fewest, as riskslim "
    "reasons does.",
)
@json_option
def predict(
    score: Path,
    data: Path,
    output: Path | None,
    kept: tuple[str, ...],
    unknown: bool,
    threshold: float | None,
    cutoff: float | None,
    no_below: float | None,
    pool: Path | None,
    reasons: int | None,
    as_json: bool,
) -> None:
    """Print total and risk (or decision) of every row of DATA, in its order, as CSV.

    DATA needs the features with points, in any order and among any others. Tables of any
    size, in folders and databases too, are predicted block by block.

    \b
    Example:
      riskslim predict score.json new.csv > risks.csv
      riskslim predict score.json new.csv --threshold 0.2 --pool pool.json
      riskslim predict score.json new.csv --cutoff 9 --no-below 4
      riskslim predict decision.json new.csv --pool pool.json
      riskslim predict score.json new.csv --reasons 4
      riskslim predict score.json new.csv --id Patient --unknown -o risks.parquet
    """
    from riskslim.exporters.json_format import load_score
    from riskslim.files import written_atomically
    from riskslim.scores.abstaining import classes

    write = writer_of(output)
    loaded = load_score(score)
    given = {"threshold": threshold, "cutoff": cutoff, "no_below": no_below}
    _refuse(loaded, pool, reasons, unknown, given)
    others = None if pool is None else _read_pool(pool, loaded)
    judges: list[_Judge] = []
    if pool is not None or threshold is not None or cutoff is not None:
        judges.append(
            functools.partial(
                classes, loaded, threshold=threshold, cutoff=cutoff, no_below=no_below, pool=others
            )
        )
    if reasons is not None:
        judges.append(functools.partial(_reasons, loaded, reasons))

    def made() -> tuple[Iterator[Block], Types]:
        # A pool says of all rows together how sure it is.
        blocks, types = _read(loaded, data, kept, whole=pool is not None)
        return _predictions(loaded, blocks, kept, judges, unknown=unknown), types

    def save(path: Path) -> None:
        blocks, types = made()
        with written_atomically(path) as stream:
            write(blocks, stream, types)

    if output is not None:
        deliver(save, output)
    if as_json:
        predictions = [
            dict(zip(block, row, strict=True))
            for block in made()[0]
            for row in zip(*block.values(), strict=True)
        ]
        print_json({"outcome": loaded.outcome, "predictions": predictions})
    elif output is None:
        # Put aside until the last row is known: all is printed, or nothing.
        with tempfile.SpooledTemporaryFile(_SPOOLED) as stream:
            write_csv(made()[0], stream, {})  # type: ignore[arg-type]
            stream.seek(0)
            text = io.TextIOWrapper(stream, "utf-8", newline="")
            while chunk := text.read(_SPOOLED):
                click.echo(chunk, nl=False)


def _read(
    score: PointScore, data: Any, kept: tuple[str, ...], *, whole: bool
) -> tuple[Iterator[pd.DataFrame], Types]:
    """Give the rows, as a whole where they are few, else block by block, and types of columns."""
    import pyarrow as pa

    from riskslim.data.grouping import are_counted, columns_among, row_blocks
    from riskslim.data.reading import read_table
    from riskslim.data.sources import name_of, table_source
    from riskslim.exporters.terms import columns_read

    text = score.text_columns
    types: dict[str, Any] = {}
    if not whole and are_counted(data):
        source = table_source(data)
        names = source.names
        wanted = columns_among(names, (*columns_read(score), *kept))
        schema, _ = source.blocks(text, wanted)
        blocks = row_blocks(source, text, wanted)
        types = {name: schema.field(name).type for name in kept if name in names}
        types |= dict.fromkeys(("total", "total_low", "total_high"), pa.float64())
        # Of a block in which nobody has one too.
        types["class"] = pa.array(list(score.labels)).type
        for place in range(1, len(score.items) + 1):
            types |= {f"reason_{place}": pa.string(), f"reason_{place}_points": pa.float64()}
    else:
        frame = read_table(data, text)
        names, blocks = [str(one) for one in frame.columns], iter([frame])
    check_kept(kept, names, name_of(data))
    return blocks, types


def _predictions(
    score: PointScore,
    blocks: Iterator[pd.DataFrame],
    kept: tuple[str, ...],
    judges: Sequence[_Judge],
    *,
    unknown: bool,
) -> Iterator[Block]:
    from riskslim.errors import DataWarning, OptionError
    from riskslim.scores.implausible import implausible_numbers
    from riskslim.scores.totals import plain_numbers

    before = 0
    for frame in blocks:
        columns: dict[str, Sequence[Any]] = {"row": range(before + 1, before + len(frame) + 1)}
        columns |= {name: cells_of(frame, name) for name in kept}
        judged = {name: cells for judge in judges for name, cells in judge(frame).items()}
        heads = (*_heads(score.meaning, unknown=unknown), *judged)
        if len({*columns, *heads}) < len(columns) + len(heads):
            raise OptionError(f"--id: {', '.join(kept)} would be called as a column of the result")
        if unknown:
            low, high = score.total_ranges(frame)
            results = [plain_numbers(low), plain_numbers(high), score.means(low), score.means(high)]
        else:
            totals = score.total(frame)
            results = [plain_numbers(totals), score.means(totals)]
        for told in implausible_numbers(score, frame):
            warnings.warn(told, DataWarning, stacklevel=1)
        yield columns | dict(zip(heads, [*results, *judged.values()], strict=True))
        before += len(frame)


def _reasons(score: PointScore, top: int, frame: pd.DataFrame) -> dict[str, list[Any]]:
    from riskslim.credit.reasons import find_reasons

    return find_reasons(score, frame, top).columns()


def _refuse(
    score: PointScore,
    pool: Path | None,
    reasons: int | None,
    unknown: bool,
    given: dict[str, float | None],
) -> None:
    """Refuse ways to a class that do not go with the score, or with one another."""
    ways = [name for name in ("threshold", "cutoff") if given[name] is not None]
    options = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    options += ["--pool"] if pool is not None and unknown else []
    options += ["--reasons"] if reasons is not None and unknown else []
    if unknown and options:
        raise click.UsageError(
            f"{options[0]} is for risks that are known, and --unknown gives ranges; drop it"
        )
    if score.kind != "risk" and options:
        raise click.UsageError(
            f"{options[0]} is for risk scores, and a decision score has its own threshold; drop it"
        )
    if len(ways) == 2:
        raise click.UsageError("--threshold does not go with --cutoff; drop either")
    refuse_alone("--cutoff", "cutoff" in ways, {"--no-below": given["no_below"]})
    if pool is not None and score.kind == "risk" and not ways:
        raise click.UsageError(
            "--pool goes with --threshold or --cutoff: say which risk parts the classes"
        )


def _read_pool(pool: Path, score: PointScore) -> ScorePool[Any]:
    """Read scores that are nearly as good, where they are for the same outcome."""
    from riskslim.scores.pool import ScorePool

    loaded = ScorePool.load(pool)
    if loaded.best.kind != score.kind:
        raise click.UsageError(
            f"{pool} is a pool of {loaded.best.kind} scores; give the other kind"
        )
    if loaded.best.outcome != score.outcome:
        raise click.UsageError(
            f"{pool} is a pool of scores for {loaded.best.outcome!r}, not for {score.outcome!r}"
        )
    if not loaded.has_all_risks:
        say("Warning: other scores may be as good; ranges are at least so wide.")
    return loaded


def _heads(name: str, *, unknown: bool) -> tuple[str, ...]:
    if unknown:
        return ("total_low", "total_high", f"{name}_low", f"{name}_high")
    return ("total", name)
