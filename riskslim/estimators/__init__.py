"""Scores as scikit-learn estimators."""
