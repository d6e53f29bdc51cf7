"""What C files define and use, what runs when a machine starts, and what is missing there."""
