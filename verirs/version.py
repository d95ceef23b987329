"""The version, in a room of its own so that nothing has to import the whole package for it."""

__version__ = "0.1.0"
