"""Malformed and hostile tables: each gets one clear error, or one warning and a score."""

from __future__ import annotations

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMProblem, ScoreBinarizer
from riskslim.errors import DataError, DataWarning
from riskslim.features.raw_table import raw_dataset

ROWS = 40


def columns(**changed):
    """A good table: column by column, as lists of text."""
    rng = np.random.default_rng(0)
    good = {
        "Died": list(np.random.default_rng(2).permutation(["0", "1"] * (ROWS // 2))),
        "Age": [str(a) for a in rng.integers(30, 90, ROWS)],
        "Sex": list(rng.choice(["f", "m"], ROWS)),
    }
    return {**good, **changed}


def text(separator=",", **changed):
    table = columns(**changed)
    lines = [separator.join(table), *map(separator.join, zip(*table.values(), strict=True))]
    return "\n".join(lines) + "\n"


def cells(first, *others, rest="5"):
    """Cells of a column that begins with odd ones."""
    return [first, *others, *[rest] * (ROWS - 1 - len(others))]


def many(values):
    return [str(value) for _, value in zip(range(ROWS), values * ROWS, strict=False)]


NUMBERS = [str(v) for v in np.random.default_rng(1).normal(5, 2, ROWS).round(2)]

# Name, content, options, and what the one error says.
ERRORS = [
    ("empty file", "", {}, "the file is empty"),
    ("header only", "Died,Age\n", {}, "the table has no rows"),
    ("one column only", "Died\n0\n1\n", {}, "the table has no features"),
    ("semicolons", text(";"), {}, "save the table with commas"),
    ("tabs", text("\t"), {}, "its name holds tabs"),
    ("UTF-16", text().encode("utf-16"), {}, "is UTF-16, not UTF-8"),
    ("Latin-1 cells", text(Sex=cells("männlich", rest="f")).encode("latin-1"), {}, "not UTF-8"),
    ("Latin-1 header", text(Größe=NUMBERS).encode("latin-1"), {}, "not UTF-8"),
    ("too few cells", text() + "1,50\n", {}, "row 41 has 2 cells where the header has 3"),
    ("too many cells", text() + "1,50,f,7\n", {}, "row 41 has 4 cells where the header has 3"),
    ("an open quote", text() + '1,"50,f\n', {}, "row 41 has 2 cells"),
    ("no CSV at all", b"PK\x03\x04\x14\x00\x06\x00\xff\xfe\x00", {}, "is a workbook"),
    ("a broken archive", b"\x1f\x8b broken", {"suffix": ".csv.gz"}, "cannot be read"),
    ("no Parquet", text(), {"suffix": ".parquet"}, "cannot be read as Parquet"),
    ("another kind of file", text(), {"suffix": ".xlsx"}, "give a .csv, .csv.gz or .parquet file"),
    ("NUL bytes", text(Sex=cells("f\0", rest="m")), {}, "NUL"),
    ("duplicate headers", text().replace("Sex", "Age", 1), {}, "two columns are called 'Age'"),
    ("a nameless column", text().replace("Sex", "", 1), {}, "column 3 has no name"),
    ("a name of blanks", text().replace("Sex", "   ", 1), {}, "column 3 has no name"),
    ("the intercept's name", text().replace("Sex", "(Intercept)", 1), {}, "name of the intercept"),
    ("no such outcome", text(), {"target": "died"}, "no column 'died' for the outcome; did you"),
    ("outcome of three values", text(Died=many("012")), {}, "has 3 distinct values"),
    ("outcome of one value", text(Died=many("1")), {}, "is constant (1 in every row)"),
    ("blanks in the outcome", text(Died=cells("", "1", rest="0")), {}, "is missing in row 1"),
    (
        "outcome in words",
        text(Died=many(["ward", "home"])),
        {},
        "say which of them is the positive",
    ),
    ("no such positive value", text(), {"positive": "dead"}, "never has the positive value 'dead'"),
    ("outcome of probabilities", text(Died=NUMBERS), {}, "distinct values where two are needed"),
    ("numbers with commas", text(Pay=['"1,250"', '"980"'] * 20), {}, "numbers with commas such as"),
    ("decimal commas", text(Lactate=['"2,5"', '"1,0"'] * 20), {}, "with a decimal point"),
    ("text among numbers", text(CRP=["<0.5", *NUMBERS[1:]]), {}, "'<0.5' in row 1"),
    ("units among numbers", text(CRP=[*NUMBERS[:-1], "5 mg/L"]), {}, "'5 mg/L' in row 40"),
    ("day or month first", text(Born=many(["03/04/1950", "5/6/1972"])), {}, "year-month-day"),
    ("dates without a reference", text(Born=many(["1950-04-03"])), {}, "--reference-date"),
    (
        "a date that is none",
        text(Born=cells("1950-02-30", rest="1960-01-01")),
        {"reference_date": "2024-01-01"},
        "'1950-02-30', which is no date",
    ),
    (
        "born after the reference",
        text(Born=cells("2050-01-01", "1950-01-01", rest="1960-01-01")),
        {"reference_date": "2024-01-01"},
        "lies after the reference date in row 1",
    ),
    ("infinite numbers", text(CRP=["inf", *NUMBERS[1:]]), {}, "'CRP' is infinite in row 1"),
    ("overflowing numbers", text(CRP=["1e999", *NUMBERS[1:]]), {}, "'CRP' is infinite in row 1"),
    ("blanks that are refused", text(CRP=["", *NUMBERS[1:]]), {"blanks": "refuse"}, "blank in row"),
    ("nothing but identifiers", text(Age=many(["7"]), Sex=many(["f"])), {}, "no column gives"),
    ("negative weights", text(w=["-1", *NUMBERS[1:]]), {"weights": "w"}, "negative weights 'w'"),
]

# Name, content, options, and what the one warning says.
WARNINGS = [
    ("a column of blanks", text(Notes=many([""])), {}, "'Notes' is blank in every row"),
    ("a constant column", text(Site=many(["A"])), {}, "'Site' is 'A' in every row"),
    ("row numbers", text(Row=[str(i) for i in range(ROWS)]), {}, "'Row' numbers the rows"),
    (
        "identifiers on several rows",
        text(patient_id=[f"P{i // 2}" for i in range(ROWS)]),
        {},
        "looks like an identifier that repeats (rows 1, 2, 3 and 37 more)",
    ),
    ("free text", text(Why=[f"found {i}" for i in range(ROWS)]), {}, "nearly all of them rare"),
    ("spellings", text(Sex=many(["Male", "male", "female"])), {}, "differ in capitals alone"),
    ("copies", text(Old=columns()["Age"]), {}, "copies of others"),
    (
        "two features of one name",
        text(**{"Age >= 65": many(["0", "1"])}),
        {"cut_points": {"Age": [65]}, "kinds": {"Age >= 65": "flag"}},
        "begin with 'Age (value)' instead",
    ),
    ("idle cuts", text(), {"cut_points": {"Age": [65, 200]}}, "given cuts 200 part no rows"),
]

# Odd, but plain enough to be read without a word.
FINE = [
    ("a byte order mark", b"\xef\xbb\xbf" + text().encode(), {}),
    ("Windows line ends", text().replace("\n", "\r\n"), {}),
    ("blank lines at the end", text() + "\n\n", {}),
    ("formulas as names", text(**{"=1+1": many("01"), "@SUM(A1)": many("001")}), {}),
    ("markup as a name", text(**{"<script>alert(1)</script>": many("01")}), {}),
    ("SQL as a category", text(Sex=many(["f", "'; DROP TABLE people; --"])), {}),
    ("huge whole numbers", text(Cells=[str(10**30 + i * 10**28) for i in range(ROWS)]), {}),
    ("tiny numbers", text(Dose=[f"{i}e-300" for i in range(1, ROWS + 1)]), {}),
    ("words for blanks", text(CRP=["n/a", "?", "NULL", *NUMBERS[3:]]), {}),
    ("spaces around cells", text(Sex=many(["f", "m "])), {}),
    ("yes and no in words", text(Smoker=many(["TRUE", "FALSE"])), {}),
    ("one name with spaces", text(**{" Lactate  (mmol/L) ": NUMBERS}), {}),
]


def read(tmp_path, content, options):
    """Read a raw table; give the data and the warnings."""
    options = dict(options)
    path = tmp_path / f"table{options.pop('suffix', '.csv')}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    where = {key: options.pop(key, None) for key in ("target", "positive", "weights")}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = raw_dataset(path, ScoreBinarizer(**options), **where)
    return data, list(caught)


def ids(cases):
    return [case[0].replace(" ", "-") for case in cases]


def test_there_are_forty_and_more():
    cases = [*ERRORS, *WARNINGS]
    assert len(cases) >= 40
    assert len({case[0] for case in [*cases, *FINE]}) == len(cases) + len(FINE)


@pytest.mark.parametrize(("name", "content", "options", "words"), ERRORS, ids=ids(ERRORS))
def test_one_clear_error(tmp_path, name, content, options, words):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, options)
    message = str(caught.value)
    assert words in message
    assert "table." in message
    assert len(message) < 600
    # It says what to do, or what is there instead.
    assert any(mark in message for mark in (";", ":"))


@pytest.mark.parametrize(("name", "content", "options", "words"), WARNINGS, ids=ids(WARNINGS))
def test_one_warning_and_a_score(tmp_path, name, content, options, words):
    data, caught = read(tmp_path, content, options)
    assert [issubclass(entry.category, DataWarning) for entry in caught] == [True]
    assert words in str(caught[0].message)
    assert RiskSLIMProblem(data, max_size=1).solve().status == "optimal"


@pytest.mark.parametrize(("name", "content", "options"), FINE, ids=ids(FINE))
def test_odd_but_fine(tmp_path, name, content, options):
    data, caught = read(tmp_path, content, options)
    assert not caught
    assert data.n_rows == ROWS
    assert RiskSLIMProblem(data, max_size=1).solve().status == "optimal"


def test_a_hundred_thousand_categories(tmp_path):
    n = 100_000
    frame = pd.DataFrame(
        {"Died": np.arange(n) % 2, "Age": np.arange(n) % 60, "Code": [f"K{i}" for i in range(n)]}
    )
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    with pytest.warns(DataWarning) as caught:
        data = raw_dataset(path, ScoreBinarizer())
    assert [str(entry.message) for entry in caught] == [
        f"{path}: column 'Code' has 100,000 categories, nearly all of them rare; it is left out "
        "(join them into a few, or name it among the columns to drop)"
    ]
    assert data.n_rows == n


def test_compressed(tmp_path):
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(text().encode()))
    assert raw_dataset(path, ScoreBinarizer()).n_rows == ROWS
