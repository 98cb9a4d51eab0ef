"""``riskslim path``: the best score of every size, and which size to take."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import data_arguments, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import (
    ProblemChoices,
    SearchChoices,
    problem_options,
    search_options,
)
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import as_json_text, json_option, print_json
from riskslim.cli.paths import OutputFile, OutputFolder, deliver
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import make_console, plain_table, say
from riskslim.cli.time_limit import whole_command

if TYPE_CHECKING:
    from riskslim.scores.path import ScorePath

__all__ = ["path"]

_TABLES = (".csv", ".json")


class _PlotFile(OutputFile):
    """A file of a picture."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path, where its ending is that of a picture."""
        if Path(value).suffix.lower() not in (".svg", ".png", ".pdf"):
            self.fail(f"{value}: a plot ends in .svg, .png or .pdf", param, ctx)
        return super().convert(value, param, ctx)


class _TableOrFolder(OutputFolder):
    """A table, by its ending, or a new folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path, where it can be written."""
        from riskslim.errors import OptionError
        from riskslim.files import check_new_folder

        if Path(value).suffix.lower() in _TABLES:
            return OutputFile().convert(value, param, ctx)
        path = super().convert(value, param, ctx)
        try:
            check_new_folder(path)
        except OptionError as error:
            self.fail(str(error), param, ctx)
        return path


@click.command(epilog=EXIT_CODES_HELP)
@data_arguments
@outcome_options
@raw_options()
@problem_options(max_size=10)
@search_options
@click.option(
    "--cv",
    type=click.IntRange(min=2),
    metavar="FOLDS",
    help="Choose a size by so many folds of cross-validation.  [default: none]",
)
@click.option(
    "--plot",
    type=_PlotFile(),
    metavar="FILE",
    help="Draw the losses against the size, as .svg, .png or .pdf.",
)
@click.option(
    "-o",
    "--output",
    type=_TableOrFolder(),
    metavar="FOLDER|FILE",
    help="Write score-1.json, score-2.json, ... and path.csv into this new folder; or the table "
    "alone to this .csv or .json file.",
)
@json_option
@click.pass_context
def path(
    ctx: click.Context,
    data: tuple[Path, ...],
    counts: bool,
    target: str | None,
    positive: Any,
    weights: str | None,
    raw: RawChoices,
    choices: ProblemChoices,
    search: SearchChoices,
    cv: int | None,
    plot: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find the best risk score of every size for DATA, and prove each.

    The limit of time holds for all of it; with --cv half of it is for the folds. That
    of nodes holds for all sizes together, and again for each fold. A size that a limit
    ends has the best score so far and a gap of its own.

    \b
    Example:
      riskslim path heart.csv --target Disease --max-size 8 --cv 5 -o scores
      riskslim show scores/score-5.json
    """
    deadline = whole_command(search.time_limit, "riskslim.scores.path")
    from riskslim.limits.reserve import after_reading
    from riskslim.scores.path_plot import save_plot

    with deadline.held():
        table = raw.table(data, target, positive, weights, choices.class_weight, counts)
        problem = choices.problem(table, raw)
        deadline.leave(after_reading(problem.data.n_distinct, problem.data.n_features))
    with InterruptFlag() as interrupted:
        options = search.options(deadline, interrupted)
        found = problem.path(options, search.engine, cv, search.threads)
    if plot is not None:
        deliver(partial(save_plot, found), plot)
    if output is not None:
        deliver(partial(_save, found), output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    for written in (output, plot):
        if written is not None:
            say(f"Written: {written}")
    _say_how_it_ended(found, cv or 0, interrupted())
    ctx.exit(_exit_code(found, cv or 0, interrupted()))


def _save(found: ScorePath, output: Path) -> None:
    from riskslim.files import write_atomically

    if output.suffix.lower() == ".csv":
        write_atomically(output, found.table.to_csv())
    elif output.suffix.lower() == ".json":
        write_atomically(output, as_json_text(found.to_dict()) + "\n")
    else:
        found.save(output)


def _say_how_it_ended(found: ScorePath, folds: int, interrupted: bool) -> None:
    if found.is_proved and found.folds == folds:
        return
    kept = f"the best score so far of {len(found.scores)} of {len(found)} sizes is kept"
    proved = sum(solution.status == "optimal" for solution in found.solutions.values())
    kept += f", {proved} of them proved"
    if folds:
        judged = f"cross-validated on {found.folds} of {folds} folds"
        kept += f", {judged if found.folds else 'without a cross-validation'}"
    say(f"{'Interrupted' if interrupted else 'Stopped at a limit'}: {kept}.")


def _exit_code(found: ScorePath, folds: int, interrupted: bool) -> ExitCode:
    if interrupted:
        return ExitCode.INTERRUPTED
    is_whole = found.is_proved and found.folds == folds
    return ExitCode.OK if is_whole else ExitCode.LIMIT


def _print(found: ScorePath) -> None:
    from rich.markup import escape

    from riskslim.exporters.columns import clean
    from riskslim.scores.path import points_in_words

    chosen = {}
    if found.fold_losses:
        chosen = {found.choose("best"): "least", found.choose("one-se"): "one-se"}
    is_free = any(solution.multiplier != 1.0 for solution in found.solutions.values())
    table = plain_table()
    headers = ["Size", "Objective", "Gap", *(["Multiplier"] if is_free else []), "AUC"]
    for header in [*headers, "Held-out loss", "Rule"] if chosen else headers:
        table.add_column(header, justify="right", no_wrap=True)
    for size, solution in found.solutions.items():
        if size not in found.scores:
            table.add_row(str(size), "", str(solution.status))
            continue
        gap = "proved"
        if solution.status != "optimal":
            gap = f"{solution.absolute_gap:.2g} ({solution.status})"
        cells = [str(size), f"{solution.objective:.6f}", gap]
        cells += [f"{solution.multiplier:.4g}"] if is_free else []
        cells.append(f"{found.auc[size]:.3f}")
        if chosen:
            loss, error = found.cv_loss(size)
            cells.append(f"{loss:.4f} ± {error:.4f}" if size in found.fold_losses else "")
            cells.append(chosen.get(size, ""))
        table.add_row(*cells)
    console = make_console()
    console.print(table)
    lines = plain_table(box=None, show_header=False, padding=(0, 1))
    lines.add_column(justify="right", no_wrap=True)
    lines.add_column(overflow="fold")
    for size in found.sizes:
        lines.add_row(f"{size}:", escape(clean(points_in_words(found.solutions[size]))))
    console.print(lines)
    if chosen:
        one_se, best = found.choose("one-se"), found.choose("best")
        console.print(
            f"\nOne-standard-error rule: size {one_se}. Least held-out loss: size {best} "
            f"({found.cv_loss(best)[0]:.6f})."
        )
