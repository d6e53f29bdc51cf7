"""`kgen diff`: what differs between two sides, and why."""
