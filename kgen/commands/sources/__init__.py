"""`kgen sources`: the files that each target builds, and the condition of each."""
