"""`kgen targets`: list the targets and their properties."""
