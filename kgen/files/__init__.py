"""The disk: the one place that reads and writes files, a tree to read, what comes with kgen, and
the start and end of the process.

Imports `model`, `git`.
"""
