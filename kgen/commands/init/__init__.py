"""`kgen init`: writes a project file."""
