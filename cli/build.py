"""``riskslim build``: from a raw table to a validated score, its card and its report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import json_option, language_option, print_json
from riskslim.cli.paths import InputFile, OutputFolder, deliver
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import make_console, say
from riskslim.cli.time_limit import JUDGING, slowness, whole_command
from riskslim.problems.defaults import CUTS_EACH, MAX_COEF, MAX_VARIABLES, MIN_VARIABLES, TIME_LIMIT

if TYPE_CHECKING:
    from riskslim.scores.path import Rule

__all__ = ["build"]

# Of a CPU: what card, report and figures take to be drawn.
_WRITING_SECONDS = 6.0


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column that says which rows are of one person, not a feature.",
)
@click.option(
    "-o",
    "--output",
    type=OutputFolder(),
    required=True,
    metavar="FOLDER",
    help="Write score.json, card.html, pocket.pdf, calculator.html, report.html, validation.json "
    "and summary.txt into this new folder, all of them or none.",
)
@click.option("--force", is_flag=True, help="Replace FOLDER if it is an earlier result.")
@click.option(
    "--variables",
    type=click.IntRange(min=1),
    help="At most so many variables have points: what the card asks as one item.  [default: chosen "
    "by cross-validation]",
)
@click.option(
    "--max-variables",
    type=click.IntRange(min=1),
    default=MAX_VARIABLES,
    show_default=True,
    help="The largest number of variables that is tried.",
)
@click.option(
    "--min-variables",
    type=click.IntRange(min=1),
    help=f"The smallest number of variables that is tried.  [default: {MIN_VARIABLES}, or "
    "--max-variables where that is less]",
)
@click.option(
    "--max-size",
    type=click.IntRange(min=1),
    help="At most so many features (cuts, levels, blanks) of all variables together.  [default: "
    f"{CUTS_EACH} for each variable]",
)
@click.option(
    "--max-coef",
    type=click.IntRange(min=1),
    default=MAX_COEF,
    show_default=True,
    help="Points lie between minus and plus this.",
)
@click.option(
    "--rule",
    type=click.Choice(["best", "one-se"]),
    default="best",
    show_default=True,
    help="Take the number of variables with the least held-out loss, or the smallest within one "
    "standard error of it.",
)
@click.option(
    "--tiers",
    type=InputFile(),
    metavar="FILE",
    help="Give the score the tiers of this TOML file, as riskslim tiers reads it; cut-offs that "
    "are to reach a sensitivity, say, are chosen on the people held out.",
)
@language_option("Of card, calculator and report.")
@raw_options(always=True)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Of the cross-validation.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=TIME_LIMIT,
    show_default=True,
    help="End the whole command after so long, with what it has; the folds and the final search "
    "have their shares.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Folds at a time; the score does not depend on it.  [default: all cores]",
)
@json_option
@click.pass_context
def build(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: Any,
    weights: str | None,
    groups: str | None,
    output: Path,
    force: bool,
    variables: int | None,
    max_variables: int,
    min_variables: int | None,
    max_size: int | None,
    max_coef: int,
    rule: Rule,
    tiers: Path | None,
    language: str,
    raw: RawChoices,
    folds: int,
    time_limit: float,
    seed: int,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Build a validated score of DATA, a table as it comes, with its card and report.

    Numbers are cut, categories and blanks become features; cross-validation chooses
    the size; the score of that size is fitted and proved. All of it is repeated
    without each fold in turn, and judged on the fold.

    \b
    Example:
      riskslim build ward.csv --target Died -o ward-score
    """
    deadline = whole_command(time_limit, *JUDGING, "riskslim.workflows.build")
    from riskslim.files import check_new_folder
    from riskslim.scores.tiers import read_tiers
    from riskslim.workflows.build import MARK, build_score

    # Before the work what could not be written after it.
    check_new_folder(output, MARK if force else None)
    given = None if tiers is None else read_tiers(tiers)
    display = _Display()
    with InterruptFlag(display.reached_the_search) as interrupted, display as show:
        with deadline.held():
            built = build_score(
                data,
                target,
                positive,
                weights=weights,
                groups=groups,
                binarizer=raw.binarizer,
                variables=variables,
                max_variables=max_variables,
                min_variables=min_variables,
                max_size=max_size or "auto",
                max_coef=max_coef,
                at_most=raw.cuts_per_variable,
                rising=raw.rising,
                falling=raw.falling,
                rule=rule,
                folds=folds,
                time_limit=time_limit,
                reserve=_WRITING_SECONDS * slowness(),
                random_state=seed,
                n_jobs=-1 if jobs is None else jobs,
                keep_signs=raw.keep_signs,
                tiers=given,
                about={"about": {} if raw.title is None else {"title": raw.title}},
                on_progress=show,
                interrupted=interrupted,
            )
        show("writing", 0, 1)
        files = deliver(lambda path: built.save(path, force, language), output)
    if as_json:
        print_json(
            {
                "files": [str(file) for file in files],
                "summary": built.summary.splitlines(),
                "warnings": list(built.warnings),
                "validation": None if built.validation is None else built.validation.to_dict(),
            }
        )
    else:
        click.echo(built.summary)
    names = dict.fromkeys(file.relative_to(output).parts[0] for file in files)
    say(f"Written to {output}: {', '.join(names)}.")
    ended = "stopped at the time limit" if built.validation is None else built.validation.ended
    if built.validation is None:
        say("Cross-validation: the time did not suffice for one fold; the score is not judged.")
    elif ended:
        say(f"Cross-validation: {ended}; the measures are of the people held out in these.")
    if ended or interrupted():
        ctx.exit(ExitCode.INTERRUPTED if interrupted() else ExitCode.LIMIT)


class _Display:
    """One line of progress on standard error, where that is a terminal."""

    def __init__(self) -> None:
        self._stages: set[str] = set()

    def reached_the_search(self) -> bool:
        """Whether the search for the final score has begun: before it there is no result."""
        return "proving" in self._stages

    def __enter__(self) -> Callable[[str, int, int], None]:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=make_console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._progress.start()
        self._task = self._progress.add_task("reading", total=1)
        return self._show

    def _show(self, what: str, done: int, total: int) -> None:
        self._stages.add(what)
        self._progress.update(self._task, description=what, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
