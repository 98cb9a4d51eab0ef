"""``riskslim path``: the best score of every size, and which size to take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.fit_options import (
    ProblemChoices,
    SearchChoices,
    problem_options,
    search_options,
)
from riskslim.cli.interrupt import InterruptFlag
from riskslim.cli.output import as_json_text, json_option, print_json
from riskslim.cli.output_option import output_file
from riskslim.cli.raw_options import RawChoices, raw_options

if TYPE_CHECKING:
    from riskslim.score_path import ScorePath

__all__ = ["path"]

_TABLES = (".csv", ".json")


def _plot_file(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix.lower() not in (".svg", ".png", ".pdf"):
        raise click.BadParameter(f"{value}: a plot ends in .svg, .png or .pdf")
    return output_file(ctx, parameter, value)


def _file_or_folder(
    ctx: click.Context, parameter: click.Parameter, value: Path | None
) -> Path | None:
    """Refuse before the search what could not be written after it."""
    from riskslim.errors import OptionError
    from riskslim.files import check_new_folder

    if value is None or value.suffix.lower() in _TABLES:
        return output_file(ctx, parameter, value)
    try:
        check_new_folder(value)
    except OptionError as error:
        raise click.BadParameter(str(error)) from None
    return value


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
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
    type=click.Path(path_type=Path),
    callback=_plot_file,
    metavar="FILE",
    help="Draw the losses against the size, as .svg, .png or .pdf.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=_file_or_folder,
    metavar="FOLDER|FILE",
    help="Write score-1.json, score-2.json, ... and path.csv into this new folder; or the table "
    "alone to this .csv or .json file.",
)
@json_option
@click.pass_context
def path(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: str | None,
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

    The limits hold for all sizes together, and again for each fold. A size that a
    limit ends has the best score so far and a gap of its own.

    \b
    Example:
      riskslim path heart.csv --target Disease --max-size 8 --cv 5 -o scores
      riskslim show scores/score-5.json
    """
    from riskslim.files import write_atomically
    from riskslim.path_plot import save_plot

    table = raw.table(data, target, positive, weights, choices.class_weight)
    problem = choices.problem(table, raw.constraints(table))
    with InterruptFlag() as interrupted:
        found = problem.path(search.options(interrupted), search.engine, cv, search.threads)
    if plot is not None:
        save_plot(found, plot)
    if output is not None and output.suffix.lower() == ".csv":
        write_atomically(output, found.table.to_csv())
    elif output is not None and output.suffix.lower() == ".json":
        write_atomically(output, as_json_text(found.to_dict()) + "\n")
    elif output is not None:
        found.save(output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    for written in (output, plot):
        if written is not None:
            click.echo(f"Written: {written}", err=True)
    if cv is not None and not found.fold_losses:
        click.echo("Interrupted: there is no cross-validation.", err=True)
    ctx.exit(_exit_code(found, interrupted()))


def _exit_code(found: ScorePath, interrupted: bool) -> ExitCode:
    if interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.OK if found.is_proved else ExitCode.LIMIT


def _print(found: ScorePath) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from riskslim.exporters.columns import clean
    from riskslim.score_path import points_in_words

    chosen = {}
    if found.fold_losses:
        chosen = {found.choose("best"): "least", found.choose("one-se"): "one-se"}
    is_free = any(solution.multiplier != 1.0 for solution in found.solutions.values())
    table = Table(box=box.SIMPLE_HEAD)
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
    console = Console(highlight=False)
    console.print(table)
    lines = Table(box=None, show_header=False, padding=(0, 1))
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
