"""Judging scores: measures with intervals, cross-validation, comparison."""
