"""The calculator in a real browser: every combination, keyboard, hostile names, no network."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, RiskScore, Solution, Status
from riskslim.exporters.risk_rows import risk_rows

HOSTILE = [
    "</script><script>document.title='x'</script>",
    "=1+1 \"q\" 'a' & %_",
    "\u05d0\u05d1 <= 5",
]


def score_of(names, points, *, intercept=-3, multiplier=1.0, values=2):
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        random.integers(0, values, (80, len(names))).astype(float), columns=list(names)
    )
    frame.iloc[0], frame.iloc[1] = 0, values - 1
    frame.insert(0, "ill", (random.random(80) < 0.4).astype(int))
    data = Dataset.from_frame(frame)
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([intercept, *points]),
        feature_names=data.feature_names,
        objective=0.5,
        loss=0.5,
        lower_bound=0.5,
        nodes=1,
        cuts=0,
        lps=0,
        phase_seconds={"total": 0.1},
        proof="by hand",
        multiplier=multiplier,
    )
    return RiskScore.from_solution(solution, data)


SCORES = {
    "yes or no": score_of(["Age >= 40", "Age >= 65", "Sex", "Stroke"], [1, 2, -1, 4]),
    "multiplier": score_of(["a", "b", "c"], [5, -4, 3], intercept=-2, multiplier=2.625),
    "few values": score_of(["visits", "falls"], [-2, 3], intercept=1, multiplier=3.0, values=4),
    "hostile": score_of(HOSTILE, [2, -1, 3]),
}


def on_new_data(name, method):
    score = SCORES[name]
    random = np.random.default_rng(2)
    X = pd.DataFrame(random.integers(0, 2, (200, score.size)), columns=list(score.points))
    y = (random.random(200) < 0.2 + 0.6 * (score.total(X) > score.total(X).mean())).astype(int)
    return score.recalibrate(X, y, method)


SCORES |= {
    "new multiplier": on_new_data("few values", "logistic"),
    "isotonic": on_new_data("yes or no", "isotonic"),
    "prevalence": SCORES["multiplier"].with_prevalence(0.03),
}


def open_calculator(page, score, tmp_path, code="en"):
    file = tmp_path / "calculator.html"
    file.write_text(score.to_calculator(code), encoding="utf-8")
    page.goto(file.as_uri())
    page.problems[:] = [text for text in page.problems if not text.startswith("file:")]


def combinations(score):
    values = [
        [0.0, 1.0] if feature.is_binary else np.arange(feature.minimum, feature.maximum + 1)
        for feature in score.used_features
    ]
    return pd.DataFrame(list(itertools.product(*values)), columns=list(score.points))


@pytest.mark.parametrize("name", SCORES)
def test_every_combination(page, name, tmp_path):
    score = SCORES[name]
    open_calculator(page, score, tmp_path)
    assert page.title().startswith("Risk score for ill")
    table = combinations(score)
    # One call for all combinations: set every field, then tell the page, as a user's input does.
    found = page.evaluate(
        """rows => rows.map(row => {
            row.forEach((value, index) => {
                let input = document.querySelector(`[data-item="${index}"]`);
                if (input.type === "radio") {
                    input = document.querySelector(`[data-item="${index}"][value="${value}"]`);
                    input.checked = true;
                } else input.value = String(value);
                input.dispatchEvent(new Event("input", {bubbles: true}));
            });
            const total = document.getElementById("total"), risk = document.getElementById("risk");
            return [Number(total.dataset.value), Number(risk.dataset.value), total.textContent,
                    risk.textContent];
        })""",
        table.to_numpy().tolist(),
    )
    np.testing.assert_allclose([row[0] for row in found], score.total(table))
    np.testing.assert_allclose(
        [row[1] for row in found], score.predict_proba(table)[:, 1], rtol=1e-12
    )
    from riskslim.languages import language

    say = language("en")
    assert [row[2] for row in found] == [say.number(total) for total in score.total(table)]
    rows = risk_rows(score)
    places = [
        next(row.places for row in rows if row.high is None or total <= row.high)
        for total in score.total(table)
    ]
    shown = [say.percent(row[1], place) for row, place in zip(found, places, strict=True)]
    assert [row[3] for row in found] == shown
    assert page.problems == []


def test_by_keyboard_and_reset(page, tmp_path):
    open_calculator(page, SCORES["yes or no"], tmp_path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "radio"
    page.keyboard.press("Space")
    assert "still to answer: 3" in page.inner_text("#interval")
    page.keyboard.press("ArrowRight")
    for name in ("65", "Sex", "Stroke"):
        row = page.get_by_role("radiogroup", name=re.compile(name))
        row.get_by_role("radio", name="no", exact=True).check()
    assert page.inner_text("#total") == "1"
    assert "Age ≥ 40: +1" in page.inner_text("#why")
    page.get_by_role("radiogroup", name=re.compile("Stroke")).get_by_role(
        "radio", name="yes"
    ).check()
    assert page.inner_text("#total") == "5"
    page.get_by_role("button").click()
    page.wait_for_function("document.getElementById('total').textContent === '–'")
    assert page.problems == []


def test_an_empty_field_is_asked_for(page, tmp_path):
    score = score_of(["weight"], [1], values=60)
    open_calculator(page, score, tmp_path)
    assert page.get_by_role("spinbutton").input_value() == ""
    assert page.inner_text("#risk") == "–"
    assert "still to answer: 1" in page.inner_text("#interval")
    page.get_by_role("spinbutton").fill("2.5")
    assert page.inner_text("#total") == "2.5"
    for number, note in (("61", "outside of 0 to 59"), ("200", "mistake"), ("-1", "mistake")):
        page.get_by_role("spinbutton").fill(number)
        assert note in page.inner_text(".note")
        assert page.inner_text("#total") == ("61" if number == "61" else "–")
    page.get_by_role("checkbox").check()
    assert page.inner_text("#total") == "0 to 59"
    assert page.get_by_role("spinbutton").input_value() == page.inner_text(".note") == ""


def test_names_stay_names_and_foreign_scripts_do_not_run(page, tmp_path):
    open_calculator(page, SCORES["hostile"], tmp_path)
    assert page.title() == "Risk score for ill"
    shown = page.inner_text("#items")
    assert HOSTILE[0] in shown
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'ran'";
            document.body.appendChild(script);
        }"""
    )
    assert page.title() == "Risk score for ill"
    assert any("Content Security Policy" in text for text in page.problems)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_cut_off(page, width, tmp_path):
    long_name = score_of(["x" * 200, "word " * 40], [1, 2])
    page.set_viewport_size({"width": width, "height": 800})
    open_calculator(page, long_name, tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page, contrasts, scheme, tmp_path):
    """Text on its background has a contrast of at least 4.5, as WCAG's level AA asks."""
    page.emulate_media(color_scheme=scheme)
    open_calculator(page, SCORES["yes or no"], tmp_path)
    for row in page.get_by_role("radiogroup").all():
        row.get_by_role("radio", name="yes").check()
    texts = "h1, legend, .lead, .worth, .label, .answer span, .figure span, #total, #risk, button"
    found = contrasts(f"{texts}, #interval, #why li, #result h2, .notes p")
    assert len(found) > 8
    for what, contrast in found.items():
        assert contrast >= 4.5, what


def test_german(page, tmp_path):
    open_calculator(page, SCORES["multiplier"], tmp_path, "de")
    assert "Noch zu beantworten: 3." in page.inner_text("#interval")
    for row in page.get_by_role("radiogroup").all():
        row.get_by_role("radio", name="ja").check()
    assert re.fullmatch(r"[<>]?\d+ %", page.inner_text("#risk"))
    assert page.evaluate("document.documentElement.lang") == "de"


def test_is_small_and_reaches_for_nothing():
    for score in SCORES.values():
        text = score.to_calculator()
        assert len(text.encode()) < 100_000
        assert not re.search(r"(?:src|href)\s*=|url\(|https?://|@import", text)


def test_a_decision_score_answers(page, tmp_path):
    from riskslim import DecisionScore

    risk = SCORES["few values"]
    score = DecisionScore(risk.outcome, risk.labels, risk.features, -2, risk.training, risk.table)
    open_calculator(page, score, tmp_path)
    for visits, falls in itertools.product(range(4), repeat=2):
        page.select_option("#item-0", str(visits))
        page.select_option("#item-1", str(falls))
        assert page.inner_text("#risk") == ("yes" if 3 * falls - 2 * visits > 2 else "no")
    assert "Yes if the total exceeds 2, else no." in page.inner_text("footer")
    assert page.problems == []
