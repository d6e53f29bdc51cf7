"""`kgen generate`: the build files of every target, all or none."""
