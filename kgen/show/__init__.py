"""Results as text for people, as data for programs, as pages."""
