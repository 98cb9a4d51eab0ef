"""Any score of a raw table, with everybody that there can be."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from riskslim import RiskScore
from riskslim.features.binning import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from riskslim.scores.items import Feature
from riskslim.scores.origin import Training
from riskslim.scores.totals import score_table
from riskslim.scores.variables import known_variables

POINTS = st.integers(-7, 7)


@st.composite
def variables(draw, place):
    """A variable of a raw table, with all the cells that make a difference, and its points."""
    kind = draw(st.sampled_from(["cuts", "intervals", "levels", "complete", "flag"]))
    name = f"v{place}"
    blank = draw(st.booleans())
    shared = {"blanks": "feature" if blank else "impute"}
    if kind in ("cuts", "intervals"):
        cuts = tuple(sorted(draw(st.sets(st.integers(-5, 5), min_size=1, max_size=4))))
        codes = "-99", "-98"
        special = tuple((code, f"code {code}") for code in codes[: draw(st.integers(0, 2))])
        made = Thresholds(
            name, name, **shared, fill=0.0, cuts=tuple(map(float, cuts)),
            intervals=kind == "intervals", integer=True, special=special,
        )  # fmt: skip
        cells = [cuts[0] - 1.0, *map(float, cuts), *(float(code) for code, _ in special)]
    elif kind == "flag":
        made, cells = Flag(name, name, **shared, fill=0.0), [0.0, 1.0]
    else:
        levels = tuple("abcd"[: draw(st.integers(1, 4))])
        rest = () if kind == "complete" and len(levels) > 1 else ("x",)
        made = Levels(name, name, **shared, fill=levels[0], levels=levels, rest=rest)
        cells = [*levels, *rest]
    if blank:
        cells.append(None)
    points = draw(st.lists(POINTS, min_size=len(made.features), max_size=len(made.features)))
    return made, cells, points


@st.composite
def scores(draw):
    """A score of a raw table, and all people that there can be."""
    parts = [draw(variables(place)) for place in range(draw(st.integers(1, 4)))]
    binning = Binning(tuple(made for made, _, _ in parts))
    values = [value for _, _, points in parts for value in points]
    features = tuple(
        Feature(name, value, 0.0, 1.0, True)
        for name, value in zip(binning.features, values, strict=True)
    )
    people = pd.DataFrame(
        list(product(*(cells for _, cells, _ in parts))),
        columns=[made.column for made, _, _ in parts],
    )
    used = [feature for feature in features if feature.points]
    multiplier = draw(st.sampled_from([1.0, 0.7, 2.29]))
    intercept = draw(st.integers(-9, 9))
    score = RiskScore(
        outcome="y",
        labels=(0, 1),
        features=features,
        intercept=intercept,
        multiplier=multiplier,
        training=Training(0, 0, 0.0, 0.0),
        table=score_table(
            used, intercept, multiplier, np.zeros(0), np.zeros(0), np.zeros(0),
            known_variables(binning, ()),
        ),
        binning=binning,
    )  # fmt: skip
    return score, people
