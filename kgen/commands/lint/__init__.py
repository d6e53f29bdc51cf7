"""`kgen lint`: what is wrong with a tree."""
