"""Code that is asked of a project: the embedded map of sources, and what links and starts."""
