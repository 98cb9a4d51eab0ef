"""``riskslim compare``: several scores, and models of other kinds, on the same people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.cv import numbers
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.measures import MEASURE_NAMES, interval
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.progress_bar import progress_bar
from riskslim.cli.terminal import make_console, plain_table, say
from riskslim.cli.time_limit import JUDGING, whole_command

if TYPE_CHECKING:
    from riskslim.evaluation.compared import Comparison, Pair
    from riskslim.scores.risk import RiskScore
    from riskslim.solvers._typing import FloatArray

__all__ = ["compare"]


@click.command(epilog=EXIT_CODES_HELP)
@click.argument("files", nargs=-1, required=True, type=InputFile(), metavar="SCORE... DATA")
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column with the outcome.  [default: the one that the first score was trained on]",
)
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column that says which person a row belongs to: intervals count people, and no person "
    "is on both sides of a split.",
)
@click.option(
    "--against",
    multiple=True,
    type=click.Choice(["logistic", "rounded", "fasterrisk", "none"]),
    help="Models to compare with too. May be repeated.  [default: logistic regression, rounded "
    "logistic regression, and FasterRisk where it is installed]",
)
@click.option(
    "--train",
    type=InputFile(),
    metavar="FILE",
    help="Fit the models to this table.  [default: cross-fit them in DATA]",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Of the cross-fitting.",
)
@click.option(
    "--thresholds",
    callback=numbers,
    metavar="RISKS",
    help="Risks at which the net benefit is stated.  [default: 0.1,0.2,0.3,0.5]",
)
@click.option(
    "--cutoffs",
    callback=numbers,
    metavar="RISKS",
    help="Risks that divide the categories of the reclassification.  [default: the share of "
    "positives]",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of folds.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Models at a time. The answer does not depend on it.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End the whole command after so long; models that are not fitted by then are left out.  "
    "[default: none]",
)
@output_option("Write everything to this JSON file, whole or not at all.")
@json_option
@click.pass_context
def compare(
    ctx: click.Context,
    files: tuple[Path, ...],
    target: str | None,
    weights: str | None,
    groups: str | None,
    against: tuple[str, ...],
    train: Path | None,
    folds: int,
    thresholds: tuple[float, ...] | None,
    cutoffs: tuple[float, ...] | None,
    seed: int,
    threads: int,
    time_limit: float | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compare risk scores, one or more, on the people in DATA, which they have not seen.

    Prints AUC with DeLong's test, calibration, net benefit and reclassification, each beside
    the first score. Models are never judged on rows that they were fitted to.

    \b
    Example:
      riskslim compare old.json new.json test.csv --train train.csv
      riskslim compare ours.json theirs.json people.csv --against none --cutoffs 0.05,0.2
    """
    deadline = whole_command(time_limit, *JUDGING, "riskslim.evaluation.comparison")
    from riskslim.data.grouping import are_counted
    from riskslim.errors import ScoreError
    from riskslim.evaluation.by_total import count_together
    from riskslim.evaluation.comparison import compare_scores
    from riskslim.scores.risk import RiskScore

    if len(files) < 2:
        raise click.UsageError("give one or more score files, then the data")
    *paths, data = files
    if "none" in against and len(against) > 1:
        raise click.UsageError("--against none excludes any other --against")
    with deadline.held():
        scores = {
            name: RiskScore.load(path) for name, path in zip(_names(paths), paths, strict=True)
        }
        first = next(iter(scores.values()))
        outcome = target or first.outcome
        categories = [name for score in scores.values() for name in score.text_columns]
        # Models are fitted to rows; of a table of very many rows scores alone are compared.
        counted = not set(against) - {"none"} and are_counted(data)
        people: Any
        columns: dict[str, Any] = {}
        models: tuple[str, ...] = ()
        note: tuple[str, ...] = () if against else (_NO_MODELS,)
        if counted:
            people = count_together(scores, data, outcome, weights, groups)
        else:
            people, columns = read_columns(
                data, {"outcome": outcome, "weights": weights, "person": groups}, categories
            )
            models, note = _models(against, first, people, weights is not None)
        fitted_to = None
        if train is not None:
            if counted:
                raise click.UsageError("--train is for models: name them with --against")
            table, own = read_columns(train, {"outcome": outcome}, categories)
            fitted_to = (table, own["outcome"])
        try:
            with progress_bar("Models") as advance:
                found = compare_scores(
                    scores,
                    people,
                    columns.get("outcome"),
                    sample_weight=columns.get("weights"),
                    groups=columns.get("person"),
                    models=models,
                    train=fitted_to,
                    cv=folds,
                    thresholds=(0.1, 0.2, 0.3, 0.5) if thresholds is None else thresholds,
                    cutoffs=cutoffs,
                    random_state=seed,
                    n_jobs=threads,
                    on_progress=advance,
                    keep_finished=True,
                )
        except ScoreError as error:
            raise ScoreError(f"{data}: {error}") from error
    if output is not None:
        from riskslim.files import as_json_text, write_atomically

        content = as_json_text(found.to_dict()) + "\n"
        deliver(lambda path: write_atomically(path, content), output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    for sentence in (*found.notes, *note):
        say(f"Note: {sentence}")
    if output is not None:
        say(f"Written: {output}")
    ctx.exit(_exit_code(found))


_NO_MODELS = "No models: they are fitted to rows, and these are many; name them with --against"


def _exit_code(found: Comparison) -> ExitCode:
    if found.stopped is None:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if found.stopped == "interrupted" else ExitCode.LIMIT


def _names(paths: list[Path]) -> list[str]:
    """Name scores by their files, by whole paths where two are called alike."""
    stems = [path.stem for path in paths]
    if len(set(map(str, paths))) < len(paths):
        raise click.UsageError("a score file is given twice")
    return stems if len(set(stems)) == len(stems) else [str(path) for path in paths]


def _models(
    against: tuple[str, ...], first: RiskScore, frame: object, has_weights: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the models that are asked for, or that can be had; and why there are none."""
    from riskslim.errors import ScoreError
    from riskslim.evaluation.point_models import fasterrisk_runs
    from riskslim.evaluation.rivals import features_of

    if against:
        return tuple(dict.fromkeys(model for model in against if model != "none")), ()
    try:
        features_of(first, frame)
    except ScoreError as error:
        return (), (f"No models: {error}",)
    with_fasterrisk = not has_weights and fasterrisk_runs()
    return ("logistic", "rounded", *(["fasterrisk"] if with_fasterrisk else [])), ()


def _print(found: Comparison) -> None:
    from rich.markup import escape

    from riskslim.evaluation.reclassification import CAVEAT
    from riskslim.exporters.columns import clean

    console = make_console()
    console.print(f"{found.rows:,} rows, {found.positives:,} of them positive")
    names = [escape(clean(one.name)) for one in found.contenders]
    table = plain_table(["", *names], left=1)
    table.add_row("", *(f"({one.trained})" for one in found.contenders))
    sizes = ("–" if one.size is None else str(one.size) for one in found.contenders)
    table.add_row("features", *sizes)
    for name, (words, digits) in MEASURE_NAMES.items():
        estimates = (getattr(one.performance, name) for one in found.contenders)
        table.add_row(words, *("\n".join(interval(one, digits)) for one in estimates))
    console.print(table)
    table = plain_table(["Threshold", "Treat all", *names])
    curves = [one.decision_curve for one in found.contenders]
    for points in zip(*curves, strict=True):
        benefits = (f"{point.net_benefit.value:.4f}" for point in points)
        table.add_row(f"{points[0].risk:.0%}", f"{points[0].treat_all:.4f}", *benefits)
    console.print("Net benefit:")
    console.print(table)
    for pair in found.pairs:
        _print_pair(console, pair)
    if found.pairs:
        console.print(CAVEAT)


def _print_pair(console: object, pair: Pair) -> None:
    from rich.console import Console
    from rich.markup import escape

    from riskslim.exporters.columns import clean

    assert isinstance(console, Console)
    console.print(f"[bold]{escape(clean(pair.other))}[/bold] beside {escape(clean(pair.first))}:")
    if pair.auc is not None:
        value, ends = interval(pair.auc.difference, 3)
        console.print(f"  AUC {value} ({ends}), DeLong p = {pair.auc.p_value:.3g}")
    moved = pair.reclassification
    cuts = ", ".join(f"{cut:.1%}" for cut in moved.cutoffs)
    for name, table, part in (
        ("positives", moved.positives, moved.nri_positives),
        ("negatives", moved.negatives, moved.nri_negatives),
    ):
        if part is not None:
            up, down = _moves(table)
            value, ends = interval(part, 3)
            console.print(
                f"  {name}: {up:g} move up, {down:g} move down over {cuts}; NRI {value} ({ends})"
            )


def _moves(table: FloatArray) -> tuple[float, float]:
    import numpy as np

    return float(np.triu(table, 1).sum()), float(np.tril(table, -1).sum())
