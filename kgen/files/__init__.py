"""Files: all reading and writing, trees, the data that comes with kgen, and the start and end of
the process. `files.git` reads trees from a repository.

Imports `model`.
"""
