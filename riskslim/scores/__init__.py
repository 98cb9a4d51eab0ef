"""Scores: points and what their totals stand for, without the data or solver that made them."""
