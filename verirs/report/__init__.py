"""What a run shows: the live line, the final table, the static page."""
