"""Files and folders under way: hidden until they are whole, and swept up where a kill left them.

Whoever makes one holds a lock on it, which the system lifts however the process ends. So
what nobody locks is a leftover, of whatever machine or program.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["exchange", "file_under_way", "folder_under_way", "name_file", "sweep", "sync_folder"]

_PATTERN = ".riskslim-*.part"

# linux/fs.h, fcntl.h
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def hidden_name(folder: Path) -> Path:
    """Name what nobody else makes; short, as the name of the result may be as long as can be."""
    return folder / f".riskslim-{secrets.token_hex(8)}.part"


@contextmanager
def file_under_way(folder: Path) -> Iterator[tuple[int, Path]]:
    """Make a file that is not the result yet.

    Where the system has files without a name, a kill leaves nothing at all behind.

    Yields
    ------
    int, Path
        A handle to write to, and the name that `name_file` gives it.
    """
    temporary = hidden_name(folder)
    handle = _open_nameless(folder)
    if handle is None:
        handle = _open_named(temporary)
    try:
        yield handle, temporary
    finally:
        os.close(handle)
        temporary.unlink(missing_ok=True)


@contextmanager
def folder_under_way(beside: Path) -> Iterator[Path]:
    """Make a folder that is not the result yet; it is gone after the block, if it is there still.

    Parameters
    ----------
    beside : Path
        The folder above it.
    """
    temporary = hidden_name(beside)
    temporary.mkdir()
    handle = os.open(temporary, os.O_RDONLY)
    try:
        _lock(handle)
        yield temporary
    finally:
        os.close(handle)
        shutil.rmtree(temporary, ignore_errors=True)


def name_file(handle: int, path: Path) -> None:
    """Give a whole file its hidden name, if it has none yet."""
    if path.exists():
        return
    # Only with a folder's handle does Python follow the link in /proc.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def exchange(one: Path, other: Path) -> None:
    """Let two folders change names, in one step where the system can."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    names = os.fsencode(one), os.fsencode(other)
    if rename and not rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        return
    former = other.with_name(f".{other.name[:100]}.{secrets.token_hex(4)}.former")
    other.replace(former)
    try:
        one.replace(other)
    except BaseException:
        former.replace(other)
        raise
    former.replace(one)


def sweep(folder: Path) -> None:
    """Remove what processes that are no more have left in a folder."""
    for leftover in folder.glob(_PATTERN):
        with suppress(OSError):
            handle = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(leftover)
            finally:
                os.close(handle)


def sync_folder(folder: Path) -> None:
    """Force the new name itself to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(leftover: Path) -> None:
    if leftover.is_dir():
        shutil.rmtree(leftover, ignore_errors=True)
    else:
        leftover.unlink()


def _lock(handle: int) -> None:
    # Some file systems have no locks; there `sweep` removes nothing either.
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)


def _open_nameless(folder: Path) -> int | None:
    try:
        handle = os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except (AttributeError, OSError):
        return None
    _lock(handle)
    return handle


def _open_named(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        _lock(handle)
        if os.fstat(handle).st_nlink:
            return handle
        # Swept up in the moment before it was locked.
        os.close(handle)
