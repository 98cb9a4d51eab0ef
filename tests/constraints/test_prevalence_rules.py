"""Rules on predictions beside a corrected prevalence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import RiskSLIMClassifier
from riskslim.cli.app import main
from riskslim.cli.exit_codes import ExitCode
from riskslim.constraints import Classed, Constraint, RateLimit, RateParity
from riskslim.errors import OptionError

X = pd.DataFrame({"a": [0, 0, 1, 1] * 5, "b": [0, 1, 0, 1] * 5})
Y = np.array([0, 0, 1, 1, 0, 1, 1, 1, 0, 0] * 2)


@pytest.mark.parametrize(
    "rule",
    [
        RateLimit("fpr", at_most=0.5),
        RateParity("tpr", ["b = 0", "b = 1"], difference=0.9),
        Classed({"a": 1}, positive=True),
    ],
)
def test_a_rule_on_predictions_that_a_correction_would_move_is_refused(rule: Constraint) -> None:
    model = RiskSLIMClassifier(max_size=2, constraints=[rule], prevalence=0.02)
    with pytest.raises(OptionError, match=r"risk above one half.*in points instead"):
        model.fit(X, Y)
    assert model.set_params(prevalence=None).fit(X, Y).score_.size <= 2


def test_a_rule_on_totals_holds_after_the_correction() -> None:
    rule = RateLimit("fpr", at_most=0.5, threshold=3)
    model = RiskSLIMClassifier(max_size=2, constraints=[rule], prevalence=0.02).fit(X, Y)
    called = model.score_.total(X) >= 3
    assert called[Y == 0].mean() <= 0.5


def test_the_command_line_refuses_it_too(tmp_path: Path) -> None:
    X.assign(y=Y).to_csv(tmp_path / "t.csv", index=False)
    command = ["fit", str(tmp_path / "t.csv"), "--target", "y", "--max-size", "2"]
    ended = CliRunner().invoke(main, [*command, "--max-fpr", "0.5", "--prevalence", "0.02"])
    assert ended.exit_code == ExitCode.USAGE
    assert "risk above one half" in ended.stderr
