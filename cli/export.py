"""``riskslim export``: a score in another format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from riskslim.cli.action_options import action_options
from riskslim.cli.data_options import score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import cards_option, language_option, print_content, refuse_alone
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.terminal import say
from riskslim.exporters.formats import FORMATS, SIZES

__all__ = ["export"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@click.option(
    "--to",
    "form",
    type=click.Choice(list(FORMATS)),
    metavar="FORMAT",
    help=f"One of {', '.join(FORMATS)}.  [default: by the ending of the output file]",
)
@output_option("Write to this file, whole or not at all.  [default: standard output]")
@language_option("Of the words on the card.")
@click.option(
    "--size",
    type=click.Choice(SIZES, case_sensitive=False),
    help="Page of a pocket card (svg, png, pdf).  [default: a6]",
)
@cards_option
@click.option(
    "--labels",
    type=InputFile(),
    metavar="FILE",
    help="Show other words, from a TOML file: a table [about] with title, outcome, horizon, "
    "population, version and contact, and of a score of features as they are a table [FEATURE] "
    "with label and unit.",
)
@click.option("--title", metavar="TEXT", help="Show this title.")
@click.option("--table", default="people", show_default=True, help="Name of the table, for SQL.")
@click.option(
    "--dialect",
    type=click.Choice(["duckdb", "sqlite", "postgresql", "spark", "bigquery", "snowflake"]),
    help="Of the database, for SQL; the first three read the same text, but for --reasons.  "
    "[default: duckdb]",
)
@action_options(
    "Say what would change the result, in a calculator: the actions of riskslim recourse.",
    "--actions",
)
@click.option(
    "--reasons",
    type=click.IntRange(min=1),
    metavar="COUNT",
    help="Name for each row so many of what costs it the most points, for SQL.  [default: none]",
)
def export(
    score: Path,
    form: str | None,
    output: Path | None,
    language: str,
    size: str | None,
    cards: str,
    min_people: int,
    labels: Path | None,
    title: str | None,
    table: str,
    dialect: str | None,
    actions: Path | None,
    target_risk: float | None,
    wanted: Any,
    reasons: int | None,
) -> None:
    """Write SCORE, a file that fit has written, in another format.

    \b
    Examples:
      riskslim export score.json --to pdf --size a5 -o card.pdf
      riskslim export score.json --to sql --table patients
      riskslim export score.json --to sql --dialect spark --reasons 4
      riskslim export score.json --to calculator --actions actions.toml --target-risk 0.2 -o c.html
    """
    from riskslim.errors import OptionError
    from riskslim.exporters.json_format import load_score
    from riskslim.files import write_atomically

    endings: dict[str, str] = {}
    for name, known in FORMATS.items():
        endings.setdefault(known.suffix, name)
    if form is None:
        if output is None or output.suffix.lower() not in endings:
            raise click.UsageError(
                "say which format with --to, or name an output file that ends like one: "
                + ", ".join(sorted(endings))
            )
        form = endings[output.suffix.lower()]
    for option, given in (("--dialect", dialect), ("--reasons", reasons)):
        if given is not None and form != "sql":
            raise click.UsageError(f"{option} is for sql; {form} has none: drop it")
    if actions is not None and form != "calculator":
        raise click.UsageError(f"--actions is for calculator; {form} asks nothing: drop it")
    ends = {"--target-risk": target_risk, "--wanted": wanted}
    refuse_alone("--actions", actions is not None, ends)
    if size is not None and not FORMATS[form].has_size:
        raise click.UsageError(f"--size is for svg, png and pdf; {form} has no size of page")
    words = {} if title is None else {"title": title}
    loaded = load_score(score).described(labels, **words)
    if form == "sql":
        content: str | bytes = loaded.to_sql(table, dialect or "duckdb", reasons or 0)
    elif actions is not None:
        from riskslim.recourse import calculator_with_recourse

        content = calculator_with_recourse(
            loaded,
            actions,
            target_risk,
            wanted=wanted or "low",
            language_code=language,
            cards=cards,
            min_people=min_people,
        )
    else:
        content = loaded.export(form, language, size, cards, min_people)
    if output is not None:
        deliver(lambda path: write_atomically(path, content), output)
        say(f"Written to {output}.")
    elif isinstance(content, bytes) and sys.stdout.isatty():
        raise OptionError(f"{form} is no text; name a file with -o")
    elif form == "text":
        click.echo(content, nl=False)
    else:
        print_content(content)
