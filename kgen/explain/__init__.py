"""Explains why a symbol has its value: steps, facts and messages, taken from a resolution.

Imports `model`, `targets`, `resolve`, `standard`.
"""
