"""`kgen snapshot`: save a resolved configuration in one file."""
