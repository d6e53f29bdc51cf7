"""`kgen enable`: the fewest assignments that give symbols a value."""
