"""How the program of a completion is found: Markdown's fences, code among sentences, which block it is."""
