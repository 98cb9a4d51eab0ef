"""How large whole numbers may become: beyond, doubles no longer hold each of them."""

__all__ = ["LARGEST_WHOLE"]

LARGEST_WHOLE = 2.0**53
"""Integers of a smaller size are exact in floating point, and so are their sums within it."""
