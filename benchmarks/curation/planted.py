"""Decontamination on planted items: recall by alteration, false positives, documents per CPU-second.

    python benchmarks/curation/planted.py --data DIR [--out results.json]

``--data`` holds ``problems/`` as JSON lines (gzip). 400 items each of GSM8K test and MATH-500 are altered in
ten ways, and must be found; 5,818 problems of other sets (GSM8K train, CollegeMath) must not be. Paraphrases
are of 20 problems of our own. The last table runs all shipped benchmarks over whole sets, ``--show`` prints
what was found there, to be read by a person.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from paraphrases import PAIRS

from verirs.curation.index import Benchmark, Index
from verirs.curation.known import load_shipped, shipped
from verirs.system.machine import facts

RNG = random.Random(0)
OTHERS = (
    "Ava",
    "Ben",
    "Cara",
    "Dan",
    "Eve",
    "Finn",
    "Gina",
    "Hugo",
    "Iris",
    "Jon",
    "Kim",
    "Leo",
    "Mia",
    "Ned",
)
REPLACED = {
    "how many": "what number of", "how much": "what amount of", "total": "overall sum", "each": "every",
    "buys": "purchases", "find": "determine", "what is": "give", "let": "suppose", "has": "owns",
    "compute": "evaluate", "number": "count", "cost": "price", "makes": "produces", "people": "persons",
}  # fmt: skip
TEMPLATE = (
    "Answer the question below. Show your work, and end with the result in \\boxed{{}}.\n\n{}\n\nBegin."
)


def retyped(text: str) -> str:
    """Lower case, no dollar signs, other fractions and brackets, spaces before stops."""
    text = text.replace("$", "").replace("\\dfrac", "\\frac").replace("\\left", "").replace("\\right", "")
    return re.sub(r"([.,;:?!])(?=\s|$)", r" \1", text.replace("\\[", " ").replace("\\]", " ").lower())


def renamed(text: str) -> str:
    """Other names of people, the same for the same."""
    names: dict[str, str] = {}
    pattern = r"(?<=[a-z,] )[A-Z][a-z]{2,}\b|^[A-Z][a-z]{2,}(?='s| has| is| buys| was| went| can| wants)"
    return re.sub(pattern, lambda m: names.setdefault(m[0], OTHERS[len(names) % len(OTHERS)]), text)


def renumbered(text: str) -> str:
    return re.sub(r"\d{1,8}", lambda m: str(int(m[0]) + RNG.randint(1, 9)), text)


def thinned(share: float) -> Callable[[str], str]:
    return lambda text: " ".join(w for w in text.split() if RNG.random() > share)


def reworded(text: str) -> str:
    for old, new in REPLACED.items():
        text = re.sub(rf"\b{old}\b", new, text, flags=re.IGNORECASE)
    return text


def shuffled(text: str) -> str:
    sentences = re.split(r"(?<=[.?!]) ", text)
    head = sentences[:-1]
    RNG.shuffle(head)
    return " ".join([*head, sentences[-1]])


def beheaded(text: str) -> str:
    said = text.split()
    return " ".join(said[len(said) // 3 :])


ALTERED: dict[str, Callable[[str], str]] = {
    "verbatim": str,
    "case and LaTeX layout": retyped,
    "in a template": TEMPLATE.format,
    "other names": renamed,
    "other numbers": renumbered,
    "10 % of words gone": thinned(0.1),
    "20 % of words gone": thinned(0.2),
    "words replaced by rules": reworded,
    "sentences in another order": shuffled,
    "first third gone": beheaded,
}


def prompts(data: Path, name: str) -> list[str]:
    with gzip.open(data / f"problems/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line)["prompt"] for line in lines]
    return [p if isinstance(p, str) else p[-1]["content"] for p in found]


def planted(data: Path) -> dict[str, Any]:
    """Recall of every alteration, false positives, and what number variants are called."""
    items = prompts(data, "gsm8k_test")[:400] + prompts(data, "math500")[:400]
    index = Index([Benchmark.of("planted", items)])
    recall, variants = {}, {}
    for name, alter in ALTERED.items():
        hits = list(index.search([alter(text) for text in items]))
        recall[name] = round(sum(h is not None and h.share > 0 for h in hits) / len(items), 4)
        variants[name] = round(sum(h is not None and h.other_numbers for h in hits) / len(items), 4)
    own = Index([Benchmark.of("own", [a for a, _ in PAIRS])])
    told = sum(h is not None for h in own.search([b for _, b in PAIRS]))
    recall["paraphrased (20 of our own)"] = round(told / len(PAIRS), 4)
    clean = prompts(data, "gsm8k_train")[:3000] + prompts(data, "college_math")
    found = [(h, text) for h, text in zip(index.search(clean), clean, strict=True) if h is not None]
    for hit, text in found:
        print(f"  found in what was taken for clean: {hit.name} {hit.share:.2f} | {text[:100]!r}")
    return {
        "recall": recall,
        "called other numbers": variants,
        "clean": len(clean),
        "false positives": len(found),
    }


def speed(data: Path) -> dict[str, float]:
    """Documents per CPU-second, all shipped benchmarks at once, median of five rounds."""
    index = Index([load_shipped(name) for name in shipped()])
    with gzip.open(data / "candidates/gsm8k_pool_40runs.jsonl.gz", "rt", encoding="utf-8") as lines:
        traces = [json.loads(next(lines))["text"] for _ in range(5000)]
    out = {}
    for name, texts in (("problems", prompts(data, "gsm8k_train")[:5000]), ("traces", traces)):
        rates = []
        for _ in range(5):
            begun = time.process_time()
            for _hit in index.search(texts):
                pass
            rates.append(len(texts) / (time.process_time() - begun))
        out[f"{name}, {statistics.mean(map(len, texts)):.0f} characters"] = round(statistics.median(rates))
    return out


def sets(data: Path, show: int) -> dict[str, dict[str, Any]]:
    """What of the shipped benchmarks stands in whole sets, but in a set itself."""
    out: dict[str, dict[str, Any]] = {}
    for name in ("gsm8k_train", "college_math", "asdiv", "gaokao2023en", "minerva_math", "mbpp", "amc23"):
        against = [
            b for b in shipped() if b.replace(":", "_").startswith(name) is False and b.split(":")[0] != name
        ]
        texts = prompts(data, name)
        hits = [
            (h, t)
            for h, t in zip(Index([load_shipped(b) for b in against]).search(texts), texts, strict=True)
            if h
        ]
        found = Counter(h.benchmark for h, _ in hits)
        out[name] = {
            b: {
                "texts": found[b],
                "of them .5 and more": sum(h.benchmark == b and h.share >= 0.5 for h, _ in hits),
                "items": len({h.item for h, _ in hits if h.benchmark == b}),
                "other numbers": sum(h.benchmark == b and h.other_numbers for h, _ in hits),
            }
            for b in found
        }
        for hit, text in hits[:show]:
            print(
                f"  {name}: {hit.name} {hit.share:.2f} {'other numbers' * hit.other_numbers} | {text[:140]!r}"
            )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=int, default=0, help="so many findings a set are printed")
    given = parser.parse_args()
    found = {
        "machine": facts(("numpy",)),
        "planted": planted(given.data),
        "documents per CPU-second": speed(given.data),
    }
    found["sets"] = sets(given.data, given.show)
    print(json.dumps(found, indent=1))
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
