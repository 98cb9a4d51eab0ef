"""What is done is said by `logging`, and shown where it is asked for."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMProblem, ScoreBinarizer
from riskslim.data import Dataset
from support.command_line import run

dice = np.random.default_rng(1)
FRAME = pd.DataFrame(dice.integers(0, 2, (80, 3)), columns=list("abc"))
FRAME.insert(0, "died", (dice.random(80) < 0.2 + 0.4 * FRAME["a"]).astype(int))


def test_a_search_says_how_it_began_and_ended(caplog: pytest.LogCaptureFixture) -> None:
    data = Dataset.from_frame(FRAME)
    with caplog.at_level(logging.DEBUG, logger="riskslim"):
        solution = RiskSLIMProblem(data, max_size=2).solve(time_limit=30)
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert said[0].startswith("search of 3 features")
    assert "at most 30.0 s" in said[0]
    assert set(solution.log) <= set(said)
    assert f"objective {solution.objective:.7f}" in said[-1]
    moves = [record for record in caplog.records if record.levelno == logging.DEBUG]
    assert moves
    assert {record.name for record in moves} == {"riskslim.search.history"}


def test_features_that_are_kept_are_told(caplog: pytest.LogCaptureFixture) -> None:
    frame = pd.DataFrame({"Age": dice.integers(20, 90, 80), "Sex": dice.choice(["f", "m"], 80)})
    with caplog.at_level(logging.INFO, logger="riskslim"):
        made = ScoreBinarizer(max_cuts=8, screen=2).fit(frame, FRAME["died"]).binning_
    assert f"{len(made.features)} features are kept" in caplog.messages[-1]


def test_a_program_that_asks_for_nothing_hears_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("riskslim")
    assert any(isinstance(handler, logging.NullHandler) for handler in log.handlers)
    assert log.level == logging.NOTSET
    RiskSLIMProblem(Dataset.from_frame(FRAME), max_size=1).solve()
    assert capfd.readouterr() == ("", "")


def test_the_command_line_shows_as_much_as_is_asked_for(tmp_path) -> None:
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    silent = run("fit", tmp_path / "t.csv").stderr
    once = run("-v", "fit", tmp_path / "t.csv").stderr
    own = run("fit", tmp_path / "t.csv", "-v").stderr
    twice = run("-vv", "fit", tmp_path / "t.csv").stderr
    assert "search of" not in silent
    for shown in (once, own, twice):
        assert shown.count("search of 3 features") == 1
        assert shown.count("search ended (optimal)") == 1
    assert "bound" in twice
    assert twice.count("incumbent") > once.count("incumbent")
    log = logging.getLogger("riskslim")
    assert (log.level, len(log.handlers)) == (logging.NOTSET, 1)
