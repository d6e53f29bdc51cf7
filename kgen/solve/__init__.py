"""All configurations of a target as a formula for a SAT solver.

Imports `model`, `targets`, `standard`, `project`.
"""
