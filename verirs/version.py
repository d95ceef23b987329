"""The version, in a room of its own so that nothing has to import the whole package for it.

It stands here only: the packaging reads it from this file.
"""

__version__ = "0.1.0"
