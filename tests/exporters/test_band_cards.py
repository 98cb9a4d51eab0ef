"""Bands on every card, in the calculator, in the sheet and in the report: one answer a variable."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from riskslim import RiskScore
from riskslim.cli import main
from riskslim.errors import OptionError
from riskslim.exporters.card import make_card
from riskslim.exporters.card_items import BOX, CARDS
from riskslim.exporters.risk_rows import risk_rows
from riskslim.exporters.text import card as text_card
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from riskslim.languages import available, language
from riskslim.report import make_report
from riskslim.scores.items import Band, Item
from support.any_bands import scores
from support.banded import Rows, decision_of, score_of
from support.raw_scores import counted_from_0, of_binning
from support.scores import text_of_pdf

RANDOM = np.random.default_rng(1)
N = 300
AGE, WARD = RANDOM.integers(30, 99, N), RANDOM.integers(0, 4, N)
LACTATE, BLANK = RANDOM.gamma(2, 1.2, N).round(1), RANDOM.random(N) < 0.1
STROKE = RANDOM.random(N) < 0.3


def binned() -> RiskScore:
    """A score of a raw table whose ages are whole numbers."""
    table = pd.DataFrame(
        {
            "Age": np.where(BLANK, np.nan, AGE),
            "Ward": np.array(["A & E", "<b>B</b>", "C", "D"])[WARD],
            "Stroke": np.where(BLANK, np.nan, STROKE * 1.0),
            "Dose": LACTATE,
        }
    )
    binning = Binning(
        (
            Thresholds("Age", "Age", "feature", cuts=(65.0, 75.0, 85.0), integer=True, unit="y"),
            Levels("Ward", "Ward", levels=("A & E", "<b>B</b>"), rest=("C", "D"), fill="C"),
            Flag("Stroke", "Stroke", "feature"),
            Thresholds("Dose", "Dose", fill=1.0, cuts=(2.0, 4.5), intervals=True),
        )
    )
    return of_binning(binning, [4, 3, 4, 2, -1, 5, 6, 1, 7, 9], table, RANDOM.integers(0, 2, N))


NAMED = score_of(
    {
        **{f"Age_geq_{cut}": cut <= AGE for cut in (65, 75, 85)},
        **{f"Ward = {level}": level == WARD for level in (0, 1)},
        "Stroke": STROKE,
        **{f"Lactate > {cut} mmol/L": (cut < LACTATE) & ~BLANK for cut in (2.5, 4)},
        "Lactate missing": BLANK,
    },
    [4, 3, 4, 2, -1, 3, 1, 2, 1],
)
COMPLETE_COLUMNS = {
    **{f"Sex: {sex}": (index == WARD % 2) for index, sex in enumerate("fm")},
    **{f"Age < {cut}": cut > AGE for cut in (40, 60)},
    "Visits": RANDOM.integers(0, 3, N),
}
COMPLETE = score_of(COMPLETE_COLUMNS, [2, 5, -3, 1, 2])
MANY = score_of({f"Age >= {cut}": cut <= AGE for cut in range(35, 85, 5)}, [1] * 9 + [2])
ANSWERS = score_of(
    {"Stroke": STROKE & ~BLANK, "Stroke missing": BLANK, "Drug: none": WARD == 0}, [3, 1, 2]
)
LOOKED_UP = COMPLETE.recalibrate(
    pd.DataFrame(COMPLETE_COLUMNS), (RANDOM.random(N) < AGE / 99).astype(int), "isotonic"
)
SCORES = {
    "binned": binned(),
    "named": NAMED,
    "complete": COMPLETE,
    "many": MANY,
    "answers": ANSWERS,
    "new": NAMED.with_prevalence(0.05),
    "turned": counted_from_0(binned()),
    "turned list": counted_from_0(COMPLETE),
    "turned steps": LOOKED_UP.turned(),
}


@pytest.fixture(params=SCORES)
def score(request: pytest.FixtureRequest) -> RiskScore:
    return SCORES[request.param]


def answers(item: Item) -> list[Band | float]:
    """What can be said to an item: one of its bands, or a value."""
    if item.bands:
        return list(item.bands)
    (feature,) = item.features
    low, high = (0, 1) if feature.is_binary else (int(feature.minimum), int(feature.maximum))
    return [float(value) for value in range(low, high + 1)]


def people(score: RiskScore) -> list[tuple[tuple[Band | float, ...], dict[str, float]]]:
    """Every combination of answers, and the features of such a person."""
    everyone = []
    for combination in itertools.product(*map(answers, score.items)):
        row: dict[str, float] = {}
        for item, answer in zip(score.items, combination, strict=True):
            for feature in item.features:
                has = answer if not isinstance(answer, Band) else feature.name in answer.holds
                row[feature.name] = float(has)
        everyone.append((combination, row))
    return everyone


def risks(score: RiskScore, rows: list[dict[str, float]]) -> Any:
    return score.predict_proba(pd.DataFrame(rows))[:, 1]


def test_the_card_says_what_the_issue_wants() -> None:
    text = text_card(SCORES["binned"])
    assert [re.sub(r"[ ·]+", " ", line).strip() for line in text.splitlines()[3:21]] == [
        "1. Age (y)",
        "under 65 0 points",
        "65 to 74 +4 points",
        "75 to 84 +7 points",
        "85 or more +11 points",
        "not known +2 points ____",
        "2. Ward",
        "A & E -1 point",
        "<b>B</b> +5 points",
        "C / D 0 points + ____",
        "3. Stroke",
        "no 0 points",
        "yes +6 points",
        "not known +1 point + ____",
        "4. Dose",
        "under 2 0 points",
        "2 to under 4.5 +7 points",
        "4.5 or more +9 points + ____",
    ]


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        ((">= 65", ">= 75"), ["under 65", "65 to under 75", "75 or more"]),
        (("> 65", "> 75"), ["65 or less", "over 65 to 75", "over 75"]),
        (("<= 65", "< 75"), ["65 or less", "over 65 to under 75", "75 or more"]),
        (("< 65", "<= 75"), ["under 65", "65 to 75", "over 75"]),
        ((">= 65.5", ">= 1e3"), ["under 65.5", "65.5 to under 1000", "1000 or more"]),
    ],
)
def test_the_ends_of_bands_in_words(columns: tuple[str, ...], labels: list[str]) -> None:
    value = np.array([1, 65, 65.5, 70, 75, 76, 2000] * 2)
    tests = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}
    made = {}
    for column in columns:
        sign, cut = column.split()
        made[f"Age {column}"] = tests[sign](value, float(cut))
    (group,) = make_card(score_of(made, [1, 2]), language("en")).groups
    assert [item.label for item in group.items] == labels


def test_whole_numbers_in_words() -> None:
    variable = Thresholds("n", "n", fill=0.0, cuts=(1.0, 2.0, 4.5, 4.7), integer=True)
    table = pd.DataFrame({"n": [0, 1, 2, 3, 4, 5, 9]})
    score = of_binning(Binning((variable,)), [1, 2, 1, 1], table, np.array([0, 1] * 3 + [1]))
    (group,) = make_card(score, language("en")).groups
    labels = [item.label for item in group.items]
    assert labels == ["under 1", "1", "2 to 4", "4.5 to under 4.7", "5 or more"]


def test_thresholds_keep_the_list() -> None:
    card = make_card(NAMED, language("en"), "thresholds")
    assert [(group.title, [item.label for item in group.items]) for group in card.groups] == [
        ("Age", ["≥ 65", "≥ 75", "≥ 85"]),
        ("Ward", ["0", "1"]),
        ("", ["Stroke"]),
        ("Lactate", ["> 2.5 mmol/L", "> 4 mmol/L"]),
        ("", ["Lactate missing"]),
    ]
    assert "Age\n  1.   ≥ 65" in NAMED.export("text", cards="thresholds")
    with pytest.raises(OptionError, match="'bands', 'thresholds'"):
        NAMED.export("json", cards="list")


def test_checklists_keep_their_list_and_no_count_that_nobody_has() -> None:
    columns = {"Ward: A": WARD == 0, "Ward: B": WARD == 1, "Stroke": STROKE}
    score = score_of(columns, [1, 1, 1])
    assert [row.low for row in score.table] == [0, 1, 2]
    card = make_card(score, language("en"))
    assert {item.points for group in card.groups for item in group.items} == {BOX}


def lines_of(score: RiskScore, code: str = "en") -> list[tuple[str, str]]:
    """Labels and points as the card has them."""
    card = make_card(score, language(code))
    return [(item.label, item.points) for group in card.printed for item in group.items]


@pytest.mark.parametrize("code", available())
def test_pages_show_every_band_with_its_points(score: RiskScore, code: str) -> None:
    page = Rows(score.to_html(code))
    assert set(lines_of(score, code)) <= {(row[0], row[1]) for row in page.rows if len(row) == 2}
    markdown = score.to_markdown(code).replace("\\", "")
    for label, points in lines_of(score, code):
        assert f"{label} | {points} |" in markdown


def test_pocket_cards_show_every_band(score: RiskScore) -> None:
    root = ElementTree.fromstring(score.to_svg())
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    card = make_card(score, language("en"))
    for group in card.printed:
        assert group.title in texts or not group.title
        for item in group.items:
            assert item.label in texts
            assert item.short_points in texts
    lines = text_of_pdf(score.export("pdf"))
    for row in card.rows:
        assert any(line.startswith(f"{row.total} {row.result}") for line in lines)
    assert score.export("png").startswith(b"\x89PNG")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
@pytest.mark.parametrize("name", ["binned", "complete", "turned"])
def test_latex_shows_every_band(name: str, tmp_path: Path) -> None:
    (tmp_path / "card.tex").write_text(SCORES[name].to_latex(), encoding="utf-8")
    subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "card.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    lines = text_of_pdf((tmp_path / "card.pdf").read_bytes())
    bands = [line for line in lines_of(SCORES[name]) if "×" not in line[1]]
    assert len(bands) >= 5
    for label, points in bands:
        assert f"{label} {points}" in lines


@pytest.mark.parametrize("cards", CARDS)
def test_adding_up_the_csv_gives_the_risk(score: RiskScore, cards: str) -> None:
    """As somebody does who has the file and nothing else: one band an item, then the total."""
    lines = list(csv.DictReader(io.StringIO(score.export("csv", cards=cards, min_people=0))))
    items: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        if line["item"]:
            items.setdefault(line["item"], []).append(line)
    assert list(items) == [str(number + 1) for number in range(len(items))]
    listed = {float(line["total_low"]): line for line in lines if line["kind"] == "total"}
    constants = {line["kind"]: float(line["points"]) for line in lines if not line["item"]
                 and line["points"]}  # fmt: skip
    everyone = people(score)
    reached = set()
    for (combination, row), risk in zip(
        everyone, risks(score, [row for _, row in everyone]), strict=True
    ):
        total = 0.0
        if cards == "bands":
            for item, lines_of_item, answer in zip(
                score.items, items.values(), combination, strict=True
            ):
                if isinstance(answer, Band):
                    assert {line["kind"] for line in lines_of_item} == {"band"}
                    total += int(lines_of_item[item.bands.index(answer)]["points"])
                else:
                    (line,) = lines_of_item
                    assert line["kind"] == ("item" if item.features[0].is_binary else "value")
                    total += answer * int(line["points"])
        else:
            ticks = dict(items)
            if lines[0]["kind"] == "fixed":
                total = float(ticks.pop("1")[0]["points"])
            for (line,), name in zip(ticks.values(), score.points, strict=True):
                total += row[name] * int(line["points"])
        assert float(listed[total]["risk_low"]) == float(listed[total]["risk_high"]) == risk
        reached.add(total)
        if score.formula is not None:
            margin = (constants["intercept"] + total) / constants["multiplier"]
            assert 1 / (1 + math.exp(-margin)) == pytest.approx(risk, rel=1e-12)
    assert reached == set(listed)
    assert (score.formula is None) == (not constants)


def test_the_csv_names_the_bands_as_the_card_does() -> None:
    rows = list(csv.reader(io.StringIO(SCORES["turned"].export("csv"))))
    assert [row[:5] for row in rows[1:10]] == [
        ["band", "1", "Age (y)", "under 65", "0"],
        ["band", "1", "Age (y)", "65 to 74", "4"],
        ["band", "1", "Age (y)", "75 to 84", "7"],
        ["band", "1", "Age (y)", "85 or more", "11"],
        ["band", "1", "Age (y)", "not known", "2"],
        ["band", "2", "Ward", "A & E", "0"],
        ["band", "2", "Ward", "<b>B</b>", "6"],
        ["band", "2", "Ward", "C / D", "1"],
        ["band", "3", "Stroke", "no", "0"],
    ]


# The calculator: every combination of every item, by clicking and by typing numbers.

CLICK = """rows => rows.map(row => {
    row.forEach((answer, number) => {
        const fields = [...document.querySelectorAll(`[data-item="${number}"]`)];
        const typed = document.querySelector(`[data-number="${number}"]`);
        const set = (field, value) => {
            field.value = String(value);
            field.dispatchEvent(new Event("input", {bubbles: true}));
        };
        if (typeof answer === "string") set(typed, answer);
        else if (fields[0].type === "radio") fields.find(f => Number(f.value) === answer).click();
        else set(fields[0], answer);
    });
    const total = document.getElementById("total"), risk = document.getElementById("risk");
    return [Number(total.dataset.value), Number(risk.dataset.value)];
})"""


def inside(band: Band) -> list[float]:
    """Numbers at the ends of a band that belong to it, and one between."""
    if band.kind != "range":
        return []
    low = band.stop[0] - 1 if band.start is None else band.start[0]
    high = band.start[0] + 1 if band.stop is None else band.stop[0]
    numbers = [(low + high) / 2]
    numbers += [low] if band.start is not None and band.start[1] == 0 else []
    numbers += [high] if band.stop is not None and band.stop[1] == 1 else []
    return numbers


def clicked(score: RiskScore) -> list[list[float | str]]:
    """Places of the bands to click, and values of features that stand alone."""
    rows: list[list[float | str]] = []
    for combination, _ in people(score):
        pairs = zip(score.items, combination, strict=True)
        rows.append([item.bands.index(a) if isinstance(a, Band) else a for item, a in pairs])
    return rows


def test_clicking_every_combination(score: RiskScore, page: Any, show: Any) -> None:
    show(score.to_calculator())
    everyone = [row for _, row in people(score)]
    assert len(everyone) >= 6
    found = np.array(page.evaluate(CLICK, clicked(score)))
    np.testing.assert_array_equal(found[:, 0], score.total(pd.DataFrame(everyone)))
    np.testing.assert_allclose(found[:, 1], risks(score, everyone), rtol=1e-12)
    # No total is shown that the table does not list.
    assert set(found[:, 0]) == {row.low for row in score.table}
    assert page.problems == []


@pytest.mark.parametrize("name", ["binned", "named", "complete", "many"])
def test_typing_every_number(name: str, page: Any, show: Any) -> None:
    score = SCORES[name]
    show(score.to_calculator())
    rows, everyone = [], []
    for (combination, row), places in zip(people(score), clicked(score), strict=True):
        texts = [[repr(n) for n in inside(a)] if isinstance(a, Band) else [] for a in combination]
        choices = [texts[i] or [place] for i, place in enumerate(places)]
        for choice in itertools.product(*choices):
            rows.append(list(choice))
            everyone.append(row)
    assert any(isinstance(answer, str) for row in rows for answer in row)
    found = np.array(page.evaluate(CLICK, rows))
    np.testing.assert_allclose(found[:, 1], risks(score, everyone), rtol=1e-12)
    assert page.problems == []


ANSWER_REST = """() => {
    const groups = new Map();
    document.querySelectorAll("#items input[type=radio]").forEach(radio => {
        groups.set(radio.name, [...(groups.get(radio.name) || []), radio]);
    });
    groups.forEach(radios => {
        if (radios.some(radio => radio.checked)) return;
        const worth = radio => radio.closest("label").querySelector(".worth");
        const nothing = radio => worth(radio) && worth(radio).textContent === "0 points";
        (radios.find(nothing) || radios.find(radio => radio.value === "0")).click();
    });
    document.querySelectorAll("#items select").forEach(field => {
        field.selectedIndex = 1;
        field.dispatchEvent(new Event("input", {bubbles: true}));
    });
}"""


def test_a_number_and_a_choice_take_turns(page: Any, show: Any) -> None:
    show(SCORES["binned"].to_calculator())
    assert page.inner_text("#total") == "–"
    assert "still to answer: 4" in page.inner_text("#interval")
    typed = page.get_by_role("group", name="Age (y)").get_by_role("spinbutton")
    typed.fill("90")
    assert "still to answer: 3" in page.inner_text("#interval")
    page.evaluate(ANSWER_REST)
    assert page.inner_text("#total") == "11"
    assert "Age (y) 85 or more: +11" in page.inner_text("#why")
    page.get_by_role("radio", name=re.compile("65 to 74")).check()
    assert page.inner_text("#total") == "4"
    assert typed.input_value() == ""
    typed.press_sequentially("75")
    assert page.inner_text("#total") == "7"
    typed.fill("")
    assert page.inner_text("#total") == "–"
    assert "still to answer: 1" in page.inner_text("#interval")
    typed.fill("80")
    page.get_by_role("button").click()
    page.wait_for_function("document.getElementById('total').textContent === '–'")
    assert page.locator("input:checked").count() == 0
    assert page.problems == []


def test_nothing_is_answered_beforehand(page: Any, show: Any) -> None:
    for score in SCORES.values():
        for cards in CARDS:
            show(score.to_calculator(cards=cards))
            assert page.inner_text("#risk") == page.inner_text("#total") == "–"
            assert page.locator("input:checked").count() == 0
            assert f"still to answer: {count(page)}" in page.inner_text("#interval")
    show(COMPLETE.to_calculator())
    page.get_by_role("radio", name=re.compile("^m")).check()
    page.evaluate(ANSWER_REST)
    assert page.inner_text("#total") == "5"


def count(page: Any) -> int:
    """Questions on a page."""
    return len(
        page.evaluate(
            """() => [...new Set([...document.querySelectorAll("#items [data-item]")]
                .map(field => field.dataset.item))]"""
        )
    )


@pytest.mark.parametrize("name", ["named", "complete", "answers"])
def test_a_list_cannot_be_answered_against_itself(name: str, page: Any, show: Any) -> None:
    score = SCORES[name]
    show(score.to_calculator(cards="thresholds"))
    possible = {row.low for row in score.table}
    random = np.random.default_rng(0)
    page.evaluate(ANSWER_REST)
    radios = page.locator("input[type=radio][data-item]")
    found = []
    for place in random.integers(0, radios.count(), 40):
        radios.nth(int(place)).click()
        # What was answered last stands.
        assert radios.nth(int(place)).is_checked()
        found.append(float(page.inner_text("#total")))
    assert set(found) <= possible
    assert len(set(found)) > 2
    assert page.problems == []


def test_the_highest_threshold_takes_the_lower_ones_along(page: Any, show: Any) -> None:
    score = score_of({f"Age >= {cut}": cut <= AGE for cut in (65, 75, 85)}, [1, 1, 1])
    show(score.to_calculator())

    def say(cut: str, answer: str) -> None:
        group = page.get_by_role("radiogroup", name=re.compile(cut))
        group.get_by_role("radio", name=answer, exact=True).check()

    say("85", "yes")
    assert page.inner_text("#total") == "3"
    say("65", "no")
    assert page.inner_text("#total") == "0"
    page.get_by_role("button").click()
    page.wait_for_function("document.getElementById('total').textContent === '–'")
    say("75", "no")
    # Whether from 65 on is open still.
    assert "still to answer: 1" in page.inner_text("#interval")
    say("65", "not known")
    assert page.inner_text("#total") == "0 to 1"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_calculators_fit_a_phone(score: RiskScore, width: int, page: Any, show: Any) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for cards in ("bands", "thresholds"):
        show(score.to_calculator("de", cards=cards))
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page: Any, contrasts: Any, scheme: str, show: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    show(NAMED.to_calculator())
    page.evaluate(ANSWER_REST)
    found = contrasts("legend, .worth, .label, .answer span")
    assert len(found) > 3
    assert min(found.values()) >= 4.5


# The sheet, recalculated by another program.


def entries_of(sheet: Any) -> list[Any]:
    return [cell for cell in sheet["C"] if cell.row > 4 and not cell.protection.locked]


def filled_in(
    score: RiskScore, combination: tuple[Band | float, ...], *, typed: bool
) -> tuple[Any, list[str]]:
    """The workbook with a person's answers, and where total and risk stand."""
    book = openpyxl.load_workbook(io.BytesIO(score.export("xlsx")))
    sheet = book.active
    groups = make_card(score, language("en")).groups
    labels = {
        group.choice.name: [item.label for item in group.items] for group in groups if group.choice
    }
    for entry, item, answer in zip(entries_of(sheet), score.items, combination, strict=True):
        if not isinstance(answer, Band):
            entry.value = ("no", "yes")[int(answer)] if item.features[0].is_binary else answer
        elif typed and inside(answer):
            entry.value = inside(answer)[-1]
        else:
            entry.value = labels[item.name][item.bands.index(answer)]
            entry.data_type = "s"
    return book, outputs_of(sheet)


def outputs_of(sheet: Any) -> list[str]:
    """Where total and risk stand."""
    return [cell.coordinate for cell in sheet["D"] if cell.data_type == "f"][-2:]


def of_unknown(
    score: RiskScore, combination: tuple[Band | float, ...], place: int
) -> list[float | str]:
    """Total and risk of somebody of whom one item is not known, in words where they are ranges."""
    known = sum(
        answer.points if isinstance(answer, Band) else answer * item.features[0].points
        for index, (item, answer) in enumerate(zip(score.items, combination, strict=True))
        if index != place
    )
    low, high = (known + end for end in score.items[place].ends)
    places = min(row.places for row in risk_rows(score))
    shown = [language("en").percent(score.risk(end), places) for end in (low, high)]
    assert low < high
    risk = " to ".join(shown)
    return [f"{low:g} to {high:g}", risk if score.risk(low) < score.risk(high) else score.risk(low)]


# Scores with the items of another one.
SIMILAR = ("new", "turned", "turned list")

# Answers to the list of NAMED, and the total and a sentence of the sheet.
LISTS = {
    "list-0.xlsx": ("yes ? ? no no no no no no", ["4 to 11", "Low / High: Admit."]),
    "list-1.xlsx": ("? yes ? ? no no no no no", ["7 to 13", "Low / High: Admit."]),
    "list-2.xlsx": ("? yes no ? ? no no no no", ["6 to 9", "Low / High: Admit."]),
    "list-3.xlsx": ("no yes no no no no no no no", ["#N/A", "#N/A"]),
    "list-4.xlsx": ("yes yes yes no no no no no no", [11, "High: Admit."]),
}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_sheets_in_libreoffice(tmp_path: Path) -> None:
    """Every total of every score, by band and by number, in one run of another program."""
    wanted = {}
    for name, score in SCORES.items():
        reached = set()
        for combination, row in people(score):
            total = float(score.total(pd.DataFrame([row]))[0])
            if total in reached or (name in SIMILAR and len(reached) == 3):
                continue
            reached.add(total)
            # By band and by number in turn.
            book, outputs = filled_in(score, combination, typed=len(wanted) % 2 == 1)
            file = f"{name}-{len(wanted)}.xlsx"
            book.save(tmp_path / file)
            wanted[file] = (outputs, [total, float(risks(score, [row])[0])])
        assert name in SIMILAR or reached == {row.low for row in score.table}
    for place, junk in enumerate(["perhaps", "", None, True, "UNDER 65", "u*"]):
        book, outputs = filled_in(NAMED, people(NAMED)[0][0], typed=False)
        entries_of(book.active)[0].value = junk
        file = f"junk-{place}.xlsx"
        book.save(tmp_path / file)
        wanted[file] = (outputs, ["#N/A" if junk else "–"] * 2)
    for name, score in SCORES.items():
        for place, item in enumerate(score.items):
            if all(band.kind != "unknown" for band in item.bands):
                file, combination = f"unknown-{name}-{place}.xlsx", people(score)[-1][0]
                book, outputs = filled_in(score, combination, typed=False)
                entries_of(book.active)[place].value = "not known"
                book.save(tmp_path / file)
                wanted[file] = (outputs, of_unknown(score, combination, place))
    for file, (answers, values) in LISTS.items():
        tiers = [{"name": "Low"}, {"name": "High", "total": 9, "advice": "Admit."}]
        book = openpyxl.load_workbook(
            io.BytesIO(NAMED.with_tiers(tiers).export("xlsx", cards="thresholds"))
        )
        for entry, says in zip(entries_of(book.active), answers.split(), strict=True):
            entry.value = says.replace("?", "not known")
        book.save(tmp_path / file)
        wanted[file] = (outputs_of(book.active), values)
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
    for file, (outputs, values) in wanted.items():
        sheet = openpyxl.load_workbook(tmp_path / "done" / file, data_only=True).active
        found = [sheet[name].value for name in outputs]
        if file in LISTS:
            cells = [cell.value for row in sheet["A5:B40"] for cell in row]
            assert found[0] == values[0], file
            assert values[1] in cells, file
        elif isinstance(values[0], str):
            assert found == values, file
        else:
            assert found == pytest.approx(values, rel=1e-9, abs=1e-300), file


def test_formulas_of_sheets(tmp_path: Path) -> None:
    """The same by a third program, for a few people; and ticks that nobody can have together."""
    formulas = pytest.importorskip("formulas", reason="the package formulas is not installed")

    def compute(book: Any, outputs: list[str]) -> list[Any]:
        book.save(tmp_path / "score.xlsx")
        cells = formulas.ExcelModel().loads(str(tmp_path / "score.xlsx")).finish().calculate()
        return [np.ravel(cells[f"'[score.xlsx]SCORE'!{name}"].value)[0] for name in outputs]

    everyone = people(NAMED)
    for place in (0, 17, len(everyone) - 1):
        combination, row = everyone[place]
        found = compute(*filled_in(NAMED, combination, typed=place == 17))
        total = float(NAMED.total(pd.DataFrame([row]))[0])
        assert [float(value) for value in found] == pytest.approx(
            [total, float(risks(NAMED, [row])[0])]
        )
    book = openpyxl.load_workbook(io.BytesIO(NAMED.export("xlsx", cards="thresholds")))
    outputs = outputs_of(book.active)
    entries = entries_of(book.active)
    assert len(entries) == NAMED.size
    for entry in entries:
        entry.value = "no"
    entries[0].value = entries[1].value = "yes"
    assert float(compute(book, outputs)[0]) == 7
    entries[0].value = "no"
    assert list(map(str, compute(book, outputs))) == ["#N/A", "#N/A"]


def test_the_report_describes_bands() -> None:
    frame = pd.DataFrame([row for _, row in people(NAMED)])
    y = np.arange(len(frame)) % 2
    page = Rows(make_report(NAMED, frame, y))
    rows = {row[0]: row[1:] for row in page.rows if len(row) == 4}
    has = (frame["Age_geq_65"] == 1) & (frame["Age_geq_75"] == 0)
    assert rows["Age 65 to under 75"] == [
        f"{part.sum():,} ({part.mean():.1%})" for part in (has, y[has], y[~has])
    ]
    assert "Age 85 or more" in rows
    assert "85 or more" in page.text


def test_decision_scores_have_bands(page: Any, show: Any) -> None:
    score = decision_of({f"Age >= {cut}": cut <= AGE for cut in (65, 75, 85)}, [2, 3, 4])
    assert "85 or more" in score.export("text")
    show(score.to_calculator())
    for age, says in ((50, "no"), (70, "no"), (80, "yes"), (90, "yes")):
        page.get_by_role("spinbutton").fill(str(age))
        assert page.inner_text("#risk") == says


def test_commands_take_cards(tmp_path: Path) -> None:
    file = tmp_path / "score.json"
    NAMED.save(file)

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "65 to under 75" in run("show", file)
    assert "≥ 75" in run("show", file, "--cards", "thresholds")
    assert "65 to under 75" in run("export", file, "--to", "markdown")
    assert "≥ 75" in run("export", file, "--to", "markdown", "--cards", "thresholds")
    table = pd.DataFrame({f"Age >= {cut}": cut <= AGE for cut in (50, 80)}).astype(int)
    table.insert(0, "ill", (RANDOM.random(N) < 0.1 + 0.3 * (AGE > 50) + 0.4 * (AGE > 80)) * 1)
    table.to_csv(tmp_path / "table.csv", index=False)
    assert "50 to under 80" in run("fit", tmp_path / "table.csv")
    assert "≥ 80" in run("fit", tmp_path / "table.csv", "--cards", "thresholds")


@given(drawn=scores())
@settings(max_examples=20)
def test_every_form_of_any_score_is_written(drawn):
    # Cuts without points beside a blank that has some, intervals, levels: each in its words.
    score = drawn[0]
    for made in (score, score.turned()):
        for code in available():
            card = make_card(made, language(code))
            labels = [line.label for group in card.groups for line in group.items]
            assert all(labels)
        for form in ("text", "html", "calculator", "latex", "svg", "csv", "sql", "pmml"):
            assert made.export(form)


def test_a_measurement_whose_blank_alone_has_points_is_known_or_not():
    binning = Binning((Thresholds("Age", "Age", "feature", cuts=(65.0, 75.0)),))
    table = pd.DataFrame({"Age": [50.0, 70.0, None, 80.0]})
    y = np.array([0, 1, 1, 0])
    score = of_binning(binning, [0, 0, 2], table, y)
    assert "Age: not known" in text_card(score)
    turned = of_binning(binning, [0, 0, -2], table, y).turned()
    assert "Age known" in text_card(turned)
    assert "Age bekannt" in text_card(turned, texts=language("de"))


def test_a_list_has_the_totals_of_every_other_form(page: Any, show: Any) -> None:
    score = RiskScore.from_points({"Stroke": 2, "Sport": -3}, intercept=-1).turned()
    assert score.base == 3
    card = make_card(score, language("en"), "thresholds")
    fixed = [item.fixed for group in card.groups for item in group.items if item.fixed]
    assert fixed == [3]
    assert card.rows == make_card(score, language("en")).rows
    lines = [
        line for line in score.export("csv", cards="thresholds").splitlines() if "fixed" in line
    ]
    assert lines == ["fixed,1,Everyone,,3" + "," * 6]
    assert "Everyone ····" in score.export("text", cards="thresholds")
    assert "Alle" in score.export("html", language="de", cards="thresholds")
    sheet = openpyxl.load_workbook(io.BytesIO(score.export("xlsx", cards="thresholds"))).active
    assert (sheet["A5"].value, sheet["B5"].value, sheet["D5"].value) == ("Everyone", 3, "=B5")
    (total,) = score.total(pd.DataFrame([{"Stroke": 1, "Sport": 1}]))
    show(score.to_calculator(cards="thresholds"))
    page.evaluate(ANSWER_REST)
    assert page.inner_text("#total") == "3"
    for group in page.get_by_role("radiogroup").all():
        group.get_by_role("radio", name="yes").check()
    assert page.inner_text("#total") == f"{total:g}"
