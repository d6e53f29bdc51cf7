"""`kgen audit`: which target has which symbols, policies held against that, and the report page."""
