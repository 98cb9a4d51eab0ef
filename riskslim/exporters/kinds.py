"""Functions that have a form for each kind of score, which a kind registers where it is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any, Generic, TypeVar

from riskslim.errors import OptionError
from riskslim.scores.point_score import PointScore

__all__ = ["ByKind"]

T = TypeVar("T")


class ByKind(Generic[T]):
    """A function of a score, and of more, that knows no kind of score yet.

    Parameters
    ----------
    what : str
        What it writes, for the `OptionError` of a kind that registers no form of its own.
    """

    def __init__(self, what: str) -> None:
        def refuse(score: PointScore, *_: Any) -> T:
            raise OptionError(f"a {score.kind} score has no form {what}")

        self._forms = singledispatch(refuse)

    def register(self, form: Callable[..., T]) -> Callable[..., T]:
        """Take a form, for the kind of score that its first parameter is said to be."""
        return self._forms.register(form)

    def __call__(self, score: PointScore, *more: Any) -> T:
        """Write what a score means, by the form of its kind."""
        return self._forms(score, *more)
