"""A workbook computes with what its cells say, and says #N/A where they say nothing."""

import io
import shutil
import subprocess

import numpy as np
import openpyxl
import pytest

from support.scores import score_of

SCORE = score_of(["visits", "a"], [2, 3], intercept=-1, values=6)
YES_NO = score_of(["a", "b"], [2, 3], intercept=-1)
NUMBERS = [None, True, False, "", " ", "two"]
FLAGS = [*NUMBERS, "maybe", "1", "yes ", 2, 0.5]


def workbook(score, values, file):
    """The workbook with its first cells filled in; gives where the total and the risk stand."""
    book = openpyxl.load_workbook(io.BytesIO(score.export("xlsx")))
    entries = [cell for cell in book.active["C"] if not cell.protection.locked]
    for entry, value in zip(entries, values, strict=True):
        entry.value = value
    book.save(file)
    return [cell.coordinate for cell in book.active["D"] if cell.data_type == "f"][-2:]


CASES = [(YES_NO, [value, 1]) for value in FLAGS] + [(SCORE, [value, 1]) for value in NUMBERS]


def nothing(values):
    """What total and risk say: an empty cell is a question that is still to be answered."""
    return ["#N/A" if values[0] not in (None, "") else "–"] * 2


@pytest.mark.parametrize(("score", "values"), CASES)
def test_formulas_give_no_score_to_a_cell_that_says_nothing(score, values, tmp_path):
    formulas = pytest.importorskip("formulas", reason="the package formulas is not installed")
    outputs = workbook(score, values, tmp_path / "score.xlsx")
    model = formulas.ExcelModel().loads(str(tmp_path / "score.xlsx")).finish()
    cells = model.calculate()
    found = [np.ravel(cells[f"'[score.xlsx]SCORE'!{name}"].value)[0] for name in outputs]
    assert list(map(str, found)) == nothing(values)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_gives_no_score_to_a_cell_that_says_nothing(tmp_path):
    outputs = {}
    for place, (score, values) in enumerate([*CASES, (YES_NO, ["yes", 0]), (SCORE, [2.5, 1])]):
        outputs[place] = workbook(score, values, tmp_path / f"{place}.xlsx")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            *("--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "done"),
            *sorted(tmp_path.glob("*.xlsx")),
        ],
        check=True,
        capture_output=True,
    )
    found = []
    for place, names in outputs.items():
        file = tmp_path / "done" / f"{place}.xlsx"
        sheet = openpyxl.load_workbook(file, data_only=True).active
        found.append([sheet[name].value for name in names])
    assert found[:-2] == [nothing(values) for _, values in CASES]
    assert [total for total, _ in found[-2:]] == [2, 8]
