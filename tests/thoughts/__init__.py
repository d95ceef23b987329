"""Tests of thoughts told apart from answers."""
