"""`kgen check`: whether configurations would link, and their machines start."""
