"""``riskslim report``: a score and how it does on data, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from riskslim.cli.action_options import action_options
from riskslim.cli.columns import columns_named, read_columns
from riskslim.cli.data_options import data_argument, score_argument, short_name
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import language_option, refuse_alone
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
    "--credit",
    is_flag=True,
    help="Show what a credit desk asks for: KS, Gini, gains and approvals, attributes with weights "
    "of evidence, and the stability of the population.",
)
@click.option(
    "--reference",
    type=InputFile(),
    metavar="DATA",
    help="For --credit: the people expected, such as those of the training; characteristics are "
    "compared too.  [default: the totals that SCORE was trained on]",
)
@click.option(
    "--by-month", metavar="COLUMN", help="For --credit: the stability in each month of this date."
)
@action_options(
    "Show whose prediction nothing moves that they can change: the actions of riskslim recourse.",
    "--actions",
)
@language_option("Of the report.")
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
    credit: bool,
    reference: Path | None,
    by_month: str | None,
    actions: Path | None,
    target_risk: float | None,
    wanted: Any,
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
      riskslim report score.json new.csv --credit --reference train.csv -o report.html
      riskslim report score.json test.csv --actions actions.toml --target-risk 0.2 -o report.html
    """
    from riskslim.data.grouping import are_counted
    from riskslim.exporters.json_format import load_score
    from riskslim.files import write_atomically
    from riskslim.report import make_report
    from riskslim.report.held_out import read_held_out
    from riskslim.report.people import ReportPeople
    from riskslim.report.sizes import read_sizes
    from riskslim.scores.pool import ScorePool

    refuse_alone("--credit", credit, {"--reference": reference, "--by-month": by_month})
    ends = {"--target-risk": target_risk, "--wanted": wanted}
    refuse_alone("--actions", actions is not None, ends)
    loaded = load_score(score)
    if loaded.meaning != "risk":
        for option, given in (("--path", sizes), ("--cv", validation)):
            if given is not None:
                raise click.UsageError(
                    f"{option} is about risks, and {score} is a {loaded.kind} score, which has "
                    f"none; drop {option}"
                )
    near = None if pool is None else ScorePool.load(pool)
    desk, found, groups = None, None, {}
    expected: Any = None
    their_weight, period = None, None
    rows: tuple[Any, ...]
    if by_month is None and actions is None and are_counted(data):
        rows = (ReportPeople.count(loaded, data, target, weights, by, near),)
        if reference is not None:
            from riskslim.credit.attributes import Applicants

            expected = Applicants.count(loaded, reference, weights)
    else:
        roles = {"outcome": target or loaded.outcome, "weights": weights, "month": by_month}
        frame, columns = read_columns(data, roles, loaded.text_columns)
        parts = columns_named(frame, by, data, "for the subgroups")
        rows = frame, columns["outcome"].to_numpy(), columns.get("weights")
        if reference is not None:
            expected, read = read_columns(reference, {"weights": weights}, loaded.text_columns)
            their_weight = read.get("weights")
        if by_month is not None:
            from riskslim.cli.drift import month_of_each

            period = month_of_each(columns["month"], by_month, str(data))
        if actions is not None:
            from riskslim.recourse import find_recourse

            found = find_recourse(loaded, frame, actions, target_risk, wanted=wanted or "low")
        groups = {name: column.to_numpy() for name, column in parts.items()}
    if credit:
        from riskslim.report import CreditDesk

        desk = CreditDesk.of(
            loaded,
            *rows,
            reference=expected,
            reference_weight=their_weight,
            period=period,
            language_code=language,
        )
    page = make_report(
        loaded,
        *rows,
        subgroups=groups,
        pool=near,
        path=None if sizes is None else read_sizes(sizes),
        validation=None if validation is None else read_held_out(validation),
        credit=desk,
        recourse=found,
        data_name=printable(short_name(data)),
        language_code=language,
    )
    content: str | bytes = page
    if output.suffix.lower() == ".pdf":
        from riskslim.report.pdf import as_pdf

        content = as_pdf(page)
    deliver(lambda path: write_atomically(path, content), output)
    say(f"Report written to {output}.")
