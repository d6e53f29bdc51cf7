"""Lanes to values: every configuration at once, one bit a lane. Pure.

Imports `model`.
"""
