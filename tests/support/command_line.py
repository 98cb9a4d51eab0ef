"""Running the command line, and reading the one object that it prints."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from riskslim.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def printed_object(result: Result) -> dict[str, Any]:
    """Return the one object on standard output; NaN and Infinity are not JSON."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in JSON output")

    found = json.loads(result.stdout, parse_constant=refuse)
    assert isinstance(found, dict)
    return found
