"""`kgen devices`: the devices of each target, and what they need."""
