"""Memory and CPU seconds of tables of many rows: counting, fitting, predicting, judging.

Usage: python benchmarks/scale.py ADULT.csv FOLDER [--rows 1e6] [--raw 1e6] [--bits 1e7]

Rows of a public table of 0 and 1 are drawn with replacement into a folder of Parquet files, which
is made in FOLDER and taken away afterwards. Every task is a process of its own; CPU seconds and the
largest memory are those that the operating system reports of it. Files of counts and scores are
compared bit for bit with those of other engines.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

COMMAND = [sys.executable, "-c", "from riskslim.cli import main; main()"]
BLOCK = 1_000_000


def make(adult: Path, folder: Path, rows: int) -> None:
    """Draw rows into files of a million each."""
    table = pd.read_csv(adult).astype(np.int8)
    random = np.random.default_rng(0)
    folder.mkdir()
    for start in range(0, rows, BLOCK):
        drawn = table.iloc[random.integers(0, len(table), min(BLOCK, rows - start))]
        made = pa.Table.from_pandas(drawn, preserve_index=False)
        parquet.write_table(made, folder / f"{start // BLOCK:04}.parquet")


def make_raw(path: Path, rows: int) -> None:
    """Write a table of 10 reals, 5 whole numbers and 5 categories, some blank."""
    random = np.random.default_rng(1)
    columns: dict[str, object] = {}
    latent = random.normal(size=rows)
    columns["Died"] = (random.random(rows) < 1 / (1 + np.exp(2 - latent))).astype(np.int8)
    for j in range(10):
        value = np.round(random.normal(size=rows) + latent / (j + 1), 3)
        value[random.random(rows) < 0.05] = np.nan
        columns[f"real{j}"] = value
    for j in range(5):
        columns[f"whole{j}"] = random.integers(0, 10 ** (j + 1), rows)
    for j in range(5):
        columns[f"word{j}"] = np.array([f"level {i}" for i in range(3 + 4 * j)])[
            random.integers(0, 3 + 4 * j, rows)
        ]
    pd.DataFrame(columns).to_parquet(path, index=False)


def make_bits(path: Path, rows: int) -> None:
    """Write a table of 73 signs, nearly every row a distinct one."""
    random = np.random.default_rng(5)
    names, share = [f"sign{j}" for j in range(73)], np.linspace(0.08, 0.6, 73)
    points = np.zeros(73)
    points[random.choice(73, 12, replace=False)] = (
        *(2, -2, 1.5, -1.5, 1, 1, -1, 0.5, -0.5, 0.4, 0.3, -0.3),
    )
    schema = pa.schema([(name, pa.int8()) for name in ["Died", *names]])
    with parquet.ParquetWriter(path, schema) as file:
        for start in range(0, rows, BLOCK):
            signs = random.random((min(BLOCK, rows - start), 73), dtype=np.float32) < share
            died = random.random(len(signs)) < 1 / (1 + np.exp(2 - signs @ points))
            columns = [died.astype(np.int8), *np.ascontiguousarray(signs.T).astype(np.int8)]
            file.write_table(pa.table(columns, schema=schema))


def measured(name: str, command: list[str]) -> None:
    """Run a command and print what the operating system says of it."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    last = said.strip().splitlines()[-1] if said.strip() else ""
    print(
        f"| {name} | {usage.ru_utime + usage.ru_stime:.1f} | {usage.ru_maxrss / 1024:.0f} | "
        f"{time.perf_counter() - begun:.1f} | {process.returncode} | {last[:70]} |",
        flush=True,
    )


def digest(counts: Path) -> str:
    """Hash the numbers in a file of counts."""
    table = parquet.read_table(counts)
    whole = hashlib.sha256()
    for column in table.columns:
        whole.update(np.ascontiguousarray(column.to_numpy()).tobytes())
    return whole.hexdigest()[:16]


def in_duckdb(folder: Path, database: Path) -> None:
    """Make a folder of files a view of DuckDB, which reads them itself."""
    import duckdb

    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{folder}/*.parquet')")


def certificate(score: Path) -> str:
    """Give points, multiplier and bounds of a score in a file."""
    content = json.loads(score.read_text())
    points = {one["name"]: one["points"] for one in content["features"] if one["points"]}
    found = content["certificate"]
    return f"{points} {content['intercept']!r} {found['objective']!r} {found['lower_bound']!r}"


def run(adult: Path, work: Path, rows: int, what: list[str]) -> None:
    """Measure the tasks on so many rows."""
    folder, counts = work / "rows", work / "counts.parquet"
    make(adult, folder, rows)
    score, size = work / "score.json", f"{rows:.0e} rows"
    try:
        if "count" in what:
            measured(f"count, {size}", [*COMMAND, "count", str(folder), "-o", str(counts)])
            print(f"  counts of the folder: {digest(counts)}")
        fit = ["--max-size", "5", "-o", str(score)]
        measured(f"fit to the optimum, k = 5, {size}", [*COMMAND, "fit", str(folder), *fit])
        print(f"  {certificate(score)}")
        judged = [str(score), str(folder)]
        if "predict" in what:
            output = ["-o", str(work / "risks.parquet")]
            measured(f"predict to Parquet, {size}", [*COMMAND, "predict", *judged, *output])
        if "evaluate" in what:
            measured(f"evaluate, {size}", [*COMMAND, "evaluate", *judged])
            measured(f"recalibrate, {size}", [*COMMAND, "recalibrate", *judged, "--json"])
        if "duckdb" in what:
            database = work / "rows.duckdb"
            in_duckdb(folder, database)
            command = [*COMMAND, "count", str(database), "-o", str(counts)]
            measured(f"count in DuckDB, {size}", command)
            print(f"  counts of DuckDB: {digest(counts)}")
            measured(f"fit by DuckDB, k = 5, {size}", [*COMMAND, "fit", str(database), *fit])
            print(f"  {certificate(score)}")
            measured(
                f"evaluate in DuckDB, {size}", [*COMMAND, "evaluate", judged[0], str(database)]
            )
    finally:
        shutil.rmtree(folder)
        for left in work.iterdir():
            left.unlink()


def main() -> None:
    """Measure what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("adult", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=float, nargs="*", default=[1e6, 1e7])
    parser.add_argument("--what", nargs="*", default=["count", "predict", "evaluate", "duckdb"])
    parser.add_argument("--raw", type=float, nargs="*", default=[])
    parser.add_argument("--bits", type=float, nargs="*", default=[])
    options = parser.parse_args()
    work = options.folder / "riskslim-scale"
    work.mkdir(parents=True)
    print("| task | CPU s | peak MiB | s | code | last word |\n|---|---|---|---|---|---|")
    try:
        for rows in options.rows:
            run(options.adult, work, int(rows), options.what)
        for rows in options.raw:
            raw = work / "raw.parquet"
            make_raw(raw, int(rows))
            command = [*COMMAND, "fit", str(raw), "--raw", "--target", "Died", "--max-size", "5"]
            measured(f"fit --raw, {rows:.0e} x 20", [*command, "--time-limit", "600"])
            command = [*COMMAND, "count", str(raw), "--raw", "--target", "Died", "-o"]
            measured(f"count --raw, {rows:.0e} x 20", [*command, str(work / "counts.parquet")])
        for rows in options.bits:
            bits = work / "bits.parquet"
            make_bits(bits, int(rows))
            command = [*COMMAND, "fit", str(bits), "--target", "Died", "--max-size", "5"]
            measured(
                f"fit, {rows:.0e} distinct rows x 73",
                [*command, "--threads", "1", "--engine", "supports", "--time-limit", "2700"],
            )
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
