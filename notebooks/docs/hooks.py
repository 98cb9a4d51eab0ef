"""What the documentation is made of besides its pages: notebooks, formulas, references.

Formulas become MathML, which browsers show by themselves, so that no page loads a script from
elsewhere.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import Any

import click
import nbformat
from latex2mathml.converter import convert
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

import riskslim
from riskslim.cli import main

_FORMULA = re.compile(r'<(?P<tag>span|div) class="arithmatex">(?P<text>.*?)</(?P=tag)>', re.DOTALL)
_CITED = re.compile(r"(?<=\w|\.|\)|`|,|>) ?\[(\d+)\]_")
_CITATION = re.compile(r"\.\. \[(\d+)\]")
_LINK = re.compile(r"\((\w+)\.ipynb\)")


@event_priority(100)
def on_config(config: Any) -> Any:
    """Lay the three folders out as they are installed, for the reference to be read from.

    First of all: the plugin looks for the folder when it is set up.
    """
    root = Path(config.config_file_path).parent
    package = root / "build" / "reference" / "riskslim"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    parts = {path.name: path for path in (root / "riskslim").iterdir()}
    for name, path in {**parts, "solvers": root / "solvers", "cli": root / "cli"}.items():
        (package / name).symlink_to(path)
    for section in config.nav:
        if "Stories" in section:
            section["Stories"] = [f"stories/{path.stem}.md" for path in notebooks(config)]
    return config


def notebooks(config: Any) -> list[Path]:
    """Find the notebooks, the quick start first."""
    found = Path(config.docs_dir).parent.glob("*.ipynb")
    return sorted(found, key=lambda path: (path.stem != "quickstart", path.stem))


def on_files(files: Files, config: Any) -> Files:
    """Add a page for every notebook, and one for the command line."""
    files.append(File.generated(config, "reference/cli.md", content=command_line()))
    for path in notebooks(config):
        page = as_markdown(nbformat.read(path, as_version=4), path.name)
        files.append(File.generated(config, f"stories/{path.stem}.md", content=page))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Add to the reference what is public and not listed there."""
    if page.file.src_uri != "reference/python.md":
        return markdown
    public = {name: getattr(riskslim, name) for name in riskslim.__all__ if name[0] != "_"}
    listed = set(re.findall(r"^::: \S*\.(\w+)$", markdown, re.M))
    listed |= set(re.findall(r"\w+", " ".join(re.findall(r"members: \[(.*?)\]", markdown))))
    known = ("riskslim.constraints",)
    more = [
        f"::: {found.__module__}.{name}\n    options: {{heading_level: 3}}"
        for name, found in sorted(public.items())
        if name not in listed and not found.__module__.startswith(known)
    ]
    return "\n\n".join([markdown, *(["## More", *more] if more else [])])


def command_line() -> str:
    """Write what every command says of itself."""
    parts = ["# Command line", *_command(main, "riskslim")]
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        parts += _command(command, f"riskslim {name}")
    return "\n\n".join(parts) + "\n"


def _command(command: click.Command, name: str) -> list[str]:
    context = click.Context(command, info_name=name, max_content_width=80, terminal_width=80)
    return [f"## {name}", f"```text\n{command.get_help(context)}\n```"]


def as_markdown(notebook: Any, name: str) -> str:
    """Write a notebook, with the outputs that are stored in it, as a page."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(_LINK.sub(r"(\1.md)", cell.source))
            continue
        parts.append(f"```python\n{cell.source}\n```")
        parts += [shown for output in cell.outputs if (shown := _output(output))]
    parts.append(f"---\n\nThis page is the notebook `notebooks/{name}`.")
    return "\n\n".join(parts) + "\n"


def _output(output: Any) -> str:
    if output.output_type == "stream":
        return _text(output.text)
    data = output.get("data", {})
    if "image/png" in data:
        source = data["image/png"].strip()
        kind = 'class="output" alt="Plot of the cell above"'
        return f'<img {kind} src="data:image/png;base64,{source}">'
    if "text/html" in data:
        # On one line: an empty line would end the block of HTML.
        line = " ".join(data["text/html"].split())
        return f'<div class="output">{line}</div>'
    return _text(data.get("text/plain", ""))


def _text(text: str) -> str:
    return f'<pre class="output">{html.escape(text.rstrip())}</pre>' if text.strip() else ""


def on_page_content(content: str, **_: Any) -> str:
    """Turn formulas into MathML, and numpydoc's citations into plain ones."""
    content = _FORMULA.sub(_formula, content)
    return _CITATION.sub(r"[\1]", _CITED.sub(r" [\1]", content))


def _formula(found: re.Match[str]) -> str:
    text = html.unescape(found["text"]).strip()
    display = "block" if found["tag"] == "div" else "inline"
    return convert(text[2:-2].strip(), display=display)
