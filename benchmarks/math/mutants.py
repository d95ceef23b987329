"""Change one digit, sign, exponent or base of every gold answer and see which mutants still pass.

    python benchmarks/math/mutants.py --data DIR [--seed 3] [--out FILE]

``--data`` holds ``problems/*.jsonl.gz`` with a column ``gold``. A change need not make another answer
(``-0``, an even function, a free constant renamed): of the accepted mutants those count as ``equal`` for
which ``independent.py`` has a proof without the checker; every other one is ``wrong``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from environment import about
from independent import proof

from verirs.math import extract
from verirs.math.judge import judge
from verirs.types import Verdict

SETS = (
    "math500", "gsm8k_test", "minerva_math", "gaokao2023en", "college_math", "svamp", "amc23", "aime24",
)  # fmt: skip
LONG = 200


def golds(path: Path) -> Iterator[str]:
    """The gold answers of a file; of a whole solution, its final answer."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            gold = str(json.loads(line).get("gold") or "").strip()
            found = extract(gold).answer if len(gold) > LONG else gold
            if found:
                yield found


def mutants(gold: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    digits = [i for i, c in enumerate(gold) if c.isascii() and c.isdigit()]
    if digits:
        at = rng.choice(digits)
        other = rng.choice([d for d in "0123456789" if d != gold[at]])
        yield "digit", gold[:at] + other + gold[at + 1 :]
    at = gold.find("-")
    if at >= 0:
        yield "sign", gold[:at] + "+" + gold[at + 1 :] if at else gold[1:]
    elif re.fullmatch(r"[\d.,/\\a-z{}]+", gold):
        yield "sign", "-" + gold
    for kind, mark in (("exponent", r"\^"), ("base", "_")):
        found = re.search(mark + r"\{?(\d)", gold)
        if found:
            digit = (int(found[1]) + 1) % 10 or 1
            yield kind, gold[: found.start(1)] + str(digit) + gold[found.end(1) :]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    rng, tried = random.Random(args.seed), Counter[str]()
    equal, wrong, proofs = [], [], Counter[str]()
    for name in SETS:
        for gold in golds(args.data / "problems" / f"{name}.jsonl.gz"):
            for kind, mutant in mutants(gold, rng):
                tried[name] += 1
                if judge(gold, mutant).verdict is Verdict.PASS:
                    why = proof(gold, mutant)
                    row = {"set": name, "kind": kind, "gold": gold, "mutant": mutant}
                    if why is None:
                        wrong.append(row)
                    else:
                        proofs[why] += 1
                        if gold != "0":
                            equal.append({**row, "proof": why})
    result = {
        "total": tried.total(),
        "tried": dict(tried),
        "wrong": wrong,
        "equal_by": dict(proofs),
        "equal": equal,
    }
    print(json.dumps(result, indent=1))
    if args.out:
        args.out.write_text(json.dumps({"about": about(seed=args.seed), **result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
