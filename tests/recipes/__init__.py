"""The recipes of published data sets, rebuilt by config alone."""
