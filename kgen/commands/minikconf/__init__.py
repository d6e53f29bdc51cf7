"""`kgen minikconf` and `kgen-minikconf`: the command line of QEMU's own program."""
