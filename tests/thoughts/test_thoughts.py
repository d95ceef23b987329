"""Thoughts from servers and in texts: kept whole, once, apart from the answer, streamed or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.server import ChatServer
from tests.thoughts.cases import NONE, SENT, A, B, Sent
from verirs.engines.openai import OpenAIEngine
from verirs.engines.openai.parts import joined
from verirs.engines.openai.reading import read
from verirs.parts import scorer_part
from verirs.protocols import Request, Sampling
from verirs.running.scoring import Stack
from verirs.scorers.math import MathScorer
from verirs.select import First
from verirs.store import entry
from verirs.thoughts import TAGS, divided, is_cut_off, parted, whole
from verirs.types import Candidate, Completion, Group, Problem, Verdict


def stream(case: Sent) -> bytes:
    """The message in pieces of three characters, with what servers put between them."""
    pieces = list(case.pieces)
    if not pieces:
        for key, value in case.message.items():
            if isinstance(value, str):
                pieces += [{key: value[i : i + 3]} for i in range(0, len(value), 3)]
            elif isinstance(value, list):
                pieces += [{key: [part]} for part in value]
            else:
                pieces.append({key: value})
    events = [b": KEEPALIVE\n\n"]
    for delta in pieces:
        body = {"choices": [{"index": 0, "delta": delta, "finish_reason": None}], "model": "m"}
        events.append(b"data: " + json.dumps(body).encode() + b"\n\n")
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": case.reason}]}
    usage = {"choices": [], "usage": {"completion_tokens": 7}}
    events += [b"data: " + json.dumps(e).encode() + b"\r\n\r\n" for e in (end, usage)]
    return b"".join([*events, b"data: [DONE]\n\n"])


def completion_of(body: Any) -> Completion:
    reply = read(body)
    return entry.completion(
        Completion(text=reply.text, reasoning=reply.reasoning, finish_reason=reply.finish_reason)
    )


def right(case: Sent, found: Completion) -> bool:
    """All of the thought, all of the answer, nothing twice."""
    text = "" if case.cut else B
    finish = "length" if case.cut else case.reason
    return (found.reasoning.strip(), found.text.strip(), found.finish_reason) == (A.strip(), text, finish)


@pytest.mark.parametrize("case", SENT, ids=lambda c: c.id)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_message_in_any_dialect(case: Sent, streamed: bool) -> None:
    body = {"choices": [{"message": case.message, "finish_reason": case.reason}]}
    found = completion_of(joined(stream(case)) if streamed else body)
    assert right(case, found), found


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    made = ChatServer()
    yield made
    made.close()


DIALECTS = ("vllm-reasoning", "sglang-separate", "openrouter-details", "anthropic-parts",
            "llamacpp-legacy-both", "ollama-reasoning")  # fmt: skip


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_over_the_wire_nothing_is_lost(
    server: ChatServer, streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each dialect from a server, asked for as the engine asks."""
    cases = [c for c in SENT if c.id in DIALECTS]

    def answer(self: Any, body: dict[str, Any], trouble: Any) -> None:
        case = cases[int(body["messages"][0]["content"])]
        assert bool(body.get("stream")) == streamed
        assert body["chat_template_kwargs"] == {"enable_thinking": True}
        whole_body = {"choices": [{"message": case.message, "finish_reason": case.reason}]}
        self.send(200, stream(case) if streamed else whole_body)

    monkeypatch.setattr(server._server.RequestHandlerClass, "answer", answer)
    engine = OpenAIEngine(model="tiny", base_url=server.url, stream=streamed)

    async def go() -> list[Completion]:
        await engine.start()
        try:
            return [
                c
                for i in range(len(cases))
                async for c in engine.sample(
                    Request(
                        problem=Problem(id=str(i), prompt=str(i)),
                        messages=({"role": "user", "content": str(i)},),
                        indices=(0,),
                        seeds=(1,),
                        sampling=Sampling(chat_template_kwargs={"enable_thinking": True}),
                    )
                )
            ]
        finally:
            await engine.close()

    found = asyncio.run(asyncio.wait_for(go(), 120))
    assert len(found) == len(DIALECTS)
    assert all(right(case, entry.completion(c)) for case, c in zip(cases, found, strict=True))


@pytest.mark.parametrize(("name", "text"), NONE)
def test_a_text_without_a_thought_stays_as_it_is(name: str, text: str) -> None:
    assert parted(Completion(text=text)) == Completion(text=text)


@given(st.sampled_from(TAGS), st.text(), st.text())
def test_what_was_sampled_can_be_written_again(tags: tuple[str, str], thought: str, answer: str) -> None:
    text = tags[0] + thought + tags[1] + answer
    found = divided(text)
    assert found is not None
    again = parted(Completion(text=text))
    if again.reasoning and not is_cut_off(again):
        assert whole(again, tags) == text
    assert parted(again) == again


def test_an_empty_thought_that_the_prompt_opened_leaves_no_tag() -> None:
    assert parted(Completion(text="\n\n</think>\n\n4")) == Completion(text="\n\n4")


def test_a_thought_without_an_answer_is_judged_by_no_gate() -> None:
    problem = Problem(id="p", prompt="2 + 2?", answer="4")
    items = [
        (problem, entry.completion(Completion(index=0, text="<think>so \\boxed{5}"))),
        (problem, entry.completion(Completion(index=1, text="", reasoning="\\boxed{4}"))),
        (problem, entry.completion(Completion(index=2, text="<think>5?</think>\\boxed{4}"))),
        (problem, entry.completion(Completion(index=3, text=""))),
    ]
    stack = Stack([scorer_part(MathScorer())])
    scores = stack.score(items)
    stack.close()
    assert [s[0].verdict for s in scores] == ["abstain", "abstain", "pass", "fail"]
    assert "cut off" in scores[0][0].reason
    group = Group(
        problem=problem,
        candidates=tuple(Candidate(completion=c, scores=s) for (_, c), s in zip(items, scores, strict=True)),
    )
    chosen = First(unverified=True).select(group)
    assert [c.completion.index for c in chosen.accepted] == [2]
    assert [r.reason for r in chosen.rejected][:2] == ["truncated", "truncated"]


def test_one_answer_after_two_thoughts_is_no_duplicate() -> None:
    from tests.select.toys import candidate, group

    thoughts = [candidate(i, "\\boxed{4}") for i in range(2)]
    thoughts = [
        Candidate(
            completion=Completion(index=i, text=c.completion.text, reasoning=f"way {i}"), scores=c.scores
        )
        for i, c in enumerate(thoughts)
    ]
    assert len(First().select(group(*thoughts)).accepted) == 2


def test_the_verdict_is_that_of_the_undivided_text() -> None:
    """Scorers took what follows the thought before, too: dividing changes no verdict."""
    problem = Problem(id="p", prompt="2 + 2?", answer="4")
    texts = [c.message["content"] for c in SENT if isinstance(c.message.get("content"), str) and not c.cut]
    plain = MathScorer().score([(problem, Completion(text=t)) for t in texts])
    apart = MathScorer().score([(problem, parted(Completion(text=t))) for t in texts])
    assert [s.verdict for s in apart] == [Verdict.PASS] * len(texts)
    assert {s.verdict for s in plain} == {Verdict.PASS}


@pytest.mark.parametrize("text", [tag for pair in TAGS for tag in (pair[0], "".join(pair))])
def test_a_text_of_tags_alone_stays_as_it_was_sampled(text: str) -> None:
    for own in (text, f" {text}\n"):
        kept = parted(Completion(index=0, text=own))
        assert (kept.text, kept.reasoning) == (own, "") and whole(kept) == own


@pytest.mark.parametrize(("opener", "closer"), TAGS)
@pytest.mark.parametrize("before", ["", "\n" * 300])
def test_the_quick_look_misses_no_tag(opener: str, closer: str, before: str) -> None:
    for text in (f"{before}{opener}two\n{closer}4", f"{before}two\n{closer}4"):
        found = parted(Completion(index=0, text=text, finish_reason="stop"))
        assert (found.text, found.reasoning.strip()) == ("4", "two")
    cut = parted(Completion(index=0, text=f"{before}{opener}two", finish_reason="stop"))
    assert (cut.text, cut.reasoning.strip(), cut.finish_reason) == ("", "two", "length")
