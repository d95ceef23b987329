"""Judging the numbers that rankers gave: calibration, blends, reports."""
