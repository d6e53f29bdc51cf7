"""`kgen why`: the reasons of a symbol's value, and what would change it."""
