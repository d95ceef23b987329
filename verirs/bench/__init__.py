"""Benchmarks by name, measured as any run."""
