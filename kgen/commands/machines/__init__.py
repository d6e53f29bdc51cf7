"""`kgen machines`: the machines of each target, and what they need."""
