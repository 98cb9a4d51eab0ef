"""Values of an outcome that say by themselves which of them is the positive one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from riskslim.data.spelling import common_spelling

__all__ = ["is_yes_no", "positive_word"]

# Negative word, positive word; numbers as `common_spelling` has them.
_PAIRS = tuple(
    tuple(map(common_spelling, pair))
    for pair in (
        ("0", "1"), ("-1", "1"), ("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"),
        ("alive", "dead"), ("alive", "died"), ("alive", "deceased"), ("alive", "death"),
        ("survived", "dead"), ("survived", "died"), ("survivor", "non-survivor"),
        ("absent", "present"), ("negative", "positive"), ("neg", "pos"),
        ("tested_negative", "tested_positive"), ("control", "case"), ("benign", "malignant"),
        ("healthy", "sick"), ("healthy", "ill"), ("healthy", "diseased"), ("no event", "event"),
        ("nein", "ja"), ("falsch", "wahr"), ("lebend", "tot"), ("lebend", "verstorben"),
        ("überlebt", "verstorben"), ("negativ", "positiv"), ("gesund", "krank"),
    )
)  # fmt: skip


# Pairs that say no more than whether there is the outcome.
_YES_NO = {
    tuple(map(common_spelling, pair))
    for pair in (
        ("0", "1"), ("-1", "1"), ("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"),
        ("nein", "ja"), ("falsch", "wahr"),
    )
}  # fmt: skip


def is_yes_no(labels: Sequence[Any]) -> bool:
    """Whether a negative and a positive label only say no and yes."""
    return tuple(common_spelling(label).casefold() for label in labels) in _YES_NO


def positive_word(labels: Sequence[Any]) -> int | None:
    """Give the place of the positive one of two values; None where they leave it open."""
    spelled = [common_spelling(label).casefold() for label in labels]
    for pair in _PAIRS:
        if sorted(spelled) == sorted(pair):
            return spelled.index(pair[1])
    return None
