"""The audit of a black box: size and power of its test, and ProPublica's table.

Run by hand::

    python benchmarks/audit.py [--tables 200] [--rows 1000]

COMPAS on ProPublica's table, and a control: a score of the same columns, which lacks nothing. Then
tables of three numbers and three features of 0 and 1, a black box that says deciles of a function
of them, and outcomes of another function; for the power, the black box and the outcomes also know
a feature that the table lacks. Ends with an error where the size is outside of 2 to 8 %.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd
from cases import SHARED
from scipy.special import expit
from scipy.stats import pearsonr

from riskslim.workflows.unseen_features import UnseenFeatures, unseen_features

_LEVEL = 0.05


def tested(X: Any, scale: Any, outcome: Any, seed: int) -> UnseenFeatures:
    """Calibrate a scale, and test."""
    rows, truth = np.asarray(X, dtype=float), np.asarray(outcome, dtype=float)
    weight = np.ones(len(truth))
    random = np.random.default_rng(seed)
    fold = np.empty(len(truth), dtype=np.int64)
    for value in (0.0, 1.0):
        own = random.permutation(np.flatnonzero(truth == value))
        fold[own] = np.arange(len(own)) % 5
    return unseen_features(rows, np.asarray(scale, dtype=float), truth, weight, fold, seed)


def table(seed: int, rows: int, hidden: float) -> tuple[Any, Any, Any]:
    """Draw a table, the deciles of a black box, and outcomes."""
    rng = np.random.default_rng(seed)
    numbers = np.rint(rng.normal(50, 15, (rows, 3)))
    flags = (rng.random((rows, 3)) < (0.2, 0.4, 0.6)).astype(float)
    z = rng.normal(0, 1, rows)
    a, b, c = ((numbers - 50) / 15).T
    box = 0.8 * a + 0.5 * (b > 0.3) + 0.7 * flags[:, 0] * (c > 0) - 0.4 * flags[:, 1] + hidden * z
    truth = -0.6 + 0.6 * a - 0.5 * c + 0.8 * flags[:, 2] * (b > 0) + hidden * z
    y = rng.random(rows) < expit(truth)
    deciles = np.ceil(10 * (np.argsort(np.argsort(box)) + 1) / rows)
    return np.column_stack([numbers, flags]), deciles, y


def rejections(tables: int, rows: int, hidden: float) -> float:
    """Give the share of tables on which the test rejects."""
    found = [tested(*table(seed, rows, hidden), seed).p_value < _LEVEL for seed in range(tables)]
    return float(np.mean(found))


def propublica() -> None:
    """Print what the test says of COMPAS, and of a control."""
    c = pd.read_csv(SHARED / "data" / "raw" / "compas_two_years.csv")
    kept = (c.days_b_screening_arrest.abs() <= 30) & (c.is_recid != -1)
    c = c[kept & (c.c_charge_degree != "O") & (c.score_text != "N/A")].reset_index(drop=True)
    juvenile = c.juv_fel_count + c.juv_misd_count + c.juv_other_count
    X = pd.DataFrame(
        {
            "Age < 25": c.age < 25,
            "Age >= 35": c.age >= 35,
            "Age > 45": c.age > 45,
            **{f"Priors >= {cut}": c.priors_count >= cut for cut in (1, 3, 6, 10)},
            "Juvenile offence": juvenile > 0,
            "Felony": c.c_charge_degree == "F",
            "Male": c.sex == "Male",
            "Black": c.race == "African-American",
        }
    ).astype(int)
    linear = expit(0.6 * X["Priors >= 3"] + 0.8 * X["Age < 25"] - 0.5)
    cases = {
        "COMPAS": (X, c.decile_score),
        "a linear score of the table, nothing missing": (X, linear),
        "the same, ages missing": (
            X.drop(columns=[n for n in X if str(n).startswith("Age")]),
            linear,
        ),
    }
    for name, (table, scale) in cases.items():
        found = tested(table, scale, c.two_year_recid, 1)
        n = len(table)
        p = pearsonr_p(found.correlation, n)
        print(
            f"{name}: {n:,} people, correlation {found.correlation:+.4f}, p {found.p_value:.2g} "
            f"(Pearson's {p:.2g}), student explains {found.explained:.3f}"
        )


def pearsonr_p(correlation: float, n: int) -> float:
    """Give Pearson's p of a correlation of so many people."""
    base = np.arange(n) % 2 - 0.5
    other = (np.arange(n) // 2) % 2 - 0.5
    mixed = correlation * base + np.sqrt(1 - correlation**2) * other
    return float(pearsonr(base, mixed).pvalue)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1000)
    arguments = parser.parse_args()
    propublica()
    size = rejections(arguments.tables, arguments.rows, 0.0)
    print(f"size over {arguments.tables} tables of {arguments.rows:,} rows: {size:.1%}", flush=True)
    for hidden in (0.3, 0.6):
        power = rejections(arguments.tables // 4, arguments.rows, hidden)
        print(f"power where a feature of weight {hidden} is missing: {power:.0%}", flush=True)
    sys.exit(0 if 0.02 <= size <= 0.08 else 1)


if __name__ == "__main__":
    main()
