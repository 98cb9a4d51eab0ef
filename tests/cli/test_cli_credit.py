"""scale, scorecard, drift and reasons on the command line."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from riskslim import load_score
from riskslim.data import grouping
from riskslim.exporters.formats import FORMATS
from riskslim.report import CreditDesk, ReportPeople
from support.command_line import printed_object, run
from support.raw_scores import raw_score, raw_table


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("credit")
    score, table = raw_score()
    score.save(folder / "score.json")
    _, y = raw_table()
    table.insert(0, "Died", y)
    table.insert(1, "Number", np.arange(len(table)) + 1000)
    table.insert(2, "Applied", ["2026-01-31", "2026-02-01"] * (len(table) // 2))
    table.to_csv(folder / "people.csv", index=False)
    return folder


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_scale(files, tmp_path):
    score = files / "score.json"
    done = run("scale", score, "--points", 500, "--odds", 1, "--pdo", 40, "-o", tmp_path / "s.csv")
    assert done.exit_code == 0, done.output
    assert "scaled points = " in done.stdout
    found = printed_object(run("scale", score, "--points", 500, "--odds", 1, "--pdo", 40, "--json"))
    rows = read((tmp_path / "s.csv").read_text("utf-8"))
    assert [int(row["scaled"]) for row in rows[1:]] == [
        row["scaled"] for row in found["attributes"]
    ]
    assert found["highest"] == found["base"] + sum(
        max(row["scaled"] for row in found["attributes"] if row["characteristic"] == name)
        for name in {row["characteristic"] for row in found["attributes"]}
    )
    start, unit = found["rule"]["start"], found["rule"]["unit"]
    loaded = load_score(score)
    # At even odds the rule has the points that were asked for, within its rounding.
    assert start + unit * -loaded.intercept == pytest.approx(500, abs=0.5)
    worse = printed_object(run("scale", score, "--lower-is-better", "--json"))
    assert worse["rule"]["unit"] > 0


def test_scorecard(files, tmp_path):
    done = run(
        *("scorecard", files / "score.json", files / "people.csv", "--pdo", 20),
        *("-o", tmp_path / "card.csv", "--gains", tmp_path / "gains.csv"),
        *("--plot", tmp_path / "gains.svg"),
    )
    assert done.exit_code == 0, done.output
    assert "Gini" in done.stdout
    assert "KS" in done.stdout
    rows = read((tmp_path / "card.csv").read_text("utf-8"))
    ages = [row for row in rows if row["characteristic"] == "Age"]
    assert sum(float(row["count"]) for row in ages) == 300
    assert all(row["scaled"] for row in rows)
    gains = read((tmp_path / "gains.csv").read_text("utf-8"))
    assert float(gains[-1]["bads_reached"]) == 1
    root = ElementTree.fromstring((tmp_path / "gains.svg").read_bytes())
    assert root.tag.endswith("svg")
    found = printed_object(run("scorecard", files / "score.json", files / "people.csv", "--json"))
    assert found["scorecard"]["base"] is None
    assert found["gains"]["ks"] == pytest.approx(max(float(row["ks"]) for row in gains))


def test_drift(files, tmp_path):
    people = files / "people.csv"
    done = run(
        *("drift", files / "score.json", people, "--reference", people),
        *("--by-month", "Applied", "-o", tmp_path / "drift.csv"),
    )
    assert done.exit_code == 0, done.output
    assert "2026-02" in done.stdout
    assert "stable" in done.stdout
    rows = read((tmp_path / "drift.csv").read_text("utf-8"))
    assert {row["of"] for row in rows} == {"total", "characteristic", "period"}
    assert all(float(row["index"]) == 0 for row in rows if row["of"] != "period")
    found = printed_object(run("drift", files / "score.json", people, "--json"))
    assert found["characteristics"] == []
    assert found["totals"]["verdict"] == "stable"


def test_reasons(files, tmp_path):
    done = run("reasons", files / "score.json", files / "people.csv", "--id", "Number", "--top", 30)
    assert done.exit_code == 0, done.output
    rows = read(done.stdout)
    assert [row["Number"] for row in rows[:2]] == ["1000", "1001"]
    score = load_score(files / "score.json")
    least = sum(item.ends[0] for item in score.items)
    for row in rows:
        lost = sum(int(cell) for name, cell in row.items() if name.endswith("_points") and cell)
        assert lost == int(row["total"]) - least
    out = tmp_path / "reasons.csv"
    done = run("reasons", files / "score.json", files / "people.csv", "-o", out)
    assert (done.exit_code, done.stdout) == (0, "")
    named = read(out.read_text("utf-8"))
    assert len(named) == 300
    predicted = read(
        run("predict", files / "score.json", files / "people.csv", "--reasons", 4).stdout
    )
    assert [{**row, "risk": None} for row in predicted] == [{**row, "risk": None} for row in named]
    refused = run(
        "predict", files / "score.json", files / "people.csv", "--reasons", 1, "--unknown"
    )
    assert refused.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("scale", "score.json", "--pdo", "-3"), 2, "pdo=-3.0: give a positive number"),
        (("scale", "score.json", "-o", "s.xlsx"), 2, "let the name end in .csv"),
        (("scorecard", "score.json", "people.csv", "--plot", "g.png"), 2, ".svg or .pdf"),
        (("scorecard", "score.json", "people.csv", "--target", "Nope"), 3, "no column 'Nope'"),
        (("drift", "score.json", "people.csv", "--by", "a", "--by-month", "b"), 2, "give one"),
        (("drift", "score.json", "people.csv", "--by-month", "Number"), 3, "has no date ('1000')"),
        (("reasons", "score.json", "people.csv", "--against", "average"), 2, "--reference"),
        (("reasons", "score.json", "nobody.csv"), 3, "nobody.csv: no such file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(files, monkeypatch, arguments, code, words):
    monkeypatch.chdir(files)
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_blank_periods_have_a_name(files, tmp_path):
    table = pd.read_csv(files / "people.csv")
    table["Branch"] = np.where(table.index % 3 == 0, None, "north")
    table.to_csv(tmp_path / "p.csv", index=False)
    found = printed_object(
        run("drift", files / "score.json", tmp_path / "p.csv", "--by", "Branch", "--json")
    )
    assert [one["name"] for one in found["periods"]] == ["(blank)", "north"]


def test_assessments_for_record_systems(files, tmp_path):
    out = tmp_path / "bundle.json"
    done = run("fhir", files / "score.json", files / "people.csv", "--id", "Number", "-o", out)
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    entries = json.loads(out.read_text("utf-8"))["entry"]
    assert [one["resource"]["subject"]["reference"] for one in entries[:2]] == [
        "Patient/1000",
        "Patient/1001",
    ]
    table = pd.read_csv(files / "people.csv", dtype=str)
    table.loc[3, "Number"] = None
    table.to_csv(tmp_path / "p.csv", index=False)
    done = run("fhir", files / "score.json", tmp_path / "p.csv", "--id", "Number")
    assert done.exit_code == 3
    assert "row 4 of 'Number' is blank" in done.stderr


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.is_text])
def test_every_format_is_written_by_its_name(files, name):
    done = run("export", files / "score.json", "--to", name)
    assert done.exit_code == 0, done.output
    written = load_score(files / "score.json").export(name)
    assert done.stdout.strip() == str(written).strip()


@pytest.mark.parametrize(("ending", "name"), [("json", "json"), ("html", "html"), ("cql", "cql")])
def test_an_ending_means_the_first_format_that_has_it(files, tmp_path, ending, name):
    out = tmp_path / f"out.{ending}"
    assert run("export", files / "score.json", "-o", out).exit_code == 0
    assert out.read_text("utf-8") == load_score(files / "score.json").export(name)


def test_a_report_for_a_credit_desk_of_counted_people(files, tmp_path, monkeypatch):
    frame = pd.read_csv(files / "people.csv").assign(weight=np.arange(300) % 3 * 0.5)
    frame.to_csv(tmp_path / "people.csv", index=False)
    frame[::2].to_csv(tmp_path / "before.csv", index=False)
    asked = ("--credit", "--reference", tmp_path / "before.csv", "--weights", "weight")
    pages = []
    for counted in (False, True):
        if counted:
            monkeypatch.setattr(grouping, "_LARGE", 0)
            monkeypatch.setattr(CreditDesk, "of", _of_counted)
        page = tmp_path / f"{counted}.html"
        done = run("report", files / "score.json", tmp_path / "people.csv", *asked, "-o", page)
        assert done.exit_code == 0, done.output
        pages.append(page.read_text("utf-8"))
    assert pages[0] == pages[1]


def _of_counted(score, X, *rows, _of=CreditDesk.of, **options):
    assert isinstance(X, ReportPeople)
    assert options["reference"].counted is not None
    return _of(score, X, *rows, **options)
