"""`kgen diff` of trees of standard Kconfig: values before and after, and why."""
