"""Reads the objects of a git repository without git: no program is started, and no configuration
of the repository takes effect. docs/security.md gives the reasons and the consequences.

Imports `model`.
"""
