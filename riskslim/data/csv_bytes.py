"""The bytes of a CSV file, before anything is made of them."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riskslim.errors import DataError

__all__ = ["check_bytes", "codec_of", "refuse_bomb"]

_BLOCK = 1 << 20

# Tables of 0 and 1 shrink to a twentieth, those of equal rows to a hundredth; a file that
# grows by more, to more than this, was made to fill somebody's memory.
_MOST_GROWTH = 100
_HARMLESS = 1 << 27


def check_bytes(file: Path) -> int:
    """Read a CSV file once, as bytes.

    The reader of tables knows no place of a byte that is no text, and what it says of a row
    with such a byte is no text either.

    Parameters
    ----------
    file : Path
        A ``.csv`` or ``.tsv`` file, or a ``.gz`` or ``.zst`` of one.

    Returns
    -------
    int
        Bytes of the table, uncompressed.

    Raises
    ------
    DataError
        It is damaged, no UTF-8, or grows without measure; names the line.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, lines = 0, 1
    for block in _blocks(file):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            line = lines + block.count(b"\n", 0, error.start)
            raise DataError(
                f"{file}: line {line} is not UTF-8 text; save the file as UTF-8"
            ) from error
        size += len(block)
        lines += block.count(b"\n")
        refuse_bomb(file, size)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: its end is not UTF-8 text; the file was cut short") from error
    return size


def refuse_bomb(file: Path, size: int) -> None:
    """Refuse a compressed file that holds very much more than it takes.

    Raises
    ------
    DataError
        Naming the file.
    """
    if size > _HARMLESS and size > _MOST_GROWTH * file.stat().st_size:
        raise DataError(
            f"{file}: holds more than {_MOST_GROWTH} times the bytes that it takes, which no table "
            "of people does; if it is one, uncompress it first"
        )


def _blocks(file: Path) -> Iterator[bytes]:
    try:
        with _opened(file) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{file}: cannot be read, as it is damaged or was cut short: {error}"
        ) from error
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror or error}") from error


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    codec = codec_of(file)
    if codec == "zstd":
        import pyarrow as pa

        with file.open("rb") as raw, pa.PythonFile(raw, "r") as stream:
            yield pa.CompressedInputStream(stream, codec)
    else:
        with gzip.open(file) if codec else file.open("rb") as stream:
            yield stream


def codec_of(file: Path) -> str | None:
    """Name how a file is compressed, by its ending."""
    return {".gz": "gzip", ".zst": "zstd"}.get(file.suffix.lower())
