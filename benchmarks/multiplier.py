"""Fixed against free multiplier: loss, time to the certificate, and five-fold cross-validation.

Run by hand: ``python benchmarks/multiplier.py [--data adult,heart] [--max-size 5] [--limit 60]``.
Prints one line a set and mode, and how often the free multiplier had the better loss on the
held-out folds.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from riskslim import RiskSLIMClassifier, Status
from riskslim.errors import DataWarning

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
SETS = (
    "bankruptcy", "haberman", "breastcancer", "mammo", "compas", "heart", "adult", "spambase",
    "mushroom",
)  # fmt: skip
_BINS = 10


@dataclass(frozen=True)
class Fold:
    """What a score is worth on rows that it has not seen."""

    loss: float
    auc: float
    calibration: float
    is_proved: bool


def calibration_error(outcome: np.ndarray, risk: np.ndarray) -> float:
    """Mean distance of predicted and observed risk over ten groups of equal size by risk."""
    order = np.argsort(risk, kind="stable")
    groups = np.array_split(order, _BINS)
    gaps = [abs(outcome[g].mean() - risk[g].mean()) * len(g) for g in groups if len(g)]
    return float(sum(gaps) / len(outcome))


def model(mode: Any, arguments: argparse.Namespace) -> RiskSLIMClassifier:
    return RiskSLIMClassifier(
        max_size=arguments.max_size,
        time_limit=arguments.limit,
        multiplier=mode,
        n_jobs=arguments.threads,
    )


def cross_validate(
    X: np.ndarray, y: np.ndarray, mode: str, arguments: argparse.Namespace
) -> list[Fold]:
    folds = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        fitted = model(mode, arguments).fit(X[train], y[train])
        risk = fitted.predict_proba(X[test])[:, 1]
        folds.append(
            Fold(
                loss=log_loss(y[test], risk, labels=[0, 1]),
                auc=roc_auc_score(y[test], risk),
                calibration=calibration_error(y[test], risk),
                is_proved=fitted.solution_.status is Status.OPTIMAL,
            )
        )
    return folds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=",".join(SETS))
    parser.add_argument("--max-size", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=DATA)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    warnings.simplefilter("ignore", ConvergenceWarning)
    columns = ("set", "multiplier", "loss", "seconds", "gap", "held-out loss", "AUC")
    print("|", " | ".join([*columns, "calibration error", "folds proved"]), "|")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in arguments.data.split(","):
        table = pd.read_csv(arguments.folder / f"{name}.csv")
        X, y = table.iloc[:, 1:].to_numpy(float), (table.iloc[:, 0].to_numpy() == 1).astype(int)
        losses = {}
        for mode in ("fixed", "free"):
            begin = time.process_time()
            fitted = model(mode, arguments).fit(X, y)
            seconds = time.process_time() - begin
            folds = cross_validate(X, y, mode, arguments)
            losses[mode] = np.array([fold.loss for fold in folds])
            mean = np.mean([[fold.loss, fold.auc, fold.calibration] for fold in folds], axis=0)
            found = fitted.solution_
            value = "1" if mode == "fixed" else f"{found.multiplier:.4g}"
            print(
                f"| {name} | {value} | {found.loss:.6f} | {seconds:.2f} | "
                f"{found.absolute_gap:.1e} | {mean[0]:.4f} | {mean[1]:.4f} | {mean[2]:.4f} | "
                f"{sum(fold.is_proved for fold in folds)} |",
                flush=True,
            )
        better = int((losses["free"] < losses["fixed"]).sum())
        print(f"<!-- {name}: free better on {better} of 5 folds -->", flush=True)


if __name__ == "__main__":
    main()
