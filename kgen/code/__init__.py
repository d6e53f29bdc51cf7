"""What C sources and meson.build say of each symbol: which files it builds, and what is in them.

Imports `model`, `files`.
"""
