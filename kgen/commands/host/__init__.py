"""`kgen host`: what a configure command line passes to the Kconfig program of QEMU."""
