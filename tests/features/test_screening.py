"""Choosing cuts within the search: many candidates, few used, and what screening may claim."""

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMClassifier, ScoreBinarizer
from riskslim.errors import OptionError


def table(seed, n=300, variables=6, informative=3):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, variables))
    at = rng.uniform(-0.7, 0.7, informative)
    logit = (values[:, :informative] > at) @ rng.uniform(1, 2, informative) - 2
    outcome = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    return pd.DataFrame(values, columns=[f"V{j}" for j in range(variables)]), outcome


def fit(frame, outcome, screen=None, at_most=1, max_cuts=8, **options):
    binarizer = ScoreBinarizer(cuts="quantile", max_cuts=max_cuts, screen=screen)
    classifier = RiskSLIMClassifier(
        max_size=3, binarizer=binarizer, at_most=at_most, engine="supports", **options
    )
    return classifier.fit(frame, outcome)


@pytest.mark.parametrize("at_most", [1, 2])
def test_cuts_are_chosen_with_the_points(at_most):
    """As good as the best of all ways to choose one cut of each variable beforehand."""
    frame, outcome = table(0, variables=2, informative=2)
    chosen = fit(frame, outcome, at_most=at_most, max_cuts=5)
    cuts = chosen.binarizer_.binning_.ordered
    best = np.inf
    pairs = [(a, b) for a in cuts["V0"] for b in cuts["V1"]]
    features = chosen.binarizer_.binning_.frame(frame)
    for pair in pairs:
        alone = RiskSLIMClassifier(max_size=3).fit(features[list(pair)], outcome)
        best = min(best, alone.solution_.objective)
    assert chosen.solution_.status == "optimal"
    if at_most == 1:
        assert chosen.solution_.objective == pytest.approx(best, abs=1e-9)
    else:
        assert chosen.solution_.objective <= best + 1e-9
    for names in cuts.values():
        assert sum(name in chosen.score_.points for name in names) <= at_most


def test_screening_says_what_it_holds_among():
    frame, outcome = table(1)
    score = fit(frame, outcome, screen=15).score_
    assert "of 48 candidate cut points the 15 that screening kept" in score.rules
    assert len(score.features) == 15
    assert "screening" not in " ".join(fit(frame, outcome, screen=48).score_.rules)
    # The score reads raw tables as any other.
    assert score.total(frame).shape == (300,)


def test_screening_keeps_the_best_score_nearly_always():
    same = 0
    for seed in range(8):
        frame, outcome = table(seed)
        full, part = fit(frame, outcome), fit(frame, outcome, screen=15)
        assert full.solution_.status == part.solution_.status == "optimal"
        gap = part.solution_.objective - full.solution_.objective
        assert gap >= -1e-9
        assert gap <= 0.01
        same += gap <= 1e-9
    assert same >= 6


def test_thirty_variables_of_twenty_cuts():
    frame, outcome = table(2, n=1000, variables=30, informative=4)
    for at_most in (1, 2):
        found = fit(frame, outcome, screen=45, at_most=at_most, max_cuts=20)
        assert found.solution_.status == "optimal"
        assert "of 600 candidate cut points the 45 that screening kept" in found.score_.rules
        for names in found.binarizer_.binning_.ordered.values():
            assert sum(name in found.score_.points for name in names) <= at_most


def test_screening_is_refused_where_it_has_no_meaning():
    frame, outcome = table(3)
    with pytest.raises(OptionError, match="intervals change with their neighbours"):
        ScoreBinarizer(cuts="quantile", intervals=True, screen=5).fit(frame, outcome)
    with pytest.raises(OptionError, match="give y"):
        ScoreBinarizer(cuts="quantile", screen=5).fit(frame)
    with pytest.raises(OptionError, match="screen=0"):
        ScoreBinarizer(screen=0).fit(frame, outcome)
