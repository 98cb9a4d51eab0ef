"""What the package says while it works, as records of `logging`.

Nothing is shown unless a program asks for it: ``logging.getLogger("riskslim")`` takes levels and
handlers as any logger does. Each folder has a logger of its own below it. INFO is what a search
began with, how it ended and what was kept of a table; DEBUG is each move of incumbent and bound.
"""

from __future__ import annotations

import logging

__all__ = ["logger_of"]

_ROOT = "riskslim"


def logger_of(module: str) -> logging.Logger:
    """Give the logger of a module of the package, ``__name__``; the package's own is silent."""
    root = logging.getLogger(_ROOT)
    if not any(isinstance(handler, logging.NullHandler) for handler in root.handlers):
        root.addHandler(logging.NullHandler())
    return logging.getLogger(module)
