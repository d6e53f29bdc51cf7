"""`kgen disable`: like `kgen enable`, for n."""
