"""Plain data that all other packages share: expressions, lanes, places, problems, clauses,
configurations, findings.

Imports no other package of kgen.
"""
