"""One grader at four doors: ``grade``, the hook, the server and a finished run judge recorded samples alike.

    VERIRS_SHARED=... python -m benchmarks.hooks.agreement [--math 10552] [--code 492] [--save]

Prints, for math (GSM8K) and code (HumanEval), how many samples of each door have another verdict than
``grade``, the number of rewards that do not follow from the verdict, and the digest that each door shows. The
run is ``verirs run`` over the recordings; the server is asked over its own application.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

import verirs
from benchmarks.math.environment import about
from tests.shared_data import rows
from verirs.hooks import Grader, Rule, trl
from verirs.serve.app import Server
from verirs.serve.gate import Limits
from verirs.types import grader_identity

Row = dict[str, Any]


def recorded(kind: str, count: int) -> tuple[list[Row], list[Row]]:
    """Problems with their gold, and samples ``{id, index, text}``, as many of each problem as of another."""
    names = {
        "math": ("gsm8k_test", "gsm8k_pool_40runs"),
        "code": ("humaneval", "humaneval_pool_runs"),
    }[kind]
    problems = {r["id"]: r for r in rows(f"data/problems/{names[0]}.jsonl.gz")}
    each = max(1, count // len(problems))
    seen: Counter[str] = Counter()
    samples: list[Row] = []
    for row in rows(f"data/candidates/{names[1]}.jsonl.gz"):
        if seen[row["problem_id"]] < each:
            samples.append({"id": row["problem_id"], "index": seen[row["problem_id"]], "text": row["text"]})
            seen[row["problem_id"]] += 1
    return [problems[key] for key in seen], samples


def columns(kind: str, problem: Mapping[str, Any]) -> Row:
    if kind == "math":
        return {"answer": problem["gold"]}
    keys = ("prompt", "tests", "entry_point")
    return {key: problem[key] for key in keys}


def by_run(kind: str, problems: Sequence[Row], samples: Sequence[Row]) -> tuple[dict[Any, str], str]:
    """Verdicts of a run over the recordings, and the digest of its summary."""
    with tempfile.TemporaryDirectory() as folder:
        source, texts = Path(folder) / "problems.jsonl", Path(folder) / "samples.jsonl"
        lines = [{"id": p["id"], "prompt": p["prompt"], **columns(kind, p)} for p in problems]
        source.write_text("".join(json.dumps(line) + "\n" for line in lines))
        texts.write_text(
            "".join(
                json.dumps({"problem_id": s["id"], "sample_index": s["index"], "text": s["text"]}) + "\n"
                for s in samples
            )
        )
        counts = Counter(s["id"] for s in samples)
        config = {
            "name": "agreement",
            "runs": folder,
            "n": max(counts.values()),
            "source": {"name": "file", "path": str(source)},
            "engine": {"name": "replay", "path": str(texts)},
            "scorer": {kind: {}},
            "export": {"sinks": []},
            "limits": {"max_errors": 1.0},
        }
        result = verirs.run(config)
        found = verirs.load_run(result.path)
        verdicts = {(p.id, c.completion.index): str(c.verdict) for p, c in found.candidates()}
        return verdicts, result.summary.grader


def by_server(kind: str, asked: Sequence[Row]) -> tuple[list[str], str]:
    async def go() -> tuple[list[str], str]:
        with Grader(kind, rule=Rule(breaker=1.0)) as grader:
            app = Server(grader, limits=Limits(seconds=600)).app()  # a busy machine is no other verdict
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here", timeout=600) as client:
                verdicts = []
                for start in range(0, len(asked), 64):
                    reply = await client.post("/grade_many", json={"rows": asked[start : start + 64]})
                    verdicts += [r["verdict"] for r in reply.json()["rewards"]]
                return verdicts, (await client.get("/version")).json()["identity"]

    return asyncio.run(go())


def compared(kind: str, count: int) -> dict[str, Any]:
    """The table of one kind."""
    problems, samples = recorded(kind, count)
    of = {p["id"]: columns(kind, p) for p in problems}
    asked = [{"text": s["text"], **of[s["id"]]} for s in samples]
    seconds: dict[str, float] = {}

    def timed(name: str, work: Any) -> Any:
        begun = time.perf_counter()
        found = work()
        seconds[name] = round(time.perf_counter() - begun, 1)
        return found

    scores = timed("grade", lambda: verirs.grade_many(kind, asked))
    verdicts = [str(s.verdict) for s in scores]
    with Grader(kind, rule=Rule(breaker=1.0)) as grader:
        listed = {key: [row[key] for row in asked] for key in asked[0] if key not in ("text", "prompt")}
        prompts = [row.get("prompt") for row in asked]
        texts = [row["text"] for row in asked]
        numbers = timed("hook", lambda: trl.graded(grader, prompts, texts, listed))
        identity = grader.identity
    served, server_identity = timed("server", lambda: by_server(kind, asked))
    run, run_identity = timed("run", lambda: by_run(kind, problems, samples))
    wanted = [{"pass": 1.0, "fail": 0.0}.get(v) for v in verdicts]
    of_run = [run[s["id"], s["index"]] for s in samples]
    return {
        "samples": len(samples),
        "verdicts": dict(Counter(verdicts)),
        "other than grade": {
            "hook": sum(a != b for a, b in zip(numbers, wanted, strict=True)),
            "server": sum(a != b for a, b in zip(served, verdicts, strict=True)),
            "run": sum(a != b for a, b in zip(of_run, verdicts, strict=True)),
        },
        "digests": {
            "grade": grader_identity({scores[0].scorer: scores[0].version}),
            "hook": identity,
            "server": server_identity,
            "run": run_identity,
        },
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--math", type=int, default=10552)
    parser.add_argument("--code", type=int, default=492)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    result = about(math=compared("math", options.math), code=compared("code", options.code))
    print(json.dumps(result, indent=1))
    if options.save:
        path = Path(__file__).parents[1] / "results" / "hooks_agreement.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
