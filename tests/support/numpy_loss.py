"""The logistic loss in plain NumPy, which answers as the oracles of the package do."""

import math

import numpy as np
from scipy.special import expit

from riskslim.solvers.oracle import Minorant


class NumpyLoss:
    """Logistic loss of merged rows, without heuristics: the convex part of the tests."""

    def __init__(self, features, positive, negative):
        self.design = np.column_stack([np.ones(len(features)), features])
        self.positive, self.negative = positive, negative
        self.weight = positive.sum() + negative.sum()

    @property
    def dimension(self):
        return self.design.shape[1]

    def value(self, point):
        scores = self.design @ point
        terms = self.positive * np.logaddexp(0, -scores) + self.negative * np.logaddexp(0, scores)
        return math.fsum(terms) / self.weight

    def minorant(self, point, lower, upper):
        scores = self.design @ point
        slope = self.negative * expit(scores) - self.positive * expit(-scores)
        gradient = slope @ self.design / self.weight
        value = self.value(point)
        return Minorant(value, value - float(gradient @ point) - 1e-13, gradient)
