"""`kgen savedefconfig`: the fewest assignments that reproduce a configuration."""
