"""The reward server: one grader over HTTP, for trainers that ask one, and for anything else that grades."""
