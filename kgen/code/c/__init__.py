"""C text: tokens, macros, and an evaluation of what registers types."""
