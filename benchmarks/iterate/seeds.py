"""Is it the verifier or the training? Several seeds of the loop, and their controls, on the same problems.

    python benchmarks/iterate/seeds.py OUT.json --seeds 0 1 2 --rounds 1 --prompts 200 --held-out 100

Every seed runs the loop twice from the same round 0 and the same samples of round 1: once on verified
traces, once on as many of the policy's own samples drawn at random. Prints held-out pass@1 and pass@n
with 95 % intervals. Goes on where it was stopped. About 2 CPU-minutes a seed and round at the size above.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from verirs.demo.loop import loop_table
from verirs.loop import LoopResult, iterate
from verirs.loop.loop import begin_beside
from verirs.running.config import merge
from verirs.types import to_json

OPTIONS = {"learning_rate": 1e-4, "num_train_epochs": 3, "beta": 0.5}
"""500 pairs are 16 steps an epoch: at rates that suit large models nothing would move."""


def loop(work: Path, seed: int, control: str, args: argparse.Namespace) -> LoopResult:
    path = work / f"{args.method.replace('+', '-')}{args.label}-{control or 'verified'}-{seed}"
    table = merge(
        loop_table(path, args.rounds, args.n, seed, "embedded"),
        {
            "control": control,
            "prompts": args.prompts,
            "held_out": {"source": {"count": args.held_out}},
            "train": {"method": args.method, "start": args.start},
        },
    )
    for stage in args.method.split("+"):
        if stage != "sft":
            table["train"][stage] = args.options
    if "sft" not in args.method:
        del table["train"]["sft"]
    if args.model:
        table["model"] = args.model
    table = merge(table, args.over)
    # the judging of the base and the first round's samples are the same work whatever is trained on them
    done = work / f"sft-verified-{seed}"
    if done != path and done.exists() and not path.exists():
        begin_beside(table, done)
    return iterate(table, console=Console())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/benchmark-iterate"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--controls", nargs="+", default=["", "random"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--held-out", type=int, default=100)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--method", default="sft")
    parser.add_argument("--options", type=json.loads, default=OPTIONS, help="of DPO and KTO, as JSON")
    parser.add_argument("--start", default="last")
    parser.add_argument("--model", default="")
    parser.add_argument(
        "--over", type=json.loads, default={}, help="keys laid over the loop's config, as JSON"
    )
    parser.add_argument("--label", default="", help="of these settings, in the names of their loops")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for seed in args.seeds:
        for control in args.controls:
            begun = time.monotonic()
            result = loop(args.work, seed, control, args)
            rows.append(
                {
                    "method": args.method,
                    "seed": seed,
                    "control": control,
                    "seconds": round(time.monotonic() - begun),
                    "rounds": [
                        {
                            "pass@1": to_json(r.held_out.pass_1),
                            "pass@n": to_json(r.held_out.pass_n),
                            "maj@n": to_json(r.held_out.maj_n),
                            "distinct_answers": r.held_out.distinct_answers,
                            "kl": to_json(r.kl),
                            "rows": [stage["rows"] for stage in r.training],
                            "accepted": r.samples.accepted if r.samples else None,
                        }
                        for r in result.rounds
                    ],
                }
            )
            commit = subprocess.run(
                ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True
            ).stdout.strip()
            note = {"machine": platform.machine(), "python": platform.python_version(), "commit": commit}
            args.out.write_text(
                json.dumps(
                    {
                        **note,
                        "settings": {
                            k: str(v) for k, v in vars(args).items() if k not in ("out", "work", "model")
                        },
                        "rows": rows,
                    },
                    indent=1,
                )
                + "\n"
            )
    for row in rows:
        path = "  ->  ".join(f"{show(r['pass@1'])} (pass@n {r['pass@n']['mean']:.3f})" for r in row["rounds"])
        name = row["control"] or "verified"
        print(f"{row['method']} seed {row['seed']} {name:9} {path}  rows {row['rounds'][-1]['rows']}")


def show(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


if __name__ == "__main__":
    main()
