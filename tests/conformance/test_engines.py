"""The kit's engine suite on fake, replay, openai, transformers and vllm, and what ours promise beside it.

The last two load the embedded policy; vllm needs an environment with vLLM (``-m vllm``).
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest

from tests.engines.batch_server import BatchServer
from tests.engines.server import ChatServer
from verirs.demo.policy import model_path
from verirs.engines.fake import FakeEngine
from verirs.engines.openai import OpenAIBatchEngine, OpenAIEngine
from verirs.engines.replay import ReplayEngine
from verirs.engines.transformers import TransformersEngine
from verirs.engines.vllm import VllmEngine
from verirs.errors import EngineError, RequestError
from verirs.protocols import Engine, Request, Sampling
from verirs.testing import EngineSuite
from verirs.testing.engines import collect
from verirs.types import Message, Problem


class Ours(EngineSuite):
    """What our own engines promise beyond the contract."""

    def test_its_name_is_the_configs(self) -> None:
        assert type(self).__name__.removeprefix("Test").lower() == self.part.name
        assert self.part.reproducible.endswith(".")

    def test_every_sample_counts_its_tokens(self) -> None:
        (found,) = self.ask(self.request(0, range(4)))
        assert all((c.tokens or 0) > 0 and c.finish_reason in {"stop", "length"} for c in found.values())

    def test_seeds_differ_often(self) -> None:
        (found,) = self.ask(self.request(2, range(16)))
        assert len({c.text for c in found.values()}) >= 8

    def test_top_up_draws_new_samples(self) -> None:
        (small,), (whole,) = self.ask(self.request(2, range(8))), self.ask(self.request(2, range(16)))
        assert len({c.text for c in whole.values()}) > len({c.text for c in small.values()})

    def test_texts_can_be_written(self) -> None:
        (found,) = self.ask(self.request(3, range(4)))
        for completion in found.values():
            completion.text.encode()

    @pytest.mark.parametrize("messages", [(), ({"role": "user", "content": "  \n"},)])
    def test_an_empty_prompt_is_refused(self, messages: tuple[Message, ...]) -> None:
        empty = Request(
            problem=Problem(id="empty"), messages=messages, indices=(0,), seeds=(1,), sampling=Sampling()
        )
        with pytest.raises(RequestError, match=r"'empty'.*prompt is empty"):
            self.ask(empty)
        assert self.ask(self.request(0, (0,)))

    def test_sampling_before_start_and_after_close_is_refused(self) -> None:
        if self.part.name == "fake":
            pytest.skip("the fake has nothing to start")
        with pytest.raises(EngineError, match="start"):
            self.wait(collect(self.make(), self.request(0, (0,))))
        self.wait(self.part.close())
        with pytest.raises(EngineError):
            self.wait(collect(self.part, self.request(0, (0,))))
        self.start_another()

    def test_starting_twice_is_one_start(self) -> None:
        self.wait(self.part.start())
        assert self.ask(self.request(0, (0,)))


class TestFake(Ours):
    def make(self) -> Engine:
        return FakeEngine(latency=0.01)


@functools.cache
def recording() -> tempfile.TemporaryDirectory[str]:
    """A folder with ``samples.jsonl``: a recording of the fake engine's samples."""
    folder = tempfile.TemporaryDirectory()
    TestFake.setup_class()
    asked = [TestFake().request(k, range(32)) for k in range(len(EngineSuite.problems))]
    rows = [
        {
            "problem_id": request.problem.id,
            "sample_index": c.index,
            "text": c.text,
            "model": "fake",
            "finish_reason": c.finish_reason,
            "tokens": c.tokens,
            "seed": c.seed,
        }
        for request, found in zip(asked, TestFake().ask(*asked), strict=True)
        for c in found.values()
    ]
    TestFake.teardown_class()
    Path(folder.name, "samples.jsonl").write_text("\n".join(json.dumps(row) for row in reversed(rows)))
    return folder


class TestReplay(Ours):
    draws = False

    def make(self) -> Engine:
        return ReplayEngine(str(Path(recording().name, "samples.jsonl")))


class TestOpenAI(Ours):
    server: ClassVar[ChatServer]

    @classmethod
    def setup_class(cls) -> None:
        cls.server = ChatServer()
        super().setup_class()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.server.close()

    def make(self) -> Engine:
        return OpenAIEngine("tiny", base_url=self.server.url, concurrency=32, timeout=20)


class TestOpenAI_Batch(Ours):
    server: ClassVar[BatchServer]
    folder: ClassVar[tempfile.TemporaryDirectory[str]]

    @classmethod
    def setup_class(cls) -> None:
        cls.server, cls.folder = BatchServer(), tempfile.TemporaryDirectory()
        super().setup_class()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.server.close()
        cls.folder.cleanup()

    def make(self) -> Engine:
        engine = OpenAIBatchEngine("tiny", base_url=self.server.url, poll=0.01, gather=0.02, timeout=60)
        engine.keep_in(Path(self.folder.name))
        return engine


class TestTransformers(Ours):
    def make(self) -> Engine:
        pytest.importorskip("transformers")
        return TransformersEngine(str(model_path()), batch_size=16, device="cpu", dtype="float32")


@pytest.mark.vllm
class TestVllm(Ours):
    def make(self) -> Engine:
        if importlib.util.find_spec("vllm") is None:
            pytest.skip("vLLM is not installed in this environment")
        eager = {"enforce_eager": True}  # compiling would take most of the time on a GPU
        return VllmEngine(str(model_path()), dtype="float32", max_model_len=256, options=eager)


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
