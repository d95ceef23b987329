"""The whole pipeline on a model that costs nothing: CPU of a completion by stage, memory, bytes written.

    python -m benchmarks.scale.pipeline [--problems 500] [--samples 70] [--lengths 300 2000] [--long]
        [--alone] [--again] [--save NAME]

Texts of 300 to 2,000 characters (``--long``: 8 to 40 thousand) with a boxed answer, the math scorer, the
default files. Beside it in the same run what pyarrow alone needs for the same rows: read once, written once,
the passing ones written; and duckdb, where it is installed; not with ``--alone`` (pyarrow holds all rows in
memory). ``--again`` runs the finished run once more. ``rss_at_mb`` is the most memory up to the end of each
stage.
"""

from __future__ import annotations

import argparse
import cProfile
import hashlib
import json
import multiprocessing
import pstats
import random
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.math.environment import about
from verirs.protocols import Request
from verirs.types import Completion, Message


def _prose(characters: int) -> str:
    """Made-up words as often as words are (Zipf), numbers and calculations: it packs about as four
    models' answers to one set of GSM8K do (3 to 1 at 64 KB; many samples of one model 6 to 1)."""
    rng = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    words = ["".join(rng.choices(letters, range(26, 0, -1), k=rng.randint(2, 9))) for _ in range(1_200)]
    often = [1 / (place + 2) for place in range(len(words))]
    drawn = iter(rng.choices(words, often, k=characters // 5))
    parts: list[str] = []
    size = 0
    while size < characters:
        a, b = rng.randint(2, 99), rng.randint(2, 99)
        said = [next(drawn) for _ in range(rng.randint(4, 14))]
        parts.append(
            " ".join(said)
            + rng.choice([". ", f": {a} * {b} = {a * b}.\n", f" {a}, so {a} + {b} = {a + b}. "])
        )
        size += len(parts[-1])
    return "".join(parts)


TEXT = _prose(4_000_000)


class Instant:
    """Texts cut out of one, by the seed; a third of them right."""

    name = "instant"
    concurrency = 1024
    reproducible = "Always the same."

    def __init__(self, shortest: int, longest: int):
        self._shortest, self._longest = shortest, longest

    def identity(self) -> Mapping[str, Any]:
        return {"shortest": self._shortest, "longest": self._longest}

    def render(self, messages: Sequence[Message]) -> str:
        return str(messages[-1]["content"])

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def sample(self, request: Request) -> AsyncIterator[Completion]:
        for index, seed in zip(request.indices, request.seeds, strict=True):
            length = self._shortest + seed % (self._longest - self._shortest)
            start = (seed >> 20) % (len(TEXT) - length)
            right = request.problem.answer if (seed >> 40) % 3 == 0 else str(seed % 1000)
            text = f"{TEXT[start : start + length]}\nThe answer is \\boxed{{{right}}}."
            yield Completion(
                index=index, text=text, finish_reason="stop", tokens=length // 4, logprob=-1.5, seed=seed
            )


def table(folder: Path, problems: int, samples: int) -> dict[str, Any]:
    rows = folder / "rows.jsonl"
    made = ({"id": f"p{i:07}", "prompt": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(problems))
    rows.write_text("\n".join(map(json.dumps, made)))
    return {
        "name": "r",
        "runs": str(folder),
        "n": samples,
        "source": {"name": "file", "path": str(rows)},
        "engine": {"name": "fake"},
        "scorer": {"math": {}},
    }


def written() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def _most_memory() -> int:
    """MB of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(config: dict[str, Any], lengths: tuple[int, int], profile: str, out: Any) -> None:
    import verirs
    from verirs.running.progress import Progress
    from verirs.system import memory

    spent: dict[str, float] = {}
    held: dict[str, int] = {}
    at = ["starting", time.process_time(), time.monotonic()]
    enter = Progress.enter

    def entered(self: Progress, stage: str) -> None:
        now = time.process_time()
        spent[str(at[0])] = spent.get(str(at[0]), 0.0) + now - float(at[1])
        held[str(at[0])] = _most_memory()
        at[0], at[1] = stage, now
        enter(self, stage)

    Progress.enter = entered  # type: ignore[method-assign]
    memory.keep_flat()  # as the command line does
    memory.collect_seldom()
    before, began = written(), time.process_time()
    if profile:
        profiler = cProfile.Profile()
        profiler.enable()
    found = verirs.run(config, engine=Instant(*lengths))
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats(profile).print_stats(60)
    total, count = time.process_time() - began, found.summary.completions
    spent[str(at[0])] = spent.get(str(at[0]), 0.0) + time.process_time() - float(at[1])
    held[str(at[0])] = _most_memory()
    groups = found.path / "groups"
    stored = sum(p.stat().st_size for p in groups.rglob("*") if p.is_file())
    exported = sum(p.stat().st_size for p in (found.path / "export").rglob("*") if p.is_file())
    out.send(
        {
            "completions": count,
            "us": round(1e6 * total / count, 1),
            "cpu_s": round(total, 2),
            "stages_us": {name: round(1e6 * s / count, 1) for name, s in spent.items()},
            "rss_mb": _most_memory(),
            "rss_at_mb": held,
            "write_amplification": round((written() - before) / (stored + exported), 2),
            "stored_bytes": round(stored / count),
            "exported_bytes": round(exported / count),
            "digests": {
                p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:12]
                for p in sorted((found.path / "export").glob("*.parquet"))
            },
        }
    )


def limit(groups: Path, out: Any) -> None:
    """What pyarrow alone needs for the same rows, and duckdb for the same selection."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    files = sorted((groups / "completions").glob("*.parquet"))
    scored = sorted(groups.glob("scores-*/*.parquet"))
    begun, found = time.process_time(), {}

    def lap(name: str) -> None:
        nonlocal begun
        now = time.process_time()
        found[name], begun = now - begun, time.process_time()

    rows = pa.concat_tables([pq.read_table(f, use_threads=False) for f in files])
    lap("read")
    with tempfile.TemporaryDirectory() as name:
        begun = time.process_time()
        pq.write_table(rows, f"{name}/a.parquet", compression="zstd", compression_level=3)
        lap("write")
        keys = ["problem_id", "index"]
        scores = pa.concat_tables(
            [pq.read_table(f, columns=[*keys, "verdict"], use_threads=False) for f in scored]
        )
        says = scores.set_column(2, "verdict", scores["verdict"].cast(pa.string()))
        joined = rows.drop_columns(["finish_reason"]).join(says, keys, use_threads=False)
        passed = joined.filter(pc.equal(joined["verdict"], "pass")).sort_by(
            [(key, "ascending") for key in keys]
        )
        pq.write_table(passed, f"{name}/b.parquet", compression="zstd", compression_level=3)
        lap("select_and_write")
        try:
            import duckdb
        except ImportError:
            pass
        else:
            begun = time.process_time()
            duckdb.execute("set threads = 1")
            listed, judged = [str(f) for f in files], [str(f) for f in scored]
            duckdb.execute(
                f"copy (select c.* from read_parquet({listed}) c join read_parquet({judged}) s "
                "using (problem_id, index) where s.verdict = 'pass' qualify row_number() over "
                "(partition by problem_id, text_digest order by index) = 1 order by problem_id, index) "
                f"to '{name}/c.parquet' (compression zstd, compression_level 3)"
            )
            lap("duckdb_select_and_write")
    out.send({key: round(1e6 * seconds / rows.num_rows, 1) for key, seconds in found.items()})


def apart(work: Any, *args: Any) -> Any:
    context = multiprocessing.get_context("spawn")
    told, out = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(*args, out))
    process.start()
    out.close()  # so that a run that fails is seen: nothing more can come
    found = told.recv()
    process.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--samples", type=int, default=70)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--lengths", type=int, nargs=2, default=(300, 2_000))
    parser.add_argument("--alone", action="store_true", help="without the limit")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--profile", default="")
    parser.add_argument("--save", default="")
    args = parser.parse_args()
    lengths = (8_000, 40_000) if args.long else tuple(args.lengths)
    result: dict[str, Any] = {
        **about(),
        "problems": args.problems,
        "samples": args.samples,
        "lengths": lengths,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = table(folder, args.problems, args.samples)
        result["first"] = apart(run, config, lengths, args.profile)
        print(json.dumps(result["first"]), flush=True)
        if not args.alone:
            result["limit_us"] = apart(limit, folder / "r" / "groups")
            print(json.dumps(result["limit_us"]), flush=True)
        if args.again:
            result["again"] = apart(run, config, lengths, "")
            print(json.dumps(result["again"]), flush=True)
    if args.save:
        path = Path(__file__).parents[1] / "results" / f"{args.save}.json"
        path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
