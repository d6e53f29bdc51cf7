"""`kgen targets`: the targets and what is known of each."""
