"""`kgen audit`: which targets have which symbols, policy checks, and the report page."""
