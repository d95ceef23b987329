"""``python -m verirs.cli``."""

from verirs.cli import main

main()
