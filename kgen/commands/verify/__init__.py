"""`kgen verify`: compare kgen with a tree's own program."""
