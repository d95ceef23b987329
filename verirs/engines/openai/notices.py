"""What a server ignores, found by looking at its first answers, and said once each.

A server that does not know a field of a request leaves it out without a word; then a run holds something else
than its config says. Nothing is refused here: the text is what it is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from verirs.engines.openai.reading import Reply
from verirs.engines.requests import cut
from verirs.protocols import Request, Sampling
from verirs.types import Completion

log = logging.getLogger("verirs.engines.openai")

_LIKE = 6
"""So many pairs of texts under different seeds, all equal, are no accident."""
_LONG = 20
"""Characters: shorter texts may well be equal by chance."""
_OF_SHORT = 10
"""So many pairs of shorter texts weigh as much as one of longer texts."""
_UNREAD = 12
"""More characters than this to a token of the prompt, and not all of it was read."""


class Notices:
    """Looks at every answer, and warns.

    Args:
        url: of the server, for the messages.
        logprobs: whether log-probabilities were asked for.
        limit_key: what the limit on tokens was called.
    """

    def __init__(self, url: str, logprobs: bool, limit_key: str):
        self._url, self._logprobs, self._limit_key = url, logprobs, limit_key
        self._said: set[str] = set()
        self._equal = self._different = 0
        self._model = ""

    def say(self, kind: str, message: str) -> None:
        """Warn, once of each kind."""
        if kind not in self._said:
            self._said.add(kind)
            log.warning("engine openai: %s %s", self._url, message)

    def completion(self, reply: Reply, index: int, seed: int | None, sampling: Sampling) -> Completion:
        """The completion an answer holds; a stop text that the server left in is cut off."""
        text, stopped = cut(reply.text, sampling.stop)
        whole = not stopped or reply.text[len(text) :].strip() in {stop.strip() for stop in sampling.stop}
        self._look(reply, sampling, stopped)
        return Completion(
            index=index,
            text=text,
            finish_reason="stop" if stopped else reply.finish_reason,
            tokens=reply.tokens,
            # a sum over more than the text says nothing of the text
            logprob=reply.logprob if whole else None,
            seed=seed,
            reasoning=reply.reasoning,
        )

    def _look(self, reply: Reply, sampling: Sampling, stopped: bool) -> None:
        if stopped:
            self.say("stop", "leaves stop texts in its answers; they are cut off here")
        if self._logprobs and reply.logprob is None:
            self.say(
                "logprobs",
                "sends no log-probabilities, which engine.logprobs = true asks for; none are stored",
            )
        # some servers count the tokens of the finished text, which may be a few more than were sampled
        if reply.tokens is not None and reply.tokens > 1.5 * sampling.max_tokens + 8:
            self.say(
                "limit",
                f"wrote {reply.tokens} tokens where {sampling.max_tokens} were allowed: it ignores "
                f"{self._limit_key!r}; another name of the limit: engine.max_tokens_key",
            )
        if reply.choices > 1:
            self.say("choices", f"sends {reply.choices} texts where one was asked for; the first is kept")
        if reply.reasoning and not reply.text.strip():
            self.say(
                "thought",
                "sends thoughts without an answer (content is empty): such samples count as cut off. Raise "
                "sampling.max_tokens; or, if the answer is in the thought, start the server without its "
                "reasoning parser",
            )
        elif not reply.text.strip() and (reply.tokens or 0) > 4:
            self.say(
                "hidden",
                f"wrote {reply.tokens} tokens and sends no text; if it hides the model's thoughts, let it "
                "send them",
            )
        if reply.model and self._model and reply.model != self._model:
            self.say("model", f"answers with several models: {self._model} and {reply.model}")
        self._model = self._model or reply.model

    def prompt(self, request: Request, reply: Reply) -> None:
        """Whether the whole prompt was read, as far as its number of tokens can tell."""
        characters = sum(len(m.get("content", "")) for m in request.messages)
        if reply.prompt_tokens and characters > 2000 and characters > _UNREAD * reply.prompt_tokens:
            self.say(
                "prompt",
                f"read {reply.prompt_tokens} tokens of a prompt of {characters:,} characters: it cuts "
                "prompts without a word; raise its context length",
            )

    def group(self, sampling: Sampling, texts: Sequence[str]) -> None:
        """Texts of one prompt under different seeds, each compared with the first."""
        if sampling.temperature < 0.2 or self._different:
            return
        for text in texts[1:]:
            long = min(len(text), len(texts[0])) >= _LONG
            if text == texts[0]:
                self._equal += _OF_SHORT if long else 1
            else:
                self._different += 1
        if self._equal >= _LIKE * _OF_SHORT and not self._different:
            self.say(
                "seed",
                f"gives the same text under different seeds at temperature {sampling.temperature:g}: it does "
                "not sample, or ignores the seed. transformers serve needs engine.options = "
                "{generation_config = '{\"do_sample\": true}'}",
            )
