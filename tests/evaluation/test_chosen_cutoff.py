"""Cut-offs for what is required: every total tried, and a band in which a score abstains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.errors import OptionError
from riskslim.evaluation.chosen_cutoff import find_cutoff
from support.command_line import printed_object, run

SCORE = RiskScore.from_points({"A": 3, "B": 2, "C": 1}, intercept=-3)


def people(seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.integers(0, 2, (90, 3)), columns=list("ABC"))
    y = (rng.random(90) < SCORE.predict_proba(X)[:, 1]).astype(int)
    return X, y, rng.integers(1, 4, 90).astype(float)


@pytest.mark.fast
@pytest.mark.parametrize("seed", range(5))
def test_the_cutoff_is_the_best_of_all_totals(seed: int) -> None:
    X, y, w = people(seed)
    total = SCORE.total(X)
    rows = []
    for cut in np.unique(total):
        yes = total >= cut
        hit, alarm = w[yes & (y == 1)].sum(), w[yes & (y == 0)].sum()
        ill, well = w[y == 1].sum(), w[y == 0].sum()
        below = w[~yes].sum()
        rows.append(
            {
                "cut": cut,
                "sensitivity": hit / ill,
                "specificity": 1 - alarm / well,
                "ppv": hit / (hit + alarm),
                "npv": (well - alarm) / below if below else 0,
                "share": (hit + alarm) / w.sum(),
                "cost": 4 * (ill - hit) + alarm,
            }
        )
    table = pd.DataFrame(rows)
    for way, wanted, first in (
        ("sensitivity", 0.8, False), ("npv", 0.7, False), ("specificity", 0.6, True),
        ("ppv", 0.6, True),
    ):  # fmt: skip
        good = table[table[way] >= wanted]
        one = good.iloc[0 if first else -1]
        found = find_cutoff(SCORE, X, y, way, wanted, w)
        assert found.point.total == one.cut
        assert found.reached is not None
        assert found.reached[0] == pytest.approx(one[way])
        assert found.reached[1] < found.reached[0] < found.reached[2] or one[way] == 1
    found = find_cutoff(SCORE, X, y, "share", 0.4, w)
    assert found.point.total == table[table.share <= 0.4].cut.iloc[0]
    found = find_cutoff(SCORE, X, y, "cost", 4.0, w)
    assert found.point.total == table.cut[table.cost.argmin()]


@pytest.mark.fast
def test_between_no_and_yes_a_score_abstains() -> None:
    X, y, w = people(1)
    total = SCORE.total(X)
    found = find_cutoff(SCORE, X, y, "ppv", 0.7, w, rule_out=0.8)
    assert found.no_below is not None
    assert found.no_npv is not None
    no = total < found.no_below
    assert found.no_npv.value == pytest.approx(w[no & (y == 0)].sum() / w[no].sum())
    assert found.no_npv.value >= 0.8
    between = (total >= found.no_below) & (total < found.point.total)
    assert found.abstained == pytest.approx(w[between].sum() / w.sum())
    assert found.abstained > 0


@pytest.mark.fast
def test_what_cannot_be_reached_is_said() -> None:
    X, y, w = people(0)
    with pytest.raises(OptionError, match="give one of"):
        find_cutoff(SCORE, X, y, "luck", 0.5, w)
    with pytest.raises(OptionError, match="between 0 and 1"):
        find_cutoff(SCORE, X, y, "ppv", 1.5, w)
    with pytest.raises(OptionError, match="no total reaches"):
        find_cutoff(SCORE, X, 1 - (SCORE.total(X) > 3), "ppv", 0.999, w)


@pytest.mark.fast
def test_the_command_prints_rates_with_intervals(tmp_path: Path) -> None:
    X, y, _ = people(2)
    X.assign(outcome=y).to_csv(tmp_path / "test.csv", index=False)
    SCORE.save(tmp_path / "score.json")
    command = ["cutoff", tmp_path / "score.json", tmp_path / "test.csv"]
    shown = run(*command, "--ppv", 0.6, "--rule-out", 0.8)
    assert shown.exit_code == 0, shown.output
    assert "Yes from a total of" in shown.output
    assert "neither between" in shown.output
    found = printed_object(run(*command, "--sensitivity", 0.9, "--json"))
    assert found["reached"][0] >= 0.9
    assert run(*command).exit_code == 2
    assert run(*command, "--ppv", 0.5, "--share", 0.5).exit_code == 2
