"""One thread for the small models of other packages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["one_thread"]

_in_force: ContextVar[bool] = ContextVar("one_thread", default=False)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra and trees of other packages use one thread within the block.

    Their fits here are small: threads would wait for one another, the longer the busier the
    machine, and sums would depend on their number.
    """
    if _in_force.get():
        yield
        return
    import sklearn.linear_model  # noqa: F401 - what is loaded later would not be limited
    from threadpoolctl import threadpool_limits

    token = _in_force.set(True)
    try:
        with threadpool_limits(1):
            yield
    finally:
        _in_force.reset(token)
