"""Names of variables and rows in LP and MPS files: plain, and different where the things are."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["FileNames"]

# Signs that tell features apart ("Age <= 4", "Age >= 4") become words before others become "_".
_WORDS = {"<=": "_le_", ">=": "_ge_", "!=": "_ne_", "==": "_eq_", "<": "_lt_", ">": "_gt_"}
_SIGNS = re.compile("|".join(map(re.escape, _WORDS)))
_LONGEST = 200  # the LP format reads names up to 255 characters


class FileNames:
    """Give each component of a Pyomo model a name that readers of both formats take.

    Letters, digits and underscores alone, beginning with a letter; what becomes one and the same
    name (upper and lower case are one) is numbered.
    """

    def __init__(self) -> None:
        self._given: dict[int, str] = {}
        self._taken: set[str] = set()

    def __call__(self, component: Any) -> str:
        """Give the name of a component, the same each time."""
        if id(component) not in self._given:
            self._given[id(component)] = self._fresh(component.getname(True))
        return self._given[id(component)]

    def _fresh(self, name: str) -> str:
        worded = _SIGNS.sub(lambda sign: _WORDS[sign.group()], name)
        plain = re.sub(r"_{3,}", "__", re.sub(r"[^A-Za-z0-9_]", "_", worded)).strip("_")[:_LONGEST]
        # a number such as 1e5, or e5, is what a name must not look like
        base = plain if re.match(r"[A-Za-df-z]|e[A-Za-z]", plain) else f"x_{plain}"
        fresh, count = base, 1
        while fresh.lower() in self._taken:
            count += 1
            fresh = f"{base}__{count}"
        self._taken.add(fresh.lower())
        return fresh
