"""Why a symbol has its value: steps, facts and words, read off a resolution.

Imports `model`, `targets`, `resolve`.
"""
