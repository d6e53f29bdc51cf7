"""`kgen savedefconfig`: the fewest assignments that give a configuration again."""
