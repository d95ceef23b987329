"""Rejection sampling in twenty lines, with the types alone: `python examples/minimal.py`."""

import random

from verirs import Candidate, Completion, Group, Problem, grade
from verirs.select import First

rng = random.Random(0)
problem = Problem(prompt="What is 6 * 7?", answer="42")
texts = [rf"It is \boxed{{{rng.choice([41, 42, 43])}}}, try {i}" for i in range(8)]
candidates = []
for i, text in enumerate(texts):
    score = grade("math", text=text, answer=problem.answer)
    candidates.append(Candidate(completion=Completion(index=i, text=text), scores=(score,)))

selection = First(k=2, pairs="random").select(Group(problem=problem, candidates=tuple(candidates)))
for candidate in selection.accepted:
    print("accepted", candidate.completion.text)
for pair in selection.pairs:
    print("pair    ", pair.chosen.completion.text, " > ", pair.rejected.completion.text)
