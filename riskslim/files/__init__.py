"""Files that are whole or not there at all."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from riskslim.errors import DataError, OptionError, OutputError
from riskslim.files.parts import (
    exchange,
    file_under_way,
    folder_under_way,
    name_file,
    sweep,
    sync_folder,
)
from riskslim.printable import json_text

__all__ = [
    "as_json_text",
    "check_new_folder",
    "check_writable",
    "no_such_file",
    "read_text",
    "write_atomically",
    "write_folder",
    "written_atomically",
]

# A block: a full disk has no room for it.
_TRIED = 4096


def no_such_file(path: Path) -> DataError:
    """Say that there is no such file, and from where its path is read."""
    return DataError(f"{path}: no such file; check the path (relative to {Path.cwd()})")


def read_text(path: str | os.PathLike[str], most: int) -> str:
    """Read UTF-8 text, with or without a byte-order mark.

    Parameters
    ----------
    path : path
        Of any kind: a device without an end is not read for ever.
    most : int
        Bytes; a larger file is none of the kind that is wanted.

    Raises
    ------
    OSError
        The file cannot be read, or is larger.
    UnicodeDecodeError
        It is no UTF-8.
    """
    with open(path, "rb") as stream:  # noqa: PTH123, as the path may hold anything
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes, so it is something else")
    return content.decode("utf-8-sig")


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse, before the work, a file that could not be written after it.

    Parameters
    ----------
    path : path
        A file that is there or not, in folders that are there or not.

    Raises
    ------
    OptionError
        It is a folder, or has no permission; or its folder cannot be made or written to, or
        the disk is full.
    """
    with _as_option_error(path):
        target = _real(path)
        if target.is_dir():
            raise OptionError(f"{path} is a folder; name a file in it")
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not target.exists() or target.is_file():
            _try_folder_above(target)


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (as UTF-8) or bytes: a kill leaves the old file or the new one, whole.

    The content goes to a file without a name in the same folder (where the system has
    such, so that a kill leaves nothing at all behind), is forced to the disk, and
    takes the name in one step.

    Parameters
    ----------
    path : path
        The file to write; an existing one is replaced, a link's target kept in its place.
        Folders above it are made.
    content : str or bytes
        All of it.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left behind.
    """
    with written_atomically(path) as stream:
        stream.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def written_atomically(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give a stream whose content is there, whole, once the block has ended without an error.

    Parameters and errors are those of `write_atomically`.

    Yields
    ------
    binary stream
        What is written to it need never be held as a whole.
    """
    with _as_output_error(path):
        target = _real(path)
        if target.exists() and not target.is_file():
            # A device or a pipe (/dev/stdout) cannot be replaced, only written to.
            with target.open("wb") as stream:
                yield stream
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        with file_under_way(target.parent) as (handle, temporary):
            with os.fdopen(os.dup(handle), "wb") as stream:
                yield stream
            if target.exists():
                os.fchmod(handle, target.stat().st_mode & 0o7777)
            os.fsync(handle)
            name_file(handle, temporary)
            temporary.replace(target)
        sync_folder(target.parent)


def check_new_folder(folder: str | os.PathLike[str], replaces: str | None = None) -> Path:
    """Give the folder's real path, if files can be put there as a whole.

    Parameters
    ----------
    folder : path
        To be made, with the folders above it.
    replaces : str, optional
        A file that shows, where the folder is not empty, that it may be replaced.

    Raises
    ------
    OptionError
        It holds something else, or is no folder; or the one above cannot be written to.
    """
    with _as_option_error(folder):
        target = _real(folder)
        if target.exists() and not target.is_dir():
            raise OptionError(f"{folder} is a file; name a new folder")
        if target.is_dir():
            _check_replaceable(target, folder, replaces)
        _try_folder_above(target)
    return target


def write_folder(
    folder: str | os.PathLike[str],
    contents: Mapping[str, str | bytes],
    replaces: str | None = None,
) -> list[Path]:
    """Write several files into a folder, which appears with all of them or not at all.

    The files go to a hidden folder beside it, which takes the name in one step.

    Parameters
    ----------
    folder : path
        Must not exist, or be empty. Folders above it are made.
    contents : mapping of str to str or bytes
        Whole contents by name; ``figures/roc.svg`` stands in a folder of its own.
    replaces : str, optional
        A folder that holds a file of this name may be there too, and is replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    OptionError
        As for `check_new_folder`.
    OutputError
        The folder cannot be written; nothing is left behind.
    """
    target = check_new_folder(folder, replaces)
    with _as_output_error(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        with folder_under_way(target.parent) as temporary:
            for name, content in contents.items():
                (temporary / name).parent.mkdir(exist_ok=True)
                _write_new(temporary / name, content)
            sync_folder(temporary)
            if target.exists() and any(target.iterdir()):
                # What holds something takes no other's place, but can change places with it.
                exchange(temporary, target)
            else:
                temporary.replace(target)
        sync_folder(target.parent)
    return [Path(folder) / name for name in contents]


def as_json_text(value: dict[str, Any], *, ascii_only: bool = False) -> str:
    """Write one object as JSON; numbers that JSON does not have become null."""
    return json_text(_plain(value), ascii_only=ascii_only)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _real(path: str | os.PathLike[str]) -> Path:
    if not os.fspath(path):
        raise FileNotFoundError(errno.ENOENT, "an empty name")
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error)) from error


@contextmanager
def _as_output_error(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _as_option_error(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OptionError(
            f"{path} cannot be written: {error.strerror or error}; name another place"
        ) from error


def _check_replaceable(target: Path, folder: object, replaces: str | None) -> None:
    if not any(target.iterdir()) or (replaces is not None and (target / replaces).is_file()):
        return
    if replaces is not None:
        raise OptionError(
            f"folder {folder} holds files but no {replaces}, so it is not one to be replaced; "
            "name a new one, or empty it first"
        )
    raise OptionError(f"folder {folder} is not empty; name a new one, or empty it first")


def _try_folder_above(target: Path) -> None:
    """Write some bytes where the result, or the folders that it needs, would be made."""
    above = next(folder for folder in target.parents if os.path.lexists(folder))
    longest = os.pathconf(above, "PC_NAME_MAX")
    missing = target.relative_to(above).parts
    if any(len(os.fsencode(part)) > longest for part in missing):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    with file_under_way(above) as (handle, _):
        _write_all(handle, bytes(_TRIED))


def _write_new(path: Path, content: str | bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content.encode("utf-8") if isinstance(content, str) else content)
        stream.flush()
        os.fsync(stream.fileno())


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
