"""`kgen sample`: valid configurations for test builds."""
