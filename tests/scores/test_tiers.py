"""Tiers: cut-offs against a plain search over all of them, on every card."""

import io
import json
from importlib import resources

import jsonschema
import numpy as np
import openpyxl
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.errors import DataWarning, OptionError
from riskslim.exporters.risk_rows import risk_rows
from riskslim.scores.tiers import read_tiers
from support.command_line import run

random = np.random.default_rng(4)
X = pd.DataFrame(random.integers(0, 2, (400, 3)), columns=["a", "b", "c"])
SCORE = RiskScore.from_points({"a": 3, "b": 2, "c": -1}, intercept=-3, multiplier=1.5).turned()
Y = (random.random(400) < SCORE.predict_proba(X)[:, 1]).astype(int)


def tiers(**way):
    return [{"name": "Low", "advice": "Home."}, {"name": "High", "advice": "Admit.", **way}]


@pytest.mark.parametrize(
    ("way", "wanted"),
    [("sensitivity", 0.9), ("sensitivity", 0.5), ("specificity", 0.8), ("ppv", 0.4)],
)
def test_cut_offs_are_the_best_that_reach_what_is_asked(way, wanted):
    total = SCORE.total(X)

    def rate(cut):
        above = total >= cut
        return {
            "sensitivity": Y[above].sum() / Y.sum(),
            "specificity": (1 - Y)[~above].sum() / (1 - Y).sum(),
            "ppv": Y[above].mean(),
        }[way]

    good = [cut for cut in np.unique(total) if rate(cut) >= wanted]
    tier = SCORE.with_tiers(tiers(**{way: wanted}), X, Y).tiers[1]
    assert tier.low == (max(good) if way == "sensitivity" else min(good))
    assert tier.reached is not None
    value, low, high = tier.reached
    assert value == pytest.approx(rate(tier.low))
    assert low < value < high


def test_net_benefit_risk_and_total():
    total = SCORE.total(X)

    def benefit(cut):
        above = total >= cut
        return Y[above].sum() - (1 - Y)[above].sum() * 0.2 / 0.8

    chosen = SCORE.with_tiers(tiers(net_benefit=0.2), X, Y).tiers[1].low
    assert benefit(chosen) == max(benefit(cut) for cut in np.unique(total))
    by_risk = SCORE.with_tiers(tiers(risk=0.3)).tiers[1].low
    assert SCORE.risk(by_risk) >= 0.3 > SCORE.risk(by_risk - 1)
    assert SCORE.with_tiers(tiers(total=2)).tiers[1].low == 2


def test_they_stand_on_every_card_and_move_with_the_points(tmp_path):
    score = SCORE.with_tiers(tiers(risk=0.3))
    assert RiskScore.from_json(score.to_json()) == score
    schema = resources.files("riskslim.exporters") / "score.schema.json"
    jsonschema.validate(json.loads(score.to_json()), json.loads(schema.read_text(encoding="utf-8")))
    low = score.tiers[1].low
    for form in ("text", "markdown", "html", "latex", "svg", "calculator"):
        text = " ".join(score.export(form).split())
        assert "Admit" in text, form
    assert score.signed().tiers[1].low == low - score.base
    assert score.signed().turned() == score


def test_command_line_and_calculator(page, tmp_path):
    X.assign(outcome=Y).to_csv(tmp_path / "test.csv", index=False)
    SCORE.save(tmp_path / "score.json")
    (tmp_path / "tiers.toml").write_text(
        '[[tiers]]\nname = "Low"\nadvice = "Home."\n[[tiers]]\nname = "High"\nadvice = "Admit."\n'
        "sensitivity = 0.8\n",
        encoding="utf-8",
    )
    arguments = ("tiers", tmp_path / "score.json", tmp_path / "tiers.toml")
    refused = run(*arguments)
    assert "sensitivity is chosen on people; give data" in refused.stderr
    done = run(*arguments, "--data", tmp_path / "test.csv", "-o", tmp_path / "tiered.json")
    assert done.exit_code == 0, done.stderr
    score = RiskScore.load(tmp_path / "tiered.json")
    file = tmp_path / "calculator.html"
    file.write_text(score.to_calculator(), encoding="utf-8")
    page.goto(file.as_uri())
    for row in range(8):
        ticks = [row & 1, row >> 1 & 1, row >> 2 & 1]
        page.evaluate(
            """ticks => ticks.forEach((tick, number) => {
                const fields = document.querySelectorAll(`[data-item="${number}"]`);
                const field = fields.length > 1 ? fields[tick] : fields[0];
                field.checked = fields.length > 1 || tick === 1;
                field.dispatchEvent(new Event("input", {bubbles: true}));
            })""",
            ticks,
        )
        (total,) = score.total(pd.DataFrame([ticks], columns=list("abc")))
        assert page.inner_text("#total") == f"{total:g}"
        assert ("Admit" if total >= score.tiers[1].low else "Home") in page.inner_text("#tier")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([{"name": "a"}], "give two or more"),
        ([{"name": "a", "risk": 0.1}, {"name": "b"}], "the first has all totals below"),
        ([{"name": "a"}, {"name": "b"}], "give one of total"),
        ([{"name": "a"}, {"name": "b", "risk": 2}], "a share between 0 and 1"),
        ([{"name": "a"}, {"name": "b", "rsk": 0.2}], "did you mean 'risk'"),
        ([{"name": "a"}, {"name": "b", "total": 3}, {"name": "c", "total": 3}], "do not ascend"),
        ([{"name": "a"}, {"name": "a", "total": 3}], "a name of its own"),
        ([{"name": "a"}, {"name": "b", "ppv": 0.2}], "give data"),
        ([{"name": "a"}, {"name": "b", "risk": 0.9999}], "no total has a risk"),
    ],
)
def test_what_means_nothing_is_refused(given, words):
    with pytest.raises(OptionError) as error:
        SCORE.with_tiers(given)
    assert words in str(error.value)


def test_intervals_count_people_not_weights():
    def tier(weight):
        return SCORE.with_tiers(tiers(sensitivity=0.8), X, Y, weight).tiers[1]

    assert tier(np.full(400, 1e6)).reached == pytest.approx(tier(None).reached)
    uneven = np.where(np.arange(400) % 2, 1.0, 1e-9)
    _, low, high = tier(uneven).reached
    half = SCORE.with_tiers(tiers(sensitivity=0.8), X[1::2], Y[1::2]).tiers[1].reached
    assert (low, high) == pytest.approx(half[1:], abs=1e-6)


def test_a_tier_by_risk_follows_the_risks():
    three = [{"name": "Low"}, {"name": "High", "risk": 0.3}, {"name": "Highest", "risk": 0.4}]
    score = SCORE.with_tiers(three)
    half = (random.random(400) < 0.7 * SCORE.predict_proba(X)[:, 1]).astype(int)
    changed = score.recalibrate(X, half, "intercept")
    for tier in changed.tiers[1:]:
        assert changed.risk(tier.low) >= tier.wanted > changed.risk(tier.low - 1)
    assert changed.tiers[1].low > score.tiers[1].low
    by_total = SCORE.with_tiers(tiers(total=2)).recalibrate(X, half, "intercept")
    assert by_total.tiers[1].low == 2


def test_a_tier_that_loses_its_totals_is_left_out_with_a_warning():
    three = [{"name": "Low"}, {"name": "Some", "risk": 0.3}, {"name": "High", "total": 5}]
    score = SCORE.with_tiers(three)
    few = (np.arange(400) % 40 == 0).astype(int)
    with pytest.warns(DataWarning, match="no totals of their own are left for 'Some'"):
        changed = score.recalibrate(X, few, "intercept")
    assert [tier.name for tier in changed.tiers] == ["Low", "High"]


def test_rows_stand_below_the_name_of_their_tier():
    score = SCORE.with_tiers(tiers(risk=0.3))
    low = score.tiers[1].low
    heads = {row.tier: row.total for row in risk_rows(score) if row.tier}
    assert heads == {"Low: Home.": "0", "High: Admit.": str(low)}
    lines = score.export("text").splitlines()
    at = lines.index(" High: Admit.")
    assert lines[at + 1].split()[0] == str(low)
    assert lines[at - 1].split()[0] == str(low - 1)
    for form in ("html", "latex", "svg", "markdown"):
        assert "High: Admit." in score.export(form).replace("\\", ""), form


def test_joined_totals_are_parted_where_a_tier_begins():
    score = RiskScore.from_points({f"f{i}": 2**i for i in range(8)}, intercept=-128, multiplier=6)
    joined = risk_rows(score)
    cut = [{"name": "Low"}, {"name": "High", "total": 250}]
    parted = risk_rows(score.with_tiers(cut))
    assert len(parted) == len(joined) + 1
    (head,) = [row for row in parted if row.tier == "High"]
    assert head.total == "250 or more"


def test_a_workbook_says_the_tier_of_its_total():
    sheet = openpyxl.load_workbook(
        io.BytesIO(SCORE.with_tiers(tiers(total=2)).export("xlsx"))
    ).active
    cell = next(cell for cell in sheet["B"] if str(cell.value).startswith("="))
    assert "IF(AND(M" in cell.value
    assert '>=(2))," / High: Admit.","")' in cell.value


def test_a_file_whose_tiers_are_no_tables_is_refused(tmp_path):
    file = tmp_path / "tiers.toml"
    file.write_text("tiers = [1, 2]\n", encoding="utf-8")
    with pytest.raises(OptionError, match=r"give tables \[\[tiers\]\]"):
        read_tiers(file)
