"""Every notebook runs from its first cell to its last with this interpreter, and stays small."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# Of one cell, or of the start: only what hangs takes so long, on however busy a machine.
SECONDS = 3600
LARGEST_FILE = 400_000


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a kernel that is this interpreter, whatever kernels the machine knows."""
    folder = tmp_path / "jupyter" / "kernels" / "riskslim-tests"
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    specification = {"argv": command, "display_name": "tests", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(specification), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    return folder.name


def execute(notebook: nbformat.NotebookNode, kernel: str, folder: Path) -> nbformat.NotebookNode:
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        startup_timeout=SECONDS,
        kernel_name=kernel,
        resources={"metadata": {"path": os.fspath(folder)}},
    )
    return client.execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_runs(path: Path, kernel: str, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    # In an empty folder: a notebook needs no file beside it and leaves none behind.
    workplace = tmp_path / "workplace"
    workplace.mkdir()
    done = execute(notebook, kernel, workplace)
    code = [cell for cell in done.cells if cell.cell_type == "code" and cell.source.strip()]
    assert code
    assert all(cell.execution_count for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_stored_clean(path: Path) -> None:
    assert path.stat().st_size <= LARGEST_FILE, "strip or shrink the outputs"
    text = path.read_text(encoding="utf-8")
    assert os.fspath(Path.home()) not in text
    notebook = nbformat.reads(text, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"


def test_a_failing_cell_fails_the_run_of_this_interpreter(kernel: str, tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell(source)
        for source in ("import riskslim, sys; print(sys.prefix)", "1 / 0")
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(notebook, kernel, tmp_path)
    assert notebook.cells[0].outputs[0].text.strip() == sys.prefix
