"""The features of a table in whatever types they came in, read by blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskslim.data.validation import numeric_column
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "bytes_or_doubles", "narrowed"]

_BLOCK = 1 << 14
# Each holds all that those before it hold.
_KINDS = (np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.float32))


class Table:
    """Columns of numbers, read as rows of one type, a block at a time.

    A table of ten million rows and 36 columns takes 2.9 GB as doubles and 0.4 GB as
    the bytes that it often comes in; only a block of it is ever converted.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n,), or ndarray of shape (n, d)
        Booleans, integers or reals. They are not copied.

    Attributes
    ----------
    dtype : dtype
        Of the rows: the smallest type that holds what every column's type may hold, up
        to doubles. Integers of 64 bits are rounded to doubles.
    """

    def __init__(self, columns: Sequence[NDArray[Any]] | NDArray[Any]) -> None:
        self._matrix = columns if isinstance(columns, np.ndarray) else None
        self._columns = list(columns.T) if isinstance(columns, np.ndarray) else list(columns)
        kinds = {column.dtype for column in self._columns} or {np.dtype(np.float64)}
        common = np.result_type(*kinds)
        exact = common.itemsize < 8 and common.kind in "biuf"
        self.dtype: np.dtype[Any] = common if exact else np.dtype(np.float64)

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, names: Sequence[str], source: str) -> Table:
        """Take the columns of a DataFrame, converting those that are no plain numbers.

        Raises
        ------
        DataError
            As `numeric_column`.
        """
        columns = []
        for j, name in enumerate(names):
            column = frame.iloc[:, j]
            if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
                columns.append(column.to_numpy())
            else:
                columns.append(narrowed(numeric_column(column, name, source)))
        return cls(columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        if self._matrix is not None:
            return self._matrix.shape[0], self._matrix.shape[1]
        return (len(self._columns[0]) if self._columns else 0), len(self._columns)

    def narrow(self) -> bool:
        """Find the smallest type that holds every value exactly, and take it as `dtype`.

        Returns
        -------
        bool
            Whether all values are finite; `dtype` stays as it is where they are not.
        """
        kinds = [k for k in _KINDS if k.itemsize < self.dtype.itemsize]
        if self.dtype.kind != "f":
            kinds = [k for k in kinds if k.kind == "i"]
            if not kinds:
                return True
        for _, cells in self.blocks():
            while kinds and not _holds(kinds[0], cells):
                del kinds[0]
            whole = self.dtype.kind != "f" or (kinds and kinds[0].kind == "i")
            if not whole and not _all_finite(cells):
                return False
        if kinds:
            self.dtype = kinds[0]
        return True

    def largest(self) -> float:
        """Give the largest absolute value; the table has rows and all values are finite."""
        return max(
            float(np.abs(cells.astype(np.float64, copy=False)).max()) for _, cells in self.blocks()
        )

    def column(self, j: int) -> FloatArray:
        """Give one column as doubles, of shape (n,)."""
        return self._columns[j].astype(np.float64)

    def all_rows(self) -> NDArray[Any]:
        """Give the whole table without negative zeros, of shape (n, d): as `bytes_or_doubles`."""
        rows = np.empty(self.shape, self.dtype)
        for span, cells in self.blocks():
            rows[span] = cells
        return bytes_or_doubles(rows)

    @property
    def n_words(self) -> int:
        """Number of words of 64 bits in a row, which is filled up with zeros to whole ones."""
        return -(-self.shape[1] * self.dtype.itemsize // 8)

    def from_words(self, words: NDArray[np.uint64]) -> NDArray[Any]:
        """Give rows that `words` gave as bits, of shape (len(words), d): as `bytes_or_doubles`."""
        return bytes_or_doubles(words.view(self.dtype)[:, : self.shape[1]])

    def blocks(self) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Go through the rows.

        Yields
        ------
        span : slice
            Which rows.
        cells : ndarray of `dtype`, shape (len(span), d)
            Without negative zeros. Overwritten by the next block.
        """
        for span, cells, _ in self._filled():
            yield span, cells

    def words(self) -> Iterator[tuple[slice, NDArray[np.uint64]]]:
        """Go through the rows as bits: rows are equal where their words are.

        Yields
        ------
        span : slice
            Which rows.
        words : ndarray of shape (len(span), n_words)
            Overwritten by the next block.
        """
        for span, _, words in self._filled():
            yield span, words

    def _filled(self) -> Iterator[tuple[slice, NDArray[Any], NDArray[np.uint64]]]:
        n, d = self.shape
        words = np.zeros((min(n, _BLOCK), self.n_words), dtype=np.uint64)
        for start in range(0, n, _BLOCK):
            span = slice(start, min(start + _BLOCK, n))
            of_block = words[: span.stop - start]
            cells = of_block.view(self.dtype)[:, :d]
            if self._matrix is not None:
                cells[...] = self._matrix[span]
            else:
                for j, column in enumerate(self._columns):
                    cells[:, j] = column[span]
            if self.dtype.kind == "f":
                cells += self.dtype.type(0)  # -0.0 and 0.0 are one value
            yield span, cells, of_block


def bytes_or_doubles(cells: NDArray[Any]) -> NDArray[Any]:
    """Give a table as bytes where all is 0 and 1, and as doubles otherwise."""
    blocks = (cells[start : start + _BLOCK] for start in range(0, len(cells), _BLOCK))
    bits = all(((block == 0) | (block == 1)).all() for block in blocks)
    return np.ascontiguousarray(cells, dtype=np.int8 if bits else np.float64)


def _all_finite(cells: NDArray[Any]) -> bool:
    # A NaN or an infinity anywhere shows in the sum, which is quicker to look at.
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isfinite(cells.sum(dtype=np.float64)) or np.isfinite(cells).all())


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Give numbers in the smallest type that holds every one of them exactly.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Integers or reals.

    Returns
    -------
    ndarray of shape (n,)
        Of 8- or 16-bit integers or, for reals, of 32-bit reals; `values` themselves where
        none of these holds them all or is smaller.
    """
    for kind in _KINDS:
        like = kind.kind == "i" or values.dtype.kind == "f"
        if like and kind.itemsize < values.dtype.itemsize and _holds(kind, values):
            return values.astype(kind)
    return values


def _holds(kind: np.dtype[Any], values: NDArray[Any]) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.array_equal(values.astype(kind), values)
