"""The option that names the file which a command writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["output_file", "output_option"]


def output_option(help: str, required: bool = False) -> Callable[[Any], Any]:  # noqa: A002
    """Add ``-o`` and ``--output``, refused before the work where it could not be written after it.

    Parameters
    ----------
    help : str
        What is written.
    required : bool
        Whether the command needs it.
    """
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        callback=output_file,
        required=required,
        metavar="FILE",
        help=help,
    )


def output_file(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """Refuse before the search what could not be written after it; a callback of an option."""
    if value is not None and value.is_dir():
        raise click.BadParameter(f"{value} is a folder; name a file in it")
    if value is not None and not value.absolute().parent.is_dir():
        raise click.BadParameter(f"folder {value.parent} does not exist; make it first")
    return value
