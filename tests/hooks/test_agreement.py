"""``grade``, the hook, the server and a finished run: one verdict, one digest."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import verirs
from verirs.hooks import Grader
from verirs.hooks.rows import read
from verirs.types import grader_identity

MATH = {"prompt": "What is 1 + 1/2?", "answer": "3/2"}
CODE = {
    "prompt": "Write add.",
    "tests": "assert add(1, 2) == 3\nassert add(0, 0) == 0",
    "entry_point": "add",
}
TEXTS = {
    "math": [r"\boxed{1.5}", "The answer is 2.", "", "#### 3/2 <|im_end|>", r"\boxed{\frac32}", "It is 3."],
    "code": [
        "def add(a, b):\n    return a + b",
        "def add(a, b):\n    return a - b",
        "```python\ndef add(a, b):\n    return b + a\n```<|im_end|>",
        "No program.",
    ],
}


@pytest.mark.parametrize("kind", ["math", "code"])
def test_four_doors_to_one_grader(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    from verirs.serve.app import Server

    columns = {k: v for k, v in (MATH if kind == "math" else CODE).items() if k != "prompt"}
    prompt = {"math": MATH, "code": CODE}[kind]["prompt"]
    texts = TEXTS[kind]
    scores = verirs.grade_many(kind, [{"text": t, "prompt": prompt, **columns} for t in texts])
    wanted = [str(s.verdict) for s in scores]
    assert set(wanted) == {"pass", "fail"}

    with Grader(kind) as grader:
        hooked = [str(r.verdict) for r in grader.grade([read(t, columns, prompt) for t in texts])]

        async def served() -> Any:
            transport = httpx.ASGITransport(app=Server(grader).app())
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                body = {"rows": [{"text": t, "prompt": prompt, **columns} for t in texts]}
                return (await client.post("/grade_many", json=body, timeout=300)).json()

        reply = asyncio.run(served())
        digests = {grader.identity, reply["identity"]}
    source, recorded = tmp_path / "problems.jsonl", tmp_path / "texts.jsonl"
    source.write_text(json.dumps({"id": "one", "prompt": prompt, **columns}) + "\n")
    recorded.write_text("".join(json.dumps({"problem_id": "one", "text": t}) + "\n" for t in texts))
    result = verirs.run(
        {
            "name": "mine",
            "runs": str(tmp_path),
            "n": len(texts),
            "source": {"name": "file", "path": str(source)},
            "engine": {"name": "replay", "path": str(recorded)},
            "scorer": {kind: {}},
        }
    )
    ran = [str(c.verdict) for _, c in verirs.load_run(result.path).candidates()]
    assert hooked == [r["verdict"] for r in reply["rewards"]] == ran == wanted
    digests |= {result.summary.grader, grader_identity({scores[0].scorer: scores[0].version})}
    assert len(digests) == 1 and len(digests.pop()) == 16
