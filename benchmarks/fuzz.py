"""Nearly right files and command lines: none may crash, hang, fill the memory or the terminal.

Usage: python benchmarks/fuzz.py [--share 1.0] [--seed 0] [--jobs 2] [--keep FOLDER]
       [--only scores,tables,rules,settings,lines]

5,000 score files, 2,000 tables (CSV, Parquet, gzip), 2,000 files of rules, 2,000 of other settings
(published cards, tiers, cut points and labels, actions) and 500 command lines, each given to one
command: no traceback, no signal, no undocumented exit code, at most 10 s of CPU
time and 1 GiB, no control character printed. `--share` takes a part of them, `--keep` the files
of those that fail. Every case follows from the seed and its number. Exit code 1 where any fails.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from forked import Ended, run_forked, warm_up, wrong_with
from mutations import mutate_bytes, mutate_json, mutate_rows, mutate_toml, odd_text

from riskslim.cli.app import main as program
from riskslim.cli.commands import COMMANDS
from riskslim.constraints.records import KINDS
from riskslim.constraints.schema import kind_of_rule
from riskslim.exporters.formats import FORMATS

COUNTS = {"scores": 5000, "tables": 2000, "rules": 2000, "settings": 2000, "lines": 500}
QUICK = ["--time-limit", "2", "--max-size", "3"]
RAW = ["--raw", "--reference-date", "2024-01-01"]
SETTINGS = {
    "card": """
outcome = "died"
risks = { 0 = 0.01, 1 = 0.03, 2 = 0.13, 3 = 0.17 }
[about]
title = "A card"
horizon = "within 30 days"
[items.Confusion]
points = 1
[items.Urea]
unit = "mmol/L"
cuts = [7.1, 9]
points = [0, 1, 2]
""",
    "tiers": """
[[tiers]]
name = "Low risk"
advice = "Home."
[[tiers]]
name = "Middle"
total = 2
[[tiers]]
name = "High risk"
advice = "Admit."
sensitivity = 0.5
""",
    "labels": """
[about]
title = "Ward score"
contact = "score@example.org"
[Lactate]
label = "Serum lactate"
unit = "mmol/L"
cuts = [2, 4]
missing = [-999]
special = { -8 = "no sample" }
limits = [0, 40]
[Sex]
codes = { m = "male", f = "female" }
""",
    "plain_actions": """
columns.Female = "none"
[columns.Beds]
direction = "down"
at_least = 0
cost = 1
[columns.Dose]
direction = "both"
step = 0.1
""",
    "raw_actions": """
columns.Smoker = "both"
[columns.Lactate]
direction = "down"
at_least = 0.5
max_change = 3
unit_cost = 0.1
moves = { Age = -0.5 }
[columns.Ward]
values = "observed"
[[implies]]
if = { Smoker = "yes" }
then = { Lactate = { at_least = 1 } }
""",
}
"""Files of settings that are right, by what they are for."""

MAKERS: dict[str, Callable[[random.Random, Path, Path], list[str]]] = {}


@dataclass(frozen=True)
class Failure:
    """A case that shows what no command may do."""

    kind: str
    number: int
    arguments: list[str]
    what: str
    output: str


def main() -> int:
    """Run all kinds and print the counts."""
    options = _options()
    warm_up()
    with tempfile.TemporaryDirectory(prefix="riskslim-fuzz-") as name:
        base = Path(name)
        _make_base(base)
        failures: list[Failure] = []
        for kind in options.only.split(","):
            count = round(COUNTS[kind] * options.share)
            cases = [(kind, options.seed, number, base, options.keep) for number in range(count)]
            codes: Counter[int] = Counter()
            with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
                for ended, failure in pool.imap_unordered(_try, cases, chunksize=8):
                    codes[ended.code] += 1
                    if failure is not None:
                        failures.append(failure)
                        _show(failure)
            wrong = sum(failure.kind == kind for failure in failures)
            ends = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
            print(f"{kind}: {count} cases, {wrong} wrong (exit codes {ends})", flush=True)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(COUNTS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


def _show(failure: Failure) -> None:
    last = ascii(failure.output[-300:])
    print(f"WRONG {failure.kind} {failure.number}: {failure.what}: {failure.arguments} {last}")


def _try(case: tuple[str, int, int, Path, Path | None]) -> tuple[Ended, Failure | None]:
    kind, seed, number, base, keep = case
    dice = random.Random(f"{kind} {seed} {number}")
    folder = Path(tempfile.mkdtemp(dir=base))
    try:
        arguments = MAKERS[kind](dice, folder, base)
        ended = run_forked(arguments, folder)
        what = wrong_with(ended)
        if not what:
            return ended, None
        if keep is not None:
            shutil.copytree(folder, keep / f"{kind}-{number}", dirs_exist_ok=True)
        return ended, Failure(kind, number, arguments, what, ended.output)
    finally:
        shutil.rmtree(folder)


def _make_base(base: Path) -> None:
    """Make tables, and scores of every kind of them."""
    dice = random.Random(0)
    plain, raw = [["Died", "Age >= 40", "Female", "Beds", "Dose"]], []
    raw.append(["Died", "Age", "Sex", "Ward", "Lactate", "Born", "Smoker"])
    for _ in range(120):
        row = [dice.randrange(2), dice.randrange(2), dice.randrange(4), round(dice.random(), 1)]
        died = int(sum(row) + dice.random() > 2.5)
        plain.append(list(map(str, (died, *row))))
        born = f"{dice.randrange(1930, 2000)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}"
        ward = dice.choice("ABC")
        age, lactate = 30 + 20 * died + dice.randrange(40), round(dice.random() * 5, 1)
        cells = (died, age, dice.choice("mf"), ward, lactate, born, dice.choice(("yes", "no", "")))
        raw.append(list(map(str, cells)))
    for name, rows in (("plain", plain), ("raw", raw)):
        _write_csv(base / f"{name}.csv", rows)
    for name, text in SETTINGS.items():
        (base / f"{name}.toml").write_text(text, encoding="utf-8")
    fit = ["fit", "--target", "Died", "-o"]
    for command in (
        [*fit, "risk.json", "plain.csv", "--max-size", "3"],
        [*fit, "decision.json", "plain.csv", "--method", "slim", "--max-size", "3"],
        [*fit, "raw.json", "raw.csv", *RAW, "--max-size", "3"],
        ["recalibrate", "risk.json", "plain.csv", "--method", "isotonic", "-o", "isotonic.json"],
        ["recalibrate", "risk.json", "--prevalence", "0.1", "-o", "prevalence.json"],
    ):
        ended = run_forked(command, base)
        if ended.code not in (0, 2):
            raise RuntimeError(f"{command}: {ended}")


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def _rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def _make_score(dice: random.Random, folder: Path, base: Path) -> list[str]:
    kept = [path for path in sorted(base.glob("*.json")) if path.is_file()]
    chosen = dice.choice(kept)
    text = chosen.read_text(encoding="utf-8")
    if dice.random() < 0.8:
        content = mutate_json(json.loads(text), dice).encode("utf-8", "surrogatepass")
    else:
        content = mutate_bytes(text.encode("utf-8"), dice)
    (folder / "s.json").write_bytes(content)
    kind = "raw" if chosen.stem == "raw" else "plain"
    data, actions = str(base / f"{kind}.csv"), str(base / f"{kind}_actions.toml")
    form = dice.choice(list(FORMATS))
    return dice.choice(
        [
            ["show", "s.json"],
            ["show", "s.json", "--json"],
            ["export", "s.json", "--to", form, "-o", "out"],
            ["export", "s.json", "--to", form, "-o", "out", "--language", "de"],
            ["export", "s.json", "--to", dice.choice(("text", "json", "csv", "sql", "pmml"))],
            ["predict", "s.json", data],
            ["evaluate", "s.json", data],
            ["recalibrate", "s.json", data, "-o", "out.json"],
            ["recalibrate", "s.json", "--prevalence", "0.2"],
            ["report", "s.json", data, "-o", "out.html"],
            ["compare", "s.json", data],
            ["tiers", "s.json", str(base / "tiers.toml"), "-o", "out.json"],
            ["cutoff", "s.json", data, "--sensitivity", "0.9"],
            ["scale", "s.json", "-o", "out.csv"],
            ["scorecard", "s.json", data, "--gains", "gains.csv", "--plot", "out.svg"],
            ["drift", "s.json", data],
            ["reasons", "s.json", data],
            ["recourse", "s.json", data, "--actions", actions, "--target-risk", "0.3"],
            ["recourse", "s.json", data, "--actions", actions, "--json"],
            ["fhir", "s.json", data, "--id", "Died"],
            ["predict", "s.json", data, "--unknown", "--json"],
        ]
    )


def _make_table(dice: random.Random, folder: Path, base: Path) -> list[str]:
    is_raw = dice.random() < 0.6
    source = base / ("raw.csv" if is_raw else "plain.csv")
    rows = _rows_of(source)
    mutated = mutate_rows(rows, dice)
    name = dice.choice(("t.csv", "t.csv", "t.csv.gz", "t.parquet"))
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(mutated)
    content = stream.getvalue().encode("utf-8")
    if name == "t.parquet":
        content = _as_parquet(mutated, folder, dice)
    if dice.random() < 0.4:
        content = mutate_bytes(content, dice)
    if name == "t.csv.gz":
        content = gzip.compress(content)
        if dice.random() < 0.3:
            content = mutate_bytes(content, dice)
    (folder / name).write_bytes(content)
    raw = RAW if is_raw or dice.random() < 0.2 else []
    score = str(base / ("raw.json" if is_raw else dice.choice(("risk.json", "decision.json"))))
    return dice.choice(
        [
            ["check", name],
            ["check", name, *RAW],
            ["check", name, "--target", "Died", "--json"],
            ["fit", name, *raw, *QUICK, "-o", "s.json"],
            ["fit", name, *raw, *QUICK, "--target", "Died", "--positive", "1"],
            ["evaluate", score, name],
            ["predict", score, name],
            ["predict", score, name, "-o", "out.csv"],
        ]
    )


def _as_parquet(rows: list[list[str]], folder: Path, dice: random.Random) -> bytes:
    """Write in a process of its own: its threads do not live on in a fork."""
    target = folder / ".parquet"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _write_parquet(rows, target, dice)
            code = 0
        finally:
            os._exit(code)
    os.waitpid(child, 0)
    content = target.read_bytes() if target.exists() else b"PAR1"
    target.unlink(missing_ok=True)
    return content


def _write_parquet(rows: list[list[str]], target: Path, dice: random.Random) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    width = max(map(len, rows))
    header = [*rows[0], *(f"c{place}" for place in range(len(rows[0]), width))]
    arrays = []
    for place in range(width):
        cells = [row[place] if place < len(row) else None for row in rows[1:]]
        arrays.append(_typed(cells, dice, pa))
    notes = {b"pandas": dice.choice((b"{}", b"{", b"\xff", b"[]", b'{"index_columns": 1}'))}
    table = pa.Table.from_arrays(arrays, names=header)
    parquet.write_table(
        table.replace_schema_metadata(notes if dice.random() < 0.3 else None), target
    )


def _typed(cells: list[str | None], dice: random.Random, pa: Any) -> Any:
    """Make numbers of a column where its cells are, and now and then something else."""
    array = pa.array
    odd = dice.random()
    if odd < 0.02:
        return array([[cell] for cell in cells])
    if odd < 0.04:
        return array([{"a": cell} for cell in cells])
    if odd < 0.06:
        return array([None if cell is None else cell.encode() for cell in cells])
    if odd < 0.08:
        return array(cells).dictionary_encode()
    try:
        return array([None if cell in (None, "") else float(str(cell)) for cell in cells])
    except ValueError:
        return array(cells)


def _make_rules(dice: random.Random, folder: Path, base: Path) -> list[str]:
    names = ("Age >= 40", "Female", "Beds", "Dose")
    kinds = dice.choices(list(KINDS), k=dice.choice((1, 1, 2)))
    text = "\n".join(kind_of_rule(kind).example for kind in kinds)
    for word in ("Age >= 65", "Height", "Weight", "Lab A"):
        text = text.replace(f'"{word}"', f'"{dice.choice(names)}"')
    content = mutate_toml(text, dice).encode("utf-8")
    if dice.random() < 0.15:
        content = mutate_bytes(content, dice)
    (folder / "r.toml").write_bytes(content)
    slim = ["--method", "slim"] if dice.random() < 0.3 else []
    return ["fit", str(base / "plain.csv"), *QUICK, *slim, "--constraints", "r.toml"]


def _make_settings(dice: random.Random, folder: Path, base: Path) -> list[str]:
    name = dice.choice(list(SETTINGS))
    content = mutate_toml(SETTINGS[name], dice).encode("utf-8")
    if dice.random() < 0.15:
        content = mutate_bytes(content, dice)
    (folder / "f.toml").write_bytes(content)
    kind = dice.choice(("risk", "decision")) if name == "plain_actions" else "risk"
    kind = "raw" if name in ("raw_actions", "labels") else kind
    data = str(base / ("raw.csv" if kind == "raw" else "plain.csv"))
    score = str(base / f"{kind}.json")
    raw = [data, *RAW, *QUICK, "--target", "Died", "-o", "s.json"]
    target = [] if kind == "decision" else ["--target-risk", "0.3"]
    recourse = ["recourse", score, data, "--actions", "f.toml", *target]
    return dice.choice(
        {
            "card": [["score", "f.toml"], ["score", "f.toml", "--json"]],
            "tiers": [
                ["tiers", score, "f.toml", "-o", "out.json"],
                ["tiers", score, "f.toml", "--data", data],
            ],
            "labels": [
                ["fit", *raw, "--cut-points", "f.toml"],
                ["check", data, *RAW, "--cut-points", "f.toml"],
                ["export", score, "--to", "html", "-o", "out", "--labels", "f.toml"],
            ],
        }.get(
            name,
            [
                [*recourse, "-o", "out.csv"],
                [*recourse, "--json"],
            ],
        )
    )


def _make_line(dice: random.Random, _: Path, base: Path) -> list[str]:
    """Call any command with what its parameters do not expect."""
    name = dice.choice(sorted(set(COMMANDS) - {"demo"}))
    command = program.get_command(click.Context(program), name)
    assert command is not None
    line = [name]
    values = ("risk.json", "decision.json", "raw.json", "plain.csv", "raw.csv")
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            word = "json" if parameter.name == "score" else "csv"
            line += [str(base / next(value for value in values if word in value))]
    options = [item for item in command.params if isinstance(item, click.Option)]
    for option in dice.sample(options, min(len(options), dice.randrange(1, 4))):
        line.append(dice.choice(option.opts))
        if not option.is_flag:
            line.append(_odd_argument(option, dice))
    if dice.random() < 0.2:
        line.insert(dice.randrange(len(line)), _odd_argument(None, dice))
    if name == "export" and not {"-o", "--output"} & set(line):
        # Pictures and workbooks are no text.
        line += ["-o", "out"]
    limits = {"--time-limit": "2", "--folds": "2", "--inner-folds": "2", "--max-size": "2"}
    for word, value in limits.items():
        known = any(word in item.opts for item in options)
        if known and word not in line and (word != "--folds" or name != "compare"):
            line += [word, value]
    return line


def _odd_argument(option: click.Option | None, dice: random.Random) -> str:
    if option is not None and isinstance(option.type, click.Choice) and dice.random() < 0.7:
        return str(dice.choice(list(option.type.choices)))
    odd = (
        *("0", "1", "2", "-1", "3.5", "1e400", "nan", "inf", "9" * 30, "Died", "Age*", "*", "1,2"),
        *(
            "a=b",
            "0.5",
            "/proc/x",
            "/dev/full",
            "/",
            ".",
            "no/such",
            "a" * 300,
            "http://u:pw@host/x",
        ),
    )
    text = odd_text(dice).replace("\ud800", "").replace("\0", "")[:2000]
    return dice.choice((*odd, text))


MAKERS.update(
    scores=_make_score,
    tables=_make_table,
    rules=_make_rules,
    settings=_make_settings,
    lines=_make_line,
)


if __name__ == "__main__":
    sys.exit(main())
