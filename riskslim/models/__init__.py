"""Renderings of a problem: arrays of a mixed-integer program, Pyomo, LP and MPS files, cvxpy."""
