"""Options that say what the columns of a table mean, and the table itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from riskslim.cli.paths import InputFile, InputTable

__all__ = [
    "class_weights",
    "data_argument",
    "data_arguments",
    "database_options",
    "outcome_options",
    "refuse_beside_counts",
    "score_argument",
    "short_name",
    "tables_argument",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

score_argument = click.argument("score", type=InputFile(), metavar="SCORE")


def database_options(command: _Command) -> _Command:
    """Add ``--table`` and ``--query``, which say what of a database DATA is.

    The command receives them in ``data``, each of which may be a `DatabaseTable`.
    """

    @wraps(command)
    def call(*args: Any, data: Any, table: str | None, query: str | None, **kwargs: Any) -> Any:
        if isinstance(data, tuple):
            data = tuple(_in_database(one, table, query) for one in data)
        elif data is not None:
            data = _in_database(data, table, query)
        elif table is not None or query is not None:
            raise click.UsageError("--table and --query are for DATA: name it")
        return command(*args, data=data, **kwargs)

    made: Any = call
    for option in (
        click.option(
            "--query",
            metavar="SELECT",
            help="The rows that this SELECT gives, where DATA is a database.",
        ),
        click.option(
            "--table",
            metavar="NAME",
            help="This table or view, where DATA is a database: a file of DuckDB or SQLite, or "
            "postgresql://USER@HOST/DATABASE.  [default: its only table]",
        ),
    ):
        made = option(made)
    result: _Command = made
    return result


def _in_database(data: Path | str, table: str | None, query: str | None) -> Any:
    from riskslim.data.sources import DatabaseTable
    from riskslim.data.sources.database import is_database

    if isinstance(data, str) or is_database(data):
        return DatabaseTable(str(data), table, query)
    if table is not None or query is not None:
        option = "--table" if table is not None else "--query"
        raise click.UsageError(f"{option} is for databases, which {data} is not: drop it")
    return data


def short_name(data: Any) -> str:
    """Name DATA without its folder, for those who read a score or a report."""
    return data.name if isinstance(data, Path) else str(data)


def data_argument(command: _Command) -> _Command:
    """Add one DATA, with the options of databases; the command receives ``data``."""
    return click.argument("data", type=InputTable(), metavar="DATA")(database_options(command))


def tables_argument(command: _Command) -> _Command:
    """Add one DATA or more, with the options of databases."""
    return click.argument("data", type=InputTable(), metavar="DATA...", nargs=-1, required=True)(
        database_options(command)
    )


def data_arguments(command: _Command) -> _Command:
    """Add one DATA or more, and ``--counts``; the command receives ``data`` and ``counts``."""
    command = click.option(
        "--counts",
        is_flag=True,
        help="Every DATA is a file of counts that riskslim count made; they are added up.",
    )(command)
    return tables_argument(command)


def refuse_beside_counts() -> None:
    """Refuse beside ``--counts`` what the files say themselves."""
    ctx = click.get_current_context()
    for name in ("target", "positive", "weights", "raw"):
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"--{name} is for tables; files of counts say that themselves: drop it"
            )


def outcome_options(command: _Command) -> _Command:
    """Add ``--target``, ``--positive``, ``--negative`` and ``--weights``.

    The command receives ``positive`` as a value, or with ``--negative`` as a pair of negative and
    positive value: rows with others are left out.
    """

    @wraps(command)
    def call(*args: Any, negative: str | None, positive: str | None, **kwargs: Any) -> Any:
        if negative is None:
            return command(*args, positive=positive, **kwargs)
        if positive is None:
            raise click.UsageError("--negative goes with --positive: say which value that is")
        return command(*args, positive=(negative, positive), **kwargs)

    made: Any = call
    for option in (
        click.option(
            "--weights", metavar="COLUMN", help="Column with a weight for each row, not a feature."
        ),
        click.option(
            "--positive",
            metavar="VALUE",
            help="Value of the outcome whose risk is meant; needed unless the values tell, as 0/1, "
            "no/yes, false/true and alive/dead do.",
        ),
        click.option(
            "--negative",
            metavar="VALUE",
            help="The other value, where the outcome has more than two: rows with any other are "
            "left out, which a warning says.",
        ),
        click.option(
            "--target", metavar="COLUMN", help="Column with the outcome.  [default: the first]"
        ),
    ):
        made = option(made)
    result: _Command = made
    return result


def class_weights(
    _: click.Context, __: click.Parameter, value: str | None
) -> str | dict[Any, float] | None:
    """Read ``balanced`` or ``LABEL=WEIGHT,LABEL=WEIGHT``."""
    if value is None or value == "balanced":
        return value
    weights: dict[Any, float] = {}
    for part in value.split(","):
        label, equals, weight = part.rpartition("=")
        try:
            number = float(weight)
        except ValueError:
            number = -1.0
        if not equals or not number > 0:
            raise click.BadParameter(
                f"{part!r} is not LABEL=WEIGHT with a positive weight; "
                "for example: --class-weight 1=5,0=1 or --class-weight balanced"
            )
        weights[label.strip()] = number
    return weights
