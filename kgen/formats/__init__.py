"""What answers are written in: the terminal, tables, SARIF, JUnit, annotations, templates.

Imports `model`, `files`.
"""
