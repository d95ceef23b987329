"""Units of measure: the table of names, reading a name with its prefix, converting between units."""
