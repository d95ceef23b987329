"""The math answer checker: ``from verirs.math import extract, equivalent``."""

from verirs.math.extract import Extraction, extract
from verirs.math.judge import equivalent
from verirs.math.policy import DEFAULT, Policy

__all__ = ["DEFAULT", "Extraction", "Policy", "equivalent", "extract"]
