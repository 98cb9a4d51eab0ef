"""Print the oldest version that pyproject.toml allows of everything that the package needs.

Usage: python .ci/oldest.py > constraints.txt
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)>=(?P<oldest>[\w.]+)(?:,.*)?")


def main() -> int:
    """Print the constraints, or name the requirement that has no lower bound."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    for requirement in project["build-system"]["requires"] + project["project"]["dependencies"]:
        found = REQUIREMENT.fullmatch(requirement)
        if found is None:
            print(f"pyproject.toml: {requirement!r} has no lower bound", file=sys.stderr)
            return 1
        print(f"{found['name']}=={found['oldest']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
