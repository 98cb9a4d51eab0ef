"""What a report says about cross-validation: the held-out loss of every size."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskslim.errors import ScoreError
from riskslim.report.reading import read_object

__all__ = ["SizeRow", "read_sizes", "sizes_of"]


@dataclass(frozen=True)
class SizeRow:
    """The best score of one size.

    Attributes
    ----------
    size : int
        Features with points.
    loss : float
        On the training data.
    auc : float or None
        On the training data.
    cv_loss, standard_error : float
        Mean of the held-out losses over the folds, and its standard error.
    folds : int
        Number of folds.
    chosen : tuple of str
        Rules that choose this size: ``"best"``, ``"one-se"``.
    """

    size: int
    loss: float
    auc: float | None
    cv_loss: float
    standard_error: float
    folds: int
    chosen: tuple[str, ...]


def sizes_of(found: Mapping[str, Any]) -> tuple[SizeRow, ...]:
    """Take the cross-validation out of a path of scores.

    Parameters
    ----------
    found : mapping
        As `ScorePath.to_dict` gives it.

    Returns
    -------
    tuple of SizeRow
        By ascending size; those without a held-out loss are left out.

    Raises
    ------
    ScoreError
        It is no path, or one without cross-validation.
    """
    chosen: Any = found.get("chosen") or {}
    try:
        rows = [
            SizeRow(
                size=int(row["size"]),
                loss=float(row["loss"]),
                auc=None if row["auc"] is None else float(row["auc"]),
                cv_loss=float(row["cv_loss"]),
                standard_error=float(row["cv_standard_error"] or 0.0),
                folds=len(row["fold_losses"]),
                chosen=tuple(rule for rule, size in chosen.items() if size == row["size"]),
            )
            for row in found["sizes"]
            if row["fold_losses"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ScoreError(
            "no path of scores: expected the JSON object that riskslim path --json prints"
        ) from error
    if not rows:
        raise ScoreError("the path has no cross-validation; make it with --cv 5")
    if not all(math.isfinite(row.cv_loss) for row in rows):
        raise ScoreError("the path states a held-out loss that is no number")
    return tuple(sorted(rows, key=lambda row: row.size))


def read_sizes(path: str | os.PathLike[str]) -> tuple[SizeRow, ...]:
    """Read the cross-validation from the JSON file of a path; errors name the file."""
    return read_object(path, sizes_of)
