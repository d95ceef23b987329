"""``python -m verirs.loop.steps FILE.step.json``: do one step, as a loop does it; also by hand."""

import sys

from verirs.loop.steps.step import leave, main, serve

sys.exit(serve(sys.argv[2]) if sys.argv[1] == "--warm" else leave(main(sys.argv[1])))
