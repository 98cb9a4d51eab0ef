"""The same rows counted by every engine: memory, CPU seconds, and whether counts are the same bits.

Usage: python benchmarks/engines.py FOLDER [--engines acero duckdb dask spark] [--postgresql URL]

FOLDER holds Parquet files of 0 and 1, of which the first column is the outcome (`scale.py` makes
such). Every engine is a process of its own; memory and CPU seconds are sums over it and all the
processes that it starts, looked at ten times a second, so that work of the last tenth of a second
may be missing. A server of PostgreSQL is no child: its table `t` is made before, with the same
rows, by `--load`, and its own work is not counted.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from pyarrow import dataset
from scale import digest, in_duckdb

TICKS = 100
PAGE = 4096


def table_of(engine: str, folder: str, work: Path) -> Any:
    """Give the table as an engine holds it."""
    if engine == "duckdb":
        in_duckdb(Path(folder), work / "rows.duckdb")
        return work / "rows.duckdb"
    if engine == "dask":
        import dask.dataframe
        from dask.distributed import Client, LocalCluster

        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        Client(cluster)
        return dask.dataframe.read_parquet(folder)
    if engine == "spark":
        made = importlib.import_module("pyspark.sql").SparkSession.builder.master("local[2]")
        made = made.config("spark.ui.enabled", "false")
        made = made.config("spark.driver.memory", "2g").config("spark.sql.shuffle.partitions", "8")
        return made.getOrCreate().read.parquet(folder)
    return folder


def count(engine: str, folder: str, output: Path) -> None:
    """Count the rows, write them and fit a score to them."""
    from riskslim import DatabaseTable, Dataset, RiskSLIMProblem, count_table

    with tempfile.TemporaryDirectory() as work:
        address = engine.startswith("postgresql")
        data = DatabaseTable(engine, "t") if address else table_of(engine, folder, Path(work))
        counts = count_table(data)
        counts.save(output)
        found = RiskSLIMProblem(Dataset.from_counts(counts), max_size=5).solve()
        points = {name: int(value) for name, value in found.score().points.items() if value}
        print(f"{found.status} {found.objective!r} {found.lower_bound!r} {points}", flush=True)


def family(process: int) -> list[int]:
    """List a process and all that it started."""
    found = [process]
    for one in found:
        for thread in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, thread.read_text().split())
            except OSError:
                continue
    return found


def measured(engine: str, folder: str, output: Path) -> None:
    """Count in a process of its own, and print what it took."""
    begun = time.perf_counter()
    command = [sys.executable, __file__, folder, "--one", engine, "--output", str(output)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    most, seconds = 0, dict[int, float]()
    while process.poll() is None:
        resident = 0
        for one in family(process.pid):
            try:
                fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            seconds[one] = (int(fields[11]) + int(fields[12])) / TICKS
            resident += int(fields[21]) * PAGE
        most = max(most, resident)
        time.sleep(0.1)
    assert process.stdout is not None
    name = engine.partition(":")[0]
    said = process.stdout.read().decode().strip()
    print(
        f"| {name} | {sum(seconds.values()):.1f} | {most / 2**20:.0f} | "
        f"{time.perf_counter() - begun:.0f} | {digest(output) if output.exists() else '-'} | "
        f"{said} |",
        flush=True,
    )


def load(folder: str, address: str) -> None:
    """Make a table of a server of the rows, as bytes of text that pass by."""
    dbapi = importlib.import_module("adbc_driver_postgresql.dbapi")
    rows = dataset.dataset(folder)
    names = ", ".join(f'"{name}" smallint' for name in rows.schema.names)
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS t")
        cursor.execute(f"CREATE TABLE t ({names})")
        for batch in rows.to_batches(batch_size=1 << 18):
            wide = batch.cast(rows.schema.empty_table().schema)
            columns = [pc.cast(column, "int16") for column in wide.columns]
            cursor.adbc_ingest("t", type(batch).from_arrays(columns, wide.schema.names), "append")
        connection.commit()


def main() -> None:
    """Measure what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--engines", nargs="*", default=["acero", "duckdb"])
    parser.add_argument("--postgresql")
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        count(options.one, options.folder, options.output)
        return
    if options.load:
        load(options.folder, options.postgresql)
    servers = [] if options.postgresql is None else [options.postgresql]
    print("| engine | CPU s | peak MiB | s | counts | result |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for engine in [*options.engines, *servers]:
            measured(engine, options.folder, Path(folder) / "counts.parquet")


if __name__ == "__main__":
    main()
