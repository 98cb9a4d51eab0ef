"""Compare what a release says of itself in several files, before it is cut.

Usage: python .ci/release.py [TAG]

CITATION.cff and the recipe for conda-forge have the version of pyproject.toml, and the recipe asks
for what pyproject.toml asks for. A tag is v and that version, the newest one of CHANGELOG.md.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECIPE = ".ci/conda-forge/recipe.yaml"

# Where conda-forge splits a package, the part without what only plots or solves more.
CONDA = {"cvxpy": "cvxpy-base", "matplotlib": "matplotlib-base"}

VERSIONS = {
    "CITATION.cff": r"^version: (\S+)$",
    RECIPE: r'^  version: "(\S+)"$',
}
NEWEST = r"^## (\S+)"


def main(tags: list[str]) -> int:
    """Print what differs; 1 if anything does."""
    pyproject = tomllib.loads(text("pyproject.toml"))
    project = pyproject["project"]
    differences = [
        f"{file}: version {version}, where pyproject.toml has {project['version']}"
        for file, pattern in VERSIONS.items()
        if (version := first(pattern, text(file))) != project["version"]
    ]
    newest = first(NEWEST, text("CHANGELOG.md"))
    differences += [
        f"the tag is {tag}, the version {project['version']}, and CHANGELOG.md begins with {newest}"
        for tag in tags
        if not tag == f"v{project['version']}" == f"v{newest}"
    ]
    for part, requirements in (
        ("run", project["dependencies"]),
        ("host", pyproject["build-system"]["requires"]),
    ):
        differences += compare(part, {spelled(requirement) for requirement in requirements})
    print("\n".join(differences) or f"riskslim {project['version']}: the files agree")
    return 1 if differences else 0


def compare(part: str, wanted: set[str]) -> list[str]:
    """Compare a list of the recipe with what pyproject.toml asks for."""
    block = first(rf"^  {part}:\n((?:    - .*\n)+)", text(RECIPE))
    asked = set(re.findall(r"^    - (.*)$", block, re.M)) - {"python", "pip"}
    return [
        f"{RECIPE}: {part} differs from pyproject.toml in {requirement!r}"
        for requirement in sorted(asked ^ wanted)
    ]


def spelled(requirement: str) -> str:
    """Write a requirement as a recipe does: "numpy>=2" as "numpy >=2"."""
    name, limits = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
    return f"{CONDA.get(name, name)} {limits}".rstrip()


def first(pattern: str, content: str) -> str:
    """Give what a pattern finds first; empty if it finds nothing."""
    found = re.search(pattern, content, re.M)
    return found[1] if found else ""


def text(file: str) -> str:
    """Read a file of the repository."""
    return (ROOT / file).read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
