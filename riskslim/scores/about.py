"""What a score is called and whom it is for: words of its authors, shown on everything.

They stand in the table ``[about]`` of a TOML file, or in a mapping of that form. The other tables
of the file describe columns: `riskslim.features.given` reads them where features are made of a
raw table; for features as they are, their labels, units and the labels of their codes are read
here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from riskslim.errors import OptionError
from riskslim.features.given import ABOUT, Given, read_descriptions
from riskslim.files.json_object import JsonObject
from riskslim.names import nearest, short
from riskslim.printable import is_printable
from riskslim.scores.items import Item
from riskslim.scores.naming import split_name

__all__ = ["About"]

_LONGEST_TEXT = 500
_LEVEL_SIGNS = {"=": ": ", "!=": " ≠ "}


@dataclass(frozen=True)
class About:
    """Words of the authors about a score; each may be empty.

    Attributes
    ----------
    title : str
        Of the score.
    outcome : str
        What the risk is the risk of, in words: "death".
    horizon : str
        Until when: "within 30 days".
    population : str
        For whom the score is.
    version : str
        Of the score.
    contact : str
        Whom to ask.
    labels : tuple of pairs of str and Given
        What variables or features are called, with units, and what their codes mean, by name.
    """

    title: str = ""
    outcome: str = ""
    horizon: str = ""
    population: str = ""
    version: str = ""
    contact: str = ""
    labels: tuple[tuple[str, Given], ...] = ()

    @classmethod
    def read(
        cls, given: Mapping[str, Any] | str | os.PathLike[str] | About | None, *, labels: bool
    ) -> About:
        """Read what a file or a mapping says about a score.

        Parameters
        ----------
        given : mapping, path, About or None
            With a table ``about``, and tables by column.
        labels : bool
            Whether the tables by column describe features as they are; where features are made
            of a raw table, these have the labels themselves.

        Raises
        ------
        OptionError
            The file cannot be read, or an entry means nothing; names file, table and key.
        """
        if given is None or isinstance(given, About):
            return given or cls()
        where, content = read_descriptions(given)
        about = cls._of(content.pop(ABOUT, {}), f"{where}, [{ABOUT}]")
        if not labels:
            return about
        made = tuple((str(name), Given.read(entry, where, name)) for name, entry in content.items())
        for name, one in made:
            if one.cuts is not None or one.missing:
                raise OptionError(
                    f"{where}, column {name!r}: cuts and codes for missing values are for raw "
                    "tables, of which features are made; give a label or a unit here"
                )
        return replace(about, labels=made)

    @classmethod
    def _of(cls, given: Any, where: str) -> Self:
        texts = cls.texts()
        if not isinstance(given, Mapping):
            raise OptionError(f"{where} is {short(given)}; give a table of texts")
        for key, text in given.items():
            if key not in texts:
                raise OptionError(f"{where}: unknown key {key!r}; {nearest(key, texts, 'keys')}")
            if not isinstance(text, str) or len(text) > _LONGEST_TEXT or not is_printable(text):
                raise OptionError(
                    f"{where}: {key} is {short(text)}; give one line of text of at most "
                    f"{_LONGEST_TEXT} characters"
                )
        return cls(**{key: text.strip() for key, text in given.items()})

    @classmethod
    def texts(cls) -> tuple[str, ...]:
        """Names of the texts."""
        return tuple(entry.name for entry in fields(cls) if entry.name != "labels")

    @property
    def event(self) -> str:
        """The outcome in words, with its horizon; empty where no words for it are given."""
        return " ".join(filter(None, (self.outcome, self.horizon))) if self.outcome else ""

    def over(self, other: About) -> About:
        """Give these words, and the other ones where there are none here."""
        chosen = {
            entry.name: getattr(self, entry.name) or getattr(other, entry.name)
            for entry in fields(About)
        }
        return About(**chosen)

    def shown(self, name: str) -> str:
        """Give what a feature is called: its label, or its condition with that of its variable."""
        labels = dict(self.labels)
        if name in labels:
            one = labels[name]
            label = one.label or name
            return f"{label} ({one.unit})" if one.unit else label
        stem, sign, rest = split_name(name)
        if stem not in labels:
            return name
        one = labels[stem]
        unit = f" {one.unit}" if one.unit and not rest.endswith(one.unit) else ""
        rest = one.code_label(rest) if sign in _LEVEL_SIGNS else f"{rest}{unit}"
        return f"{one.label or stem}{_LEVEL_SIGNS.get(sign, f' {sign} ')}{rest}"

    def named(self, item: Item) -> Item:
        """Give an item with the label and unit of its variable, and those of its levels."""
        one = dict(self.labels).get(item.name)
        if one is None or not item.bands:
            return item
        bands = tuple(replace(band, level=one.code_label(band.level)) for band in item.bands)
        return replace(item, name=one.label or item.name, unit=one.unit or item.unit, bands=bands)

    def to_record(self) -> dict[str, Any]:
        """Give what is said as plain values for JSON; nothing where nothing is said."""
        record: dict[str, Any] = {
            key: getattr(self, key) for key in self.texts() if getattr(self, key)
        }
        if self.labels:
            record["labels"] = [
                {
                    "name": name,
                    "label": one.label,
                    "unit": one.unit,
                    "codes": [{"code": code, "label": label} for code, label in one.codes],
                }
                for name, one in self.labels
            ]
        return record

    @classmethod
    def from_record(cls, raw: JsonObject) -> About:
        """Read what `to_record` gave.

        Raises
        ------
        ScoreError
            Something is unknown, or of the wrong type.
        """
        texts = {key: raw.text(key) for key in cls.texts() if raw.has(key)}
        labels = raw.objects("labels") if raw.has("labels") else []
        made = cls(**texts, labels=tuple(map(_read_label, labels)))
        raw.close()
        return made


def _read_label(raw: JsonObject) -> tuple[str, Given]:
    codes = []
    for pair in raw.objects("codes"):
        codes.append((pair.name("code"), pair.name("label")))
        pair.close()
    made = (
        raw.name("name"),
        Given(label=raw.name("label"), unit=raw.name("unit"), codes=tuple(codes)),
    )
    raw.close()
    return made
