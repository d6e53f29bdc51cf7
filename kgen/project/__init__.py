"""From options to results: open the tree, find the targets, load the model, make the lanes,
resolve.

Imports `model`, `files`, `kconfig`, `targets`, `resolve`, `code`, `standard`.
"""
