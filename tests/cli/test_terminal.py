"""What reaches a terminal is text: no control characters, no passwords, no tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from riskslim.cli.app import main
from riskslim.printable import json_text, printable, without_passwords

pytestmark = pytest.mark.fast

HOSTILE = "\x1b[31mred\x07\x7f\x9b2J\u202eabc"
UNSAFE = "\x1b\x07\x7f\x9b\u202e\r"
_RUN = "from riskslim.cli import main; main()"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(item) for item in arguments])


def shown(result: Result) -> str:
    return result.stdout + result.stderr


@pytest.fixture
def table(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    values = random.integers(0, 2, (80, 4))
    frame = pd.DataFrame(values, columns=["Died", HOSTILE, "[/bold]", "two\nlines"])
    frame["Died"] = (values[:, 1] + values[:, 2] + random.random(80) > 1.2).astype(int)
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    return path


def test_every_command_prints_hostile_names_without_their_control_characters(
    table: Path, tmp_path: Path
) -> None:
    score, decision = tmp_path / "score.json", tmp_path / "decision.json"
    commands = [
        ("fit", table, "--target", "Died", "-o", score),
        ("fit", table, "--target", "Died", "--method", "slim", "-o", decision),
        ("check", table, "--target", "Died"),
        ("check", table, "--raw", "--target", "Died"),
        ("show", score),
        ("show", score, "--json"),
        ("show", decision),
        ("evaluate", score, table),
        ("path", table, "--target", "Died", "--max-size", 2),
        ("pool", table, "--target", "Died", "--tolerance", 0.1),
        ("cv", table, "--target", "Died", "--folds", 2, "--inner-folds", 2, "--max-size", 2),
        ("compare", score, table, "--against", "rounded", "--folds", 2),
        *[("export", score, "--to", form) for form in ("text", "markdown", "html", "csv", "json")],
        *[("export", score, "--to", form) for form in ("python", "javascript", "svg", "latex")],
    ]
    for command in commands:
        result = run(*command)
        assert result.exit_code == 0, (command, shown(result))
        assert not set(UNSAFE) & set(shown(result)), command


@pytest.mark.parametrize(
    "command",
    [
        ("fit", HOSTILE),
        ("fit", HOSTILE + ".csv"),
        ("show", HOSTILE + "\nError: forged"),
        ("--" + HOSTILE,),
        (HOSTILE + "\nforged",),
        ("fit", "x.csv", "--max-size", HOSTILE + "\nforged"),
    ],
)
def test_what_was_typed_is_quoted_without_control_characters_and_on_one_line(
    command: tuple[str, ...],
) -> None:
    result = run(*command)
    assert result.exit_code in (2, 3)
    assert not set(UNSAFE) & set(shown(result))
    assert not any(
        line.startswith(("forged", "Error: forged")) for line in shown(result).splitlines()
    )


def test_a_password_in_an_address_is_not_printed_back() -> None:
    for address in ("postgresql://ann:s3cret@host/db", "mysql+x://ann:s3c@ret/s3cret@host/db.csv"):
        for command in (("fit", address), ("check", address, "--json"), ("show", address)):
            assert "s3c" not in shown(run(*command)), command


def test_messages_keep_what_is_no_password() -> None:
    kept = "a.csv: no such file; ask ann@example.org, see https://example.org/x"
    assert without_passwords(kept) == kept
    assert "s3cret" not in without_passwords("host=x password=s3cret user=ann")


def test_the_last_resort_is_one_line_and_a_way_to_report(
    monkeypatch: pytest.MonkeyPatch, table: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by\nnothing")

    monkeypatch.setattr("riskslim.data.inspection.inspect_table", fail)
    result = run("check", table)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "report" in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("RISKSLIM_TRACEBACK", "1")
    assert isinstance(run("check", table).exception, ZeroDivisionError)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_standard_output_is_one_clear_error(
    table: Path, unbuffered: str
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", _RUN, "check", table, "--target", "Died"],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: standard output cannot be written: No space left on device"
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_an_output_of_another_encoding_gets_other_characters(
    encoding: str, tmp_path: Path, table: Path
) -> None:
    frame = pd.read_csv(table).set_axis(["Died", "Age ≥ 65", "Größe", "血"], axis=1)
    data, score = tmp_path / "p.csv", tmp_path / "p.json"
    frame.to_csv(data, index=False)
    runner = CliRunner(charset=encoding)
    for command in (
        ("fit", data, "--target", "Died", "-o", score),
        ("check", data),
        ("evaluate", score, data),
        ("export", score, "--to", "text"),
        ("pool", data, "--target", "Died"),
    ):
        result = runner.invoke(main, [str(item) for item in command])
        assert result.exit_code == 0, (command, result.exception)
    result = runner.invoke(main, ["show", str(score), "--json"])
    names = [item["name"] for item in json.loads(result.stdout)["features"]]
    assert names == ["Age ≥ 65", "Größe", "血"]


def test_json_text_reads_back_and_holds_no_control_character() -> None:
    value = {"name": HOSTILE + "\n\ud800", "list": [1, "ü"]}
    text = json_text(value)
    assert json.loads(text) == value
    assert printable(text, keep="\n") == text
    assert "ü" in text


def test_a_file_whose_name_is_no_utf8_is_read_written_and_named(
    table: Path, tmp_path: Path
) -> None:
    data, score = (str(tmp_path / name) for name in ("\udcfe\x1b.csv", "\udcfd.json"))
    Path(data).write_bytes(table.read_bytes())
    for command in (
        ("fit", data, "--target", "Died", "-o", score),
        ("check", data, "--target", "Died", "--json"),
        ("recalibrate", score, data, "--method", "intercept", "-o", f"{score}.json"),
        ("show", f"{score}.json"),
        ("report", score, data, "-o", f"{score}.html"),
    ):
        result = run(*command)
        assert result.exit_code == 0, (command, shown(result))
        assert not set(UNSAFE) & set(shown(result)), command
