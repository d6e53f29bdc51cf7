"""A git repository's objects, read by kgen itself: no program is started and no configuration
of the repository takes effect. Why, and what that means, is in docs/security.md.

Imports `model`.
"""
