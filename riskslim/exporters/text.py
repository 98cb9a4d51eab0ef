"""The score as a card in plain text, to be used on paper.

Totals on the card are sums of the features' points alone; the intercept is in
the risks, so that nobody has to remember to add it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from riskslim.score import RiskScore
from riskslim.totals import Feature, ScoreRow

__all__ = ["card"]

_MINIMUM_WIDTH = 40

# A longer table is first folded at its ends, then set in several columns.
_ROWS_OF_ONE_COLUMN = 20
_ROWS_OF_A_COLUMN = 24

_BOX = {"─": "-", "│": "|", "·": ".", "×": "x", "≤": "<=", "≥": ">=", "−": "-", "…": "..."}


def card(score: RiskScore, width: int = 80, *, ascii_only: bool = False) -> str:
    """Print a score as a card.

    Parameters
    ----------
    score : RiskScore
        The score.
    width : int
        Columns of the terminal or the paper; at least 40.
    ascii_only : bool
        Draw rules and signs with ASCII characters. Names stay as they are.

    Returns
    -------
    str
        Lines of at most `width` columns, without a final newline.
    """
    width = max(width, _MINIMUM_WIDTH)
    rule = "─" * width
    lines = [
        rule,
        *_paragraph(f"RISK SCORE: {_title(score)}", width),
        rule,
        *_features(score, width),
        rule,
        *_table(score, width),
        rule,
        *_footer(score, width),
        rule,
    ]
    text = "\n".join(line.rstrip() for line in lines)
    if ascii_only:
        own = "".join(score.feature_names) + score.outcome
        for fancy, plain in _BOX.items():
            if fancy not in own:
                text = text.replace(fancy, plain)
    return text
