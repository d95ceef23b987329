"""Sampling until enough."""
