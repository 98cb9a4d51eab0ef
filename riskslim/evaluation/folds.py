"""Splitting people into folds: stratified by outcome, never a person on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from riskslim.errors import DataError, OptionError
from riskslim.solvers._typing import BoolArray, IntArray

__all__ = ["check_count", "group_codes", "split_rows"]


def check_count(value: Any, name: str, least: int) -> int:
    """Give a whole number from `least` on.

    Raises
    ------
    OptionError
        It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OptionError(f"{name}={value!r}: give a whole number from {least} on")
    return int(value)


def group_codes(groups: Any, rows: int) -> IntArray | None:
    """Give the people that rows belong to as numbers from 0 on; None stays None.

    Raises
    ------
    DataError
        A value is missing, or there is not one for each row.
    """
    import pandas as pd

    if groups is None:
        return None
    column = np.asarray(groups)
    if column.shape != (rows,):
        raise DataError(f"expected {rows} groups, one for each row, not shape {column.shape}")
    codes, _ = pd.factorize(pd.Series(column))
    missing = np.flatnonzero(codes < 0)
    if missing.size:
        raise DataError(
            f"the group is missing in {missing.size} rows, the first of them row "
            f"{missing[0] + 1}; without it a person could be on both sides of a split"
        )
    return np.asarray(codes, dtype=np.int64)


def split_rows(
    positive: BoolArray, groups: IntArray | None, cv: Any, seed: int, what: str = "cv"
) -> list[tuple[IntArray, IntArray]]:
    """Split rows into folds with (nearly) the same share of positives.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    groups : ndarray of int, shape (n,), or None
        Person of each row; a person's rows all lie in one fold.
    cv : int, scikit-learn splitter or iterable
        Number of folds, something with ``split(X, y, groups)``, or the pairs of rows to fit and
        rows held out themselves.
    seed : int
        Of the shuffle; a splitter has its own.
    what : str
        Name of the option, for messages.

    Returns
    -------
    list of (rows to fit, rows held out)

    Raises
    ------
    OptionError
        `cv` is no number of folds from 2 on, or more than the rows or people of a class.
    DataError
        There are not two rows or people of each class, a fold leaves one class only to be
        fitted, or a splitter puts a person on both sides.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    blank = np.zeros((len(positive), 1))
    if hasattr(cv, "split"):
        folds: Iterator[tuple[IntArray, IntArray]] = cv.split(blank, positive, groups)
    elif isinstance(cv, Iterable) and not isinstance(cv, str):
        folds = iter(cv)
    else:
        count = check_count(cv, what, 2)
        kind = "rows" if groups is None else "people"
        people = np.arange(len(positive)) if groups is None else groups
        fewest = min(np.unique(people[rows]).size for rows in (positive, ~positive))
        if fewest < 2:
            raise DataError(
                f"cross-validation needs two {kind} of each class at least, one to fit and one "
                f"to judge; the data have {fewest} of one class"
            )
        if count > fewest:
            raise OptionError(
                f"{what}={count}: one of the classes has only {fewest} {kind}, and each fold "
                f"needs one of each; give at most {fewest}"
            )
        splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
        folds = splitter(count, shuffle=True, random_state=seed).split(blank, positive, groups)
    found = [(np.asarray(fit), np.asarray(held)) for fit, held in folds]
    for number, (fit, held) in enumerate(found, start=1):
        if positive[fit].all() or not positive[fit].any():
            raise DataError(
                f"fold {number} of {len(found)} leaves one class only to be fitted; "
                "give fewer folds or another seed"
            )
        if groups is not None and np.intersect1d(groups[fit], groups[held]).size:
            raise DataError(f"{what}: fold {number} has rows of one person on both sides")
    return found
