"""What cards, calculators and reports say, in one catalogue for each language.

A catalogue is a TOML file beside this one. English is complete; what another
language lacks is said in English.
"""

from __future__ import annotations

import functools
import string
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from riskslim.errors import OptionError

__all__ = ["Texts", "available", "language"]


@dataclass(frozen=True)
class Texts:
    """Phrases and number formats of one language.

    Attributes
    ----------
    code : str
        Language tag, such as ``"en"``.
    phrases : dict of str to str
        By dotted key; placeholders in braces.
    """

    code: str
    phrases: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Say a phrase, with values put in.

        Raises
        ------
        KeyError
            The catalogues have no such phrase.
        """
        return string.Formatter().vformat(self.phrases[key], (), values)

    @property
    def decimal(self) -> str:
        """Decimal separator."""
        return self.phrases["numbers.decimal"]

    def number(self, value: float, digits: int = 6) -> str:
        """Write a number without a trailing point, and never as minus zero."""
        return f"{value + 0.0:.{digits}g}".replace(".", self.decimal)

    def fixed(self, value: float, places: int) -> str:
        """Write a number with so many decimal places, and never as minus zero."""
        return f"{round(value, places) + 0.0:.{places}f}".replace(".", self.decimal)

    def count(self, value: float) -> str:
        """Write a whole number with separated thousands."""
        return f"{value:,.0f}".replace(",", self.phrases["numbers.thousands"])

    def percent(self, share: float, places: int = 1) -> str:
        """Write a share as a percentage that claims neither impossibility nor certainty."""
        smallest = 10.0 ** -(places + 2)
        if share in (0.0, 1.0):
            text = f"{share * 100:.0f}"
        elif share < smallest:
            text = f"<{smallest * 100:.{places}f}"
        elif share > 1 - smallest:
            text = f">{100 - smallest * 100:.{places}f}"
        else:
            text = f"{share * 100:.{places}f}"
        return text.replace(".", self.decimal) + self.phrases["numbers.percent"]

    def percents(self, low: float, high: float, places: int = 1) -> str:
        """Write the ends of a range of shares, as one where they are written alike."""
        first, last = self.percent(low, places), self.percent(high, places)
        if first == last:
            return last
        if first.startswith("<") or last.startswith(">"):
            return self("rows.between", low=first, high=last)
        sign = self.phrases["numbers.percent"]
        return self("rows.risks", low=first.removesuffix(sign), high=last)

    def points(self, points: int) -> str:
        """Write points with their sign: "+2 points", "-1 point", "0 points"."""
        number = f"{points:+d}" if points else "0"
        return self("points.one" if abs(points) == 1 else "points.many", points=number)


def available() -> tuple[str, ...]:
    """Codes of the languages that have a catalogue."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name[:-5] for file in files if file.name.endswith(".toml")))


@functools.cache
def language(code: str = "en") -> Texts:
    """Give the texts of a language.

    Parameters
    ----------
    code : str
        ``"en"``, ``"de"``.

    Returns
    -------
    Texts

    Raises
    ------
    OptionError
        There is no such catalogue.
    """
    if code not in available():
        raise OptionError(f"language={code!r}: give one of {', '.join(available())}")
    return Texts(code, _catalogue("en") | _catalogue(code))


def _catalogue(code: str) -> dict[str, str]:
    text = resources.files(__name__).joinpath(f"{code}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text)))


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", str(value)))
    return pairs
