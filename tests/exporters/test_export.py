"""Each export is read back or run by something else, and says what the score says."""

import csv
import html.parser
import io
import itertools
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.errors import OptionError
from riskslim.exporters.card import make_card
from riskslim.exporters.code import script_literal
from riskslim.exporters.formats import FORMATS, export
from riskslim.languages import available, language
from support.scores import score_of, text_of_pdf

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "a'b\"c`d\\e",
    "100 % _of_ {all} $x^2$ & #1 ~",
    "\u05d0\u05d1\u05d2 <= 5 \u202e",
    "two\nlines\tand </style> <!-- \u2028",
    "x" * 200,
    "); DROP TABLE people; --",
]


SCORES = {
    "plain": score_of(["Age >= 40", "Age >= 65", "Sex", "Stroke"], [1, 2, -1, 4]),
    "free multiplier": score_of(["a", "b", "c"], [5, -4, 2], intercept=-7, multiplier=2.625),
    "values": score_of(["visits", "weight"], [-2, 1], intercept=4, multiplier=3.5, values=6),
    "hostile": score_of(HOSTILE, [1, -2, 3, 1, -1, 2, 4, -5], outcome='<b>ill</b> = "1"'),
    "no features": score_of(["a", "b"], [0, 0], intercept=-1),
    "extreme": score_of(["a", "b"], [900, -900], intercept=10),
}


def on_new_data(name, method):
    """The score with risks of other people."""
    score = SCORES[name]
    random = np.random.default_rng(4)
    high = 2 if score.used_features[0].is_binary else 6
    X = pd.DataFrame(random.integers(0, high, (300, score.size)), columns=list(score.points))
    margin = 0.4 * (score.total(X) - score.total(X).mean())
    y = (random.random(300) < 1 / (1 + np.exp(-margin))).astype(int)
    return score.recalibrate(X, y, method, data="<b>new</b> & 'our' people.csv")


SCORES |= {
    "new intercept": on_new_data("plain", "intercept"),
    "new multiplier": on_new_data("values", "logistic"),
    "isotonic": on_new_data("free multiplier", "isotonic"),
    "isotonic values": on_new_data("values", "isotonic"),
    "prevalence": SCORES["free multiplier"].with_prevalence(0.03),
}


@pytest.fixture(params=SCORES)
def score(request):
    return SCORES[request.param]


def people(score):
    """Every combination of the values of the features with points, as a table."""
    values = [
        [0.0, 1.0]
        if feature.is_binary
        else [*np.arange(feature.minimum, feature.maximum + 1).tolist(), 2.5]
        for feature in score.used_features
    ]
    return pd.DataFrame(list(itertools.product(*values)), columns=list(score.points))


def expected(score):
    table = people(score)
    return table, score.total(table), score.predict_proba(table)[:, 1]


def test_the_people_of_these_tests_reach_every_total(score):
    totals = set(score.total(people(score)))
    assert score.has_every_total
    assert {row.low for row in score.table} <= totals


def rows_of(table: pd.DataFrame) -> list[dict[str, float]]:
    """One object for each row, also where there are no columns."""
    return [row.to_dict() for _, row in table.iterrows()]


def test_python_runs_alone(score, tmp_path):
    table, totals, risks = expected(score)
    (tmp_path / "exported.py").write_text(score.export("python"), encoding="utf-8")
    (tmp_path / "run.py").write_text(
        "import json, sys\nsys.path.insert(0, sys.argv[1])\nimport exported\n"
        "rows = json.load(open(sys.argv[1] + '/rows.json'))\n"
        "print(json.dumps([[exported.total(r), exported.risk(r)] for r in rows]))\n"
    )
    (tmp_path / "rows.json").write_text(json.dumps(rows_of(table)))
    done = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "run.py", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    found = np.array(json.loads(done.stdout))
    np.testing.assert_allclose(found[:, 0], totals, rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], risks, rtol=1e-12)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_javascript_runs_in_node(score, tmp_path):
    table, totals, risks = expected(score)
    (tmp_path / "exported.js").write_text(score.export("javascript"), encoding="utf-8")
    (tmp_path / "rows.json").write_text(json.dumps(rows_of(table)))
    script = (
        "const s = require('./exported.js'); const rows = require('./rows.json');"
        "let refused = 0; try { s.risk({}) } catch (e) { refused = e instanceof TypeError }"
        "console.log(JSON.stringify([rows.map(r => [s.total(r), s.risk(r)]), refused]))"
    )
    done = subprocess.run(
        ["node", "-e", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    found, refused = json.loads(done.stdout)
    np.testing.assert_allclose(np.array(found)[:, 0], totals, rtol=1e-12)
    np.testing.assert_allclose(np.array(found)[:, 1], risks, rtol=1e-12)
    assert refused is (score.size > 0) or score.size == 0


def test_javascript_literals_cannot_leave_a_script():
    for name in HOSTILE:
        literal = script_literal(name)
        assert json.loads(literal) == name
        assert literal.isascii()
        assert "<" not in literal


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_sql_scores_a_table(score, engine):
    table, totals, risks = expected(score)
    if score.size == 0:
        table = pd.DataFrame({"a": [0.0]})
    table = table.assign(row_number=np.arange(len(table)))
    name = 'the "people"; --'
    quoted = '"' + name.replace('"', '""') + '"'
    connection = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    columns = ['"' + str(column).replace('"', '""') + '"' for column in table.columns]
    connection.execute(f"CREATE TABLE {quoted} ({', '.join(c + ' DOUBLE' for c in columns)})")
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {quoted} VALUES ({marks})", table.to_numpy().tolist())
    connection.execute(f"INSERT INTO {quoted} ({columns[-1]}) VALUES (-1)")
    cursor = connection.execute(score.to_sql(name))
    heads = [entry[0] for entry in cursor.description]
    found = sorted(
        (row[heads.index("row_number")], row[heads.index("total")], row[heads.index("risk")])
        for row in cursor.fetchall()
    )
    if score.size:
        assert found[0][1] is None
        assert found[0][2] is None
    np.testing.assert_allclose([row[1] for row in found[1:]], totals, rtol=1e-12)
    np.testing.assert_allclose([row[2] for row in found[1:]], risks, rtol=1e-9, atol=1e-300)


WORDS = ("no", "yes")


def filled_in(score, values, tick):
    """The workbook as a user leaves it, and where total and risk stand."""
    book = openpyxl.load_workbook(io.BytesIO(score.export("xlsx")))
    sheet = book.active
    entries = [cell for cell in sheet["C"] if not cell.protection.locked]
    assert len(entries) == score.size
    assert all(entry.value is None for entry in entries)  # nothing is answered beforehand
    for entry, feature, value in zip(entries, score.used_features, values, strict=True):
        entry.value = tick[int(value)] if feature.is_binary else value
    outputs = [cell.coordinate for cell in sheet["D"] if cell.data_type == "f"][-2:]
    return book, outputs


def of_each_total(score):
    """People that reach every total that people of the table reach, one each."""
    table, totals, risks = expected(score)
    first = np.unique(totals, return_index=True)[1]
    rows = table.iloc[first].to_numpy() if score.size else [[]]
    return rows, totals[first], risks[first]


def test_spreadsheet_computes(score, tmp_path):
    formulas = pytest.importorskip("formulas", reason="the package formulas is not installed")
    rows, totals, risks = of_each_total(score)
    file = tmp_path / "score.xlsx"
    book, outputs = filled_in(score, rows[0], WORDS)
    book.save(file)
    cells = [f"'[score.xlsx]SCORE'!{name}" for name in outputs]
    entries = [cell.coordinate for cell in book.active["C"] if not cell.protection.locked]
    model = formulas.ExcelModel().loads(str(file)).finish()
    for values, total, risk in zip(rows, totals, risks, strict=True):
        marks = [
            WORDS[int(value)] if feature.is_binary else float(value)
            for feature, value in zip(score.used_features, values, strict=True)
        ]
        inputs = {
            f"'[score.xlsx]SCORE'!{name}": mark for name, mark in zip(entries, marks, strict=True)
        }
        solution = model.calculate(inputs=inputs, outputs=cells)
        found = [float(np.ravel(solution[cell].value)[0]) for cell in cells]
        assert found == pytest.approx([total, risk], rel=1e-9, abs=1e-300)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_spreadsheets_in_libreoffice(tmp_path):
    """Every total of every score, ticked and recalculated by another program, in one run."""
    wanted = {}
    for name, score in SCORES.items():
        for index, (values, total, risk) in enumerate(zip(*of_each_total(score), strict=True)):
            # Words, and numbers as one would paste them, in turn.
            book, outputs = filled_in(score, values, (WORDS, (0, 1))[index % 2])
            file = f"{name}-{index}.xlsx"
            book.save(tmp_path / file)
            wanted[file] = (outputs, total, risk)
    book, of_junk = filled_in(SCORES["plain"], [1, 1, 1, 1], ("no", "perhaps"))
    book.save(tmp_path / "junk.xlsx")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            *("--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "done"),
            *sorted(tmp_path.glob("*.xlsx")),
        ],
        check=True,
        capture_output=True,
    )
    assert len(wanted) > 40
    for file, (outputs, total, risk) in wanted.items():
        sheet = openpyxl.load_workbook(tmp_path / "done" / file, data_only=True).active
        found = [sheet[name].value for name in outputs]
        assert found == pytest.approx([total, risk], rel=1e-9, abs=1e-300), file
    junk = openpyxl.load_workbook(tmp_path / "done" / "junk.xlsx", data_only=True).active
    assert [junk[name].value for name in of_junk] == ["#N/A", "#N/A"]


def test_spreadsheet_holds_names_as_text():
    book = openpyxl.load_workbook(io.BytesIO(SCORES["hostile"].export("xlsx")))
    for cell in book.active["A"]:
        assert cell.data_type in ("s", "n")


def test_csv_has_no_formulas_and_every_number(score):
    rows = list(csv.DictReader(io.StringIO(score.export("csv", min_people=0))))
    items = [row for row in rows if row["item"]]
    for row in items:
        assert not row["name"].startswith(("=", "+", "-", "@"))
    assert {int(row["item"]) for row in items} == {*range(1, len(score.items) + 1)}
    if score.formula is None:
        assert not [row for row in rows if row["kind"] in ("intercept", "multiplier")]
        stated = [float(row["risk_low"]) for row in rows if row["kind"] == "total"]
        assert stated == [score.risk(row.low) for row in score.table]
        return
    (intercept,) = [float(row["points"]) for row in rows if row["kind"] == "intercept"]
    (multiplier,) = [float(row["points"]) for row in rows if row["kind"] == "multiplier"]
    for row in rows:
        if row["kind"] == "total" and row["total_low"] == row["total_high"]:
            total = float(row["total_low"])
            margin = (intercept + total) / multiplier
            assert float(row["risk_low"]) == pytest.approx(0.5 * (1 + np.tanh(margin / 2)))


class Page(html.parser.HTMLParser):
    """Collects elements and text of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.rows = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data):
        self.texts.append(data)
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data.strip()


@pytest.mark.parametrize("code", available())
def test_html_shows_every_name_and_risk_and_runs_nothing(score, code):
    text = score.to_html(code)
    page = Page()
    page.feed(text)
    page.close()
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert page.tags.count("article") == 1
    card = make_card(score, language(code))
    shown = "".join(page.texts)
    for group in card.printed:
        for item in group.items:
            assert item.label in shown
    cells = {row[0]: row[1] for row in page.rows if len(row) == 4}
    for row in card.rows:
        assert cells[row.total] == row.result
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", text)


def test_markdown_renders_names_as_text():
    text = SCORES["hostile"].to_markdown()
    assert "<script>" not in text
    assert "\n=cmd" not in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (3, 4)


def test_latex_escapes_everything(score):
    text = score.to_latex()
    body = text[text.index(r"\begin{document}") :]
    assert not re.search(r"(?<!\\)[#~^]", body)
    assert not re.search(r"(?<!\\)%", body)
    assert not re.search(r"(?<!\\)_", body)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
@pytest.mark.parametrize("code", available())
def test_latex_compiles(score, code, tmp_path):
    (tmp_path / "card.tex").write_text(score.to_latex(code), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "card.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    # Fonts of LaTeX have the dash in a place of their own.
    lines = [
        line.replace("\x15", "–") for line in text_of_pdf((tmp_path / "card.pdf").read_bytes())
    ]
    card = make_card(score, language(code))
    for row, seen in zip(card.rows, card.observed, strict=True):
        assert f"{row.total} {row.result} {seen}" in lines


def test_pocket_cards(score):
    svg = score.to_svg()
    root = ElementTree.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "script" not in {node.tag.rpartition("}")[2] for node in root.iter()}
    card = make_card(score, language("en"))
    for row in card.rows:
        assert row.result in texts
    for group in card.groups:
        for item in group.items:
            if item.feature.is_binary:
                assert f"{item.feature.points:+d}" in texts
    assert score.export("png").startswith(b"\x89PNG")
    lines = text_of_pdf(score.export("pdf"))
    for row in card.rows:
        assert any(line.startswith(f"{row.total} {row.result}") for line in lines)
    assert score.to_svg() == svg


@pytest.mark.parametrize(("size", "width", "height"), [("a6", 148, 105), ("a5", 210, 148)])
def test_pocket_cards_have_the_size_of_their_paper(size, width, height):
    score = SCORES["plain"]
    root = ElementTree.fromstring(score.export("svg", size=size))
    in_points = [float(root.attrib[name].removesuffix("pt")) for name in ("width", "height")]
    assert in_points == pytest.approx([width / 25.4 * 72, height / 25.4 * 72], abs=0.01)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", score.export("pdf", size=size))
    assert [float(end) for end in box.groups()] == pytest.approx(in_points, abs=0.01)
    png = score.export("png", size=size)
    pixels = [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)]
    assert pixels == pytest.approx([width / 25.4 * 300, height / 25.4 * 300], abs=1)


def test_sizes_that_there_are_not():
    with pytest.raises(OptionError, match="latex has no size of page; svg, png, pdf do"):
        SCORES["plain"].export("latex", size="a5")
    with pytest.raises(OptionError, match="give one of a6, a5"):
        SCORES["plain"].export("pdf", size="a4")


def test_pmml_follows_its_schema(score, pmml_schema):
    from lxml import etree

    document = etree.fromstring(score.export("pmml").encode())
    assert document.attrib["version"] == "4.4"
    pmml_schema.assertValid(document)
    broken = score.export("pmml").replace("<Characteristics>", "<Characters>")
    broken = broken.replace("</Characteristics>", "</Characters>")
    assert not pmml_schema.validate(etree.fromstring(broken.encode()))


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_pmml_scored_by_another_engine(score, tmp_path):
    jpmml = pytest.importorskip("jpmml_evaluator", reason="jpmml_evaluator is not installed")
    file = tmp_path / "score.pmml"
    file.write_text(score.export("pmml"), encoding="utf-8")
    evaluator = jpmml.make_evaluator(str(file))
    evaluator.verify()
    table, totals, risks = expected(score)
    if score.size == 0:
        found = evaluator.evaluate({})
        assert (found["total"], found["risk"]) == (0.0, pytest.approx(risks[0]))
        return
    found = evaluator.evaluateAll(table)
    np.testing.assert_allclose(found["total"].astype(float), totals, rtol=1e-9)
    np.testing.assert_allclose(found["risk"].astype(float), risks, rtol=1e-9)


def test_every_format_in_every_language(score):
    for name, known in FORMATS.items():
        for code in available():
            content = export(score, name, code)
            assert isinstance(content, str if known.is_text else bytes)
            # The same every time: text in either language, and one picture of each kind.
            if known.is_text or (name in ("png", "pdf") and score is SCORES["plain"]):
                assert content == export(score, name, code)
    assert RiskScore.from_json(score.export("json")) == score


def test_unknown_formats_and_languages_are_named():
    with pytest.raises(OptionError, match="did you mean 'markdown'"):
        SCORES["plain"].export("markdwn")
    with pytest.raises(OptionError, match="language='xx'"):
        SCORES["plain"].export("text", "xx")


def test_thresholds_of_one_measurement_stand_together():
    card = make_card(SCORES["plain"], language("en"))
    assert [(group.title, [item.label for item in group.items]) for group in card.groups] == [
        ("Age", ["≥ 40", "≥ 65"]),
        ("", ["Sex"]),
        ("", ["Stroke"]),
    ]


def test_german_is_complete():
    english, german = language("en"), language("de")
    assert set(german.phrases) == set(english.phrases)
    same = [key for key, phrase in german.phrases.items() if phrase == english.phrases[key]]
    assert set(same) <= {"status.optimal", "numbers.decimal", "rules.rate"}
    fields = re.compile(r"{(\w+)}")
    for key, phrase in german.phrases.items():
        assert set(fields.findall(phrase)) == set(fields.findall(english.phrases[key]))
