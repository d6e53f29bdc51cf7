"""`kgen sweep`: test many configurations at once, and find what breaks them."""
