"""How long it takes to change a blend over a finished run's recorded numbers and to select again. No model.

100,000 candidates (6,250 problems x 16) with two rankers' numbers each, as a run's store gives them back. In
CPU seconds: fit a blend (calibrations and weights, cross-fitted), apply it to all groups, select the best
verified one of each group by it, and then the same again with weights given by hand.

    python benchmarks/reward/reselect.py [--problems 6250] [--samples 16]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verirs.reward.numbers.blend import fit_blend
from verirs.select.selectors import Best
from verirs.system.machine import facts
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict

RESULT = Path(__file__).resolve().parents[1] / "results" / "reward_reselect.json"


def made(problems: int, samples: int) -> list[Group]:
    rng = random.Random(0)
    out = []
    for number in range(problems):
        ease, candidates = rng.random(), []
        for index in range(samples):
            right = rng.random() < ease
            gate = Score(
                scorer="math",
                version="1",
                verdict=Verdict.PASS if right else Verdict.FAIL,
                answer=str(rng.randrange(9)),
            )
            rankers = tuple(
                Score(
                    scorer=name,
                    version="1",
                    verdict=Verdict.ABSTAIN,
                    value=rng.gauss(2.0 if right else 0.0, 1.5),
                )
                for name in ("small", "large")
            )
            done = Completion(index=index, text=f"{number} {index} " + "step by step " * 40)
            candidates.append(Candidate(completion=done, scores=(gate, *rankers)))
        out.append(Group(problem=Problem(id=f"p{number}", prompt=f"q{number}"), candidates=tuple(candidates)))  # type: ignore[arg-type]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--problems", type=int, default=6250)
    parser.add_argument("--samples", type=int, default=16)
    args = parser.parse_args()
    groups = made(args.problems, args.samples)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        seconds[step] = round(time.process_time() - begun, 2)
        print(f"{step:40} {seconds[step]:7.2f} CPU s", flush=True)

    select = Best(by="blend", k=1)
    with timed("fit the blend (imports included)"):
        blend = fit_blend(groups)
    with timed("apply it"):
        ranked = list(blend.apply(groups))
    with timed("select by it"):
        accepted = sum(len(select.select(g).accepted) for g in ranked)
    with timed("fit with other weights, isotonic"):
        other = fit_blend(groups, weights={"small": 0.2, "large": 0.8}, method="isotonic")
    with timed("apply and select again"):
        again = sum(len(select.select(g).accepted) for g in other.apply(ranked))
    loaded = sorted({"torch", "transformers", "vllm"} & sys.modules.keys())
    result = {
        "machine": facts(("scikit-learn", "numpy")),
        "candidates": args.problems * args.samples,
        "cpu_s": seconds,
        "total_cpu_s": round(sum(seconds.values()), 2),
        "model_libraries_loaded": loaded,
        "accepted": [accepted, again],
    }
    RESULT.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
