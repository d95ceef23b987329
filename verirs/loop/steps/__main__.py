"""``python -m verirs.loop.steps FILE.step.json``: do one step, as a loop does it; also by hand."""

import sys

from verirs.loop.steps.step import main

sys.exit(main(sys.argv[1]))
