"""A table in a database of its own, whichever engine holds it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from riskslim import DatabaseTable


def in_duckdb(frame: pd.DataFrame, path: Path) -> DatabaseTable:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.register("given", frame)
        connection.execute('CREATE TABLE "sta""ys" AS SELECT * FROM given')
    return DatabaseTable(str(path))


def in_sqlite(frame: pd.DataFrame, path: Path) -> DatabaseTable:
    with sqlite3.connect(path) as connection:
        frame.to_sql('sta"ys', connection, index=False)
    connection.close()
    return DatabaseTable(str(path))


def in_postgresql(frame: pd.DataFrame, server: Any) -> DatabaseTable:
    import adbc_driver_postgresql.dbapi as adbc

    address = server.get_uri()
    with adbc.connect(address) as connection, connection.cursor() as cursor:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        cursor.adbc_ingest('sta"ys', table, mode="replace")
        connection.commit()
    return DatabaseTable(address, 'sta"ys')
