"""``riskslim distill``: a score that says what another model says."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import (
    ProblemChoices,
    SearchChoices,
    problem_options,
    search_options,
)
from riskslim.cli.measures import MEASURE_NAMES, interval
from riskslim.cli.output import json_option, print_card, print_json
from riskslim.cli.paths import deliver, output_option
from riskslim.cli.progress_bar import progress_bar
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import make_console, plain_table, say
from riskslim.cli.time_limit import JUDGING, whole_command

if TYPE_CHECKING:
    from riskslim.workflows.distil import Distillation, Fidelity

__all__ = ["distill"]

_LEVEL = 0.05


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@click.option(
    "--teacher",
    required=True,
    metavar="COLUMN",
    help="Column with the other model's probabilities of the positive outcome, from 0 to 1.",
)
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column with the outcome itself, not a feature: both models are measured against it.",
)
@click.option(
    "--positive",
    metavar="VALUE",
    help="Value of the outcome whose probability the teacher gives; needed unless it is 0/1, "
    "-1/1 or true/false.",
)
@click.option(
    "--weights", metavar="COLUMN", help="Column with a weight for each row, not a feature."
)
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column that says which person a row belongs to, not a feature.",
)
@raw_options()
@problem_options()
@search_options
@click.option(
    "--folds",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Measure the fidelity on held-out folds too; 0 for none.",
)
@click.option(
    "--audit",
    is_flag=True,
    help="Compare the teacher with the outcome of --target, feature by feature, and test whether "
    "it uses what DATA lacks. Its column may then be on any scale that rises with the risk.",
)
@click.option(
    "--resamples",
    type=click.IntRange(min=20),
    help="With --audit: of the bootstrap.  [default: 300]",
)
@output_option("Write the score to this JSON file, whole or not at all.")
@json_option
@click.pass_context
def distill(
    ctx: click.Context,
    data: Path,
    teacher: str,
    target: str | None,
    positive: Any,
    weights: str | None,
    groups: str | None,
    raw: RawChoices,
    choices: ProblemChoices,
    search: SearchChoices,
    folds: int,
    audit: bool,
    resamples: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Fit the best score to the probabilities that another model gives for DATA.

    Each row counts as both classes in part. The score is proved to be the best one for these
    probabilities; how faithful it is to its teacher, and how both do on the outcome, stands
    side by side.

    \b
    Example:
      riskslim distill scored.csv --teacher forest_risk --target Died --max-size 6 -o score.json
      riskslim distill scored.csv --teacher decile --target Rearrested --audit --max-size 6
      riskslim distill ward.csv --raw --teacher forest_risk --target Died --cuts-per-variable 2
    """
    deadline = whole_command(search.time_limit, *JUDGING, "riskslim.workflows.distil")
    from riskslim.data import Dataset
    from riskslim.errors import OptionError
    from riskslim.features.raw_table import raw_dataset_of
    from riskslim.workflows.distil import distill as learn

    raw.refuse_signs(choices.signs)
    _refuse_audit(audit, resamples, target, groups, folds, output)
    if search.node_limit is not None:
        raise click.UsageError("--node-limit is not for distill; give --time-limit")
    with deadline.held():
        frame, columns = read_columns(
            data,
            {"teacher": teacher, "outcome": target, "weights": weights, "person": groups},
            raw.binarizer.text_columns,
        )
        taken = {str(column.name) for column in columns.values()}
        if len(taken) < len(columns):
            raise OptionError("one column is named twice: as teacher, outcome, weights or person")
        features = frame[[name for name in frame.columns if str(name) not in taken]]
        if audit:
            judged = features, columns, positive, str(data)
            _audit(*judged, raw, choices, search, folds, resamples, as_json)
            return
        if raw.raw:
            table = raw_dataset_of(
                features,
                columns["teacher"],
                columns.get("weights"),
                raw.binarizer,
                str(data),
                is_soft=True,
            )
        else:
            table = Dataset.from_frame(
                features.assign(**{teacher: columns["teacher"]}),
                teacher,
                source=str(data),
                soft_labels=True,
            )
        estimator = choices.classifier(table, raw, search.engine, search.seed)
        with progress_bar("Fits") as advance:
            found = learn(
                features,
                columns["teacher"],
                columns.get("outcome"),
                estimator=estimator,
                sample_weight=columns.get("weights"),
                groups=columns.get("person"),
                cv=folds,
                positive=positive if target is not None else None,
                random_state=search.seed,
                n_jobs=search.threads,
                on_progress=advance,
                keep_finished=True,
            )
    score = raw.describe(found.score)
    if output is not None:
        deliver(score.save, output)
    if as_json:
        print_json(found.to_dict())
    else:
        print_card(score)
        _print(found)
    if found.solution.status != "optimal":
        say(f"The score is at most {found.solution.absolute_gap:.2g} above the best objective.")
    if found.stopped is not None:
        say(f"{found.ended.capitalize()}: the score of all rows is kept.")
    if output is not None:
        say(f"Score written to {output}.")
    ctx.exit(_exit_code(found))


def _refuse_audit(
    audit: bool,
    resamples: int | None,
    target: str | None,
    groups: str | None,
    folds: int,
    output: Path | None,
) -> None:
    """Refuse what an audit needs and has not, or has no use for."""
    if not audit:
        if resamples is not None:
            raise click.UsageError("--resamples is for --audit; add it, or drop --resamples")
        return
    if target is None:
        raise click.UsageError("--audit compares with outcomes: name their column by --target")
    if folds == 0:
        raise click.UsageError("--audit tests on held-out folds: give --folds 2 or more")
    for option, value in (("--groups", groups), ("-o", output)):
        if value is not None:
            raise click.UsageError(f"{option} is not for --audit; drop it")


def _audit(
    features: Any,
    columns: dict[str, Any],
    positive: Any,
    source: str,
    raw: RawChoices,
    choices: ProblemChoices,
    search: SearchChoices,
    folds: int,
    resamples: int | None,
    as_json: bool,
) -> None:
    """Compare a black box with the outcomes, and print it."""
    from riskslim.data import Dataset
    from riskslim.errors import DataWarning
    from riskslim.features.raw_table import raw_dataset_of
    from riskslim.workflows.audit import audit
    from riskslim.workflows.unseen_features import FEWEST_ROWS

    outcome = columns["outcome"]
    if raw.raw:
        table = raw_dataset_of(
            features, outcome, columns.get("weights"), raw.binarizer, source, positive=positive
        )
    else:
        named = features.assign(**{str(outcome.name): outcome})
        table = Dataset.from_frame(named, str(outcome.name), source=source, positive=positive)
    with warnings.catch_warnings():
        # Said of the table already.
        warnings.simplefilter("ignore", DataWarning)
        found = audit(
            features,
            columns["teacher"].to_numpy(dtype=float),
            outcome,
            estimator=choices.classifier(table, raw, search.engine, search.seed),
            sample_weight=columns.get("weights"),
            positive=positive,
            cv=folds,
            resamples=300 if resamples is None else resamples,
            random_state=search.seed,
        )
    if as_json:
        print_json(found.to_dict())
        return
    headers = ("Log odds of", "Black box", "Outcomes", "Difference", "95 % interval", "")
    shown = plain_table(headers, left=1)
    for name, row in found.differences.iterrows():
        mark = "*" if row.low > 0 or row.high < 0 else ""
        cells = (f"{row[key]:+.2f}" for key in ("student", "outcome", "difference"))
        shown.add_row(str(name), *cells, f"{row.low:+.2f} to {row.high:+.2f}", mark)
    console = make_console()
    console.print(shown)
    test = found.unseen
    if test.tells:
        words = "uses" if test.p_value < _LEVEL and test.correlation > 0 else "is not seen to use"
        verdict = f"The black box {words} what the table lacks"
    else:
        verdict = (
            f"Of {test.rows:,} rows nothing can be said of what the table lacks ({FEWEST_ROWS:,} "
            "are needed)"
        )
    console.print(
        f"{verdict}: what a rich student and the outcomes leave over have a correlation of "
        f"{test.correlation:+.3f}, p = {test.p_value:.2g}; the student explains "
        f"{test.explained:.1%} of the black box."
    )
    if test.tells and test.p_value < _LEVEL and test.correlation < 0:
        console.print("A negative one is what a black box gives that was fitted to these outcomes.")


def _exit_code(found: Distillation) -> ExitCode:
    if found.stopped == "interrupted":
        return ExitCode.INTERRUPTED
    is_whole = found.stopped is None and found.solution.status == "optimal"
    return ExitCode.OK if is_whole else ExitCode.LIMIT


def _print(found: Distillation) -> None:

    console = make_console()
    kinds = {"Held out": found.held_out, "Apparent": found.apparent}
    shown = {head: one for head, one in kinds.items() if one is not None}
    table = plain_table(["Fidelity to the teacher", *shown], left=1)
    for name, cells in _fidelity_rows(list(shown.values())):
        table.add_row(name, *cells)
    console.print(table)
    if found.outcome is None:
        return
    score, teacher = found.outcome
    own = "Score, held out" if found.folds else "Score, apparent"
    table = plain_table(["Against the outcome", own, "95 % interval", "Teacher", ""], left=1)
    for name, (words, digits) in MEASURE_NAMES.items():
        pair = (getattr(one, name) for one in (score, teacher))
        table.add_row(words, *(cell for one in pair for cell in interval(one, digits)))
    console.print(table)
    if found.auc_difference is not None:
        value, ends = interval(found.auc_difference.difference, 3)
        p_value = found.auc_difference.p_value
        console.print(f"AUC, score less teacher: {value} ({ends}), DeLong p = {p_value:.3g}")
    console.print("The teacher is judged as given: too well, where it was trained on these rows.")


def _fidelity_rows(shown: list[Fidelity]) -> list[tuple[str, list[str]]]:
    def plain(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    return [
        ("mean difference", [interval(one.difference, 3)[0] for one in shown]),
        ("root mean square", [f"{one.root_mean_square:.3f}" for one in shown]),
        ("explained variance", [plain(one.explained) for one in shown]),
        ("rank correlation", [plain(one.rank_correlation) for one in shown]),
        ("same side of 50 %", [f"{one.agreement.value:.1%}" for one in shown]),
        ("divergence (nats)", [interval(one.divergence, 4)[0] for one in shown]),
    ]
