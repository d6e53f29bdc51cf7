"""`kgen why`: the reasons for a symbol's value, and what would change it."""
