"""A wheel, an sdist and an editable install each give one package and one command."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import build

ROOT = Path(__file__).resolve().parents[1]

# Where an editable install compiles: what is built from the checkout finds it compiled. What is
# built from an sdist compiles by itself.
BUILT = "build/{wheel_tag}-editable"

# Run inside each installation, away from the checkout.
PROBE = """
import importlib.util, json, sys
import riskslim, riskslim.cli, riskslim.solvers
from riskslim.solvers import _native
print(json.dumps({
    "riskslim": riskslim.__file__,
    "solvers": riskslim.solvers.__file__,
    "cli": riskslim.cli.__file__,
    "native": _native.__file__,
    "version": riskslim.__version__,
}))
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, ROOT)
    (archive,) = folder.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder),
        *(f"-Cbuild-dir={BUILT}", ROOT),
    )
    (archive,) = folder.glob("*.whl")
    return archive


def install(source: str | Path, folder: Path, *options: str) -> Path:
    """Make an environment that sees this one's dependencies, and install into it."""
    environment = folder / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    (site_packages,) = environment.glob("lib/python*/site-packages")
    # A plain line: the dependencies are found, this environment's own hooks are not run.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-deps", "--no-build-isolation", "--ignore-installed", *options, source),
    )
    return python


def probe(python: Path, folder: Path) -> dict[str, str]:
    import json

    found: dict[str, str] = json.loads(run(python, "-c", PROBE, cwd=folder))
    assert "riskslim" in run(python.parent / "riskslim", "--version", cwd=folder)
    assert "fit" in run(python.parent / "riskslim", "--help", cwd=folder)
    (site_packages,) = python.parents[1].glob("lib/python*/site-packages")
    tops = {entry.name for entry in site_packages.iterdir()}
    assert not tops & {"solvers", "cli", "solvers.py", "cli.py", "tests", "benchmarks"}
    return found


def test_wheel_contains_one_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"riskslim"}
    for marker in ("riskslim/py.typed", "riskslim/solvers/py.typed", "riskslim/cli/py.typed"):
        assert marker in names
    assert any(name.startswith("riskslim/solvers/_native") and ".so" in name for name in names)
    assert "riskslim/solvers/_native.pyi" in names
    for data in ("score.schema.json", "templates/calculator.js", "templates/report.html.j2"):
        assert f"riskslim/exporters/{data}" in names
    assert {"riskslim/languages/en.toml", "riskslim/languages/de.toml"} <= set(names)
    assert not [name for name in names if name.endswith((".cpp", ".hpp", ".ipynb", ".md", ".png"))]


def test_sdist_contains_what_a_build_needs(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "CMakeLists.txt", "LICENSE", "README.md"} <= names
    assert "solvers/native/module.cpp" in names
    assert not [name for name in names if name.startswith((".venv/", "build/", "dist/"))]


def test_install_from_wheel(wheel: Path, tmp_path: Path) -> None:
    python = install(wheel, tmp_path)
    found = probe(python, tmp_path)
    assert all(str(tmp_path) in found[key] for key in ("riskslim", "solvers", "cli", "native"))
    gone = (
        "import importlib.util as u; assert not u.find_spec('solvers') and not u.find_spec('cli')"
    )
    run(python, "-c", gone, cwd=tmp_path)


def test_install_from_sdist(sdist: Path, tmp_path: Path) -> None:
    found = probe(install(sdist, tmp_path), tmp_path)
    assert all(str(tmp_path) in found[key] for key in ("riskslim", "solvers", "cli", "native"))


def test_editable_install(tmp_path: Path) -> None:
    # As pip does it, but by this interpreter: another one would compile anew.
    archive = build.ProjectBuilder(ROOT).build("editable", tmp_path / "editable")
    found = probe(install(archive, tmp_path), tmp_path)
    assert found["riskslim"] == str(ROOT / "riskslim" / "__init__.py")
    assert found["solvers"] == str(ROOT / "solvers" / "__init__.py")
    assert found["cli"] == str(ROOT / "cli" / "__init__.py")
