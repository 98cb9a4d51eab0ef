"""``riskslim report``: a score and how it does on data, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from riskslim.cli.data_options import data_argument, score_argument, short_name
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.terminal import say
from riskslim.printable import printable

__all__ = ["report"]


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
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="Show how the score does for each value of this column. May be repeated.",
)
@click.option(
    "--pool",
    type=InputFile(),
    metavar="FILE",
    help="Show the scores that are nearly as good, and how they disagree: a pool that riskslim "
    "pool -o has written as JSON.",
)
@click.option(
    "--path",
    "sizes",
    type=InputFile(),
    metavar="FILE",
    help="Show the cross-validation of every size: what riskslim path --cv has written as JSON.",
)
@click.option(
    "--cv",
    "validation",
    type=InputFile(),
    metavar="FILE",
    help="Show the held-out performance: what riskslim cv -o has written.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "de"]),
    default="en",
    show_default=True,
    help="Of the report.",
)
@output_option(
    "Write the page to this file, whole or not at all; as PDF where it ends in .pdf "
    "(printed by Chromium or Chrome).",
    required=True,
)
def report(
    score: Path,
    data: Path,
    target: str | None,
    weights: str | None,
    by: tuple[str, ...],
    pool: Path | None,
    sizes: Path | None,
    validation: Path | None,
    language: str,
    output: Path,
) -> None:
    """Write a report on SCORE and how it does on DATA.

    One page with the card, its certificate and rules, a summary of the data, ROC
    curve, calibration, decision curve, a table by total, cross-validation, scores
    that are nearly as good, subgroups, a model card and the items of TRIPOD+AI. Of a
    decision score: errors of either kind, their rates and the threshold in place of
    what is about risks.

    \b
    Examples:
      riskslim report score.json test.csv --by Female -o report.html
      riskslim report score.json test.csv --pool pool.json --cv cv.json -o report.pdf
      riskslim report decision.json test.csv --language de -o report.html
    """
    from riskslim.data.reading import read_table
    from riskslim.errors import DataError
    from riskslim.exporters.json_format import load_score
    from riskslim.files import write_atomically
    from riskslim.names import nearest
    from riskslim.report import make_report
    from riskslim.report.held_out import read_held_out
    from riskslim.report.sizes import read_sizes
    from riskslim.scores.pool import ScorePool

    loaded = load_score(score)
    if loaded.meaning != "risk":
        for option, given in (("--pool", pool), ("--path", sizes), ("--cv", validation)):
            if given is not None:
                raise click.UsageError(
                    f"{option} is about risks, and {score} is a {loaded.kind} score, which has "
                    f"none; drop {option}"
                )
    frame = read_table(data, loaded.text_columns)
    names = list(map(str, frame.columns))
    wanted = [("outcome", target or loaded.outcome)]
    wanted += [("weights", weights)] if weights is not None else []
    wanted += [("subgroups", name) for name in by]
    for role, name in wanted:
        if name not in names:
            raise DataError(f"{data}: no column {name!r} for the {role}; {nearest(name, names)}")

    def column(name: str) -> Any:
        return frame.iloc[:, names.index(name)].to_numpy()

    page = make_report(
        loaded,
        frame,
        column(wanted[0][1]),
        None if weights is None else column(weights),
        subgroups={name: column(name) for name in by},
        pool=None if pool is None else ScorePool.load(pool),
        path=None if sizes is None else read_sizes(sizes),
        validation=None if validation is None else read_held_out(validation),
        data_name=printable(short_name(data)),
        language_code=language,
    )
    content: str | bytes = page
    if output.suffix.lower() == ".pdf":
        from riskslim.report.pdf import as_pdf

        content = as_pdf(page)
    deliver(lambda path: write_atomically(path, content), output)
    say(f"Report written to {output}.")
