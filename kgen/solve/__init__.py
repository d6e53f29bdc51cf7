"""All configurations of a target at once, as a formula for a SAT solver.

Imports `model`, `targets`, `project`.
"""
