"""`kgen mak`: a devices file with every choice that a target has."""
