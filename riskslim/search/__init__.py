"""How a problem is solved: engines, their portfolio, sizes and pools, and the check of answers."""
