"""What the documentation tells people to type works; its site needs nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import riskslim
from riskslim.cli import main
from riskslim.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks" / "docs"
PAGES = sorted(page for page in FOLDER.rglob("*.md") if "```" in page.read_text(encoding="utf-8"))

BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.*?)^(?P=indent)```", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Kind and content of each fenced block, in order."""
    text = page.read_text(encoding="utf-8")
    return [(found["kind"], textwrap.dedent(found["text"])) for found in BLOCK.finditer(text)]


def type_in(kind: str, text: str, names: dict[str, object]) -> None:
    """Do what a reader does with a block."""
    if kind == "python":
        exec(compile(text, "page", "exec"), names)
    elif kind == "sh":
        for line in filter(None, text.splitlines()):
            program, *arguments = shlex.split(line)
            assert program == "riskslim"
            done = CliRunner().invoke(main, arguments)
            assert done.exit_code == 0, f"{line}\n{done.output}"
    elif text.startswith("# ") and kind == "toml":
        name, _, content = text[2:].partition("\n")
        Path(name).write_text(content, encoding="utf-8")


@pytest.mark.filterwarnings("default::riskslim.errors.DataWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(FOLDER)))
def test_what_a_page_says_works(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    tutorial = blocks(FOLDER / "tutorial.md")
    # Every page takes the tables of the tutorial for granted.
    kind, tables = tutorial[0]
    assert kind == "python"
    type_in(kind, tables, names)
    for kind, text in tutorial[1:] if page.name == "tutorial.md" else blocks(page):
        type_in(kind, text, names)


def test_pictures_are_there_and_small() -> None:
    wanted = set()
    for page in FOLDER.rglob("*.md"):
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / name).is_file(), f"{page.name}: {name}"
            wanted.add((page.parent / name).resolve())
    stored = set((FOLDER / "pictures").iterdir())
    assert wanted == {path.resolve() for path in stored}
    assert sum(path.stat().st_size for path in stored) < 1_500_000


@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="the docs extra is not installed"
)
def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loads = re.findall(
            r"<(?:script|link|img|iframe|source|object)\b[^>]*?(?:src|href)=\"([^\"]+)", text
        )
        assert loads
        assert not [url for url in loads if re.match(r"(?:https?:)?//", url)], page
        assert "url(http" not in text
        assert not re.search(r"\]_\b|^\.\. \[", text, re.M)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", sheet.read_text())
    mathematics = (site / "mathematics.html").read_text(encoding="utf-8")
    assert mathematics.count("<math") > 40
    assert "arithmatex" not in mathematics
    assert not re.search(r"<m\w+>\\\\", mathematics)  # a command that was not understood
    command_line = (site / "reference" / "cli.html").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f'id="riskslim-{name}"' in command_line
    assert "--max-size" in command_line
    python = (site / "reference" / "python.html").read_text(encoding="utf-8")
    assert 'id="riskslim.scores.risk.RiskScore.predict_proba"' in python
    constraints = (site / "reference" / "constraints.html").read_text(encoding="utf-8")
    for name in riskslim.__all__:
        if not name.startswith("_"):
            assert re.search(rf'id="riskslim\.[\w.]+\.{name}"', python + constraints), name
    for notebook in FOLDER.parent.glob("*.ipynb"):
        story = (site / "stories" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        assert 'class="output"' in story
        assert f"stories/{notebook.stem}.html" in (site / "index.html").read_text("utf-8")


@pytest.mark.parametrize("command", ["build", "check"])
def test_the_guide_to_raw_tables_has_every_option(command: str) -> None:
    page = (FOLDER / "howto" / "raw.md").read_text(encoding="utf-8")
    taken = main.get_command(click.Context(main), command).params
    options = [one for one in taken if isinstance(one, click.Option)]
    lacking = [one.opts for one in options if not any(name in page for name in one.opts)]
    assert lacking == []
