"""`kgen disable`: `kgen enable` for the value n."""
