"""Train a reward model on verified GSM8K solutions and see what it is worth on problems it never saw.

The pool holds recorded solutions of GSM8K's test problems by several language models, one sample of each a
problem, labelled right or wrong by the numeric answer. Problems are split; the reward model learns from one
side and is judged on the other: AUROC over all and within problems, and what best-of-n, weighted majority,
plain majority and pass@n get right, all from the same samples.

Because the samples come from models of different strength, a reward model can score by telling the models
apart. The control shows how far that alone goes: it ranks a sample by its model's pass rate on the training
problems, without reading it.

    python benchmarks/reward/gsm8k.py DATA BACKBONE OUT [--per-problem 2] [--layers 0]

DATA holds ``problems/gsm8k_test.jsonl.gz`` and ``candidates/gsm8k_pool_40runs.jsonl.gz``; BACKBONE is a
directory of an encoder or language model (22 M parameters take about a quarter of an hour on one core); OUT
gets the model.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from verirs.reward.numbers.report import report
from verirs.reward.training.examples import collect
from verirs.reward.training.train import train_reward_model
from verirs.system.machine import facts
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict, to_json

RESULT = Path(__file__).resolve().parents[1] / "results" / "reward_gsm8k.json"
RUNS = (
    "code-davinci-001 COT (Faithful-CoT)",
    "code-davinci-002 COT (Faithful-CoT)",
    "text-davinci-002 COT (Faithful-CoT)",
    "text-davinci-003 COT (Faithful-CoT)",
    "gpt-3.5-turbo-0301 COT (Faithful-CoT)",
    "gpt-4-0314 COT (Faithful-CoT)",
    "text-davinci-003 cot (Re2)",
    "text-davinci-003 Re2 cot (Re2)",
)


def pool(data: Path) -> list[Group]:
    problems = {row["id"]: row for row in rows(data / "problems" / "gsm8k_test.jsonl.gz")}
    found: dict[str, list[Candidate]] = {}
    for row in rows(data / "candidates" / "gsm8k_pool_40runs.jsonl.gz"):
        if row["model"] not in RUNS or not row["text"].strip() or row["label"] is None:
            continue
        verdict = Verdict.PASS if row["label"] else Verdict.FAIL
        score = Score(scorer="gold", version="1", verdict=verdict, answer=row["pred"])
        done = Completion(index=RUNS.index(row["model"]), text=row["text"].strip())
        found.setdefault(row["problem_id"], []).append(Candidate(completion=done, scores=(score,)))
    return [
        Group(
            problem=Problem(id=key, prompt=problems[key]["prompt"], source="gsm8k test, recorded runs"),
            candidates=tuple(sorted(candidates, key=lambda c: c.completion.index)),
        )
        for key, candidates in found.items()
    ]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def control(groups: list[Group], held_out: float, seed: int) -> dict[str, Any]:
    """The report of a ranker that knows only which model wrote a sample."""
    examples = collect(groups, held_out=held_out, seed=seed)
    right, total = [0] * len(RUNS), [0] * len(RUNS)
    for item in examples.train:
        for candidate in item.candidates:
            total[candidate.completion.index] += 1
            right[candidate.completion.index] += candidate.verdict is Verdict.PASS
    rates = [r / max(1, t) for r, t in zip(right, total, strict=True)]

    def ranked(candidate: Candidate) -> Candidate:
        rate = rates[candidate.completion.index]
        score = Score(scorer="author", version="1", verdict=Verdict.ABSTAIN, value=rate)
        return replace(candidate, scores=(*candidate.scores, score))

    judged = [
        Group(problem=item.problem, candidates=tuple(map(ranked, item.candidates)))
        for item in examples.held_out
    ]
    return to_json(report(judged)["author"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("backbone")
    parser.add_argument("out", type=Path)
    parser.add_argument("--loss", default="pairwise", choices=["pairwise", "classification"])
    parser.add_argument("--per-problem", type=int, default=2)
    parser.add_argument("--layers", type=int, default=0)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--held-out", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    groups = pool(args.data)
    numbers = train_reward_model(
        groups,
        args.backbone,
        args.out,
        loss=args.loss,
        per_problem=args.per_problem,
        layers=args.layers,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        held_out=args.held_out,
        seed=args.seed,
        max_length=256,
        device="cpu",
    )
    numbers["recipe"]["backbone"] = Path(args.backbone).name
    keep = ("auroc", "auroc_within", "estimates", "all_samples", "words")
    author = control(groups, args.held_out, args.seed)
    result = {
        "machine": facts(("torch", "transformers", "trl")),
        "runs": list(RUNS),
        **numbers,
        "control_author_only": {key: author[key] for key in keep},
    }
    RESULT.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    print("\n".join(numbers["held_out"]["words"]))
    print("control, knows only the author:", *author["words"], sep="\n")
    print(json.dumps({k: numbers["fit"][k] for k in ("cpu_s", "wall_s", "examples", "steps")}))


if __name__ == "__main__":
    main()
