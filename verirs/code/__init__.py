"""Judging code, the host's side: what is the program, what do the tests ask, what do the answers mean.

`extract` finds the program in a completion, `plan` reads the tests, `judge` puts both to a sandbox.
Nothing in this package runs model text.
"""
