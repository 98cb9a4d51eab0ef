"""What a cell says, in the SQL of several databases.

Each dialect writes the same cases; they differ in the names of types and functions, in how texts
and names are quoted, and in where a query may name what another part of it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from riskslim.data.sources.sql import Spelling, as_double
from riskslim.data.spelling import BLANK_WORDS
from riskslim.exporters.terms import Category, Either, Measurement, YesNo, code_numbers

__all__ = ["DIALECTS", "JOINED", "Dialect"]

_LARGEST = "1.7e308"
_DIGITS = "0123456789"
_NUMBER = f"{_DIGITS}."
# Blanks around the text of a cell, which say nothing: space, tab, no-break space.
_SPACES = " \t\u00a0"


@dataclass(frozen=True)
class Dialect(Spelling):
    """How a database spells what a query needs.

    Attributes
    ----------
    has_singles : bool
        Whether there are numbers of single precision.
    trims_from : bool
        Whether it is ``TRIM(LEADING 'x' FROM text)`` rather than ``LTRIM(text, 'x')``.
    casts_text : bool
        Whether numbers are read from their texts, by a cast that gives NULL where it fails.
    cast : str
        That cast, or the usual one.
    rows : {"subquery", "lateral", "unnest"}
        How a query names what it computes of each row.
    is_fenced : bool
        Whether ``OFFSET 0`` keeps what is computed once from being put in wherever it is named, by
        which PostgreSQL would compute it hundreds of times.
    """

    has_singles: bool = True
    trims_from: bool = False
    casts_text: bool = False
    cast: str = "CAST"
    rows: Literal["subquery", "lateral", "unnest"] = "subquery"
    is_fenced: bool = False

    def identifier(self, name: str) -> str:
        """Quote a name."""
        if self.rows == "unnest":
            return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
        return super().identifier(name)

    def row(self, alias: str, columns: Mapping[str, str]) -> str:
        """Write one row of computed columns, to stand among the tables of a query."""
        made = ",\n".join(
            f"      {text} AS {self.identifier(name)}" for name, text in columns.items()
        )
        if self.rows == "unnest":
            return f"UNNEST([STRUCT(\n{made}\n    )]) AS {alias}"
        lateral = "LATERAL " if self.rows == "lateral" else ""
        fence = "\n    OFFSET 0" if self.is_fenced else ""
        return f"{lateral}(SELECT\n{made}{fence}\n    ) AS {alias}"

    def trim(self, text: str, characters: str) -> str:
        """Leave out characters on both sides."""
        return self._trimmed("TRIM", "BOTH", text, characters)

    def ltrim(self, text: str, characters: str) -> str:
        """Leave out characters at the beginning."""
        return self._trimmed("LTRIM", "LEADING", text, characters)

    def rtrim(self, text: str, characters: str) -> str:
        """Leave out characters at the end."""
        return self._trimmed("RTRIM", "TRAILING", text, characters)

    def _trimmed(self, function: str, side: str, text: str, characters: str) -> str:
        if self.trims_from:
            return f"TRIM({side} {self.quoted(characters)} FROM {text})"
        return f"{function}({text}, {self.quoted(characters)})"

    def number(self, column: str) -> str:
        """Write a finite number as a double, also one in a column of text; anything else is NULL.

        Databases cast a text that says no number to some number, or end the query: only what is
        spelled as one is cast. A number of single precision is the one that it is written as: 0.1,
        not 0.10000000149. (Of a double, SQLite writes 15 digits alone.)
        """
        double, value = self.double(column), self.written(column)
        return (
            f"CASE WHEN {self.says_number(self.text(column))} THEN\n"
            f"        CASE WHEN {double} BETWEEN -{_LARGEST} AND {_LARGEST} THEN\n"
            f"        {value} END END"
        )

    def written(self, column: str) -> str:
        """Write the number that a cell is written as."""
        if self.casts_text or not self.has_singles:
            return self.double(column)
        double, written = self.double(column), self.double(self.as_text(column))
        return (
            f"CASE WHEN ABS({double} - {written}) <= 1e-12 * ABS({double})\n"
            f"        THEN {double} ELSE {written} END"
        )

    def double(self, value: str) -> str:
        """Cast to a double what is known to be a number."""
        if self.casts_text:
            value = self.as_text(value)
        return f"{self.cast}({value} AS {self.double_type})"

    def says_number(self, text: str) -> str:
        """Ask whether a text is digits with one point at most, a sign before, an exponent after."""
        unsigned = self.ltrim(text, "+-")
        # What follows the digits.
        rest = f"LOWER({self.ltrim(unsigned, _NUMBER)})"
        exponent = self.ltrim(self.ltrim(f"SUBSTR({rest}, 2)", "+-"), _DIGITS)
        return (
            f"LENGTH({text}) - LENGTH({unsigned}) <= 1\n"
            f"        AND LENGTH({text}) - LENGTH(REPLACE({text}, '.', '')) <= 1\n"
            f"        AND {self.ltrim(unsigned, '.')} <> '' AND {unsigned} NOT LIKE 'e%'\n"
            f"        AND ({rest} = '' OR ({rest} LIKE 'e%' AND {exponent} = ''\n"
            f"        AND {self.rtrim(text, _DIGITS)} <> {text}))"
        )

    def yes_no(self, column: str) -> str:
        """Write 1 or 0 of a boolean, the number of a number, and NULL of anything else."""
        text = f"LOWER({self.text(column)})"
        rest = self.ltrim(self.ltrim(text, "-"), _NUMBER)
        return (
            f"CASE WHEN {text} IN ('1', '1.0', 'true') THEN 1e0\n"
            f"        WHEN {text} IN ('0', '0.0', 'false') THEN 0e0\n"
            f"        WHEN {self.rtrim(text, _DIGITS)} <> {text}\n"
            f"        AND ({rest} = '' OR {rest} LIKE 'e%') THEN {self.double(text)} END"
        )

    def given(self, column: str, term: Measurement | YesNo | Category | Either) -> str:
        """Write 1 for a cell that says something; no word for a blank, unless it is a category."""
        text = self.text(column)
        cases = (
            [f"{text} IN ({self.listed(term.words)})"]
            if isinstance(term, Category) and term.words
            else []
        )
        codes = code_numbers(term.codes)
        if codes:
            of_code = f"{self.as_number(text)} IN ({', '.join(map(as_double, codes))})"
            cases = [f"CASE WHEN {of_code} THEN 1 ELSE 0 END = 0 AND ({case})" for case in cases]
        words = sorted({*BLANK_WORDS, *(code.lower() for code in term.codes)})
        usual = f"LOWER({text}) NOT IN ({self.listed(words)})"
        if codes:
            usual += f"\n        AND CASE WHEN {of_code} THEN 1 ELSE 0 END = 0"
        whens = "\n        ".join(f"WHEN {case} THEN 1" for case in [*cases, usual])
        return f"CASE {whens} END"

    def as_number(self, text: str) -> str:
        """Write the number that a text of digits says, else NULL."""
        unsigned = self.ltrim(self.ltrim(text, "+-"), _NUMBER)
        is_number = f"{unsigned} = '' AND {self.rtrim(text, _DIGITS)} <> {text}"
        return f"CASE WHEN {is_number} THEN {self.double(text)} END"

    def text(self, column: str) -> str:
        """Write the text of a cell without the blanks around it."""
        return self.trim(self.as_text(column), _SPACES)

    def words(self, column: str) -> str:
        """Write the words of a text: doubled blanks, up to eight of them, are one."""
        words = f"REPLACE({self.text(column)}, '\t', ' ')"
        for _ in range(3):
            words = f"REPLACE({words}, '  ', ' ')"
        return words

    def day(self, column: str) -> str:
        """Write the day of a date, which the order of texts then puts where it belongs."""
        text = self.text(column)
        day, first = f"SUBSTR({text}, 1, 10)", f"SUBSTR({text}, 1, 8)"
        digits = f"REPLACE({day}, '-', '')"
        packed = (
            f"SUBSTR({text}, 1, 4) || '-' || SUBSTR({text}, 5, 2) || '-' || SUBSTR({text}, 7, 2)"
        )
        return (
            f"CASE WHEN {day} LIKE '____-__-__'\n"
            f"        AND {self.ltrim(digits, _DIGITS)} = '' THEN {day}\n"
            f"        WHEN ({text} LIKE '________' OR {text} LIKE '________.0')\n"
            f"        AND {self.ltrim(first, _DIGITS)} = '' THEN {packed} END"
        )


_STANDARD = Dialect()

DIALECTS: dict[str, Dialect] = {
    "duckdb": _STANDARD,
    "sqlite": _STANDARD,
    "postgresql": _STANDARD,
    "spark": Dialect(
        "DOUBLE", "STRING", "`", has_escapes=True, trims_from=True, casts_text=True,
        cast="TRY_CAST", rows="lateral",
    ),
    "bigquery": Dialect(
        "FLOAT64", "STRING", "`", has_escapes=True, has_singles=False, casts_text=True,
        cast="SAFE_CAST", rows="unnest",
    ),
    "snowflake": Dialect("DOUBLE", has_escapes=True, has_singles=False, rows="lateral"),
}  # fmt: skip
"""Dialects by name; the first three share one text, but for reasons."""

JOINED = Dialect(rows="lateral", is_fenced=True)
"""DuckDB and PostgreSQL, where much is computed of each row."""
