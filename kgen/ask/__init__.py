"""Questions about resolved projects: each module takes one and gives plain data."""
