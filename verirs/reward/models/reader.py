"""One reward model, opened when first needed: its files, its recipe, its rows, and where it runs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, get_args

from verirs.errors import ConfigError, UserError, nearest
from verirs.reward.models.dialects import SERVERS
from verirs.reward.models.encode import Encoder, Row
from verirs.reward.models.heads import lacking, number, vocabulary_rows
from verirs.reward.models.local import Logits
from verirs.reward.models.vocabulary import Vocabulary, fingerprint
from verirs.reward.recipes.auto import by_name, choose, choose_served, refuse_unreadable
from verirs.reward.recipes.header import Header, header
from verirs.reward.recipes.recipe import Recipe, changed
from verirs.thoughts import answer_of, is_cut_off, parted, whole
from verirs.types import Completion, Problem

Backend = Literal["transformers", "vllm", "http"]
Thought = Literal["keep", "drop"]
EXAMPLE = "First, 3 + 4 = 7.\n\nSo the answer is \\boxed{7}."
PROBE = Problem(prompt="What is 3 + 4?")


class RewardBackend(Protocol):
    """Where a reward model runs."""

    def logits(self, rows: Sequence[Row]) -> list[Logits | str]:
        """For each row its raw logits at its places, or in words why there are none."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a config says of a reward model; the scorers' docstrings describe each."""

    scorer: str
    model: str
    recipe: str = "auto"
    override: Mapping[str, Any] | None = None
    backend: Backend = "transformers"
    url: str | Sequence[str] = ""
    server: str = "auto"
    served: str = ""
    tokenizer: str = ""
    label: str | int = ""
    thought: Thought = "drop"
    batch_size: int = 64
    batch_tokens: int = 16384
    max_length: int = 0
    dtype: str = "auto"
    device: str = "auto"
    timeout: float = 120.0
    api_key_env: str = ""
    options: Mapping[str, Any] | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url,) if isinstance(self.url, str) and self.url else tuple(self.url)

    def faults(self) -> list[str]:
        """What is wrong with them, found without the model."""
        found, backends = [], get_args(Backend)
        if self.backend not in backends:
            found.append(f"{self.scorer}: unknown backend {self.backend!r}{nearest(self.backend, backends)}")
        if (self.backend == "http") != bool(self.urls):
            found.append(f"{self.scorer}: a url belongs to backend 'http', and 'http' needs one")
        if self.server not in SERVERS:
            found.append(f"{self.scorer}: unknown server {self.server!r}{nearest(self.server, SERVERS)}")
        if self.thought not in get_args(Thought):
            found.append(f"{self.scorer}: thought is {self.thought!r}; it is keep or drop")
        for name in ("batch_size", "batch_tokens"):
            if getattr(self, name) < 1:
                found.append(f"{self.scorer}: {name} is {getattr(self, name)}; it must be at least 1")
        if self.recipe != "auto":
            try:
                changed(by_name(self.recipe), self.override or {}, self.scorer)
            except ConfigError as error:
                found += [problem.removeprefix(f"{self.scorer}: ") for problem in error.problems]
        return found

    @property
    def reading(self) -> str:
        """What a number depends on, as a hash: everything but how fast, and where."""
        endpoints = sorted({url.rstrip("/").rsplit("/", 1)[-1] for url in self.urls})
        parts = (
            fingerprint(self.model),
            self.recipe,
            sorted((self.override or {}).items()),
            endpoints,
            self.served,
            self.tokenizer,
            str(self.label),
            self.thought,
            self.max_length,
            self.dtype,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of a model before any weight is loaded."""

    found: Header
    recipe: Recipe
    vocabulary: Vocabulary
    encoder: Encoder


class Reader:
    """A reward model that is opened when first needed, and can be closed and opened again."""

    def __init__(self, settings: Settings, *, by_steps: bool) -> None:
        self.settings, self.by_steps = settings, by_steps
        self._look: Look | None = None
        self._backend: RewardBackend | None = None
        self._lock = threading.Lock()

    def look(self) -> Look:
        """Its files, and the recipe that they or the config say.

        Raises:
            UserError: it cannot be read by any; why.
            ConfigError: the recipe does not fit the model, or this scorer.
        """
        with self._lock:
            if self._look is None:
                self._look = self._looked()
            return self._look

    def _looked(self) -> Look:
        s = self.settings
        found = header(s.model)
        if s.backend != "http":
            refuse_unreadable(found)
            _need_body(found)
        vocabulary = Vocabulary(s.tokenizer or s.model)
        recipe = self._recipe(found, vocabulary)
        if recipe.by_steps != self.by_steps:
            other = "process_reward" if recipe.by_steps else "reward_model"
            what = "a number for each step" if recipe.by_steps else "one number a text"
            raise ConfigError(
                f"{s.scorer}: {s.model!r} is read by recipe {recipe.name!r}, which gives {what}: use "
                f"plugin = {other!r}"
            )
        if s.backend == "transformers":
            if missing := lacking(recipe, found):
                raise UserError(
                    f"{s.model!r} cannot be read by recipe {recipe.name!r}: its weights lack "
                    f"{', '.join(missing[:3])}"
                )
            if recipe.head == "words":
                vocabulary_rows(recipe, found)
        if recipe.head == "words":
            for word in recipe.words:
                vocabulary.word(word)
        encoder = Encoder(vocabulary, recipe, found.config, s.max_length)
        return Look(found=found, recipe=recipe, vocabulary=vocabulary, encoder=encoder)

    def _recipe(self, found: Header, vocabulary: Vocabulary) -> Recipe:
        s = self.settings
        if s.recipe == "auto":
            known = set(vocabulary.tokenizer.get_vocab())
            pick = choose_served if s.backend == "http" else choose
            recipe = pick(found, chat=vocabulary.chat, pair=vocabulary.pair, tokens=known)
        else:
            recipe = by_name(s.recipe)
        recipe = changed(recipe, s.override or {}, s.scorer)
        return replace(recipe, label=str(s.label)) if s.label != "" else recipe

    def backend(self) -> RewardBackend:
        """Where it runs, started now if it was not; a server is asked one text first.

        Raises:
            UserError: the model cannot be loaded.
            ConfigError: a server refuses.
            EngineError: a server stays away.
        """
        look = self.look()
        with self._lock:
            if self._backend is None:
                self._backend = self._start(look)
            return self._backend

    def _start(self, look: Look) -> RewardBackend:
        s = self.settings
        if s.backend == "http":
            from verirs.reward.models.remote import RemoteModel

            remote = RemoteModel(
                s.urls,
                look.recipe,
                server=s.server,
                served=s.served,
                batch_size=s.batch_size,
                timeout=s.timeout,
                decode=look.vocabulary.tokenizer.decode,
                api_key_env=s.api_key_env,
            )
            try:
                remote.probe(self.example(look, PROBE))
            except BaseException:
                remote.close()
                raise
            return remote
        if s.backend == "vllm":
            from verirs.reward.models.pooled import PooledModel

            return PooledModel(
                s.model,
                per_token=look.recipe.per_token,
                max_length=look.encoder.max_length,
                dtype=s.dtype,
                options=s.options,
            )
        from verirs.reward.models.local import LocalModel

        return LocalModel(
            look.found,
            look.recipe,
            look.vocabulary,
            batch_size=s.batch_size,
            batch_tokens=s.batch_tokens,
            dtype=s.dtype,
            device=s.device,
        )

    def example(self, look: Look, problem: Problem) -> Row:
        """A made-up solution of a problem, as the model reads it.

        Raises:
            UserError: it cannot be laid out.
        """
        completion = Completion(text=EXAMPLE)
        if look.recipe.by_steps:
            laid = look.encoder.windows(problem, EXAMPLE)
            row = laid if isinstance(laid, str) else laid[0]
        else:
            row = look.encoder.encode([(problem, completion)])[0]
        if isinstance(row, str):
            raise UserError(f"{self.settings.scorer}: a made-up solution cannot be laid out: {row}")
        return row

    def shows(self, problem: Problem) -> list[str]:
        """The recipe, and a made-up solution as the model reads it, with a mark where its head is read."""
        look = self.look()
        row, text, begin = self.example(look, problem), "", 0
        decode = look.vocabulary.tokenizer.decode
        for place in row.read:
            text += decode(list(row.ids[begin : place + 1])) + "[READ]"
            begin = place + 1
        guess = look.recipe.name == "class_head_text" and self.settings.recipe == "auto"
        doubt = "; no chat template, so this layout is a guess: override opening and closing" if guess else ""
        where = {"http": f"on {', '.join(self.settings.urls)}"}.get(self.settings.backend, "in this process")
        return [
            f"recipe {look.recipe.told()}, {look.found.architecture or 'no class named'} {where}{doubt}",
            f"reads  {text}{decode(list(row.ids[begin:]))!s}",
        ]

    def number(self, logits: Sequence[float]) -> float:
        """What the logits of one place become.

        Raises:
            ConfigError: the label does not fit the head.
        """
        look = self.look()
        recipe = look.recipe
        if recipe.head == "words" and len(logits) != len(recipe.words):
            raise UserError(
                f"{self.settings.scorer}: the server gives vectors of width {len(logits)}, and recipe "
                f"{recipe.name!r} reads {len(recipe.words)} words: set the server's returned_token_ids"
            )
        names = look.found.config.get("label2id") or {f"LABEL_{i}": i for i in range(len(logits))}
        return number(recipe, logits, names)

    def prove(self) -> None:
        """Look at the model, and ask a server once, before anything is sampled."""
        self.look()
        if self.settings.backend == "http":
            self.backend()

    def interrupt(self) -> None:
        """Wait no longer for a server: the run ends early."""
        if callable(interrupt := getattr(self._backend, "interrupt", None)):
            interrupt()

    def close(self) -> None:
        """Give the model or the connections back; the next score loads them again."""
        with self._lock:
            if self._backend is not None:
                self._backend.close()
            self._backend = None


def _need_body(found: Header) -> None:
    """Refuse a model whose body transformers does not know.

    Raises:
        UserError: saying so.
    """
    from transformers import CONFIG_MAPPING
    from transformers import __version__ as version

    kind = found.config.get("model_type", "")
    if kind not in CONFIG_MAPPING:
        own = ", and the code that it ships is not run" if "auto_map" in found.config else ""
        raise UserError(
            f"{found.model!r} is of the type {kind!r}, which transformers {version} does not know{own}: "
            "serve it (vLLM) and use backend = 'http'"
        )


def read_text(completion: Completion, thought: Thought) -> str | None:
    """What a reward model reads of a completion; nothing where that is an answer, and there is none."""
    apart = parted(completion)
    if thought == "keep":
        return whole(apart)
    return None if is_cut_off(apart) else answer_of(apart)
