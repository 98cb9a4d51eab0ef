"""Special codes among numbers are answers of their own: learned, remembered, read and shown."""

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, ScoreBinarizer
from riskslim.credit import make_scorecard
from riskslim.errors import OptionError
from riskslim.features import Binning
from riskslim.features.columns import numbers_among
from support.raw_scores import of_binning

N = 200
RANDOM = np.random.default_rng(0)
Y = RANDOM.integers(0, 2, N)
TABLE = pd.DataFrame(
    {
        "Burden": np.where(np.arange(N) % 5 == 0, -8, RANDOM.integers(0, 100, N)),
        "Late": np.where(np.arange(N) % 4 == 0, -9, RANDOM.integers(0, 2, N)),
        "Trades": np.where(np.arange(N) == 7, -8, RANDOM.integers(0, 9, N)),
        "Kind": np.where(np.arange(N) % 3 == 0, "-9", RANDOM.choice(["a", "b"], N)),
    }
)


def learned(**options):
    return ScoreBinarizer(cuts="quantile", max_cuts=1, **options).fit(TABLE, Y).binning_


def of(binning, column):
    return next(one for one in binning.variables if one.column == column)


def test_a_frequent_code_is_a_feature_and_a_rare_one_a_blank():
    binning = learned(special=[-8, "-9.0"], cut_points={"Burden": {"special": {-8: "no trade"}}})
    burden, late, trades, kind = binning.variables
    assert burden.features[1:] == ("Burden: no trade",)
    assert burden.seen[0] >= 0
    assert late.features == ("Late >= 1", "Late: -9")
    assert late.missing == ("-8",)
    assert not trades.special
    assert trades.missing == ("-8", "-9.0")
    # Among categories it is one, with no need to say so.
    assert "Kind: -9" in kind.features
    cells = binning.frame(TABLE)
    assert cells["Burden: no trade"].tolist() == (TABLE.Burden == -8).tolist()
    assert (cells[burden.features[0]] == (TABLE.Burden >= burden.cuts[0])).all()
    assert Binning.from_record(binning.to_record()) == binning


def test_a_code_in_two_spellings_is_one():
    burden = of(learned(special={"Burden": [-8, "-8.0"]}, drop=["Late", "Trades"]), "Burden")
    assert burden.features[1:] == ("Burden: -8",)


def test_a_number_among_codes_is_one_in_any_spelling():
    assert numbers_among(["-8", "1e3", "-1.50", "x", "1_0", "inf", "2024-01-01"]) == (
        -8,
        1000,
        -1.5,
    )


def test_intervals_and_columns_of_codes_alone():
    late = of(learned(special={"Late": [-9]}, intervals=True, drop=["Burden", "Trades"]), "Late")
    assert (late.encode(TABLE, "table").sum(axis=1) <= 1).all()
    table = TABLE.assign(Late=np.where(TABLE.Late == -9, -9, 3))
    (late,) = ScoreBinarizer(special=[-9]).fit(table[["Late"]], Y).binning_.variables
    assert late.features == ("Late >= 3", "Late: -9")


def test_attributes_and_labels():
    binning = learned(special=[-8], drop=["Late", "Trades", "Kind"])
    for points in ([2, 5], [2, 0]):
        score = of_binning(binning, points, TABLE, Y)
        card = make_scorecard(score, TABLE, Y)
        assert [row.attribute for row in card.rows][2] == "-8"
        assert card.rows[2].count == (TABLE.Burden == -8).sum()
        assert card.rows[2].points == points[1]
        assert sum(row.count for row in card.rows) == N
        assert RiskScore.from_json(score.to_json()) == score


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"special": ["none"]}, "special: 'none' is no number"),
        ({"special": {"Nowhere": [-9]}}, "no column 'Nowhere'"),
        ({"special": {"Late": {"a": 1}}}, "special="),
        ({"cut_points": {"Late": {"special": {"-9": ""}}}}, "a label of its own"),
        (
            {"special": [-8], "cut_points": {"Kind": {"codes": {"a": "b"}}}, "drop": ["Late"]},
            "Kind: b.* one name of two features",
        ),
        (
            {
                "special": {"Late": [-9, 0]},
                "drop": ["Burden", "Trades"],
                "cut_points": {"Late": {"special": {"-9": "0"}}},
            },
            "Late: 0.* one name of two features",
        ),
    ],
)
def test_codes_that_mean_nothing_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        learned(**options)


def test_a_record_of_special_codes_is_checked():
    from riskslim.errors import ScoreError

    record = learned(special=[-8], drop=["Late", "Trades", "Kind"]).to_record()
    for special in ("x", [["-8"]], [["word", "called"]], [["-8", ""]]):
        record["variables"][0]["special"] = special
        with pytest.raises(ScoreError, match="'special' in entry 1"):
            Binning.from_record(record)
