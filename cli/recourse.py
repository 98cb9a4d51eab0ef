"""``riskslim recourse``: what people can change, and whose prediction is fixed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.action_options import action_options
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import deliver, output_option
from riskslim.cli.terminal import make_console, plain_table, say

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.recourse import Recourse

__all__ = ["recourse"]

_PEOPLE_SHOWN = 20


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@action_options("What people can change: a TOML file, see below.")
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="Share of fixed predictions for each value of this column. May be repeated.",
)
@click.option(
    "--id",
    "kept",
    multiple=True,
    metavar="COLUMN",
    help="Keep this column of DATA in the file. May be repeated.",
)
@click.option(
    "--alternatives",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="List at most so many ways to the target for each person.",
)
@output_option("Write a row for each person to this CSV file: status, reach, cheapest change.")
@json_option
def recourse(
    score: Path,
    data: Path,
    actions: Path,
    target_risk: float | None,
    wanted: Any,
    by: tuple[str, ...],
    kept: tuple[str, ...],
    alternatives: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find what the people of DATA can change to reach another prediction of SCORE.

    Exact: all totals within each person's reach, the cheapest changes, the share of changes of
    each column alone that help, and whose prediction no allowed change moves.

    \b
    Actions, by column of DATA; what is not named cannot change:
      [columns.bmi]
      direction = "down"      # none, up, down or both
      at_least = 18.5         # also at_most, max_change
      step = 0.5              # or values = [..], values = "observed"; else any amount
      unit_cost = 2           # beside cost = 1 for a change at all
      [columns.smoker]
      direction = "down"
      [columns.weight]        # moves what the score reads
      direction = "down"
      moves = { bmi = 0.35 }
      [[implies]]
      if = { employed = "yes" }
      then = { months_without_work = { at_most = 0 } }

    \b
    Example:
      riskslim recourse score.json people.csv --actions actions.toml --target-risk 0.2
    """
    from riskslim.errors import OptionError
    from riskslim.exporters.json_format import load_score
    from riskslim.files import write_atomically
    from riskslim.recourse import find_recourse

    if output is not None and not output.name.lower().endswith(".csv"):
        raise OptionError(f"the people are written to a .csv file; {str(output)!r} is none")
    loaded = load_score(score)
    frame, columns = _read(data, loaded.text_columns, by, kept)
    found = find_recourse(
        loaded, frame, actions, target_risk, wanted=wanted or "low", alternatives=alternatives
    )
    groups = {name: found.by_group(columns[name]) for name in by}
    if output is not None:
        table = _rows(found, {name: columns[name] for name in kept})
        content = table.to_csv(index=False)
        deliver(lambda path: write_atomically(path, content), output)
    if as_json:
        shares = {name: table.reset_index().to_dict("records") for name, table in groups.items()}
        print_json({**found.to_dict(), "by": shares})
    else:
        _print(found, groups)
    if output is not None:
        say(f"Written: {output}")


def _read(
    data: Path, text: tuple[str, ...], by: tuple[str, ...], kept: tuple[str, ...]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    from riskslim.cli.columns import columns_named, read_columns

    frame, _ = read_columns(data, {}, text)
    groups = columns_named(frame, by, data, "for the subgroups")
    return frame, groups | columns_named(frame, kept, data, "to keep")


def _rows(found: Recourse, kept: dict[str, Any]) -> pd.DataFrame:
    """Give a row for each person: who, status, reach, change, and how each column responds."""
    import pandas as pd

    rows = pd.DataFrame({"row": range(1, len(found.people) + 1)})
    for name, column in kept.items():
        rows[name] = column.to_numpy()
    asked = found.responsiveness.add_prefix("responsiveness ")
    return pd.concat([rows, found.people, asked], axis=1)


def _print(found: Recourse, groups: dict[str, pd.DataFrame]) -> None:
    status = found.people["status"]
    counts = {name: int((status == name).sum()) for name in ("reached", "possible", "fixed")}
    click.echo(
        f"{len(status):,} people; {found.target}: {counts['reached']:,} have it, "
        f"{counts['possible']:,} can reach it, {counts['fixed']:,} cannot (fixed)."
    )
    if found.fixed is not None:
        click.echo(f"Of those who have it not {found.fixed:.1%} are fixed.")
    console = make_console()
    asked = plain_table(("Changing this alone", "Mean share that helps", "Helps nobody of"), left=1)
    denied = (status != "reached").to_numpy()
    for name in found.columns:
        shares = found.responsiveness[name][denied].dropna()
        mean = f"{shares.mean():.1%}" if len(shares) else "-"
        asked.add_row(name, mean, f"{int((shares == 0).sum()):,} of {len(shares):,}")
    console.print(asked)
    for name, table in groups.items():
        shown = plain_table(
            (name, "People", "Without it", "Fixed", "Share", "95 % interval"), left=1
        )
        for group, one in table.iterrows():
            share = f"{one.share:.1%}" if one.denied else "-"
            ends = f"{one.low:.1%} to {one.high:.1%}" if one.denied else ""
            counted = (f"{int(one[key]):,}" for key in ("people", "denied", "fixed"))
            shown.add_row(str(group), *counted, share, ends)
        console.print(shown)
    _print_people(found, denied)


def _print_people(found: Recourse, denied: Any) -> None:
    from rich.markup import escape

    rows = [place + 1 for place, open_ in enumerate(denied) if open_]
    if not rows:
        return
    people = plain_table(("Row",))
    people.add_column("Cheapest change, or why there is none", overflow="fold")
    for row in rows[:_PEOPLE_SHOWN]:
        one = found.people.iloc[row - 1]
        what = found.proof(row) if one.status == "fixed" else f"{one.change} (cost {one.cost:g})"
        people.add_row(str(row), escape(what))
    make_console().print(people)
    if len(rows) > _PEOPLE_SHOWN:
        click.echo(f"and {len(rows) - _PEOPLE_SHOWN:,} more; -o writes them all.")
