"""`kgen minikconf` and `kgen-minikconf`: a replacement for QEMU's own program."""
