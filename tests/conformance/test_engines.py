"""What every engine promises, checked on all of them: fake, replay, openai, transformers, vllm.

The engine of a kind is started once and used by all tests, as a run does. The last two kinds load the
embedded policy; vllm needs an environment with vLLM (``-m vllm``).
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engines.server import ChatServer
from verirs.demo.policy import model_path
from verirs.engines.fake import FakeEngine
from verirs.engines.openai import OpenAIEngine
from verirs.engines.replay import ReplayEngine
from verirs.engines.transformers import TransformersEngine
from verirs.engines.vllm import VllmEngine
from verirs.errors import EngineError, RequestError
from verirs.protocols import Engine, Request, Sampling
from verirs.types import Completion, Problem

PROMPTS = {
    "apples": "Tom has 15 apples and buys 5 bags with 5 apples each. How many apples does he have?",
    "pens": "Ann has 5 pens. She gets 40 more and loses 10. How many pens does she have now?",
    "odd": "a b c?",
    "unicode": "Wie groß ist ½ von 10 € – 数学 😀?",
}
RECORDED = 64


@dataclass(frozen=True)
class Case:
    """One kind of engine, running, and the event loop it lives on."""

    kind: str
    engine: Engine
    fresh: Callable[[], Engine]
    loop: asyncio.Runner

    def ask(self, *requests: Request) -> list[dict[int, Completion]]:
        """All requests at once; the completions by index, each index checked to come once."""

        async def all_of_them() -> list[dict[int, Completion]]:
            return await asyncio.gather(*(collect(self.engine, request) for request in requests))

        return self.loop.run(asyncio.wait_for(all_of_them(), 120))


async def collect(engine: Engine, request: Request) -> dict[int, Completion]:
    found: dict[int, Completion] = {}
    async for completion in engine.sample(request):
        assert completion.index not in found
        found[completion.index] = completion
    assert set(found) == set(request.indices)
    return found


def request(name: str, *indices: int, seeds: tuple[int, ...] | None = None, **sampling: Any) -> Request:
    text = PROMPTS[name]
    return Request(
        problem=Problem(id=name, prompt=text, answer="18"),
        messages=({"role": "user", "content": text},),
        indices=indices,
        # wide and unrelated, as a run's hashed seeds are
        seeds=seeds or tuple((i + 1) * 0x9E3779B97F4A7C15 % 2**64 for i in indices),
        sampling=Sampling(**{"temperature": 1.0, "max_tokens": 48, **sampling}),
    )


wanted = request  # a fixture has a parameter called request


def record(path: Path) -> Path:
    """A recording of the fake engine's samples."""
    rows = []
    for name in PROMPTS:
        wanted = request(name, *range(RECORDED))
        for c in asyncio.run(collect(FakeEngine(), wanted)).values():
            rows.append(
                {
                    "problem_id": name,
                    "sample_index": c.index,
                    "text": c.text,
                    "model": "fake",
                    "finish_reason": c.finish_reason,
                    "tokens": c.tokens,
                    "seed": c.seed,
                }
            )
    path.write_text("\n".join(json.dumps(row) for row in reversed(rows)))
    return path


KINDS = ["fake", "replay", "openai", "transformers", pytest.param("vllm", marks=pytest.mark.vllm)]


@pytest.fixture(scope="module", params=KINDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    kind = request.param
    server = ChatServer() if kind == "openai" else None
    if kind in {"transformers", "vllm"}:
        pytest.importorskip("transformers")
    if kind == "vllm" and importlib.util.find_spec("vllm") is None:
        pytest.skip("vLLM is not installed in this environment")
    recording = tmp_path_factory.mktemp("replay") / "recorded.jsonl"

    def make() -> Engine:
        match kind:
            case "fake":
                return FakeEngine(latency=0.01)
            case "replay":
                return ReplayEngine(str(record(recording)))
            case "openai":
                assert server is not None
                return OpenAIEngine("tiny", base_url=server.url, concurrency=32, timeout=20)
            case "transformers":
                return TransformersEngine(str(model_path()), batch_size=16, device="cpu", dtype="float32")
            case _:
                return VllmEngine(str(model_path()), dtype="float32", max_model_len=256)

    engine = make()
    with asyncio.Runner() as loop:
        loop.run(engine.start())
        yield Case(kind, engine, make, loop)
        loop.run(engine.close())
        loop.run(engine.close())
        if kind != "fake":  # which has nothing to close
            with pytest.raises(EngineError):
                loop.run(collect(engine, wanted("pens", 0)))
    if server:
        server.close()


def test_it_is_an_engine(case: Case) -> None:
    engine = case.engine
    assert isinstance(engine, Engine)
    assert engine.name == case.kind
    assert engine.concurrency >= 1
    assert engine.reproducible.endswith(".")
    assert json.loads(json.dumps(dict(engine.identity()))) == case.fresh().identity()


def test_every_index_once_with_its_seed(case: Case) -> None:
    wanted = request("pens", 3, 17, 5, 8)
    (found,) = case.ask(wanted)
    for index, seed in zip(wanted.indices, wanted.seeds, strict=True):
        assert found[index].seed == seed
        assert found[index].finish_reason in {"stop", "length"}
        assert (found[index].tokens or 0) > 0
        assert found[index].logprob is None or found[index].logprob <= 0


def test_same_seed_same_text(case: Case) -> None:
    first, second = case.ask(request("apples", *range(8))), case.ask(request("apples", *range(8)))
    assert [c.text for c in map(first[0].get, range(8)) if c] == [second[0][i].text for i in range(8)]


def test_different_seeds_differ(case: Case) -> None:
    (found,) = case.ask(request("odd", *range(16)))
    assert len({c.text for c in found.values()}) >= 8


def test_top_up_draws_new_samples_and_keeps_the_old(case: Case) -> None:
    (small,) = case.ask(request("odd", *range(8)))
    (more,) = case.ask(request("odd", *range(8, 16)))
    (whole,) = case.ask(request("odd", *range(16)))
    assert {i: c.text for i, c in whole.items()} == {i: c.text for i, c in (small | more).items()}
    assert len({c.text for c in whole.values()}) > len({c.text for c in small.values()})


def test_the_seed_decides_not_the_index(case: Case) -> None:
    if case.kind == "replay":
        pytest.skip("a recording knows indices only")
    (one,) = case.ask(request("odd", 0, 1, seeds=(77, 10**19)))
    (other,) = case.ask(request("odd", 4, 5, seeds=(10**19, 77)))
    assert [one[0].text, one[1].text] == [other[5].text, other[4].text]


def test_neighbours_do_not_change_a_text(case: Case) -> None:
    wanted = [request(name, *range(k, k + 12)) for name in PROMPTS for k in (0, 12)]
    together = case.ask(*wanted)
    for one, among in zip(wanted[::3], together[::3], strict=True):
        (alone,) = case.ask(one)
        assert {i: c.text for i, c in alone.items()} == {i: c.text for i, c in among.items()}


def test_more_at_once_than_it_asks_for(case: Case) -> None:
    share = min(RECORDED, case.engine.concurrency)
    wanted = [request(name, *range(share)) for name in PROMPTS]
    assert sum(map(len, case.ask(*wanted))) == share * len(PROMPTS)


def test_temperature_zero_is_one_text(case: Case) -> None:
    if case.kind == "replay":
        pytest.skip("a recording has the temperature it was drawn with")
    (found,) = case.ask(request("apples", *range(5), temperature=0.0))
    assert len({c.text for c in found.values()}) == 1


def test_cut_off_by_max_tokens(case: Case) -> None:
    if case.kind == "replay":
        pytest.skip("a recording is not cut again")
    (cut,) = case.ask(request("pens", *range(6), max_tokens=3))
    (whole,) = case.ask(request("pens", *range(6)))
    for index, completion in cut.items():
        assert (completion.finish_reason, completion.tokens) == ("length", 3)
        assert whole[index].text.startswith(completion.text)


def test_stop_text_ends_a_completion_and_is_not_part_of_it(case: Case) -> None:
    if case.kind == "replay":
        pytest.skip("a recording is not cut again")
    stop = "=" if case.kind in {"transformers", "vllm"} else "answer"
    (cut,) = case.ask(request("pens", *range(8), stop=(stop, "unheard of")))
    (whole,) = case.ask(request("pens", *range(8)))
    for index, completion in cut.items():
        assert stop in whole[index].text
        assert completion.text == whole[index].text.split(stop)[0]
        assert completion.finish_reason == "stop"


def test_unicode(case: Case) -> None:
    (found,) = case.ask(request("unicode", 0, 1))
    for completion in found.values():
        completion.text.encode()
    assert PROMPTS["unicode"] in case.engine.render(request("unicode", 0).messages)


def test_the_system_prompt_is_rendered_with_the_rest(case: Case) -> None:
    chat = (
        {"role": "user", "content": "1+1?"},
        {"role": "assistant", "content": "It is 2."},
        {"role": "user", "content": "And 2+2?"},
    )
    shown = case.engine.render(chat)
    assert shown.index("1+1?") < shown.index("It is 2.") < shown.index("And 2+2?")


@pytest.mark.parametrize("messages", [(), ({"role": "user", "content": "  \n"},)])
def test_an_empty_prompt_is_refused(case: Case, messages: tuple[Any, ...]) -> None:
    empty = Request(
        problem=Problem(id="empty"), messages=messages, indices=(0,), seeds=(1,), sampling=Sampling()
    )
    with pytest.raises(RequestError, match=r"'empty'.*prompt is empty"):
        case.ask(empty)
    assert case.ask(request("pens", 0))  # and the engine goes on


def test_sampling_before_start_is_refused(case: Case) -> None:
    if case.kind == "fake":
        pytest.skip("the fake has nothing to start")
    with pytest.raises(EngineError, match="start"):
        case.loop.run(collect(case.fresh(), request("pens", 0)))


def test_starting_twice_is_one_start(case: Case) -> None:
    case.loop.run(case.engine.start())
    assert case.ask(request("pens", 0))


def test_leaving_early_frees_the_engine(case: Case) -> None:
    async def leave() -> None:
        samples = case.engine.sample(request("odd", *range(32)))
        async for _ in samples:
            break
        await samples.aclose()  # type: ignore[attr-defined]

    async def cancel() -> None:
        task = asyncio.create_task(collect(case.engine, request("odd", *range(32, 48))))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(3):
        case.loop.run(leave())
        case.loop.run(cancel())
    assert case.ask(request("pens", *range(4)))


def test_constructors_import_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from verirs.engines.fake import FakeEngine\n"
        "from verirs.engines.openai import OpenAIEngine\n"
        "from verirs.engines.replay import ReplayEngine\n"
        "from verirs.engines.transformers import TransformersEngine\n"
        "from verirs.engines.vllm import VllmEngine\n"
        "FakeEngine(), OpenAIEngine('m'), ReplayEngine('f'), TransformersEngine('m'), VllmEngine('m')\n"
        "heavy = {'torch', 'transformers', 'vllm', 'sympy', 'pyarrow'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env=os.environ)
