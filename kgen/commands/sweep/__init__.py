"""`kgen sweep`: very many configurations at once, and what breaks them."""
