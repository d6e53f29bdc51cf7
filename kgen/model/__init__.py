"""Plain data that every other package hands on: expressions, lanes, places, problems, clauses,
configurations, findings.

Imports nothing of kgen.
"""
