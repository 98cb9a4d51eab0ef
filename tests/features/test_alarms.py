"""Columns that give the outcome away are named before the search."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from riskslim import ScoreBinarizer
from riskslim.errors import DataWarning
from riskslim.features.inspection import inspect_raw_table
from riskslim.features.raw_table import raw_dataset
from riskslim.workflows.build import candidates
from riskslim.workflows.people import People
from support.command_line import run


def people(n: int = 200) -> pd.DataFrame:
    """Give a table of honest columns."""
    dice = np.random.default_rng(5)
    age = dice.integers(30, 90, n)
    died = (age + dice.normal(0, 25, n) > 75).astype(int)
    return pd.DataFrame(
        {
            "Died": died,
            "Age": age,
            "Sex": dice.choice(["f", "m"], n),
            "Ward": dice.choice(list("ABC"), n),
        }
    )


def alarms(frame: pd.DataFrame, tmp_path) -> list[str]:
    """Give what check says, which is what a fit warns of."""
    file = tmp_path / "t.csv"
    frame.to_csv(file, index=False)
    told = inspect_raw_table(file, ScoreBinarizer(), "Died").warnings
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        raw_dataset(file, ScoreBinarizer(), "Died")
    fitted = {str(w.message) for w in caught}
    found = [
        text
        for text in told
        if any(word in text for word in ("the outcome away", "named like", "rarer outcome"))
    ]
    assert set(found) <= fitted
    return found


def test_honest_columns_raise_no_alarm(tmp_path) -> None:
    assert alarms(people(), tmp_path) == []


def test_values_and_blanks_that_give_the_outcome_away_are_named(
    tmp_path,
) -> None:
    frame = people()
    died = frame["Died"].to_numpy().astype(bool)
    dice = np.random.default_rng(6)
    frame["Lactate"] = np.where(died, 5, 1) + dice.random(len(frame)).round(2)
    frame["Fell"] = np.where(died, 1.0, 5.0) + dice.random(len(frame)).round(2)
    frame["Ended"] = np.where(died, dice.choice(["grave", "morgue"], len(frame)), "home")
    frame["Autopsy"] = np.where(died, dice.integers(1, 5, len(frame)).astype(float), np.nan)
    found = alarms(frame, tmp_path)
    assert len(found) == 2
    assert "the values of columns 'Lactate', 'Fell', 'Ended' nearly give" in found[0]
    assert "the blanks of column 'Autopsy' nearly give" in found[1]
    assert all("--drop" in text for text in found)


def test_a_value_that_only_the_rarer_class_has_is_named(tmp_path) -> None:
    frame = people()
    died = frame["Died"].to_numpy().astype(bool)
    half = died & (np.arange(len(frame)) % 2 == 0)
    assert 0.5 > died.mean() > 0.2
    assert half.sum() > 20
    frame["Autopsy"] = np.where(half, np.random.default_rng(9).choice(["yes", "no"], 200), None)
    frame["Grave"] = half.astype(int)
    frame["Seen"] = np.where(~died & (np.arange(len(frame)) % 2 == 0), "yes", "no")
    (found,) = alarms(frame, tmp_path)
    assert "all rows of a value of columns 'Autopsy', 'Grave', or all where they are known" in found


@pytest.mark.parametrize(
    "name",
    ["days_to_death", "Time until event", "futime", "Date of discharge", "cause.of.death",
     "vital_status", "length of stay", "follow-up days"],
)  # fmt: skip
def test_a_column_named_like_what_comes_afterwards_is_named(name: str, tmp_path) -> None:
    frame = people()
    frame[name] = np.random.default_rng(7).integers(1, 400, len(frame))
    (found,) = alarms(frame, tmp_path)
    assert f"column {name!r} is named like what happens after" in found


@pytest.mark.parametrize("name", ["Time of day", "Family history of death", "Discharged before"])
def test_other_names_are_left_alone(name: str, tmp_path) -> None:
    frame = people()
    frame[name] = np.random.default_rng(7).integers(1, 400, len(frame))
    assert alarms(frame, tmp_path) == []


def test_few_rows_of_a_class_raise_no_alarm_by_chance(tmp_path) -> None:
    frame = people(30)
    frame["Died"] = [1] * 5 + [0] * 25
    frame["Lactate"] = np.arange(30) % 29
    assert alarms(frame, tmp_path) == []


def test_weights_of_0_hide_rows_from_the_alarm() -> None:
    from riskslim.features.alarms import _areas
    from riskslim.features.columns import Column

    codes = np.repeat([0, 1], 50)
    told = codes.astype(float)
    told[:20] = 1.0
    counted = np.ones(100)

    def areas(weight: np.ndarray) -> tuple[float, float]:
        column = Column.of(pd.Series(told), "told", codes, weight)
        return _areas(column.cells.to_numpy(), column)

    assert max(areas(counted)) < 0.9
    counted[:20] = 0.0
    assert max(areas(counted)) == pytest.approx(1.0)


def test_a_look_and_build_raise_the_same_alarms_whatever_features_they_make(tmp_path) -> None:
    frame = people(1000)
    dice = np.random.default_rng(8)
    died = dice.random(len(frame)) < 0.04
    frame["Died"] = died.astype(int)
    frame["Autopsy"] = np.where(died, dice.integers(1, 5, len(frame)).astype(float), np.nan)
    frame["Cause"] = np.where(died, dice.choice(list("pqrstuvw"), len(frame)), None)
    frame["Ended"] = np.where(died, dice.choice(["grave", "morgue"], len(frame)), "home")
    frame["Form"] = np.where(died, None, "filled in")
    frame["Code"] = [f"c{row}" for row in range(len(frame))]
    file = tmp_path / "t.csv"
    frame.to_csv(file, index=False)
    made = People.read(file, "Died", None, None, None, candidates()).told(candidates(), None, ())
    looked = inspect_raw_table(file, ScoreBinarizer(), "Died").warnings
    found = [[text for text in told if "outcome away" in text] for told in (looked, made)]
    assert found[0] == found[1]
    assert "the values of column 'Ended' nearly" in found[0][0]
    assert "the blanks of columns 'Autopsy', 'Cause', 'Form' nearly" in found[0][1]
    copies = [[text for text in told if "copies of others" in text] for told in (looked, made)]
    assert all(copies)


def test_a_look_says_what_build_leaves_out_where_fit_refuses(tmp_path) -> None:
    frame = people()
    frame["Seen"] = pd.date_range("2024-01-01", periods=len(frame)).astype(str)
    frame.to_csv(tmp_path / "t.csv", index=False)
    seen = run("check", tmp_path / "t.csv", "--raw", "--target", "Died")
    assert seen.exit_code == 3
    assert "build can use it, and leaves out 'Seen'" in seen.stdout
    frame["Ward"] = ["1", "2", "x", "4"] * 50
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert inspect_raw_table(tmp_path / "t.csv", ScoreBinarizer(), "Died").dates == ()
