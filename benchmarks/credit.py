"""What a credit desk computes, beside optbinning and scorecardpy: WoE, IV, KS, Gini and PSI.

    python benchmarks/credit.py

Needs both peers; tables are those of ../shared/data. A score of each table is fitted to one half of
the rows, its attributes are counted on the other half by all three, and the largest difference of
every number is printed.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from riskslim import RiskSLIMClassifier, ScoreBinarizer
from riskslim.credit import find_drift, find_gains, make_scorecard
from riskslim.credit.attributes import Applicants
from riskslim.exporters.characteristics import characteristics

warnings.filterwarnings("ignore")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TABLES = {
    "heloc": ("raw/heloc.csv", "RiskPerformance", "Bad", [-9, -8, -7]),
    "compas": ("raw/compas_two_years.csv", "two_year_recid", 1, []),
    "heart": ("heart.csv", "Disease", 1, []),
}


def compared(name: str) -> dict[str, float]:
    """Largest differences of one table."""
    from optbinning.binning.metrics import jeffrey

    file, target, positive, codes = TABLES[name]
    table = pd.read_csv(SHARED / file)
    y = (table.pop(target) == positive).astype(int)
    table = table.select_dtypes("number").drop(columns="id", errors="ignore")
    first = np.arange(len(y)) % 2 == 0
    model = RiskSLIMClassifier(
        max_size=6,
        multiplier="free",
        time_limit=10,
        binarizer=ScoreBinarizer(max_cuts=5, missing=codes),
    ).fit(table[first], y[first])
    score = model.score_
    X, outcome = table[~first].reset_index(drop=True), y[~first].to_numpy()
    card, gains = make_scorecard(score, X, outcome), find_gains(score, X, outcome)
    found = characteristics(score)
    at = Applicants.read(score, X).places(found)
    differences: dict[str, float] = {}

    def note(what: str, ours: float, theirs: float) -> None:
        differences[what] = max(differences.get(what, 0.0), abs(ours - theirs))

    for place, one in enumerate(found):
        rows = [row for row in card.rows if row.characteristic == one.name]
        if any(not 0 < row.bads < row.count for row in rows):
            continue  # empty cells: half a person here, 0.9 of one there, left out by optbinning
        bad = np.array([row.bads for row in rows])
        good = np.array([row.count for row in rows]) - bad
        note(
            "IV, optbinning",
            card.iv[one.name],
            float(jeffrey(bad / bad.sum(), good / good.sum(), return_sum=True)),
        )
        theirs = scorecardpy_iv(at[:, place], outcome)
        note("IV, scorecardpy", card.iv[one.name], theirs)
        woe = {row.attribute: row.woe or 0.0 for row in rows}
        for label, value in optbinning_woe(at[:, place], outcome, one.attributes).items():
            note("WoE, optbinning", woe[label], value)
    total = score.total(X)
    # scorecardpy and optbinning cut rows into groups, not totals, so that ties count by their
    # order, and scorecardpy rounds to four digits: SciPy and scikit-learn measure both here.
    above = ks_2samp(total[outcome == 1], total[outcome == 0], alternative="less").statistic
    note("KS, SciPy", gains.ks, float(above))
    note("Gini, scikit-learn", gains.gini.value, 2 * float(roc_auc_score(outcome, total)) - 1)
    print(
        f"  scorecardpy by groups of rows: KS {scorecardpy_ks(score, X, outcome):.4f}, "
        f"by totals {gains.ks:.4f}"
    )
    reference = table[first].reset_index(drop=True)
    drift = find_drift(score, X, reference)
    for stability in (drift.totals, *drift.characteristics):
        expected = np.array([cell.expected for cell in stability.cells])
        actual = np.array([cell.actual for cell in stability.cells])
        if (expected > 0).all() and (actual > 0).all():
            note(
                "PSI, optbinning",
                stability.index,
                float(jeffrey(expected, actual, return_sum=True)),
            )
            note("PSI, scorecardpy", stability.index, scorecardpy_psi(stability, reference, X))
    return differences


def scorecardpy_iv(band: Any, y: Any) -> float:
    import scorecardpy

    frame = pd.DataFrame({"band": band.astype(str), "y": y})
    return float(scorecardpy.iv(frame, y="y")["info_value"].iloc[0])


def optbinning_woe(band: Any, y: Any, labels: tuple[str, ...]) -> dict[str, float]:
    from optbinning import OptimalBinning

    splits = np.arange(1, len(labels)) - 0.5
    binning = OptimalBinning(user_splits=splits, user_splits_fixed=[True] * len(splits))
    binning.fit(band.astype(float), y)
    table = binning.binning_table.build()
    return dict(zip(labels, map(float, table["WoE"].iloc[: len(labels)]), strict=True))


def scorecardpy_ks(score: Any, X: Any, y: Any) -> float:
    import scorecardpy

    risk = score.predict_proba(X)[:, 1]
    found = scorecardpy.perf_eva(y, risk, groupnum=20, plot_type=["ks"], show_plot=False)
    return float(found["KS"])


def scorecardpy_psi(stability: Any, reference: Any, X: Any) -> float:
    import scorecardpy

    samples = {}
    for name, which, rows in (("expect", "expected", reference), ("actual", "actual", X)):
        counts = [round(getattr(cell, which) * len(rows)) for cell in stability.cells]
        samples[name] = pd.DataFrame({"score": np.repeat(np.arange(len(counts)), counts)})
    labels = {name: pd.DataFrame({"y": np.arange(len(one)) % 2}) for name, one in samples.items()}
    found = scorecardpy.perf_psi(score=samples, label=labels, show_plot=False)
    return float(found["psi"]["PSI"].iloc[0])


def main() -> int:
    worst = 0.0
    for name in TABLES:
        print(name)
        for what, difference in compared(name).items():
            worst = max(worst, difference)
            print(f"  {what:20} {difference:.1e}")
    print(f"largest difference {worst:.1e}")
    return int(worst > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
