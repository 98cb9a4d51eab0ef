"""Searches that minimise a convex oracle plus a linear cost over a mixed-integer linear set."""
