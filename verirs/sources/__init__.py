"""Sources: where problems come from. Every one reads a local file in place of a download."""
