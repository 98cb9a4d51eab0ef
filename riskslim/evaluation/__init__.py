"""How well scores predict: measures with intervals, cross-validation, comparison."""
