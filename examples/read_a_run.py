"""What a run holds, from Python: `python examples/read_a_run.py runs/demo`."""

import sys
from collections import Counter

import verirs

run = verirs.load_run(sys.argv[1])
print(run)
print(Counter(candidate.verdict for _, candidate in run.candidates()))

hardest = min(run.groups(), key=lambda group: sum(c.verdict is verirs.Verdict.PASS for c in group.candidates))
print("hardest:", hardest.problem.prompt[-1]["content"])
for candidate in hardest.candidates[:3]:
    print(f"  {candidate.verdict:8} {candidate.answer}")

table = run.to_arrow()  # or to_pandas(), to_dataset(); batches() for runs that do not fit in memory
print(table.select(["problem_id", "gold", "answer", "accepted"]).slice(0, 3).to_pylist())
