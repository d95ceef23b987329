"""Small runs that the viewer's tests look at: several scorers, hostile texts, programs, formulas."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import verirs
from tests.report.hostile import TEXTS
from verirs.running.drive import RunResult, run

RANKERS = Path(__file__).parents[1] / "report" / "rankers.py"


def replayed(
    folder: Path,
    problems: Sequence[Mapping[str, Any]],
    samples: Sequence[Mapping[str, Any]],
    *,
    name: str = "run",
    **more: Any,
) -> RunResult:
    """A run of given problems and recorded samples."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, rows in (("problems", problems), ("samples", samples)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}-{file}.jsonl").write_text(lines, encoding="utf-8")
    config = {
        "name": name,
        "runs": str(folder / "runs"),
        "n": max(int(s["sample_index"]) for s in samples) + 1,
        "source": {"name": "file", "path": str(folder / f"{name}-problems.jsonl")},
        "engine": {"name": "replay", "path": str(folder / f"{name}-samples.jsonl")},
        "scorer": {"math": {}},
        **more,
    }
    return run(config)


def samples(problem: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"problem_id": problem, "sample_index": i, "text": t} for i, t in enumerate(texts)]


MATHS = [
    {"id": "easy", "prompt": "What is $3 + 4$?", "answer": "7", "level": "1"},
    {"id": "gold/wrong?", "prompt": "What is 2 + 2?", "answer": "5", "level": "1"},
    {"id": "hard", "prompt": "Solve \\(x^2 = 2\\) for a positive x.", "answer": "\\sqrt{2}", "level": "3"},
]
MATH_SAMPLES = [
    *samples(
        "easy", ["So \\boxed{7}.", "It is 7.0, so \\boxed{7.0}", "No: \\boxed{8}", "**Eight** \\boxed{8}"]
    ),
    *samples("gold/wrong?", ["\\boxed{4}", "Hence \\boxed{4}.", "Four: \\boxed{4}", "I get \\boxed{5}"]),
    *samples(
        "hard",
        [
            "First\n\n1. take roots\n2. choose\n\n$$x = \\sqrt{2}$$ so \\boxed{\\sqrt{2}}",
            "```python\nprint(2 ** 0.5)\n```\nThe answer is \\(\\boxed{1.5}\\).",
            "<think>long thought about roots</think>It is \\boxed{\\sqrt2}",
            "| a | b |\n|---|---|\n| 1 | 2 |\n\n\\boxed{3}",
        ],
    ),
]


def maths(folder: Path, name: str = "maths", **more: Any) -> RunResult:
    return replayed(folder, MATHS, MATH_SAMPLES, name=name, **more)


CODES: list[dict[str, Any]] = [
    {
        "id": "double",
        "prompt": "def double(x):\n    '''Twice x.'''\n",
        "tests": "def check(f):\n    assert f(2) == 4\n    assert f(0) == 0\n    assert f(-1) == -2\n\n"
        "check(double)",
        "entry_point": "double",
    },
    {
        "id": "echo",
        "prompt": "Read a line and print it.",
        "tests": [{"input": "a\n", "output": "a\n"}, {"input": "b c\n", "output": "b c\n"}],
    },
]
CODE_SAMPLES = [
    *samples(
        "double",
        [
            "    return 2 * x\n",
            "    return x * x\n",
            "Here:\n```python\ndef double(x):\n    return x + x\n```",
        ],
    ),
    *samples("echo", ["```python\nprint(input())\n```", "```python\nprint('a')\n```", "no program"]),
]


def codes(folder: Path, name: str = "codes") -> RunResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that it isolates nothing: the programs are ours
        return replayed(folder, CODES, CODE_SAMPLES, name=name, scorer={"code": {"sandbox": "process"}})


def hostile(folder: Path, name: str = "hostile") -> RunResult:
    """Problems and samples that want out of the page."""
    problems: list[dict[str, Any]] = [
        {"id": f"{text[:40]}{i}", "prompt": f"{text} $x$", "answer": "7", "source": text, "level": text}
        for i, text in enumerate(TEXTS)
        if "\ud800" not in text
    ]
    rows: list[dict[str, Any]] = [
        row
        for p, text in zip(problems, [t for t in TEXTS if "\ud800" not in t], strict=True)
        for row in samples(
            str(p["id"]),
            [
                f"{text} \\boxed{{7}}",
                f"`{text}` $\\href{{javascript:1}}{{x}}$ \\boxed{{{text}}}",
                f"```html\n{text}\n```\n![x](https://example.org/x.png) [a](javascript:1) \\boxed{{8}}",
            ],
        )
    ]
    return replayed(folder, problems, rows, name=name)


HELD_OUT = "A farmer keeps nine hens, each hen lays four eggs a day: how many eggs are there in one week?"


def curated(folder: Path, name: str = "curated") -> RunResult:
    """Problems with what curation and an audit find, and texts of a form that nobody wants."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "held-out.jsonl").write_text(json.dumps({"prompt": HELD_OUT, "answer": "252"}) + "\n")
    problems = [
        {"id": "clean", "prompt": "What is 3 times 14?", "answer": "42", "level": 1},
        {"id": "again", "prompt": "Compute  the sum of 20 and 22 .", "answer": "42", "level": 1},
        {"id": "again-2", "prompt": "compute the sum of 20 and 22.", "answer": "42", "level": 1},
        {"id": "torn-a", "prompt": "How many legs do two cows have?", "answer": "8", "level": 1},
        {"id": "torn-b", "prompt": "how many legs do two cows have?", "answer": "6", "level": 1},
        {"id": "seen", "prompt": HELD_OUT, "answer": "252", "level": 1},
        {"id": "far", "prompt": "Is 91 a prime number? Say yes or no.", "answer": "no", "level": 9},
    ]
    texts = ["It is \\boxed{42}.", "So \\boxed{42}", "unwanted #### here \\boxed{42}", *["\\boxed{8}"] * 6]
    rows = [row for p in problems for row in samples(str(p["id"]), texts)]
    result = replayed(  # everything is sampled; what is kept is decided by the export after it
        folder,
        problems,
        rows,
        name=name,
        scorer={"math": {}, "format": {"forbids": ["####"]}},
        duplicates={"equal": "mark"},
        decontaminate={"against": []},
    )
    verirs.export(
        result.path,
        changes={
            "duplicates": {"equal": "drop"},
            "decontaminate": {"against": [str(folder / "held-out.jsonl")]},
            "filter": {"meta.level": [1, 5]},
        },
    )
    return result
