"""Time that searches and fits leave for what comes after them."""

from __future__ import annotations

__all__ = ["after_fits", "after_reading", "after_search", "before_search"]

# Of a row: the best multiplier and the loss anew, sums of totals, what stands on the card.
_SECONDS_PER_ROW = 8e-7
# Of a cell: what the least and the largest totals are.
_SECONDS_PER_CELL = 4e-8
# Of a column: its place in a linear program, its price.
_SECONDS_PER_COLUMN = 1e-4
# Of a row that is measured once, and whatever the rows: processes end, and 0.03 s of work take
# several times as long on a busy machine.
_SECONDS_PER_MEASURE, _MEASURES = 5e-6, 0.5


def after_search(rows: int, scores: float = 1.0, least: float = 0.0) -> float:
    """Give the seconds that so many scores of a table take after the search: checks, a description.

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


def after_fits(rows: int, times: float = 1.0) -> float:
    """Give the seconds that measures of a table take, once fits to folds have ended.

    Parameters
    ----------
    rows : int
        Rows of the table.
    times : float
        How often each is measured.
    """
    return _MEASURES + _SECONDS_PER_MEASURE * rows * times
