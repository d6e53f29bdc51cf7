"""`kgen native-file`: a Meson native file that makes an unpatched QEMU use kgen."""
