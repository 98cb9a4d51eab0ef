"""The league: `build` as it comes beside logistic regression and its peers, on public raw tables.

Usage: python benchmarks/league.py OUT.csv [--tables birthwt,ICU] [--methods build,ridge]
       [--folds N] [--repeats N] [--first N] [--peers PYTHON] [--without EBM]
       python benchmarks/league.py OUT.csv [MORE.csv ...] --sum

All methods see the same repeated, stratified outer folds; everything that they learn they learn
without the fold. The first fold of all tables is made before the second of any, and ``--first N``
ends after N of them. Rows that OUT.csv has already are not made again. The held-out risks stand in
OUT.jsonl: calibration slopes are of all folds of a table together, as those of single folds of few
people are too large in the mean. PYTHON is the interpreter of an
environment that holds the peers (see `league_peers.py`). AutoScore's procedure (Xie et al., JMIR
Medical Informatics 2020) is made here: variables ranked by a forest, bins at the quantiles 0.05,
0.2, 0.8 and 0.95, logistic regression, and points that are its coefficients over the smallest,
rounded. "taught" and "untaught" are single fits with the labels of the teacher and with the
outcomes: neither share nor slope is chosen. Seconds are those of CPU.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from league_tables import TABLES
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold

from riskslim import RiskSLIMClassifier, ScoreBinarizer
from riskslim.estimators.taught_selection import TaughtScoreCV, sizes_up_to
from riskslim.workflows.beside import Boosted, RawRegression
from riskslim.workflows.build import candidates

COLUMNS = ("table", "fold", "method", "auc", "log_loss", "slope", "items", "seconds", "note")
SECONDS = 60.0  # of a fit of ours, beyond which it ends with the best so far; see --seconds


class Judge:
    """What one fold is measured by."""

    def __init__(self, table: str, fold: int, held: Any, out: Path) -> None:
        self.table, self.fold, self.held, self.out = table, fold, held, out

    def write(self, method: str, risk: Any, items: Any, seconds: float, note: str = "") -> None:  # noqa: D102
        risk = np.clip(np.asarray(risk, dtype=float), 1e-6, 1 - 1e-6)
        row = {
            "table": self.table, "fold": self.fold, "method": method,
            "auc": roc_auc_score(self.held, risk), "log_loss": log_loss(self.held, risk),
            "slope": slope_of(risk, self.held), "items": items, "seconds": round(seconds, 2),
            "note": note,
        }  # fmt: skip
        with risks_beside(self.out).open("a") as file:
            key = {name: row[name] for name in ("table", "fold", "method")}
            held = np.asarray(self.held).tolist()
            file.write(json.dumps(key | {"risk": risk.round(6).tolist(), "held": held}) + "\n")
        is_new = not self.out.exists()
        with self.out.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if is_new:
                writer.writeheader()
            writer.writerow(row)


def risks_beside(out: Path) -> Path:
    return out.with_suffix(".jsonl")


def slope_of(risk: Any, held: Any) -> float:
    margin = np.log(risk / (1 - risk))
    if np.ptp(margin) == 0:
        return float("nan")
    return float(LogisticRegression(C=np.inf).fit(margin[:, None], held).coef_[0, 0])


def taught(variables: int | None = None, share: float = 1.0) -> RiskSLIMClassifier:
    """Give the score of so many variables whose labels are fixed: nothing is chosen."""
    return RiskSLIMClassifier(
        binarizer=candidates(), teacher="steps", teacher_share=share, max_variables=variables,
        node_limit=1, engine="supports", random_state=0, time_limit=None,
    )  # fmt: skip


def ours(
    variables: int | None, share: float | None = None, seconds: float = SECONDS
) -> TaughtScoreCV:
    sizes = sizes_up_to(8) if variables is None else (variables,)
    shares = (0.0, 0.5, 1.0) if share is None else (share,)
    return TaughtScoreCV(taught(), sizes, shares, time_limit=seconds)


class AutoScore:
    """AutoScore's procedure with so many variables."""

    def __init__(self, variables: int) -> None:
        self.variables = variables

    def fit(self, X: pd.DataFrame, y: Any) -> AutoScore:
        """Rank, cut, weigh and round."""
        self.binarizer_ = ScoreBinarizer(cuts="quantile", max_cuts=1, min_share=0.01).fit(X, y)
        columns = {variable.column for variable in self.binarizer_.binning_.variables}
        codes = {name: self._codes(X[name], X[name]) for name in X if name in columns}
        forest = RandomForestClassifier(100, random_state=0, min_samples_leaf=5)
        forest.fit(np.column_stack(list(codes.values())), y)
        ranked = np.array(list(codes))[np.argsort(-forest.feature_importances_)][: self.variables]
        self.train_, self.columns_ = X, list(ranked)
        made = self._cells(X)
        self.kept_ = [j for j in range(made.shape[1]) if 0 < made[:, j].mean() < 1]
        weights = LogisticRegression(C=1e4, max_iter=5000).fit(made[:, self.kept_], y).coef_[0]
        smallest = np.abs(weights[np.abs(weights) > 0.05]).min(initial=1.0)
        self.points_ = np.rint(weights / max(smallest, np.abs(weights).max() / 30))
        total = made[:, self.kept_] @ self.points_
        self.link_ = LogisticRegression(C=1e4).fit(total[:, None], y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Any:
        """Give the probability of either class."""
        return self.link_.predict_proba((self._cells(X)[:, self.kept_] @ self.points_)[:, None])

    @staticmethod
    def _codes(column: Any, train: Any) -> Any:
        if pd.api.types.is_numeric_dtype(train):
            return column.astype(float).fillna(train.astype(float).median()).to_numpy()
        order = {level: place for place, level in enumerate(train.astype(str).value_counts().index)}
        return column.astype(str).map(order).fillna(-1).to_numpy()

    def _cells(self, X: pd.DataFrame) -> Any:
        made = []
        for name in self.columns_:
            codes, train = self._codes(X[name], self.train_[name]), self.train_[name]
            known = self._codes(train, train)
            if pd.api.types.is_numeric_dtype(train) and len(np.unique(known)) > 5:
                cuts = np.unique(np.quantile(known, [0.05, 0.2, 0.8, 0.95]))
                codes = np.searchsorted(cuts, codes, side="right")
                known = np.searchsorted(cuts, known, side="right")
            made += [codes == level for level in np.unique(known)[1:]]
        return np.column_stack(made).astype(float)


def methods(seconds: float = SECONDS) -> dict[str, Any]:
    return {
        "build": lambda: ours(None, None, seconds),
        "build 5": lambda: ours(5, None, seconds),
        "taught 5": lambda: taught(5),
        "taught 8": lambda: taught(8),
        "untaught 5": lambda: taught(5, 0.0),
        "untaught 8": lambda: taught(8, 0.0),
        "outcomes 5": lambda: ours(5, 0.0, seconds),
        "outcomes 8": lambda: ours(8, 0.0, seconds),
        "ridge": lambda: RawRegression(candidates()),
        "boosted": lambda: Boosted(candidates()),
        "AutoScore 5": lambda: AutoScore(5),
        "AutoScore 8": lambda: AutoScore(8),
    }


def peers(
    python: str, without: list[str], judge: Judge, Xt: pd.DataFrame, y: Any, Xe: pd.DataFrame
) -> None:
    binarizer = candidates().set_params(screen=None).fit(Xt, y)
    groups = {n: g for g, names in enumerate(binarizer.groups_.values()) for n in names}
    fold = {
        "cells": binarizer.transform(Xt), "other": binarizer.transform(Xe), "y": y,
        "group": np.array([groups[n] for n in binarizer.binning_.features]),
        "raw": _plain(Xt), "raw_other": _plain(Xe),
    }  # fmt: skip
    code = str(Path(__file__).with_name("league_peers.py"))
    sent = json.dumps({k: _sendable(v) for k, v in fold.items()}).encode()
    done = subprocess.run([python, code, *without], input=sent, capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode()[-2000:])
    for name, found in json.loads(done.stdout.decode().splitlines()[-1]).items():
        if "error" in found:
            judge.write(name, np.full(len(Xe), y.mean()), "", 0.0, found["error"])
        else:
            judge.write(name, found["risk"], found["items"], found["seconds"])


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as doubles, everything else as text."""
    return pd.DataFrame(
        {
            str(name): column.astype(float)
            if pd.api.types.is_numeric_dtype(column)
            else column.astype(object).where(column.notna(), "missing").astype(str)
            for name, column in frame.items()
        }
    )


def _sendable(value: Any) -> Any:
    """Plain lists, which any two versions of pandas read."""
    if isinstance(value, pd.DataFrame):
        return {"columns": {name: column.tolist() for name, column in value.items()}}
    return np.asarray(value).tolist()


def run(
    out: Path, names: list[str], wanted: list[str], folds: int, repeats: int, first: int,
    python: str | None, without: list[str], limit: float,
) -> None:  # fmt: skip
    done = set()
    if out.exists():
        with out.open(newline="") as file:
            done = {(r["table"], int(r["fold"]), r["method"]) for r in csv.DictReader(file)}
    splits = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=11)
    for number in range(min(first, folds * repeats)):
        for name in names:
            try:
                X, y = TABLES[name]()
            except (ImportError, OSError) as error:
                print(f"{name} is left out: {error}")
                continue
            fit, held = list(splits.split(X, y))[number]
            Xt, Xe = X.iloc[fit].reset_index(drop=True), X.iloc[held].reset_index(drop=True)
            judge = Judge(name, number, y[held].astype(int), out)
            for method, make in methods(limit).items():
                if method not in wanted or (name, number, method) in done:
                    continue
                begin = time.process_time()
                model = make().fit(Xt, y[fit].astype(int))
                risk = model.predict_proba(Xe)[:, 1]
                seconds = time.process_time() - begin
                items: int | str = ""
                note = ""
                if isinstance(model, RiskSLIMClassifier | TaughtScoreCV):
                    items = len({item.name for item in model.score_.items})
                if isinstance(model, TaughtScoreCV):
                    note = (
                        f"share {model.best_share_:g}, {model.score_.size} features, "
                        f"slope {model.slope_:.2f}"
                    )
                    as_fitted = replace(model.score_, recalibration=None).predict_proba(Xe)[:, 1]
                    judge.write(f"{method}, as fitted", as_fitted, items, seconds, note)
                judge.write(method, risk, items, seconds, note)
            if python is not None and (name, number, "optbinning 8") not in done:
                peers(python, without, judge, Xt, y[fit], Xe)
            print(number, name, len(X), flush=True)


def pooled_slopes(outs: list[Path]) -> pd.Series[float]:
    """Give the calibration slope of each method on each table, of all its folds together."""
    found: dict[tuple[str, str], tuple[list[float], list[int]]] = {}
    for out in outs:
        for line in risks_beside(out).read_text().splitlines():
            one = json.loads(line)
            risk, held = found.setdefault((one["method"], one["table"]), ([], []))
            risk += one["risk"]
            held += one["held"]
    return pd.Series(
        {key: slope_of(np.array(risk), held) for key, (risk, held) in found.items()}, name="slope"
    ).rename_axis(["method", "table"])


def summary(outs: list[Path]) -> None:
    """Print the means over tables, as differences to ridge logistic regression."""
    table = pd.concat([pd.read_csv(out) for out in outs], ignore_index=True)
    table = table.drop_duplicates(["table", "fold", "method"], keep="first")
    ridge = table[table.method == "ridge"].set_index(["table", "fold"])
    key = pd.MultiIndex.from_frame(table[["table", "fold"]])
    table["d_auc"] = table.auc.to_numpy() - ridge.auc.reindex(key).to_numpy()
    table["d_log_loss"] = table.log_loss.to_numpy() - ridge.log_loss.reindex(key).to_numpy()
    by_table = table.groupby(["method", "table"])[
        ["d_auc", "d_log_loss", "items", "seconds"]
    ].mean().join(pooled_slopes(outs))  # fmt: skip
    found = by_table.groupby("method").agg(
        auc=("d_auc", "mean"), worst=("d_auc", "min"), log_loss=("d_log_loss", "mean"),
        slope=("slope", "mean"), items=("items", "mean"), seconds=("seconds", "mean"),
        longest=("seconds", "max"), tables=("d_auc", "size"),
    )  # fmt: skip
    print(found.round(4).to_string())
    for name in ("d_auc", "d_log_loss", "slope"):
        wide = by_table.reset_index().pivot_table(name, "table", "method")
        print(f"{name}\n{wide.round(3).to_string()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="+")
    parser.add_argument("--sum", action="store_true")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=",".join(methods()))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--first", type=int, default=10**6, help="so many folds of each table")
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--without", nargs="*", default=[], help="names of peers to leave out")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a fit of ours")
    arguments = parser.parse_args()
    # What a table gives cause for is told by `riskslim check`.
    warnings.simplefilter("ignore")
    if not arguments.sum:
        run(
            arguments.out[0], arguments.tables.split(","), arguments.methods.split(","),
            arguments.folds, arguments.repeats, arguments.first, arguments.peers,
            arguments.without, arguments.seconds,
        )  # fmt: skip
    summary(arguments.out)


if __name__ == "__main__":
    main()
