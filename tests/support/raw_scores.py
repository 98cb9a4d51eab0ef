"""Scores of raw tables, and people of every kind, for the tests of what is exported."""

from dataclasses import replace

import numpy as np
import pandas as pd

from riskslim import RiskScore, ScoreBinarizer
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from riskslim.scores.items import Feature
from riskslim.scores.origin import Training
from riskslim.scores.totals import score_table
from riskslim.scores.variables import known_variables

WARDS = ["A & E", "O'Neill", "intensive care", "rare one", "another"]


def raw_table(n=300, blanks=True, seed=0):
    """A table with a column of each kind, and columns that are called as outputs are."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "Age": random.integers(18, 95, n).astype(float),
            "Lactate": random.gamma(2, 1.2, n).round(1),
            "Sex": random.choice(["f", "m"], n),
            "ward": random.choice(WARDS, n, p=[0.4, 0.28, 0.2, 0.06, 0.06]),
            "Stroke": random.integers(0, 2, n).astype(float),
            "grade": random.choice(["1", "2", "3"], n),
            "Born": day(random.integers(0, 25000, n)),
            "Seen": day(random.integers(26000, 30000, n)),
            "total": random.integers(0, 50, n).astype(float),
            "Risk": random.integers(0, 2, n).astype(float),
        }
    )
    if blanks:
        for name in table.columns:
            table[name] = table[name].mask(random.random(n) < 0.1)
    return table, random.integers(0, 2, n)


def day(numbers):
    """Days after 1930-01-01, as text."""
    start = pd.Timestamp("1930-01-01")
    return (start + pd.to_timedelta(numbers, unit="D")).strftime("%Y-%m-%d")


def raw_score(blanks="feature", reference="2030-02-28", **options):
    """A score with points for every feature of the table that there can be."""
    table, y = raw_table(blanks=blanks != "refuse")
    if reference != "Seen":
        table = table.drop(columns="Seen")
    binarizer = ScoreBinarizer(
        blanks=blanks,
        reference_date=reference,
        kinds={"grade": "category"},
        cuts="quantile",
        max_cuts=3,
        **options,
    ).fit(table, y)
    binning = binarizer.binning_
    points = [1 + 7 * place % 11 - 5 or 2 for place in range(len(binning.features))]
    return of_binning(binning, points, table, y), table


def people(table, blanks=True):
    """People at and around what decides: cuts, birthdays, unknown and oddly written categories."""
    odd = table.head(80).copy()
    odd.loc[0:2, "Age"] = [40.0, 39.999, 1e6]
    odd.loc[3:5, "ward"] = ["intensive   care", " O'Neill ", "never met"]
    odd.loc[6:9, "Born"] = ["1960-02-28", "1960-02-29", "1960-03-01", "1960-03-01 23:59:00"]
    if not blanks:
        return odd
    odd.loc[10:14, "ward"] = ["NA", "-", "", "Missing", None]
    odd.loc[15:16, "Sex"] = ["?", "nan"]
    return odd


def coded_score():
    """A score whose table has codes for missing values, and a category called NA."""
    random = np.random.default_rng(3)
    n = 200
    table = pd.DataFrame(
        {
            "Age": random.choice([-999.0, 30, 50, 70], n),
            "valve": random.choice(["NA", "biological", "mechanical", "é"], n),
            "grade": random.choice(["1", "2", "9", "3"], n),
            "Stroke": random.choice([0.0, 1.0, 9.0], n),
            "Born": random.choice(["1900-01-01", "1950-05-05", "1980-06-06"], n),
        }
    )
    binning = Binning(
        (
            Thresholds("Age", "Age", "feature", cuts=(40.0, 60.0), missing=("-999",)),
            Levels("valve", "valve", "feature", levels=("NA", "mechanical", "é"),
                   rest=("biological",)),
            Levels("grade", "grade", "feature", levels=("1", "2"), rest=("3",), other=True,
                   missing=("9",)),
            Flag("Stroke", "Stroke", "feature", missing=("9", "unknown")),
            Thresholds("Born", "Years", "feature", cuts=(40.0,), integer=True,
                       reference="2000-01-01", missing=("1900-01-01",)),
        )
    )  # fmt: skip
    points = [
        (5, -3, 2, 1, 4)[place % 5] * (1 + place // 5) for place in range(len(binning.features))
    ]
    return of_binning(binning, points, table, random.integers(0, 2, n)), table


def coded_people(table):
    """People with every code in other spellings than the table's."""
    odd = table.head(30).astype(object)
    odd.loc[0:5, "grade"] = ["01", "2.0", 1, 9, "9.0", "10"]
    odd.loc[6:9, "valve"] = ["NA", "na", "e\u0301", "-"]
    odd.loc[10:13, "Stroke"] = ["1", "unknown", 9, 1]
    return odd


def of_binning(binning, points, table, y):
    """A score with points for the features of a binning."""
    cells = binning.encode(table)
    features = tuple(
        Feature(name, value, 0.0, 1.0, True)
        for name, value in zip(binning.features, points, strict=True)
    )
    totals = cells @ np.array(points, dtype=float)
    return RiskScore(
        outcome="Died",
        labels=(0, 1),
        features=features,
        intercept=-3,
        multiplier=4.5,
        training=Training(len(y), int(y.sum()), float(len(y)), float(y.sum())),
        table=score_table(
            *(features, -3, 4.5, totals, y.astype(float), 1.0 - y), known_variables(binning, ())
        ),
        binning=binning,
    )


def isotonic(score, table):
    """The score with looked-up risks."""
    random = np.random.default_rng(1)
    total = score.total(table)
    y = (random.random(len(total)) < 1 / (1 + np.exp(-0.2 * (total - total.mean())))).astype(int)
    return score.recalibrate(table, y, "isotonic")


def counted_from_0(score):
    """The score with a real intercept, turned: what everybody has more, the intercept has less."""
    made = replace(score, intercept=score.intercept - 0.3719).turned()
    assert made.shifts
    return made


def renamed(score, names):
    """A score of numbers whose features have other names."""
    features = [
        replace(feature, name=name) for feature, name in zip(score.features, names, strict=True)
    ]
    return replace(score, features=tuple(features))
