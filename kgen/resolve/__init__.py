"""Resolves all lanes in one pass, one bit per lane. Pure functions.

Imports `model`.
"""
