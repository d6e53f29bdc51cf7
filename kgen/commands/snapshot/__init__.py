"""`kgen snapshot`: a resolved configuration in one file."""
