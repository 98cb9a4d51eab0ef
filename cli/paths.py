"""Files and folders that are named on the command line, judged before any work."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["InputFile", "InputTable", "OutputFile", "OutputFolder", "deliver", "output_option"]

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_READ, _WRITTEN = "riskslim.read", "riskslim.written"


class InputFile(click.Path):
    """A file that is read; an address is none, and not repeated, as it may hold a password."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path."""
        if _ADDRESS.match(str(value)):
            scheme = str(value).partition(":")[0]
            self.fail(
                f"a {scheme} address is no file; riskslim reads and writes files of this machine",
                param,
                ctx,
            )
        path = Path(str(super().convert(value, param, ctx)))
        self._refuse_overwriting(path, param, ctx)
        return path

    _use, _other = _READ, _WRITTEN

    def _refuse_overwriting(
        self, path: Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> None:
        """Refuse to write over a file that the command reads, whichever is named first."""
        if ctx is None:
            return
        uses = ctx.find_root().meta
        if any(_is_same_file(path, known) for known in uses.get(self._other, ())):
            self.fail(f"{path} is read by this command too; write to another file", param, ctx)
        if self._use == _WRITTEN and path.resolve() in map(Path.resolve, uses.get(_WRITTEN, ())):
            self.fail(f"{path} is written twice; give each result a file of its own", param, ctx)
        uses[self._use] = [*uses.get(self._use, ()), path]


def _is_same_file(path: Path, other: Path) -> bool:
    """Whether two paths are one regular file, which writing would replace."""
    try:
        return path.is_file() and path.samefile(other)
    except OSError:
        return False


class InputTable(InputFile):
    """A table that is read: a file, a folder, a pattern, or the address of a database."""

    name = "table"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path, or the address as it is."""
        from riskslim.data.sources.database import is_address

        return str(value) if is_address(str(value)) else super().convert(value, param, ctx)


class OutputFile(InputFile):
    """A file that is written after the work, refused where it is known that it cannot be."""

    _use, _other = _WRITTEN, _READ

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path, where a file can be written there."""
        from riskslim.errors import RiskSlimError
        from riskslim.files import check_writable

        if not str(value):
            self.fail("an empty name; name a file", param, ctx)
        if str(value).endswith("/"):
            self.fail(f"{value!r} ends as a folder does; name a file in it", param, ctx)
        path = super().convert(value, param, ctx)
        try:
            check_writable(path)
        except RiskSlimError as error:
            self.fail(str(error), param, ctx)
        return path


class OutputFolder(InputFile):
    """A folder that is made after the work; what may stand there is the command's to say."""

    _use, _other = _WRITTEN, _READ

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path."""
        if not str(value):
            self.fail("an empty name; name a folder", param, ctx)
        return super().convert(value, param, ctx)


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
        type=OutputFile(),
        required=required,
        metavar="FILE",
        help=help,
    )


def deliver(save: Callable[[Path], Any], path: Path) -> Any:
    """Write a result; where that fails after all, write it somewhere else and say where.

    Parameters
    ----------
    save : callable
        Writes the result to a path.
    path : path
        Where it was asked for.

    Returns
    -------
    any
        What `save` returns.

    Raises
    ------
    OutputError
        It is not where it was asked for; names the file that holds it.
    """
    from riskslim.errors import OutputError

    try:
        return save(path)
    except OutputError as error:
        for other in _other_places(path):
            try:
                save(other)
            except OutputError:
                continue
            raise OutputError(f"{error}; the result is kept in {other}") from error
        raise


def _other_places(path: Path) -> list[Path]:
    """Name files that nobody has yet, in the folders where a person would look."""
    import secrets
    import tempfile

    name = f"{path.stem[:100]}-{secrets.token_hex(4)}{path.suffix[:20]}"
    return [folder / name for folder in (Path.cwd(), Path(tempfile.gettempdir()), Path.home())]
