"""The replay engine's formats, refusals and memory."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import rows, shared
from verirs.engines.replay import ReplayEngine
from verirs.errors import RequestError, SourceError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem


def row(problem: str = "a", sample: int = 0, text: str | None = "hi", **more: Any) -> dict[str, Any]:
    return {"problem_id": problem, "sample_index": sample, "text": text, "model": "m", "label": None, **more}


def write(path: Path, table: Sequence[Any]) -> str:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in table]
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
    elif path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(list(table)), path)
    else:
        path.write_text("\n".join(lines))
    return str(path)


def replay(engine: ReplayEngine, problem: str, *indices: int) -> list[Completion]:
    async def go() -> list[Completion]:
        await engine.start()
        try:
            wanted = Request(
                problem=Problem(id=problem),
                messages=({"role": "user", "content": "?"},),
                indices=indices,
                seeds=tuple(1000 + i for i in indices),
                sampling=Sampling(),
            )
            return [c async for c in engine.sample(wanted)]
        finally:
            await engine.close()

    return asyncio.run(go())


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz", "r.parquet"])
def test_all_formats_say_the_same(tmp_path: Path, name: str) -> None:
    seed = 2**63 + 5 if name != "r.parquet" else 2**62
    table = [
        row("b", 1, "", tokens=0),
        row("a", 0, "x\u2028y\n😀", seed=seed, logprob=-1.5),
        row("b", 0, "z"),
    ]
    for each in table:
        for column in ("tokens", "seed", "logprob"):
            each.setdefault(column, None)
    path = write(tmp_path / name, table)
    (found,) = replay(ReplayEngine(path), "a", 0)
    assert found == Completion(index=0, finish_reason="unknown", text="x\u2028y\n😀", seed=seed, logprob=-1.5)
    assert [c.text for c in replay(ReplayEngine(path), "b", 1, 0)] == ["", "z"]


def test_own_column_names_and_the_order_where_no_index_is_recorded(tmp_path: Path) -> None:
    table = [{"task": 7, "out": "first"}, {"task": 8, "out": "other"}, {"task": 7, "out": "second"}]
    path = write(tmp_path / "r.jsonl", table)
    engine = ReplayEngine(path, id_column="task", text_column="out")
    assert [c.text for c in replay(engine, "7", 0, 1)] == ["first", "second"]


def test_one_model_of_several(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", [row(text="one"), row(text="two", model="n")])
    assert [c.text for c in replay(ReplayEngine(path, model="n"), "a", 0)] == ["two"]
    with pytest.raises(SourceError, match=r"twice, by models 'm' and 'n'; choose one with model"):
        replay(ReplayEngine(path), "a", 0)
    with pytest.raises(SourceError, match=r"no rows of model 'nn'; did you mean n\?"):
        replay(ReplayEngine(path, model="nn"), "a", 0)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([row(), row(sample=1, text=None)], r"r\.jsonl:2: 'text' is null"),
        ([row(), "", '{"problem_id": '], r"r\.jsonl:3: broken JSON"),
        ([row(), "[1]"], r"r\.jsonl:2: not a JSON object"),
        ([row(sample=-1)], r"r\.jsonl:1: 'sample_index' is -1"),
        ([row(problem="")], r"r\.jsonl:1: 'problem_id' is empty"),
        ([{"problem_id": "a", "txt": "hi"}], r"r\.jsonl:1: no column 'text'; did you mean txt\?"),
        (
            [{"id": "a", "generation": "hi"}],
            r"r\.jsonl:1: no column 'problem_id' and no column 'text'\. The row has id, generation\. "
            r"To name it: --set engine\.id_column=id --set engine\.text_column=generation",
        ),
        ([row(), row("b"), row()], r"sample 0 of problem 'a' is there twice \(rows 1 and 3\)"),
        ([], r"r\.jsonl has no rows"),
        ([row(sample=2**63)], r"r\.jsonl:1: 'sample_index' is 9223372036854775808"),
        (
            [row(), row(sample=1, finish_reason=["stop"])],
            r"r\.jsonl:2: 'finish_reason' is a list",
        ),
        ([{**row(), "problem_id": ["a"]}], r"r\.jsonl:1: 'problem_id' is a list, not a text"),
        ([row(), '{"text": ' + "[" * 100_000], r"r\.jsonl:2: JSON that is nested too deep"),
    ],
)
def test_rows_that_cannot_be_used(tmp_path: Path, table: list[Any], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        replay(ReplayEngine(write(tmp_path / "r.jsonl", table)), "a", 0)


@pytest.mark.parametrize("odd", [10**30, [1], {"a": 1}, "twelve", "12", True, 1.5, float("nan"), 10**400])
def test_facts_that_are_no_numbers_are_not_known(tmp_path: Path, odd: Any) -> None:
    path = write(tmp_path / "r.jsonl", [row(tokens=odd, seed=odd, logprob=odd)])
    (found,) = replay(ReplayEngine(path), "a", 0)
    assert (found.text, found.tokens, found.seed) == (row()["text"], None, None)
    assert found.logprob in (None, 1e30, 1.5)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    write(tmp_path / "recorded.jsonl", [row()])
    with pytest.raises(SourceError, match=r"no file .*did you mean recorded\.jsonl"):
        replay(ReplayEngine(str(tmp_path / "recoded.jsonl")), "a", 0)
    whole = Path(write(tmp_path / "torn.jsonl.gz", [row(sample=i, text=str(i) * 99) for i in range(99)]))
    whole.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"torn\.jsonl\.gz: unreadable after line"):
        replay(ReplayEngine(str(whole)), "a", 0)
    (tmp_path / "no.parquet").write_text("no")
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        replay(ReplayEngine(str(tmp_path / "no.parquet")), "a", 0)
    with pytest.raises(UserError, match=r"not a \.jsonl"):
        replay(ReplayEngine(write(tmp_path / "r.csv", [row()])), "a", 0)


def test_more_than_was_recorded(tmp_path: Path) -> None:
    engine = ReplayEngine(write(tmp_path / "r.jsonl", [row("gsm/12", i) for i in range(3)]))
    with pytest.raises(RequestError, match=r"sample 3 was asked for, .* has 3 recorded .* lower n to 3"):
        replay(engine, "gsm/12", 2, 3)
    with pytest.raises(RequestError, match=r"no recorded samples of it; did you mean gsm/12\?"):
        replay(engine, "gms/12", 0)


def test_identity_is_the_content(tmp_path: Path) -> None:
    one, other = ReplayEngine(write(tmp_path / "r.jsonl", [row()])), tmp_path / "else"
    other.mkdir()
    assert one.identity() == ReplayEngine(write(other / "r.jsonl", [row()])).identity()
    assert one.identity() != ReplayEngine(write(other / "r.jsonl", [row(text="ho")])).identity()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """30 MB of texts, in another order than they are asked for: far less than that in memory."""
    path = tmp_path / "big.jsonl"
    with path.open("w") as out:
        for sample in range(15):
            for problem in range(1000):
                out.write(json.dumps(row(f"p{problem}", sample, f"{problem}/{sample} " + "x" * 2000)) + "\n")
    program = (
        "import asyncio, resource, sys\n"
        "from tests.engines.test_replay import replay, ReplayEngine\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "before = peak()\n"
        f"found = replay(ReplayEngine({str(path)!r}), 'p7', *range(15))\n"
        "assert all(c.text.startswith(f'7/{c.index} ') for c in found)\n"
        "print(peak() - before)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=120
    ).stdout
    assert float(said) < 15


def test_a_recorded_pool_comes_back_whole() -> None:
    name = "data/tiny/gsm8k20_candidates8.jsonl"
    expected = [r for r in rows(name) if r["problem_id"] == "gsm8k/test/0"]
    assert [r["sample_index"] for r in expected] != list(range(8))  # a subset of a pool, with gaps
    found = replay(ReplayEngine(str(shared(name))), "gsm8k/test/0", *range(8))
    assert [c.text for c in found] == [r["text"] for r in sorted(expected, key=lambda r: r["sample_index"])]


def test_lone_surrogates_are_replaced_not_a_crash(tmp_path: Path) -> None:
    """JSON can hold what UTF-8 cannot."""
    path = tmp_path / "r.jsonl"
    path.write_text('{"problem_id": "p", "text": "odd \\ud800 end"}\n')
    assert ReplayEngine(str(path)).counts() == {"p": 1}
    assert [c.text for c in replay(ReplayEngine(str(path)), "p", 0)] == ["odd \ufffd end"]
