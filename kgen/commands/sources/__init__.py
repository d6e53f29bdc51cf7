"""`kgen sources`."""
