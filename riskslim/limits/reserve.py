"""Time that a search leaves for what comes after it: every score is checked and described."""

from __future__ import annotations

__all__ = ["after_reading", "after_search", "before_search"]

# Of a row: the best multiplier and the loss anew, sums of totals, what stands on the card.
_SECONDS_PER_ROW = 8e-7
# Of a cell: what the least and the largest totals are.
_SECONDS_PER_CELL = 4e-8
# Of a column: its place in a linear program, its price.
_SECONDS_PER_COLUMN = 1e-4


def after_search(rows: int, scores: float = 1.0, least: float = 0.0) -> float:
    """Give the seconds that so many scores of a table take after the search.

    Parameters
    ----------
    rows : int
        Distinct rows of the table.
    scores : float
        How many are checked and described.
    least : float
        Seconds that do not grow with the rows.
    """
    return least + _SECONDS_PER_ROW * rows * scores


def before_search(rows: int, columns: int) -> float:
    """Give the seconds that an engine takes to begin."""
    return after_search(rows) + _SECONDS_PER_COLUMN * columns


def after_reading(rows: int, columns: int) -> float:
    """Give the seconds that a first score of a table takes, once the table is read.

    The ranges of its intercept, for which every cell is read, the heuristics on some of its rows,
    and what comes after a search: as long as that again.
    """
    return after_search(rows, 2.0) + _SECONDS_PER_CELL * rows * columns
