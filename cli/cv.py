"""``riskslim cv``: how well a score, and the way it was made, predicts new people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import ProblemChoices, problem_options
from riskslim.cli.measures import MEASURE_NAMES, curve_table, interval, points_table
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import deliver, output_option
from riskslim.cli.progress_bar import progress_bar
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import make_console, plain_table, say
from riskslim.cli.time_limit import JUDGING, whole_command

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.data import Dataset
    from riskslim.evaluation.result import CrossValidation
    from riskslim.scores.path import Rule

__all__ = ["cv"]


def numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """Read ``NUMBER,NUMBER,...``."""
    if value is None:
        return None
    try:
        return tuple(float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not NUMBER,NUMBER,...") from None


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column that says which person a row belongs to, not a feature. A person with several "
    "rows is never on both sides of a split.",
)
@raw_options(taught=True)
@problem_options(max_size=10)
@click.option(
    "--c0s",
    callback=numbers,
    metavar="NUMBERS",
    help="Choose C0 among these too, such as 0.001,0.01.  [default: --c0 alone]",
)
@click.option(
    "--fixed-size",
    is_flag=True,
    help="Choose nothing: fit with --max-size and --c0 in every fold.",
)
@click.option(
    "--folds", type=click.IntRange(min=2), default=5, show_default=True, help="Outer folds."
)
@click.option(
    "--inner-folds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Folds within the training rows of each outer fold, by which size and C0 are chosen.",
)
@click.option(
    "--rule",
    type=click.Choice(["one-se", "best"]),
    default="one-se",
    show_default=True,
    help="How: the simplest within one standard error of the least loss, or the least loss.",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Repeat with other splits, and average.",
)
@click.option(
    "--bootstrap",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="RESAMPLES",
    help="Correct the apparent measures for optimism by so many resamples as well.",
)
@click.option(
    "--thresholds",
    callback=numbers,
    metavar="RISKS",
    help="Risks at which the net benefit is stated.  [default: 0.05,0.1,0.2,...,0.9]",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End the whole command after so long, with the folds that are finished; each fit has its "
    "share.  [default: none]",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "supports", "lcpa"]),
    default="auto",
    show_default=True,
    help="As for riskslim fit.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of folds.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Folds at a time. The answer does not depend on it.",
)
@output_option("Write everything to this JSON file, whole or not at all.")
@json_option
@click.pass_context
def cv(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: Any,
    weights: str | None,
    groups: str | None,
    raw: RawChoices,
    choices: ProblemChoices,
    c0s: tuple[float, ...] | None,
    fixed_size: bool,
    folds: int,
    inner_folds: int,
    rule: Rule,
    repeats: int,
    bootstrap: int,
    thresholds: tuple[float, ...] | None,
    time_limit: float | None,
    engine: str,
    seed: int,
    threads: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Cross-validate risk scores for DATA, the choice of their size included.

    Every fold is predicted by a score that was chosen and proved on the other folds alone.
    Sensitivity, specificity and predictive values stand beside the totals of the score that
    all rows give. They are those of held-out people, of whom the score of their fold calls
    positive the share that the score of all rows calls from that total on. With --raw every
    fold makes its own features.

    Ctrl-C keeps the folds that are finished, and says how many they are.

    \b
    Example:
      riskslim cv heart.csv --target Disease --max-size 8 -o cv.json
      riskslim cv visits.csv --target Died --groups Patient --repeats 3 --threads 4
    """
    heavy = "riskslim.estimators.selection", "riskslim.evaluation.cross_validation"
    deadline = whole_command(time_limit, *JUDGING, *heavy)
    from riskslim.data.outcome import with_outcome
    from riskslim.estimators.selection import RiskSLIMClassifierCV
    from riskslim.evaluation.cross_validation import DEFAULT_THRESHOLDS, cross_validate_score

    if fixed_size and c0s is not None:
        raise click.UsageError("--c0s is for a C0 that is chosen; drop it or --fixed-size")
    raw.refuse_signs(choices.signs)
    with deadline.held():
        frame, columns = read_columns(
            data,
            {"outcome": target, "weights": weights, "person (--groups)": groups},
            raw.binarizer.text_columns,
        )
        if isinstance(positive, tuple):
            frame = with_outcome(frame, target, positive, str(data))
            columns = {role: frame[column.name] for role, column in columns.items()}
        table, features = _table(frame, data, (target, positive, weights, groups), raw, choices)
        estimator: Any = choices.classifier(table, raw, engine, seed)
        if not fixed_size:
            estimator = RiskSLIMClassifierCV(estimator, c0s, inner_folds, rule, seed)
        with progress_bar("Fits") as advance:
            found = cross_validate_score(
                estimator,
                features,
                frame[table.outcome_name],
                groups=columns.get("person (--groups)"),
                sample_weight=columns.get("weights"),
                cv=folds,
                repeats=repeats,
                bootstrap=bootstrap,
                thresholds=DEFAULT_THRESHOLDS if thresholds is None else thresholds,
                positive=table.labels[1],
                random_state=seed,
                n_jobs=threads,
                on_progress=advance,
                keep_finished=True,
            )
    if output is not None:
        deliver(found.save, output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    if not found.is_proved:
        say("Not every score is proved: a limit ended some searches.")
    if found.stopped is not None:
        say(
            f"{found.ended.capitalize()}, which are kept: the measures are of the people held out "
            "there."
        )
    if output is not None:
        say(f"Written: {output}")
    ctx.exit(_exit_code(found))


def _exit_code(found: CrossValidation) -> ExitCode:
    if found.stopped == "interrupted":
        return ExitCode.INTERRUPTED
    return ExitCode.OK if found.is_proved and found.stopped is None else ExitCode.LIMIT


def _table(
    frame: pd.DataFrame,
    data: Path,
    names: tuple[str | None, str | None, str | None, str | None],
    raw: RawChoices,
    choices: ProblemChoices,
) -> tuple[Dataset, pd.DataFrame]:
    """Check the table as a whole; give it, and the columns that an estimator is given."""
    from riskslim.data import Dataset

    target, positive, weights, groups = names
    source = str(data)
    if not raw.raw:
        kept = frame if groups is None else frame.drop(columns=[groups])
        table = Dataset.from_frame(
            kept, target, positive, weights, choices.class_weight, source=source
        )
        return table, kept[list(table.feature_names)]
    from riskslim.features.raw_table import raw_dataset_of, split_outcome

    others = [name for name in (weights, groups) if name is not None]
    features, outcome, _ = split_outcome(frame, target, others, source)
    counted = None if weights is None else frame[weights]
    table = raw_dataset_of(
        features, outcome, counted, raw.binarizer, source, positive, choices.class_weight
    )
    return table, features


def _print(found: CrossValidation) -> None:
    from rich.markup import escape

    from riskslim.exporters.columns import clean

    console = make_console()
    people = "" if found.people is None else f" of {found.people:,} people"
    console.print(
        f"{found.rows:,} rows{people}, {found.positives:,} of them positive; {found.design}"
    )
    console.print(_measures(found))
    sizes = ", ".join(f"{size} ({count})" for size, count in found.sizes.items())
    console.print(f"Sizes of the folds' scores (how many folds): {sizes}")
    total = len(found.folds)
    names = [f"{escape(clean(name))} ({count})" for name, count in found.selected.items()]
    console.print(f"Features that they use (of {total} folds): {', '.join(names)}\n")
    if found.score is not None:
        terms = [f"{value:+d} {clean(name)}" for name, value in found.score.points.items()]
        console.print(f"Score of all rows: {escape('; '.join(terms) or 'no features')}")
    console.print("Calling positive from a total on, in percent with 95 % intervals:")
    console.print(points_table(found.operating_points))
    console.print(curve_table(found.decision_curve))


def _measures(found: CrossValidation) -> Any:
    corrected = {} if found.optimism is None else found.optimism.corrected
    headers = ["", "Held out", "95 % interval", "Apparent", *(["Corrected"] if corrected else [])]
    table = plain_table(headers, left=1)
    for name, (words, digits) in MEASURE_NAMES.items():
        cells = [words, *interval(getattr(found.measures, name), digits)]
        cells.append(interval(getattr(found.apparent, name), digits)[0])
        if corrected:
            cells.append(f"{corrected[name]:.{digits}f}" if name in corrected else "–")
        table.add_row(*cells)
    return table
