"""Findings that are known: comments, a baseline, and those of an earlier revision."""
