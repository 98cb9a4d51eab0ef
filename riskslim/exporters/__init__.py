"""Ways to write a score down: each is a function of a `RiskScore`."""
