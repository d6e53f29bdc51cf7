"""`kgen mak`: a commented devices file with every board and device of a target."""
