"""Reading: text, tokens, typed values. A text is understood entirely or not at all."""
