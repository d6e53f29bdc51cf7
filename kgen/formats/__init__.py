"""Output formats: terminal text, tables, SARIF, JUnit, GitHub annotations, templates.

Imports `model`, `files`.
"""
