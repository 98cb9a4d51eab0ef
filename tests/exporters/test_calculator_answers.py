"""Calculators of raw tables in a real browser: clicked, typed, and with what is not known."""

import itertools

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, ScoreBinarizer
from riskslim.credit import find_reasons
from riskslim.features.any_of import AnyOf
from support.raw_scores import of_binning

PUBLISHED = {
    "curb": {
        "confused": {"points": 1},
        "urea": {"unit": "mmol/L", "cuts": [7.1], "points": [0, 1]},
        "rr": {"unit": "/min", "cuts": [30], "points": [0, 1]},
        "age": {"unit": "years", "cuts": [65], "points": [0, 1]},
    },
    "news": {
        "rr": {"unit": "/min", "cuts": [9, 12, 21, 25], "points": [3, 1, 0, 2, 3]},
        "temp": {"unit": "°C", "cuts": [35.1, 36.1, 38.1, 39.1], "points": [3, 1, 0, 1, 2]},
        "oxygen": {"points": 2},
    },
    "categories": {
        "ward": {"levels": {"A": 1, "B": -2, "C": 0, "D": 4}},
        "sex": {"levels": {"male": 2, "female": 0}},
        "sport": {"points": -3},
    },
    "many bands": {
        "age": {"cuts": list(range(20, 100, 10)), "points": [9, 0, 1, 2, 3, 4, 5, 6, 8]},
        "smoker": {"points": 5},
    },
}
PUBLISHED["negative"] = {
    "age": {"unit": "years", "cuts": [40, 70], "points": [0, -2, -5]},
    "sport": {"points": -1},
    "sex": {"levels": {"male": -1, "female": 0}},
}


PUBLISHED["any of several"] = {
    "low": {
        "points": 3,
        "any": [{"column": "sbp", "below": 90}, {"column": "dbp", "at_most": 60}],
    },
    "age": {"unit": "years", "cuts": [65], "points": [0, 1], "limits": [18, 120]},
}
NAMES = [*PUBLISHED, "learned"]


def learned():
    """A score of a raw table, blanks of which are answers, are filled in, or are refused."""
    random = np.random.default_rng(0)
    n = 150
    table = pd.DataFrame(
        {
            "Age": random.integers(18, 96, n).astype(float),
            "Lactate": random.gamma(2, 1.2, n).round(1),
            "Sex": random.choice(["f", "m"], n),
            "ward": random.choice(list("ABCDEFGH"), n),
            "Stroke": random.integers(0, 2, n).astype(float),
        }
    )
    for name in ("Age", "Stroke", "ward"):
        table[name] = table[name].mask(random.random(n) < 0.1)
    table["Lactate"] = table["Lactate"].mask(random.random(n) < 0.1, -8)
    y = random.integers(0, 2, n)
    binning = (
        ScoreBinarizer(cut_points={"Age": {"cuts": [40, 65], "missing": [-999]}, "Lactate": [2]})
        .set_params(special=[-8])
        .fit(table, y)
        .binning_
    )
    wanted = {
        "Age >= 40": -2,
        "Age >= 65": 5,
        "Lactate >= 2": 3,
        "Lactate: -8": 2,
        "Sex: m": -1,
        "Sex: f": 1,
    }
    wanted |= {"ward: A": 2, "ward: B": -4, "Stroke": -6}
    points = [wanted.get(name, 0) for name in binning.features]
    return of_binning(binning, points, table, y).turned()


def score_of(name):
    if name == "learned":
        return learned()
    items = PUBLISHED[name]
    return RiskScore.published({"intercept": -3.5, "multiplier": 1.7, "items": items}).turned()


def answers(score):
    """Every item with its answers: cells of the raw table, and how they are given on the page.

    The last is that it is not known, which the page says where there are no points for it.
    """
    given = []
    variables = [v for v in score.binning.variables if set(v.features) & set(score.points)]
    for number, (variable, item) in enumerate(zip(variables, score.items, strict=True)):
        column, unknown = variable.column, dict.fromkeys(variable.columns)
        if isinstance(variable, AnyOf):
            cells = [({"sbp": 120, "dbp": 80}, 0), ({"sbp": 120, "dbp": 60}, 1)]
        elif not item.bands:
            cells = [({column: 0}, 0), ({column: 1}, 1)]
        else:
            cells = [
                ({column: cell_of(variable, band)}, place) for place, band in enumerate(item.bands)
            ]
        one = [
            (cell, number, place, number_of(item, cell[column])) for cell, place in cells
        ]  # fmt: skip
        if not any(band.kind == "unknown" for band in item.bands):
            one.append((unknown, number, None, None))
        given.append(one)
    return given


def cell_of(variable, band):
    if band.kind == "range":
        return band.stop[0] - 0.5 if band.start is None else band.start[0]
    if band.kind == "special":
        return band.code
    words = {"yes": 1, "no": 0, "unknown": None}
    if band.kind in words:
        return words[band.kind]
    # Of levels that are named together, one.
    return band.level.split(" / ")[0]


def number_of(item, cell):
    """What is typed for a cell of a measurement."""
    return str(cell) if item.boundaries and cell is not None else None


SET = """([rows, byBand]) => rows.map(answers => {
    const fire = field => field.dispatchEvent(new Event("input", {bubbles: true}));
    for (const [number, place, text] of answers) {
        if (text !== null && !byBand) {
            const field = document.querySelector(`[data-number="${number}"]`);
            field.value = text; fire(field);
            continue;
        }
        const own = place === null ? `[data-unknown="${number}"]` : `[data-item="${number}"]`;
        const fields = [...document.querySelectorAll(own)];
        if (fields[0].tagName === "OPTION") {
            fields[0].selected = true; fire(fields[0].parentElement);
        } else if (fields[0].type === "radio") {
            const field = fields.find(f => f.value === (place === null ? "?" : String(place)));
            field.checked = true; fire(field);
        } else { fields[0].value = String(place); fire(fields[0]); }
    }
    const total = document.getElementById("total"), risk = document.getElementById("risk");
    const reasons = [...document.querySelectorAll("#why li[data-lost]")]
        .map(line => [line.dataset.reason, Number(line.dataset.lost)]);
    const ends = [total.dataset.value, total.dataset.high, risk.dataset.value, risk.dataset.high];
    return [ends.map(Number), reasons];
})"""


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@pytest.mark.parametrize("name", NAMES)
def test_every_answer_and_the_unknown(page, name, tmp_path):
    score = score_of(name)
    file = tmp_path / "calculator.html"
    file.write_text(score.to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    every = list(itertools.product(*answers(score)))
    rows = [{key: cell for one in every_one for key, cell in one[0].items()} for every_one in every]
    frame = pd.DataFrame(rows, dtype=object)
    low, high = score.total_ranges(frame)
    expected = np.column_stack([low, high, score.risks(low), score.risks(high)])
    asked = [[one[1:] for one in combination] for combination in every]
    known = [all(one[2] is not None for one in combination) for combination in every]
    reasons = find_reasons(score, frame[known], top=len(score.items))
    wanted = [
        [[one.characteristic, one.points] for one in reasons.of(row)] for row in range(sum(known))
    ]
    for by_band in (False, True):
        found = page.evaluate(SET, [asked, by_band])
        np.testing.assert_allclose([ends for ends, _ in found], expected, rtol=1e-12)
        assert [
            told for (_, told), is_known in zip(found, known, strict=True) if is_known
        ] == wanted
    np.testing.assert_array_equal(low[known], high[known])
    np.testing.assert_array_equal(low[known], score.total(frame[known]))
    np.testing.assert_allclose(
        expected[known, 2], score.predict_proba(frame[known])[:, 1], rtol=1e-12
    )
    assert (low < high).any()
    assert [text for text in page.problems if not text.startswith("file:")] == []


def test_numbers_that_cannot_be_are_refused_and_codes_are_not_known(page, tmp_path):
    score = learned()
    file = tmp_path / "calculator.html"
    file.write_text(score.to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    age = page.get_by_role("group", name="Age")
    number = age.get_by_role("spinbutton")
    checked = age.locator("input:checked")
    low, high = score.items[0].seen
    for text, note in (
        ("650", "650 is taken for a mistake: the score was learned from"),
        ("-998", "is taken for a mistake"),
        ("1e300", "is taken for a mistake"),
    ):
        number.fill(text)
        assert note in age.locator(".note").inner_text()
        assert checked.count() == 0
        assert "still to answer: 5" in page.inner_text("#interval")
    number.fill(f"{high + 1:g}")
    assert f"outside of {low:g} to {high:g}" in age.locator(".note").inner_text()
    assert checked.count() == 1
    number.fill("70")
    assert age.locator(".note").inner_text() == ""
    number.fill("-999")
    assert "-999 stands for: not known" in age.locator(".note").inner_text()
    assert age.get_by_role("radio", name="not known").is_checked()
    age.get_by_role("radio", name="65 or more").check()
    assert age.locator(".note").inner_text() == number.input_value() == ""


def test_limits_that_people_gave_are_kept(page, tmp_path):
    file = tmp_path / "calculator.html"
    file.write_text(score_of("any of several").to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    for text in ("17", "121"):
        page.get_by_role("spinbutton").fill(text)
        assert "it can be 18 to 120" in page.inner_text(".note")
    page.get_by_role("spinbutton").fill("120")
    assert "still to answer: 1" in page.inner_text("#interval")
    file.write_text(score_of("curb").to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    page.get_by_role("group", name="age").get_by_role("spinbutton").fill("-999")
    assert "cannot be below 0" in page.get_by_role("group", name="age").inner_text()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_overlaps_or_leaves_the_page(page, name, width, tmp_path):
    page.set_viewport_size({"width": width, "height": 800})
    file = tmp_path / "calculator.html"
    file.write_text(score_of(name).to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    for number in page.get_by_role("spinbutton").all():
        number.fill("-12345678")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overlapping = page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll(
                "#items input, #items select, #items .label, #items .worth, #items .unknown span, "
                + "#items .answer span, #items .note")]
                .map(one => [one, one.getBoundingClientRect()])
                .filter(([, box]) => box.width && box.height);
            const found = [];
            boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
                const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                const nested = one.contains(other) || other.contains(one);
                if (x > 1 && y > 1 && !nested) found.push([one.outerHTML, other.outerHTML]);
            }));
            return found;
        }"""
    )
    assert overlapping == []


def test_by_hand(page, tmp_path):
    file = tmp_path / "calculator.html"
    file.write_text(score_of("news").to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    page.get_by_role("spinbutton").first.fill("26")
    page.get_by_role("radio", name="36.1 to under 38.1").check()
    page.get_by_role("radio", name="no", exact=True).check()
    assert page.inner_text("#total") == "3"
    page.get_by_role("radio", name="not known").first.check()
    assert page.get_by_role("spinbutton").first.input_value() == ""
    assert page.inner_text("#total") == "0 to 3"
    assert "the result lies between" in page.inner_text("#interval")
    page.get_by_role("button").click()
    page.wait_for_function("document.getElementById('total').textContent === '–'")
