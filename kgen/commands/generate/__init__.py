"""`kgen generate`: the build files of every target, or none if one fails."""
