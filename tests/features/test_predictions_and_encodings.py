"""Predictions are written as their file's ending says, and commands print in any encoding."""

import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import load_score
from riskslim.cli import main
from riskslim.cli.exit_codes import ExitCode


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    random = np.random.default_rng(2)
    table = pd.DataFrame(
        random.integers(0, 2, (60, 3)), columns=["Alter ≥ 65", "Übelkeit", "糖尿病"]
    )
    margin = 2 * table.iloc[:, 0] - table.iloc[:, 1] + random.logistic(size=60)
    table.insert(0, "gestorben ✝", (margin > 0).astype(int))
    table.to_csv(folder / "table.csv", index=False)
    run("fit", folder / "table.csv", "--target", "gestorben ✝", "-o", folder / "score.json")
    return folder


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_predictions_are_written_as_the_ending_says(files, tmp_path):
    score, table = files / "score.json", files / "table.csv"
    names = ["p.csv", "p.csv.gz", "p.parquet", "P.PARQUET"]
    for name in names:
        assert run("predict", score, table, "-o", tmp_path / name).exit_code == ExitCode.OK
    text = (tmp_path / "p.csv").read_bytes()
    assert gzip.decompress((tmp_path / "p.csv.gz").read_bytes()) == text
    assert run("predict", score, table).stdout.encode() == text
    found = pd.read_parquet(tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(found, pd.read_csv(tmp_path / "p.csv"))
    risks = load_score(score).predict_proba(pd.read_csv(table))[:, 1]
    np.testing.assert_array_equal(found["risk"], risks)


@pytest.mark.parametrize("name", ["p.txt", "p", "p.xlsx", "p.gz", "p.parquet.gz"])
def test_an_ending_that_is_none_is_refused_before_the_work(name, files, tmp_path):
    # The score is not there: it would be missed if the work had begun.
    result = run("predict", files / "table.csv", files / "table.csv", "-o", tmp_path / name)
    assert result.exit_code == ExitCode.USAGE
    assert "end in .csv, .csv.gz, .parquet" in result.stderr
    assert list(tmp_path.iterdir()) == []


COMMANDS = [
    "show score.json",
    "show score.json --json",
    "evaluate score.json table.csv",
    "evaluate score.json table.csv --json",
    *(f"export score.json --to {form}" for form in ("text", "markdown", "sql", "python", "csv")),
    "predict score.json table.csv",
    "predict score.json table.csv --json",
    "check table.csv --target TARGET",
    "fit table.csv --target TARGET --json",
    "path table.csv --target TARGET --max-size 2",
    "pool table.csv --target TARGET --tolerance 0.001",
    "cv table.csv --target TARGET --folds 2",
    "compare score.json table.csv --against none",
    "recalibrate score.json table.csv -o new.json",
    "fit table.csv --target nothing",
    "fit 糖尿病.csv --target TARGET",
]
SCRIPT = """
import json, sys
from riskslim.cli import main
done = []
for line in json.loads(sys.argv[1]):
    sys.stdout.flush()
    words = [word.replace("TARGET", sys.argv[2]) for word in line.split()]
    try:
        code = main(words, standalone_mode=False)
    except BaseException as error:
        code = f"{type(error).__name__}: {error}"
    done.append([line, code])
open("done.json", "w", encoding="utf-8").write(json.dumps(done))
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_command_prints_in_an_encoding_that_lacks_letters(encoding, files):
    command = [sys.executable, "-c", SCRIPT, json.dumps(COMMANDS), "gestorben ✝"]
    done = subprocess.run(
        command,
        cwd=files,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    codes = json.loads((files / "done.json").read_text(encoding="utf-8"))
    assert [entry for entry in codes[:-2] if entry[1] not in (None, 0)] == []
    assert all("Unicode" not in str(code) for _, code in codes)
