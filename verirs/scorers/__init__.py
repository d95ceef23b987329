"""The built-in scorers: thin classes over the rooms that judge (math, code, sandbox, reward)."""
