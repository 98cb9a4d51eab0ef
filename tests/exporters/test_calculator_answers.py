"""Calculators of raw tables in a real browser: clicked, typed, and with what is not known."""

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore

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


def score_of(name):
    items = PUBLISHED[name]
    return RiskScore.published({"intercept": -3.5, "multiplier": 1.7, "items": items}).turned()


def answers(score):
    """Every item with its answers: a cell of the raw table, and how it is given on the page."""
    given = []
    for number, (column, item) in enumerate(
        zip((v.column for v in score.binning.variables), score.items, strict=True)
    ):
        if not item.bands:
            given.append([(column, 0, number, "tick"), (column, 1, number, "tick")])
        elif item.boundaries:
            cells = [item.boundaries[0][0] - 1, *(cut for cut, _ in item.boundaries)]
            given.append([(column, cell, number, "type") for cell in cells])
        else:
            cells = [band.level or {"yes": 1, "no": 0}[band.kind] for band in item.bands]
            given.append([(column, cell, number, "band") for cell in cells])
    return given


SET = """([answers, byBand]) => {
    const fire = field => field.dispatchEvent(new Event("input", {bubbles: true}));
    for (const [number, place, cell, how] of answers) {
        const own = `[data-item="${number}"]`;
        if (place === null) {
            const box = document.querySelector(`[data-unknown="${number}"]`);
            if (box.tagName === "OPTION") { box.selected = true; fire(box.parentElement); }
            else { box.checked = true; fire(box); }
        } else if (how === "tick") {
            const box = document.querySelector(own);
            box.checked = cell === 1; fire(box);
        } else if (how === "type" && !byBand) {
            const field = document.querySelector(`[data-number="${number}"]`);
            field.value = String(cell); fire(field);
        } else {
            const fields = [...document.querySelectorAll(own)];
            if (fields[0].type === "radio") { fields[place].checked = true; fire(fields[place]); }
            else { fields[0].value = String(place); fire(fields[0]); }
        }
    }
    const total = document.getElementById("total"), risk = document.getElementById("risk");
    return [total.dataset.value, total.dataset.high, risk.dataset.value, risk.dataset.high]
        .map(Number);
}"""


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_answer_and_the_unknown(page, name, tmp_path):
    from itertools import product

    score = score_of(name)
    file = tmp_path / "calculator.html"
    file.write_text(score.to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    given = answers(score)
    choices = [[*enumerate(one), (None, (one[0][0], None, one[0][2], one[0][3]))] for one in given]
    for combination in product(*choices):
        frame = pd.DataFrame(
            {column: pd.Series([cell], dtype=object) for _, (column, cell, _, _) in combination}
        )
        low, high = score.total_ranges(frame)
        asked = [[number, place, cell, how] for place, (_, cell, number, how) in combination]
        expected = [low[0], high[0], *score.risks(np.array([low[0], high[0]]))]
        for by_band in (False, True):
            found = page.evaluate(SET, [asked, by_band])
            np.testing.assert_allclose(found, expected, rtol=1e-12)
        if all(place is not None for place, _ in combination):
            assert found[0] == score.total(frame)[0]
            np.testing.assert_allclose(found[2], score.predict_proba(frame)[0, 1], rtol=1e-12)
    assert [text for text in page.problems if not text.startswith("file:")] == []


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_overlaps_or_leaves_the_page(page, name, width, tmp_path):
    page.set_viewport_size({"width": width, "height": 800})
    file = tmp_path / "calculator.html"
    file.write_text(score_of(name).to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overlapping = page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll(
                "#items input, #items select, #items .label, #items .worth, #items .unknown span")]
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
    assert page.inner_text("#total") == "3"
    page.get_by_role("radio", name="not known").first.check()
    assert page.get_by_role("spinbutton").first.input_value() == ""
    assert page.inner_text("#total") == "0 to 3"
    assert "the result lies between" in page.inner_text("#interval")
    page.get_by_role("button").click()
    page.wait_for_function("document.getElementById('total').textContent === '0'")
