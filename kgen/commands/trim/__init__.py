"""`kgen trim`: the smallest devices file with which command lines of QEMU work."""
