"""`kgen policy`: write a policy from a device list or a configuration."""
