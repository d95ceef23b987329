"""What our engines cost over the bare library: tokens per CPU-second on the same requests, in one process.

    python benchmarks/engine_overhead.py transformers
    python benchmarks/engine_overhead.py vllm --rounds 5 --out benchmarks/results/engine_overhead_vllm.json

Ours: an engine behind a minimal driver that asks as a run does (samples of many problems at once, up to
``engine.concurrency``). Run: all of ``verirs run`` around the same started engine. Bare: vLLM's
``LLM.generate`` with the same prompts and seeds, or transformers' ``generate`` over length-sorted batches
with its own sampling. Rounds alternate, so that a busy machine hits all; the figures are medians of CPU
time (all threads) and of wall time, and their ratios. Where the model is not given it is the embedded
policy, the hardest case: the smaller the model, the larger our share.

For vLLM it also reports what asking for log-probabilities costs, one n-sample request in place of n, and
requests without seeds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from verirs.demo.policy import model_path
from verirs.protocols import Engine, Request, Sampling
from verirs.types import Problem

TEXT = "{name} has {a} apples and buys {b} bags with {c} apples each. How many apples does {name} have now?"


def requests(problems: int, n: int, sampling: Sampling, few_shot: int) -> list[Request]:
    names, made = ("Ann", "Tom", "Mia", "Ben"), []
    for i in range(problems):
        text = TEXT.format(name=names[i % 4], a=2 + i % 50, b=2 + i % 7, c=3 + i % 11)
        shots = [
            {"role": role, "content": content}
            for k in range(few_shot)
            for role, content in (
                ("user", TEXT.format(name="Eve", a=k, b=2, c=3)),
                ("assistant", f"#### {k + 6}"),
            )
        ]
        made.append(
            Request(
                problem=Problem(id=str(i), prompt=text),
                messages=(*shots, {"role": "user", "content": text}),
                indices=tuple(range(n)),
                seeds=tuple(((i * n + k + 1) * 0x9E3779B97F4A7C15) % 2**63 for k in range(n)),
                sampling=sampling,
            )
        )
    return made


async def drive(engine: Engine, wanted: list[Request]) -> int:
    """Sample everything, at most ``engine.concurrency`` samples in flight; returns the token count."""
    room, tokens = asyncio.Semaphore(engine.concurrency), 0

    async def one(request: Request) -> None:
        nonlocal tokens
        async for completion in engine.sample(request):
            tokens += completion.tokens or 0
            room.release()

    async with asyncio.TaskGroup() as tasks:
        for request in wanted:
            for _ in request.indices:
                await room.acquire()
            tasks.create_task(one(request))
    return tokens


class Kept:
    """An engine that a run may start and close without anything happening, and its prompts as they were."""

    def __init__(self, engine: Any, wanted: list[Request]):
        self._engine = engine
        self._messages = {request.problem.id: request.messages for request in wanted}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def sample(self, request: Request) -> Any:
        return self._engine.sample(replace(request, messages=self._messages[request.problem.id]))


def whole_run(engine: Any, wanted: list[Request]) -> int:
    """Everything that ``verirs run`` does around the engine: score, store, select, export, report."""
    from verirs.running import drive as running

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "problems.jsonl"
        rows = [{"id": r.problem.id, "prompt": r.messages[-1]["content"], "answer": "7"} for r in wanted]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        sampling = wanted[0].sampling
        table = {
            "name": "run",
            "runs": folder,
            "n": len(wanted[0].indices),
            "source": {"name": "file", "path": str(source)},
            "engine": {"name": "fake"},
            "sampling": {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens},
        }
        result = running.run(table, engine=Kept(engine, wanted))
    return int(result.summary.tokens)


def measure(work: Callable[[], int]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"tokens": tokens, "cpu_s": cpu, "wall_s": wall}


def bare_vllm(
    model: str, wanted: list[Request], encode: Callable[..., Any], arguments: dict[str, Any]
) -> Any:
    from vllm import LLM, SamplingParams

    llm = LLM(model, **arguments)
    prompts = [encode(request.messages) for request in wanted]

    def params(request: Request, seed: int | None, n: int, logprobs: int | None) -> SamplingParams:
        s = request.sampling
        return SamplingParams(
            n=n,
            temperature=s.temperature,
            top_p=s.top_p,
            max_tokens=s.max_tokens,
            seed=seed,
            logprobs=logprobs,
        )

    def run(logprobs: int | None, fan_out: bool, seeded: bool = True) -> int:
        llm.reset_prefix_cache()
        texts, settings = [], []
        for prompt, request in zip(prompts, wanted, strict=True):
            for seed in request.seeds[:1] if fan_out else request.seeds:
                texts.append({"prompt_token_ids": list(prompt)})
                many = len(request.seeds) if fan_out else 1
                settings.append(params(request, seed if seeded else None, many, logprobs))
        found = llm.generate(texts, settings, use_tqdm=False)
        return sum(len(c.token_ids) for output in found for c in output.outputs)

    return {
        "bare": lambda: run(None, False),
        "bare_logprobs": lambda: run(0, False),
        "bare_fan_out": lambda: run(None, True),
        "bare_unseeded": lambda: run(None, False, seeded=False),
    }


def bare_transformers(model: str, wanted: list[Request], tokenizer: Any, dtype: str, size: int) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=dtype).eval()
    rows = sorted((tokenizer.encode(r.messages) for r in wanted for _ in r.seeds), key=len)
    sampling, pad = wanted[0].sampling, tokenizer.tokenizer.pad_token_id or 0

    def run() -> int:
        tokens = 0
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            width = max(map(len, batch))
            ids = torch.tensor([[pad] * (width - len(row)) + list(row) for row in batch])
            mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in batch])
            made = loaded.generate(
                ids, attention_mask=mask, do_sample=True, temperature=sampling.temperature, top_k=0,
                top_p=sampling.top_p, max_new_tokens=sampling.max_tokens, pad_token_id=pad,
            )[:, width:]  # fmt: skip
            ends = (made == tokenizer.tokenizer.eos_token_id).int()
            tokens += int(torch.where(ends.any(1), ends.argmax(1) + 1, made.shape[1]).sum())
            tokenizer.tokenizer.batch_decode(made, skip_special_tokens=True)
        return tokens

    return {"bare": run}


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", choices=["vllm", "transformers"])
    parser.add_argument("--model", default=str(model_path()))
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--few-shot", type=int, default=0)
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--max-model-len", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    wanted = requests(
        chosen.problems, chosen.n, Sampling(temperature=0.8, max_tokens=chosen.max_tokens), chosen.few_shot
    )
    engine: Any
    if chosen.engine == "vllm":
        from verirs.engines.vllm import VllmEngine

        engine = VllmEngine(chosen.model, dtype=chosen.dtype, max_model_len=chosen.max_model_len)
        await engine.start()
        # the same engine arguments on both sides, those of the engine's own defaults included
        arguments = engine._backend.arguments(cpu=True)
        contestants = bare_vllm(chosen.model, wanted, engine._local.tokenizer.encode, arguments)
    else:
        from verirs.engines.transformers import TransformersEngine

        engine = TransformersEngine(chosen.model, dtype=chosen.dtype, device="cpu")
        await engine.start()
        contestants = bare_transformers(chosen.model, wanted, engine._local.tokenizer, chosen.dtype, 64)
    contestants["run"] = lambda: whole_run(engine, wanted)
    loop = asyncio.get_running_loop()
    rows: dict[str, list[dict[str, float]]] = {"ours": [], **{name: [] for name in contestants}}
    for number in range(chosen.rounds + 1):
        if chosen.engine == "vllm":
            await engine._local.worker.call(engine._backend._vllm.reset_prefix_cache)
        wall, cpu = time.perf_counter(), time.process_time()
        tokens = await drive(engine, wanted)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        found = {"ours": {"tokens": tokens, "cpu_s": cpu, "wall_s": wall}}
        for name, work in contestants.items():
            if chosen.engine == "vllm":
                await engine._local.worker.call(engine._backend._vllm.reset_prefix_cache)
            found[name] = await loop.run_in_executor(None, measure, work)
        for name, row in found.items():
            rate = row["tokens"] / row["cpu_s"]
            print(
                f"round {number} {name:14} {row['tokens']:7.0f} tokens {row['cpu_s']:6.2f} CPU-s "
                f"{row['wall_s']:6.2f} s {rate:7.0f} tokens/CPU-s",
                flush=True,
            )
            if number:  # the first round warms up
                rows[name].append(row)
    await engine.close()
    report(chosen, rows)


def report(chosen: argparse.Namespace, rows: dict[str, list[dict[str, float]]]) -> None:
    def median(name: str, per: str) -> float:
        return statistics.median(row["tokens"] / row[per] for row in rows[name])

    def ratio(per: str, one: str = "ours") -> float:
        return statistics.median(
            (ours["tokens"] / ours[per]) / (bare["tokens"] / bare[per])
            for ours, bare in zip(rows[one], rows["bare"], strict=True)
        )

    root = Path(__file__).resolve().parents[1]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    import torch

    summary = {
        "engine": chosen.engine,
        "model": Path(chosen.model).name if chosen.model != str(model_path()) else "embedded policy",
        "requests": f"{chosen.problems} problems x {chosen.n}",
        "few_shot": chosen.few_shot,
        "max_tokens": chosen.max_tokens,
        "tokens_per_cpu_second": {name: round(median(name, "cpu_s")) for name in rows},
        "tokens_per_second": {name: round(median(name, "wall_s")) for name in rows},
        "ours_to_bare_cpu": round(ratio("cpu_s"), 3),
        "ours_to_bare_wall": round(ratio("wall_s"), 3),
        "run_to_bare_wall": round(ratio("wall_s", "run"), 3),
        "rounds": chosen.rounds,
        "hardware": f"{cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "commit": commit,
    }
    print(json.dumps(summary, indent=1))
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
