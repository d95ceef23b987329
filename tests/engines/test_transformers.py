"""What only the transformers engine has: batches, shared prompts, log-probabilities, its own refusals."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from verirs.demo.policy import model_path
from verirs.engines.transformers import TransformersEngine, form_batch
from verirs.engines.worker import Job
from verirs.errors import EngineError, NotAModel, RequestError, UserError
from verirs.protocols import Request, Sampling
from verirs.types import Completion, Problem

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def request(text: str, n: int, **sampling: Any) -> Request:
    return Request(
        problem=Problem(id=text[:8], prompt=text),
        messages=({"role": "user", "content": text},),
        indices=tuple(range(n)),
        seeds=tuple(hash((text, i)) % 2**64 for i in range(n)),
        sampling=Sampling(**{"temperature": 1.0, "max_tokens": 40, **sampling}),
    )


def sample(engine: TransformersEngine, *requests: Request) -> list[dict[int, Completion]]:
    async def one(wanted: Request) -> dict[int, Completion]:
        return {c.index: c async for c in engine.sample(wanted)}

    async def go() -> list[dict[int, Completion]]:
        await engine.start()
        try:
            return await asyncio.gather(*map(one, requests))
        finally:
            await engine.close()

    return asyncio.run(asyncio.wait_for(go(), 120))


def engine(**options: Any) -> TransformersEngine:
    chosen = {"model": str(model_path()), "device": "cpu", "dtype": "float32", "batch_size": 16}
    return TransformersEngine(**{**chosen, **options})


TEXT = "Ann has 5 pens. She gets 40 more and loses 10. How many pens does she have now?"
ODD = "a b c?"


def test_logprob_is_the_models_own() -> None:
    """Against one forward pass over prompt and completion: temperature and top-p leave no trace."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_path())
    model = AutoModelForCausalLM.from_pretrained(model_path(), dtype=torch.float32)
    made = engine()
    (found,) = sample(made, request(TEXT, 6, temperature=0.6, top_p=0.95))
    for completion in found.values():
        assert completion.finish_reason == "stop"
        prompt = tokenizer(made.render(request(TEXT, 1).messages), add_special_tokens=False)["input_ids"]
        answer = [*tokenizer(completion.text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        if len(answer) != completion.tokens:
            continue  # the model spelt the text with other tokens than the tokenizer would
        logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        expected = logits.gather(-1, torch.tensor(answer)[:, None]).sum().item()
        assert completion.logprob == pytest.approx(expected, abs=1e-3)


def test_first_tokens_are_the_models_own_however_many_are_asked() -> None:
    """Against one forward pass; questions of different lengths and one too long, all at once."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_path())
    model = AutoModelForCausalLM.from_pretrained(model_path(), dtype=torch.float32)
    made = engine(batch_size=2)
    asked = [request(text, 1) for text in (TEXT, ODD, TEXT + " " + TEXT, ODD * 5)]
    long = request("a b c d " * 2000, 1)

    async def go() -> list[Any]:
        await made.start()
        try:
            return await asyncio.gather(*map(made.first_tokens, [*asked, long]), return_exceptions=True)
        finally:
            await made.close()

    *found, refused = asyncio.run(asyncio.wait_for(go(), 120))
    assert isinstance(refused, RequestError) and "context" in str(refused)
    for wanted, first in zip(asked, found, strict=True):
        prompt = tokenizer(made.render(wanted.messages), add_special_tokens=False)["input_ids"]
        logits = model(torch.tensor([prompt])).logits[0, -1].log_softmax(-1)
        best = logits.topk(20)
        texts: dict[str, float] = {}
        for number, token in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            text = tokenizer.decode([token])
            texts[text] = (
                float(torch.logaddexp(torch.tensor(texts[text]), torch.tensor(number)))
                if (text in texts)
                else number
            )
        likely = {text: number for text, number in texts.items() if number > -12}
        assert {text: first[text] for text in likely} == pytest.approx(likely, abs=1e-3)


def test_samples_follow_the_models_distribution() -> None:
    """The first token of 600 samples against its exact probabilities."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_path())
    model = AutoModelForCausalLM.from_pretrained(model_path(), dtype=torch.float32)
    made = engine(batch_size=200)
    (found,) = sample(made, request(ODD, 600, max_tokens=1, temperature=0.7))
    ids = tokenizer(made.render(request(ODD, 1).messages), add_special_tokens=False, return_tensors="pt")
    probs = (model(**ids).logits[0, -1] / 0.7).softmax(-1)
    top = probs.topk(3)
    for probability, token in zip(top.values.tolist(), top.indices.tolist(), strict=True):
        text = tokenizer.decode([token], skip_special_tokens=True)
        seen = sum(c.text == text for c in found.values()) / 600
        assert abs(seen - probability) < 4.5 * (probability * (1 - probability) / 600) ** 0.5 + 0.01


def test_the_tokens_of_a_prompt_are_those_that_the_model_reads() -> None:
    from transformers import AutoTokenizer

    made, wanted = engine(), request(ODD, 1)
    ids = AutoTokenizer.from_pretrained(model_path())(made.render(wanted.messages), add_special_tokens=False)
    assert made.prompt_tokens(wanted) == len(ids["input_ids"]) > 1


def test_batch_size_does_not_change_the_texts() -> None:
    wanted = [request(text, 5) for text in (TEXT, ODD, "Tom has 3 cats.")]
    texts = [
        [{i: c.text for i, c in part.items()} for part in sample(engine(batch_size=size), *wanted)]
        for size in (1, 4, 15)
    ]
    assert texts[0] == texts[1] == texts[2]


def test_a_prompt_of_several_samples_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import LlamaForCausalLM

    computed = []
    forward = LlamaForCausalLM.forward

    def counting(self: Any, input_ids: Any, **more: Any) -> Any:
        computed.append(input_ids.numel())
        return forward(self, input_ids, **more)

    monkeypatch.setattr(LlamaForCausalLM, "forward", counting)
    made = engine()
    length = len(made._local.tokenizer.encode(request(TEXT, 1).messages))
    sample(made, request(TEXT, 16, max_tokens=1))
    assert sum(computed) <= length + 16


def test_idle_rows_leave_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import LlamaForCausalLM

    widths = []
    forward = LlamaForCausalLM.forward

    def counting(self: Any, input_ids: Any, **more: Any) -> Any:
        widths.append(len(input_ids))
        return forward(self, input_ids, **more)

    monkeypatch.setattr(LlamaForCausalLM, "forward", counting)
    (found,) = sample(engine(), request(ODD, 16, max_tokens=60))
    used = sum(c.tokens or 0 for c in found.values())
    assert len(set(widths)) > 2
    assert sum(widths) < 2 * used + 16


def test_running_out_of_memory_halves_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import LlamaForCausalLM

    forward, sizes = LlamaForCausalLM.forward, []

    def small(self: Any, input_ids: Any, **more: Any) -> Any:
        sizes.append(len(input_ids))
        if len(input_ids) > 4:
            raise torch.OutOfMemoryError("too many rows")
        return forward(self, input_ids, **more)

    expected = sample(engine(), request(ODD, 16))
    monkeypatch.setattr(LlamaForCausalLM, "forward", small)
    found = sample(engine(), request(ODD, 16))
    assert [{i: c.text for i, c in part.items()} for part in found] == [
        {i: c.text for i, c in part.items()} for part in expected
    ]
    assert {16, 8, 4} <= set(sizes)
    monkeypatch.setattr(LlamaForCausalLM, "forward", _never_fits)
    with pytest.raises(EngineError, match="one sample alone does not fit"):
        sample(engine(), request(ODD, 4))


def _never_fits(*_: Any, **__: Any) -> Any:
    raise torch.OutOfMemoryError("none at all")


def test_a_broken_model_reaches_every_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import LlamaForCausalLM

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("wires are loose")

    monkeypatch.setattr(LlamaForCausalLM, "forward", broken)
    with pytest.raises(EngineError, match="RuntimeError: wires are loose"):
        sample(engine(), request(TEXT, 4), request(ODD, 4))


def test_a_prompt_longer_than_the_context_is_refused_alone() -> None:
    made = engine()

    async def go() -> None:
        await made.start()
        try:
            with pytest.raises(RequestError, match=r"prompt has \d+ tokens, the model's context is 512"):
                _ = [c async for c in made.sample(request("7 " * 600, 2))]
            found = [c async for c in made.sample(request("7 " * 230, 2, max_tokens=500))]
            assert all(c.tokens is not None and c.tokens < 512 for c in found)
        finally:
            await made.close()

    asyncio.run(go())


def test_a_model_without_a_template_reads_the_contents_alone(tmp_path: Path) -> None:
    shutil.copytree(model_path(), tmp_path / "base")
    (tmp_path / "base" / "chat_template.jinja").unlink()
    chat = ({"role": "system", "content": "Be short."}, {"role": "user", "content": "1+1=?"})
    assert engine(model=str(tmp_path / "base")).render(chat) == "Be short.\n\n1+1=?"


def test_the_models_own_sampling_defaults_are_not_applied(tmp_path: Path) -> None:
    shutil.copytree(model_path(), tmp_path / "model")
    settings = tmp_path / "model" / "generation_config.json"
    defaults = {**json.loads(settings.read_text()), "do_sample": True, "top_k": 1, "repetition_penalty": 3.0}
    settings.write_text(json.dumps(defaults))
    plain = sample(engine(), request(ODD, 8))
    assert [c.text for c in plain[0].values()] != []
    (found,) = sample(engine(model=str(tmp_path / "model")), request(ODD, 8))
    assert {i: c.text for i, c in found.items()} == {i: c.text for i, c in plain[0].items()}


def test_identity_is_the_content(tmp_path: Path) -> None:
    shutil.copytree(model_path(), tmp_path / "a" / "model")
    same = engine(model=str(tmp_path / "a" / "model")).identity()
    assert same == engine().identity()
    with (tmp_path / "a" / "model" / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        weights.write(b"\x55")
    assert engine(model=str(tmp_path / "a" / "model")).identity() != same


def test_models_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(model_path(), tmp_path / "policy-large")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "x.gguf").touch()
    cases = {
        str(tmp_path / "polcy-large"): r"has no directory 'polcy-large'; did you mean policy-large\?",
        str(tmp_path / "nowhere" / "deep"): r"has no directory 'nowhere'; there are: empty, policy-large",
        str(tmp_path / "empty"): r"no config\.json.*x\.gguf is a GGUF file",
        str(tmp_path / "empty" / "x.gguf"): "is a file; give the directory",
    }
    for name, said in cases.items():
        with pytest.raises(NotAModel, match=said):
            sample(engine(model=name))
        with pytest.raises(NotAModel, match=said):
            engine(model=name).identity()
    (tmp_path / "policy-large" / "model.safetensors").unlink()
    with pytest.raises(EngineError, match="cannot be loaded"):
        sample(engine(model=str(tmp_path / "policy-large")))


def test_a_hub_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-model").mkdir()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EngineError, match="hub cannot be reached"):
        engine(model="someone/some-model").identity()
    with pytest.raises(EngineError, match=r"no directory 'my-modle'; did you mean my-model\?"):
        engine(model="my-modle").identity()


def test_wrong_options() -> None:
    with pytest.raises(UserError, match=r"'float31' is not one of .* did you mean float32\?"):
        engine(dtype="float31")
    with pytest.raises(UserError, match="batch_size = 0"):
        engine(batch_size=0)
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="torch sees no GPU"):
            sample(engine(device="cuda"))


def test_a_batch_is_of_similar_lengths_and_holds_the_oldest() -> None:
    def job(length: int, name: str = "x", **sampling: Any) -> Job:
        return Job(request(name, 1, **sampling), tuple(range(length)), 0, lambda _: None)

    waiting = [job(50), *(job(n) for n in (3, 90, 4, 91, 5, 92, 49, 51)), job(50, temperature=0.1)]
    batch = form_batch(waiting, 4)
    assert waiting[0] in batch and len(batch) == 4
    lengths = [len(j.prompt) for j in batch]
    assert max(lengths) - min(lengths) <= 42
    assert all(j.sampling == waiting[0].sampling for j in form_batch(waiting, 20))
    assert len(form_batch(waiting, 20)) == 9
