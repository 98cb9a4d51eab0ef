"""A column of yes and no is the same where a database keeps it as true and false."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMClassifier, ScoreBinarizer
from riskslim.data.spelling import truths


def test_which_categories_true_and_false_are() -> None:
    assert truths(["Yes", "No", "unknown"]) == {"true": "Yes", "false": "No"}
    assert truths(["ja", "nein"]) == {"true": "ja", "false": "nein"}
    assert truths(["yes", "True"]) == {}
    assert truths(["yes", "y", "no"]) == {"false": "no"}
    assert truths(["A", "B"]) == {}


@pytest.mark.parametrize("words", [("no", "yes"), ("Nein", "Ja")])
def test_truth_values_score_as_the_words_do(words: tuple[str, str], tmp_path: Path) -> None:
    import duckdb

    random = np.random.default_rng(0)
    confused = random.random(300) < 0.4
    words_of = np.array(words)[confused.astype(int)]
    frame = pd.DataFrame({"Confusion": words_of, "Age": random.integers(40, 90, 300)})
    died = (random.random(300) < 0.2 + 0.5 * confused).astype(int)
    binarizer = ScoreBinarizer(kinds={"Confusion": "category"})
    score = RiskSLIMClassifier(max_size=2, binarizer=binarizer).fit(frame, died).score_
    wanted = score.predict_proba(frame)
    as_bool = frame.assign(Confusion=confused)
    np.testing.assert_array_equal(score.predict_proba(as_bool), wanted)
    np.testing.assert_array_equal(score.predict_proba(as_bool.astype({"Confusion": str})), wanted)
    for people in (frame, as_bool):
        rows = duckdb.sql(score.export("sql")).fetchnumpy()
        np.testing.assert_allclose(rows["risk"], wanted[:, 1], atol=1e-12)
        del people
    names: dict[str, object] = {}
    exec(score.export("python"), names)
