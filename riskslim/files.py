"""Files that are whole or not there at all."""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskslim.errors import OptionError

__all__ = ["as_json_text", "check_new_folder", "write_atomically", "write_folder"]


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (as UTF-8) or bytes: a kill leaves the old file or the new one, whole.

    The content goes to a file without a name in the same folder (where the system has
    such, so that a kill leaves nothing at all behind), is forced to the disk, and
    takes the name in one step.

    Parameters
    ----------
    path : path
        The file to write; an existing one is replaced, a link's target kept in its place.
    content : str or bytes
        All of it.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written; nothing is left behind.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        # A device or a pipe (/dev/stdout) cannot be replaced, only written to.
        target.write_bytes(data)
        return
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
        named = False
    except (AttributeError, OSError):
        # No such files here: one with a name, which only a kill within this call leaves.
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        named = True
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if target.exists():
                os.fchmod(handle, target.stat().st_mode & 0o7777)
            os.fsync(handle)
            if not named:
                # The file is whole by now.
                _link(f"/proc/self/fd/{handle}", temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def check_new_folder(folder: str | os.PathLike[str], replaces: str | None = None) -> Path:
    """Give the folder's real path, if files can be put there as a whole.

    Parameters
    ----------
    folder : path
        To be made.
    replaces : str, optional
        A file that shows, where the folder is not empty, that it may be replaced.

    Raises
    ------
    OptionError
        It holds something else, is no folder, or stands in one that does not exist.
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and not target.is_dir():
        raise OptionError(f"{folder} is a file; name a new folder")
    if target.is_dir() and any(target.iterdir()):
        if replaces is not None and (target / replaces).is_file():
            return target
        if replaces is not None:
            raise OptionError(
                f"folder {folder} holds files but no {replaces}, so it is not one to be replaced; "
                "name a new one, or empty it first"
            )
        raise OptionError(f"folder {folder} is not empty; name a new one, or empty it first")
    if not target.parent.is_dir():
        raise OptionError(f"folder {target.parent} does not exist; make it first")
    return target


def write_folder(
    folder: str | os.PathLike[str],
    contents: Mapping[str, str | bytes],
    replaces: str | None = None,
) -> list[Path]:
    """Write several files into a folder, which appears with all of them or not at all.

    The files go to a hidden folder beside it, which takes the name in one step; a kill
    leaves at most that one behind, or the former folder under a hidden name.

    Parameters
    ----------
    folder : path
        Must not exist, or be empty.
    contents : mapping of str to str or bytes
        Whole contents by name.
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
    OSError
        The folder cannot be written; nothing is left behind.
    """
    target = check_new_folder(folder, replaces)
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    temporary, former = hidden.with_suffix(".part"), hidden.with_suffix(".old")
    temporary.mkdir()
    try:
        for name, content in contents.items():
            write_atomically(temporary / name, content)
        if target.exists() and any(target.iterdir()):
            # A folder that holds something takes no other's place in one step.
            target.replace(former)
        temporary.replace(target)
    except BaseException:
        if former.exists() and not target.exists():
            former.replace(target)
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(former, ignore_errors=True)
    _sync_folder(target.parent)
    return [Path(folder) / name for name in contents]


def as_json_text(value: dict[str, Any]) -> str:
    """Write one object as JSON; numbers that JSON does not have become null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _link(source: str, target: Path) -> None:
    """Give a file of /proc a name; only with a folder's handle does Python follow the link."""
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.link(source, target, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _sync_folder(folder: Path) -> None:
    """Force the new name itself to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
