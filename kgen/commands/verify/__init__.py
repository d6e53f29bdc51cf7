"""`kgen verify`: kgen against a tree's own program."""
