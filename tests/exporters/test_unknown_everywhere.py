"""What is not known counts as it did in training, alone and in every format; else it is refused."""

import json
import shutil
import sqlite3
import subprocess
import sys
import warnings

import duckdb
import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.errors import DataWarning, ScoreError
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from support.raw_scores import of_binning

pytestmark = pytest.mark.filterwarnings(f"ignore::{DataWarning.__module__}.DataWarning")

KNOWN = {
    "age": "70", "sex": "male", "ward": "A", "stroke": "yes", "born": "1950-04-05", "old": "1",
}  # fmt: skip
# What nobody knows: empty cells, words and codes for one, and categories that were never met.
ODD = {
    "age": [None, "", "NA", "n/a", "?", "-999", "-999.0", "64.999", "-7", "-7.0", "-8", "-9"],
    "sex": [None, " ", "nan", "unknown", "99", "female", "Male", "divers"],
    "ward": [None, ".", "<NA>", "B", "C", "Z"],
    "stroke": [None, "missing", "Null", "true", "FALSE", "no"],
    "born": [None, "-", "1900-01-01", "1990-01-01"],
    "old": [None, "#N/A", "0"],
}


def made(blanks, has_other):
    """A score with points for every feature but those of what is not known of three columns."""
    same = {"blanks": blanks}
    fill = {"fill": 70.0} if blanks == "impute" else {}
    binning = Binning(
        (
            Thresholds("age", "Age", **same, **fill, cuts=(65.0,), missing=("-999",),
                       special=(("-7", "none"), ("-8", "unused"))),
            Levels("sex", "Sex", **same, fill="female" if fill else None, missing=("99", "unknown"),
                   levels=("male",), rest=("female",)),
            Levels("ward", "Ward", **same, fill="B" if fill else None, levels=("A", "B"),
                   rest=("C",), other=has_other),
            Levels("stroke", "Stroke", **same, fill="yes" if fill else None, levels=("yes",),
                   rest=("no",)),
            Thresholds("born", "Years", **same, **fill, cuts=(40.0,), reference="2000-01-01",
                       missing=("1900-01-01",)),
            Flag("old", "Old", **same, fill=1.0 if fill else None),
        )
    )  # fmt: skip
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {name: random.choice([cell, odd[-1]], 60) for (name, cell), odd in
         zip(KNOWN.items(), ODD.values(), strict=True)}
    ).replace({"divers": "female", "Z": "C"})  # fmt: skip
    own = {
        "Age >= 65": -3,
        "Age: none": 37,
        "Sex: male": -5,
        "Ward: A": 7,
        "Ward: B": -11,
        "Ward: other": 13,
    }
    own |= {"Stroke: yes": 17, "Years >= 40": 19, "Old": 23, "Ward missing": 29, "Old missing": -31}
    points = [own.get(name, 0) for name in binning.features]
    return of_binning(binning, points, table, random.integers(0, 2, 60))


def rows():
    """A person of whom all is known, and for each odd cell one who has it."""
    every = [KNOWN]
    every += [KNOWN | {name: cell} for name, cells in ODD.items() for cell in cells]
    return every


def either():
    """A published score with a yes that several columns say together."""
    conditions = [
        {"column": "sbp", "below": 90},
        {"column": "dbp", "at_most": 60},
        {"column": "shock", "yes": True},
    ]
    items = {
        "bp": {"points": 3, "any": conditions, "missing": [-9]},
        "age": {"cuts": [65], "points": [0, 5]},
    }
    return RiskScore.published({"intercept": -4, "multiplier": 2.5, "items": items})


def either_rows():
    known = {"sbp": "120", "dbp": "80", "shock": "0", "age": "70"}
    cells = {
        "sbp": ["89.9", "90", None, "-9", "junk", "NA"],
        "dbp": ["60", "60.01", "", "-9.0"],
        "shock": ["1", "true", "FALSE", None, "2"],
    }
    every = [known | {name: cell} for name, some in cells.items() for cell in some]
    # What holds is enough, whatever else is blank.
    return [known, *every, *(row | {"dbp": "50"} for row in every), known | {"age": None}]


def alone(score, row):
    """Total of one person, None where it is refused."""
    try:
        return float(score.total(pd.DataFrame([row], dtype=object))[0])
    except ScoreError:
        return None


WAYS = ("feature", "impute", "refuse")


@pytest.fixture(params=WAYS)
def blanks(request):
    return request.param


@pytest.fixture(params=[False, True])
def score(request, blanks):
    return made(blanks, request.param).turned()


@pytest.fixture
def expected(score):
    return [alone(score, row) for row in rows()]


@pytest.fixture(params=[*((way, other) for way in WAYS for other in (False, True)), "either"])
def case(request):
    """A score, people, and the total of each alone, None where it is refused."""
    every = either_rows() if request.param == "either" else rows()
    score = either() if request.param == "either" else made(*request.param).turned()
    return score, every, [alone(score, row) for row in every]


def test_every_way_counts_as_it_did_in_training(score, blanks, expected):
    assert expected[0] == 0 + 0 + 11 + 7 + 17 + 19 + 23 + (31 if blanks == "feature" else 0)
    by_cell = {
        (name, cell): total
        for (name, cell), total in zip(
            ((name, cell) for name, cells in ODD.items() for cell in cells), expected[1:],
            strict=True,
        )
    }  # fmt: skip
    base = expected[0]
    if blanks == "refuse":
        refused = {key for key, total in by_cell.items() if total is None}
        assert {("sex", "divers"), ("sex", "99"), ("age", "-999.0"), ("ward", None)} <= refused
        assert (("ward", "Z") in refused) == (score.points.get("Ward: other") is None)
        assert by_cell["sex", "female"] == base + 5
        return
    filled = blanks == "impute"
    # In a band with the points of those below the cut, or filled in with what lies above it.
    for cell in ("NA", "-999", None):
        assert by_cell["age", cell] == base + (0 if filled else 3)
    # A word that was never met is not known, whatever has no points.
    for cell in ("divers", "unknown", None):
        assert by_cell["sex", cell] == base + 5
        assert by_cell["stroke", None] == base - (0 if filled else 17)
    other = score.points.get("Ward: other")
    blank = -11 if filled else 29
    assert by_cell["ward", "Z"] == base - 7 + (blank if other is None else other)
    assert by_cell["ward", None] == base - 7 + blank


def test_the_band_of_what_is_not_known_has_the_points_that_it_counts(score, blanks):
    by_column = dict(zip((v.column for v in score.binning.variables), score.items, strict=True))
    base = alone(score, KNOWN)
    for name, item in by_column.items():
        told = [band.points for band in item.bands if band.kind == "unknown"]
        assert len(told) == (blanks == "feature")
        if told:
            columns = score.columns_by_name(pd.DataFrame([KNOWN], dtype=object))
            (here,) = [b.points for b in item.bands if item.in_band(b, columns)[0]]
            assert alone(score, KNOWN | {name: None}) == base - here + told[0]


def test_ranges_are_of_those_who_are_not_known(score, blanks):
    every = pd.DataFrame(rows(), dtype=object)
    low, high = score.total_ranges(every)
    for row, least, most in zip(rows(), low, high, strict=True):
        alone_low, alone_high = score.total_ranges(pd.DataFrame([row], dtype=object))
        assert (alone_low[0], alone_high[0]) == (least, most)
        total = alone(score, row)
        assert total is None or least <= total <= most
        assert blanks != "feature" or least == most == total


def test_code_says_the_same(case, tmp_path):
    score, every, expected = case
    (tmp_path / "rows.json").write_text(json.dumps(every))
    (tmp_path / "exported.py").write_text(score.export("python"), encoding="utf-8")
    (tmp_path / "exported.js").write_text(score.export("javascript"), encoding="utf-8")
    programs = [[sys.executable, "-I", "-S", "-c", PYTHON]]
    if shutil.which("node"):
        programs.append(["node", "-e", SCRIPT])
    for program in programs:
        done = subprocess.run(program, capture_output=True, text=True, check=True, cwd=tmp_path)
        # A word for a truth is a category only where the score knows it as one.
        assert json.loads(done.stdout) == expected


PYTHON = """
import json, sys
sys.path.insert(0, ".")
import exported
def ask(row):
    try:
        return exported.total(row)
    except ValueError:
        return None
print(json.dumps(list(map(ask, json.load(open("rows.json"))))))
"""
SCRIPT = """
const score = require("./exported.js");
function ask(row) {
  try { return score.total(row); } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}
console.log(JSON.stringify(require("./rows.json").map(ask)));
"""


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_databases_say_the_same(engine, case):
    score, every, expected = case
    connection = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    columns = ", ".join(f"{name} TEXT" for name in every[0])
    connection.execute(f"CREATE TABLE people (place INTEGER, {columns})")
    for place, row in enumerate(every):
        cells = [place, *row.values()]
        connection.execute(f"INSERT INTO people VALUES ({', '.join('?' * len(cells))})", cells)
    found = {row[0]: row[-2:] for row in connection.execute(score.to_sql()).fetchall()}
    compare(found, expected)


def test_postgresql_says_the_same(case, postgres):
    score, every, expected = case
    columns = ", ".join(f"{name} TEXT" for name in every[0])
    cells = ", ".join(
        f"({place}, {', '.join(map(literal, row.values()))})" for place, row in enumerate(every)
    )
    query = score.to_sql().rstrip().removesuffix(";")
    said = postgres.psql(
        f"\\set ON_ERROR_STOP on\nDROP TABLE IF EXISTS people;\n"
        f"CREATE TABLE people (place INTEGER, {columns});\nINSERT INTO people VALUES {cells};\n"
        f"COPY (SELECT place, total, risk FROM ({query}) AS made) TO STDOUT WITH (FORMAT csv);"
    )
    lines = [line.split(",") for line in said.splitlines() if line[:1].isdigit()]
    found = {
        int(place): [float(cell) if cell else None for cell in cells] for place, *cells in lines
    }
    compare(found, expected)


def literal(cell):
    return "NULL" if cell is None else f"'{cell}'"


def compare(found, expected):
    """Totals by place, and no risk where there is no total."""
    assert [found[place][0] for place in range(len(expected))] == expected
    assert [found[place][1] is None for place in range(len(expected))] == [
        total is None for total in expected
    ]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    pgserver = pytest.importorskip("pgserver", reason="the package pgserver is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server
    server.cleanup()


def test_pmml_says_the_same(case, tmp_path):
    score, every, expected = case
    jpmml = pytest.importorskip("jpmml_evaluator", reason="jpmml_evaluator is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    file = tmp_path / "score.pmml"
    file.write_text(score.export("pmml"), encoding="utf-8")
    evaluator = jpmml.make_evaluator(str(file))
    evaluator.verify()
    for row, total in zip(every, expected, strict=True):
        # An engine is given numbers and dates as such, and nothing for a cell of neither.
        typed = {
            name: None if name not in ("sex", "ward", "stroke") and _is_word(cell) else cell
            for name, cell in row.items()
        }
        if "junk" in row.values() or "2" in row.values() or row.get("shock") in ("true", "FALSE"):
            continue
        if total is None:
            with pytest.raises(Exception, match=r"Undefined|Missing"):
                evaluator.evaluate(typed)
        else:
            assert evaluator.evaluate(typed)["total"] == total, row


def _is_word(cell):
    return cell is not None and not cell[-1:].isdigit()


def test_a_yes_of_several_columns():
    score = either()
    totals = dict(zip((tuple(row.values()) for row in either_rows()), (
        alone(score, row) for row in either_rows()), strict=True))  # fmt: skip
    assert totals["120", "80", "0", "70"] == 5
    assert totals["89.9", "80", "0", "70"] == totals["120", "60", "0", "70"] == 8
    assert totals["120", "80", "true", "70"] == totals["120", "80", "1", "70"] == 8
    assert totals["90", "80", "0", "70"] == totals["120", "60.01", "0", "70"] == 5
    assert totals[None, "80", "0", "70"] is None
    assert totals["-9", "50", "0", "70"] == totals[None, "50", "0", "70"] == 8
    assert totals["junk", "50", "0", "70"] is None
    ends = score.total_ranges(pd.DataFrame([either_rows()[3], either_rows()[9]], dtype=object))
    assert np.ravel(ends).tolist() == [5, 5, 8, 8]
    assert RiskScore.from_json(score.to_json()) == score
    assert "bp" in score.export("text")


@pytest.mark.parametrize(
    ("fill", "shown"), [(45678.25, "Age 45678"), (1e6, "Age 1000000"), (0.123456, "Age 0.1235")]
)
def test_what_fills_a_blank_is_written_without_an_exponent(fill, shown):
    age = Thresholds("age", "Age", blanks="impute", fill=fill, cuts=(65.0,))
    people = pd.DataFrame({"age": [60.0, 70.0]})
    score = of_binning(Binning((age,)), [1], people, np.array([0, 1]))
    text = " ".join(score.export("text").split())
    assert f"as it did in training: {shown}." in text


def test_evaluation_and_the_card_know_of_it():
    score = made("feature", has_other=False).turned()
    text = " ".join(score.export("text").split())
    assert "not known ··" in text
    assert "If something else is not known" not in text
    assert "In a table" not in text
    filled = " ".join(made("impute", has_other=False).export("text").split())
    assert "If something is not known, add the fewest" in filled
    assert (
        "A blank in a table counts as it did in training: Age 70, Sex female, Ward B, Stroke yes, "
        "Years 70, Old yes."
    ) in filled
    assert RiskScore.from_json(score.to_json()) == score
