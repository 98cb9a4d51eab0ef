"""Distinct rows of 0 and 1 as bits, with how many rows of each class they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskslim.data.merging import canonical_order
from riskslim.solvers._typing import IntArray

__all__ = ["BitRows"]

_HELD = 1 << 20
_BLOCK = 1 << 14

Words = NDArray[np.uint64]


class BitRows:
    """Rows of 0 and 1 that are merged as they come: 64 features take the room of a number.

    Parameters
    ----------
    d : int
        Features.
    """

    def __init__(self, d: int) -> None:
        self._d = d
        self._words: list[Words] = []
        self._rows: list[IntArray] = []
        self._held = self._merged = 0

    def add(self, cells: NDArray[Any], rows: IntArray) -> None:
        """Add some rows.

        Parameters
        ----------
        cells : ndarray of shape (n, d)
            0 and 1.
        rows : ndarray of int, shape (2, n)
            How many rows of the negative and of the positive class each stands for.
        """
        self._words.append(_as_words(cells))
        # As narrow as they can be: most are 0 and 1.
        self._rows.append(rows.astype(np.min_scalar_type(int(rows.max(initial=0)))))
        self._held += len(cells)
        if self._held > max(_HELD, self._merged):
            self._merge()

    def counted(self) -> tuple[NDArray[np.int8], IntArray]:
        """Give the distinct rows, of shape (m, d), and how many they are, of shape (2, m).

        They stand in the order of `merge_rows`, and nothing is left here.
        """
        self._merge()
        (words,), (counts,) = self._words, self._rows
        self._words, self._rows = [], []
        m = len(words)
        order = canonical_order(m, lambda span: _as_cells(words[span], self._d))
        rows = counts[:, order].astype(np.int64)
        del counts
        cells = np.empty((m, self._d), dtype=np.int8)
        for start in range(0, m, _BLOCK):
            span = slice(start, start + _BLOCK)
            cells[span] = _as_cells(words[order[span]], self._d)
        return cells, rows

    def _merge(self) -> None:
        """Sort all rows by their bits, and make one of equal ones."""
        if not self._words:
            self.add(np.zeros((0, self._d), np.int8), np.zeros((2, 0), np.int64))
        words, rows = np.concatenate(self._words), np.concatenate(self._rows, axis=1)
        self._words, self._rows, self._held = [], [], 0
        order = np.argsort(words[:, 0]) if words.shape[1] == 1 else np.lexsort(words.T)
        words = words[order]
        new = np.ones(len(words), dtype=bool)
        new[1:] = (words[1:] != words[:-1]).any(axis=1)
        first = np.flatnonzero(new)
        words = words[first]
        made = []
        for of_class in rows:
            sums = np.zeros(0, dtype=np.int64)
            if len(first):
                sums = np.add.reduceat(of_class[order], first, dtype=np.int64)
            made.append(sums.astype(np.min_scalar_type(int(sums.max(initial=0)))))
        self._words, self._rows = [words], [np.array(made)]
        self._merged = len(words)


def _as_words(cells: NDArray[Any]) -> Words:
    """Give rows of 0 and 1 as words of 64 bits, of shape (n, words)."""
    packed = np.packbits(cells.astype(bool, copy=False), axis=1)
    filled = np.zeros((len(cells), max(1, -(-packed.shape[1] // 8)) * 8), dtype=np.uint8)
    filled[:, : packed.shape[1]] = packed
    return filled.view(np.uint64)


def _as_cells(words: Words, d: int) -> NDArray[np.int8]:
    """Give rows of 0 and 1 that are words, of shape (n, d)."""
    bits = np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, count=d)
    return bits.view(np.int8)
