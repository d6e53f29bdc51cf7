"""`kgen sample`: valid configurations for a build farm."""
