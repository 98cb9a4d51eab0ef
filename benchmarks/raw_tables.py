"""Public raw tables: cross-validated AUC and calibration beside logistic regression and FasterRisk.

Usage: python benchmarks/raw_tables.py [--fasterrisk PYTHON] [--data gbsg2,flchain] [--rows N]
       [--cuts tree|quantile] [--only-logistic] [--jobs N]

The tables come with the package scikit-survival, as they are: GBSG2 (686 women with breast cancer;
recurrence or death within three years) and flchain (7,874 people with free light chains; death
within five years). People who were lost to follow-up before that are left out, and so is the cause
of death, which is part of the outcome. All methods see the same five folds; cuts, size and
coefficients are made anew in each. PYTHON is the interpreter of an environment that holds
FasterRisk, which gets the same features of 0 and 1 and the sizes that ours has on all rows; beside
it stands ours of that fixed size. Logistic regression has the raw columns (blanks imputed and
marked, numbers scaled, categories one-hot), or the same features.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from riskslim import RiskSLIMClassifier, ScoreBinarizer, build_score, cross_validate_score
from riskslim.evaluation.estimates import Estimate
from riskslim.evaluation.performance import Performance
from riskslim.features.cuts import Method

FOLDS = 5
YEAR = 365.25
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}

# Runs in the environment of FasterRisk: a table on standard input, a score on standard output.
PEER = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
from fasterrisk.fasterrisk import RiskScoreOptimizer
size, X, y = json.load(sys.stdin)
model = RiskScoreOptimizer(np.array(X, float), np.array(y, float), size, lb=-5, ub=5)
model.optimize()
multipliers, intercepts, points = model.get_models()
print(json.dumps([float(multipliers[0]), float(intercepts[0]), np.asarray(points[0]).tolist()]))
"""


class FasterRisk(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """FasterRisk's best score, fitted in an environment of its own."""

    def __init__(self, python: str, size: int) -> None:
        self.python = python
        self.size = size

    def fit(self, X: Any, y: Any) -> FasterRisk:
        """Fit in a process of the other environment."""
        self.classes_ = np.unique(y)
        table = [self.size, np.asarray(X).tolist(), np.where(y == self.classes_[1], 1, -1).tolist()]
        done = subprocess.run(
            [self.python, "-c", PEER],
            input=json.dumps(table),
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"{self.python}:\n{done.stderr}")
        self.multiplier_, self.intercept_, points = json.loads(done.stdout.splitlines()[-1])
        self.points_ = np.array(points)
        return self

    def predict_proba(self, X: Any) -> np.ndarray[Any, Any]:
        """Give the probability of either class."""
        margin = (self.intercept_ + np.asarray(X) @ self.points_) / self.multiplier_
        risk = 1 / (1 + np.exp(-margin))
        return np.column_stack([1 - risk, risk])


def within(raw: pd.DataFrame, event: Any, time_: Any, years: float, name: str) -> pd.DataFrame:
    happened = event & (time_ <= years * YEAR)
    known = happened | (time_ > years * YEAR)
    table: pd.DataFrame = raw[known].assign(**{name: happened[known].astype(int)})
    return table.reset_index(drop=True)


def gbsg2() -> pd.DataFrame:
    from sksurv.datasets import load_gbsg2

    raw, followed = load_gbsg2()
    return within(raw, followed["cens"], followed["time"], 3, "recurrence")


def flchain() -> pd.DataFrame:
    from sksurv.datasets import load_flchain

    raw, followed = load_flchain()
    return within(raw.drop(columns="chapter"), followed["death"], followed["futime"], 5, "death")


TABLES = {"gbsg2": gbsg2, "flchain": flchain}


def logistic_regression(cuts: Method | None = None) -> Any:
    model = LogisticRegressionCV(
        Cs=10,
        # Shuffled: flchain comes sorted by age.
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        l1_ratios=(0.0,),
        scoring="neg_log_loss",
        max_iter=2000,
        use_legacy_attributes=False,
    )
    if cuts is not None:
        return make_pipeline(ScoreBinarizer(cuts=cuts), model)
    columns = make_column_transformer(
        (
            make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
        (
            make_pipeline(
                SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
            ),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    return make_pipeline(columns, model)


def row(name: str, size: str, found: Performance, seconds: float) -> str:
    def interval(estimate: Estimate | None) -> str:
        if estimate is None:
            return "-"
        return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"

    return (
        f"| {name} | {size} | {interval(found.auc)} | {interval(found.calibration_in_the_large)} | "
        f"{interval(found.calibration_slope)} | {found.calibration_error.value:.3f} | "
        f"{found.log_loss.value:.4f} | {found.brier.value:.4f} | {seconds:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fasterrisk", metavar="PYTHON")
    parser.add_argument("--data", default=",".join(TABLES))
    parser.add_argument("--rows", type=int, help="a sample of so many rows")
    parser.add_argument("--cuts", choices=("tree", "quantile"), default="tree")
    parser.add_argument("--only-logistic", action="store_true", help="leave out all scores")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    # What a table gives cause for is told by `riskslim check`; fits on few nodes do not converge.
    warnings.simplefilter("ignore")
    for name in arguments.data.split(","):
        frame = TABLES[name]()
        if arguments.rows is not None and arguments.rows < len(frame):
            frame = frame.sample(arguments.rows, random_state=0).reset_index(drop=True)
        target = str(frame.columns[-1])
        raw, outcome = frame.drop(columns=target), frame[target]
        blank = int(raw.isna().any(axis=1).sum())
        print(
            f"\n### {name}: {len(frame):,} rows, {int(outcome.sum()):,} with {target}, "
            f"{raw.shape[1]} columns, {blank:,} rows with blanks\n"
        )
        print(
            "| method | size | AUC | calibration in the large | slope | calibration error "
            "| log loss | Brier | seconds |"
        )
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        sizes = []
        for rule in () if arguments.only_logistic else ("one-se", "best"):
            begin = time.monotonic()
            built = build_score(
                frame,
                target,
                binarizer=ScoreBinarizer(cuts=arguments.cuts),
                rule=rule,
                folds=FOLDS,
                n_jobs=arguments.jobs,
            )
            seconds = time.monotonic() - begin
            sizes.append(built.score.size)
            label = f"riskslim, {rule}"
            assert built.validation is not None
            print(row(label, str(built.score.size), built.validation.measures, seconds), flush=True)
        peers = {
            "logistic regression": ("-", logistic_regression()),
            "logistic regression, same features": ("-", logistic_regression(arguments.cuts)),
        }
        if arguments.fasterrisk is not None:
            for size in dict.fromkeys(sizes):
                ours = RiskSLIMClassifier(
                    max_size=size,
                    binarizer=ScoreBinarizer(cuts=arguments.cuts),
                    node_limit=1000,
                    time_limit=60,
                )
                peers[f"riskslim, k={size}"] = (str(size), ours)
                peer = FasterRisk(arguments.fasterrisk, size)
                peer = make_pipeline(ScoreBinarizer(cuts=arguments.cuts), peer)
                peers[f"FasterRisk, k={size}"] = (str(size), peer)
        for label, (shown, model) in peers.items():
            begin = time.monotonic()
            found = cross_validate_score(model, raw, outcome, cv=FOLDS, n_jobs=arguments.jobs)
            print(row(label, shown, found.measures, time.monotonic() - begin), flush=True)


if __name__ == "__main__":
    main()
