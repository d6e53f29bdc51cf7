"""`kgen lint`: find mistakes in a tree."""
