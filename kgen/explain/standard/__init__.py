"""Why a symbol of standard Kconfig has its value, and why an assignment has no effect."""
