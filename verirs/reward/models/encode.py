"""What a reward model reads: a problem and a completion as token ids, laid out as its recipe says.

A text that is read as one and is longer than ``max_length`` loses its middle: the question at the front and
the end, where the head reads, both stay. One that is read by steps is read in windows: each holds the
question, as much of the steps before as half the room takes, and the next steps; no step is left out.

Special tokens that a completion spells out (``<|im_end|>``) are broken up, so that it cannot end its own turn
and praise itself, and so is the tag of its steps; this does not make a model immune to flattery in plain
words.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verirs.errors import UserError
from verirs.reward.models.vocabulary import Vocabulary, first_line
from verirs.reward.recipes.recipe import Recipe
from verirs.types import Completion, Message, Problem

MARK = "==" + hashlib.sha256(b"a step ends here").hexdigest()[:24] + "=="
"""Stands for a tag while a template is filled in; broken up in completions like the tag itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text as a model reads it.

    Args:
        ids: token ids, special tokens included, at most ``max_length``.
        types: segment ids of a text pair, for models that have them.
        places: where the head is read; by default at the last token.
        tokens: number of tokens before any were cut.
        disarmed: special tokens found spelt out in the completion, and broken up.
        before: what stands before the completion, as text.
        after: the completion and what closes it, as text.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...] | None = None
    places: tuple[int, ...] = ()
    tokens: int
    disarmed: int = 0
    before: str = ""
    after: str = ""

    @property
    def truncated(self) -> int:
        """Number of tokens cut from the middle."""
        return max(0, self.tokens - len(self.ids))

    @property
    def read(self) -> tuple[int, ...]:
        """The places at which the head is read."""
        return self.places or (len(self.ids) - 1,)


class Encoder:
    """Turns problems and completions into rows.

    Args:
        vocabulary: the model's tokenizer.
        recipe: how its texts are laid out.
        config: the model's config.
        max_length: tokens a text may have; 0 is the model's own limit.

    Raises:
        ConfigError: the recipe reads at a token that this tokenizer has not.
    """

    def __init__(
        self, vocabulary: Vocabulary, recipe: Recipe, config: Mapping[str, Any], max_length: int = 0
    ) -> None:
        self.vocabulary, self.recipe = vocabulary, recipe
        text = config.get("text_config") or config
        limits = (text.get("max_position_embeddings"), vocabulary.tokenizer.model_max_length)
        own = min((int(n) for n in limits if n), default=1 << 30)
        self.max_length = min(max_length or own, own)
        self.pad_id: int | None = text.get("pad_token_id", config.get("pad_token_id"))
        if recipe.form in ("chat", "turns") and not vocabulary.chat:
            raise UserError(
                f"recipe {recipe.name!r} wants a chat template, and this tokenizer has none: override form"
            )
        vocabulary.need_tag(recipe.tag)
        self._gate = tuple(vocabulary.ids(recipe.gate)) if recipe.gate else ()

    def encode(self, items: Sequence[tuple[Problem, Completion]]) -> list[Row | str]:
        """One row an item, read as one text, in order; a text in its place says why an item has no row."""
        from jinja2 import TemplateError

        texts: list[tuple[str, str, int] | str] = []
        openings: dict[str, str] = {}
        for problem, completion in items:
            safe, disarmed = self.vocabulary.disarm(completion.text)
            try:
                if problem.id not in openings:
                    openings[problem.id] = self.opening(problem)
                texts.append((*self._texts(problem, openings[problem.id], safe), disarmed))
            except TemplateError as error:
                texts.append(f"the chat template refuses this prompt: {first_line(error)}")
        rows = iter(self._tokenize([t for t in texts if not isinstance(t, str)]))
        return [t if isinstance(t, str) else self._gated(next(rows)) for t in texts]

    def opening(self, problem: Problem) -> str:
        """The prompt as text, up to where the completion starts.

        Raises:
            jinja2.TemplateError: the template refuses these messages.
        """
        if self.recipe.form == "chat":
            return self.vocabulary.render(self._messages(problem), answer_next=True)
        if self.recipe.form == "pair":
            return self._question(problem)
        return filled(self.recipe.opening, question=self._question(problem))

    def _messages(self, problem: Problem) -> list[Message]:
        if self.recipe.system and all(m.get("role") != "system" for m in problem.prompt):
            return [{"role": "system", "content": self.recipe.system}, *problem.prompt]
        return list(problem.prompt)

    def _question(self, problem: Problem) -> str:
        return "\n\n".join(m["content"] for m in problem.prompt)

    def _texts(self, problem: Problem, opening: str, solution: str) -> tuple[str, str]:
        if self.recipe.form == "pair":
            return opening, solution
        if self.recipe.form == "text":
            return opening, solution + self._closing()
        whole = self.vocabulary.render(
            [*self._messages(problem), {"role": "assistant", "content": solution}],
            answer_next="{generation}" in self.recipe.after,
        ) + self.recipe.after.replace("{generation}", "")
        at = len(opening) if whole.startswith(opening) else 0
        return whole[:at], whole[at:]

    def _closing(self) -> str:
        return filled(self.recipe.closing, eos=self.vocabulary.tokenizer.eos_token or "")

    def _tokenize(self, texts: Sequence[tuple[str, str, int]]) -> list[Row]:
        if not texts:
            return []
        tokenizer, recipe = self.vocabulary.tokenizer, self.recipe
        if recipe.form == "pair":
            out = tokenizer([t[0] for t in texts], [t[1] for t in texts], verbose=False)
        else:
            own = recipe.form == "text" and recipe.bos == "auto"
            out = tokenizer([t[0] + t[1] for t in texts], add_special_tokens=own, verbose=False)
        types = out["token_type_ids"] if "token_type_ids" in out else [None] * len(texts)
        return [
            self._row([*self._first(), *ids], type_ids, before, after, disarmed)
            for ids, type_ids, (before, after, disarmed) in zip(out["input_ids"], types, texts, strict=True)
        ]

    def _first(self) -> list[int]:
        """The first token of a text, where the recipe puts one."""
        first = self.vocabulary.tokenizer.bos_token_id
        always = self.recipe.form == "text" and self.recipe.bos == "always" and first is not None
        return [first] if always else []

    def _row(self, ids: list[int], types: list[int] | None, before: str, after: str, disarmed: int) -> Row:
        # A sequence head reads the last token that is not the padding token. Where a model pads with
        # its end-of-text token, that is the token before the end: cut here, so that every backend,
        # those that read plainly the last token too, reads the same one.
        while len(ids) > 1 and self.pad_id is not None and ids[-1] == self.pad_id:
            ids = ids[:-1]
        types = types[: len(ids)] if types is not None and len(types) >= len(ids) else None
        return Row(
            ids=tuple(cut_middle(ids, self.max_length)),
            types=tuple(cut_middle(types, self.max_length)) if types is not None else None,
            tokens=len(ids),
            disarmed=disarmed,
            before=before,
            after=after,
        )

    def _gated(self, row: Row) -> Row | str:
        """The row with the place of the gate before that of the head."""
        if not self._gate:
            return row
        width = len(self._gate)
        starts = (i for i in range(len(row.ids) - width, -1, -1) if row.ids[i : i + width] == self._gate)
        gate = next(starts, None)
        if gate is None:
            return f"the text does not hold {self.recipe.gate!r}, where the gate of this model is read"
        return replace(row, places=(gate, len(row.ids) - 1))

    # by steps

    def steps(self, text: str) -> list[str]:
        """The steps of a completion, as they stand; an empty text is one empty step."""
        pieces = text.split(self.recipe.separator)
        return pieces if self.recipe.keep_empty else [piece for piece in pieces if piece.strip()] or [""]

    def windows(self, problem: Problem, text: str) -> list[Row] | str:
        """A completion by steps: rows whose places are those of all its steps, in order; or why there are
        none."""
        from jinja2 import TemplateError

        safe, disarmed = self.vocabulary.disarm(text.replace(MARK, MARK[1:]), self.recipe.tag.strip())
        steps = self.steps(safe)
        try:
            whole = self._laid(problem, steps)
            if isinstance(whole, str):
                return whole
            whole = replace(whole, disarmed=disarmed)
            if len(whole.ids) <= self.max_length:
                return [whole]
            return self._split(problem, steps, whole)
        except TemplateError as error:
            return f"the chat template refuses this prompt: {first_line(error)}"

    def _split(self, problem: Problem, steps: Sequence[str], whole: Row) -> list[Row] | str:
        ends = [p + 1 for p in whole.places]
        costs = [len(self.vocabulary.ids(steps[0] + self.recipe.tag)) + 1]
        costs += [b - a for a, b in itertools.pairwise(ends)]
        around = len(whole.ids) - sum(costs)
        room = self.max_length - around - 8
        if room < self.max_length // 4:
            return f"the question alone takes {around} of the {self.max_length} tokens that the model reads"
        rows: list[Row] = []
        unread = 0
        while unread < len(steps):
            begin, end = unread, unread
            while begin and sum(costs[begin - 1 : unread]) <= room // 2:
                begin -= 1
            while end < len(steps) and sum(costs[begin : end + 1]) <= room:
                end += 1
            if end == unread:
                begin = unread
                end += costs[unread] <= room
            row = self._laid(problem, steps[begin:end]) if end > unread else None
            if isinstance(row, str):
                return row
            if row is None or len(row.ids) > self.max_length:
                return f"step {unread + 1} is longer than the {self.max_length} tokens that the model reads"
            rows.append(
                replace(
                    row, places=row.places[unread - begin :], tokens=whole.tokens, disarmed=whole.disarmed
                )
            )
            unread = end
        return rows

    def _laid(self, problem: Problem, steps: Sequence[str]) -> Row | str:
        """Some steps of a completion as one row."""
        if self.recipe.pieces:
            return self._by_pieces(problem, steps)
        tag, parts = self.recipe.tag, self._marked(problem, steps).split(MARK)
        if len(parts) != len(steps) + 1:
            return "the chat template loses or doubles a step"
        text = tag.join(parts)
        own = self.recipe.form == "text" and self.recipe.bos == "auto"
        ids, spans = self.vocabulary.spans(text, special=own)
        places, end, at = [], 0, 0
        for part in parts[:-1]:
            begin = end + len(part)
            end = begin + len(tag)
            while at < len(spans) and spans[at][1] <= begin:
                at += 1
            place = self._place(spans, at, begin, end)
            if place is None:
                return f"the tokenizer joins {tag!r} with the text beside it: override pieces = true"
            places.append(place)
        first = self._first()
        return Row(
            ids=(*first, *ids),
            places=tuple(p + len(first) for p in places),
            tokens=len(ids) + len(first),
            after=text,
        )

    def _place(self, spans: Sequence[tuple[int, int]], at: int, begin: int, end: int) -> int | None:
        """The token at which the tag between two characters is read; none where no token has its border.

        Args:
            at: the first token that reaches beyond ``begin``.
        """
        if self.recipe.at == "before":
            return at - 1 if at and at < len(spans) and spans[at][0] == begin else None
        while at + 1 < len(spans) and spans[at + 1][0] < end and spans[at + 1][1] <= end:
            at += 1
        return at if at < len(spans) and spans[at][1] == end else None

    def _marked(self, problem: Problem, steps: Sequence[str]) -> str:
        """The whole text with a mark in place of each tag.

        Raises:
            jinja2.TemplateError: the template refuses these messages.
        """
        recipe, question = self.recipe, self._question(problem)
        if recipe.form == "turns":
            turns: list[Message] = []
            for number, step in enumerate(steps):
                said = filled(recipe.opening, question=question, step=step) if number == 0 else step
                turns += [{"role": "user", "content": said}, {"role": "assistant", "content": MARK}]
            return self.vocabulary.render(turns)
        solution = recipe.joiner.join(step + MARK for step in steps)
        if recipe.form == "text":
            return filled(recipe.opening, question=question) + solution + self._closing()
        return self.vocabulary.render([*self._messages(problem), {"role": "assistant", "content": solution}])

    def _by_pieces(self, problem: Problem, steps: Sequence[str]) -> Row | str:
        ids = self.vocabulary.ids
        opening = filled(self.recipe.opening, question=self._question(problem))
        out = [*self._first(), *ids(opening, special=self.recipe.bos == "auto")]
        tag, joiner, places = ids(self.recipe.tag), ids(self.recipe.joiner), []
        for number, step in enumerate(steps):
            out += [*(joiner if number else []), *(ids(step) if step else [])]
            places.append(len(out) - 1 if self.recipe.at == "before" else len(out) + len(tag) - 1)
            out += tag
        text = opening + self.recipe.joiner.join(step + self.recipe.tag for step in steps)
        return Row(ids=tuple(out), places=tuple(places), tokens=len(out), after=text)


def filled(template: str, **parts: str) -> str:
    """A template with its named places filled in; nothing else in it is looked at."""
    out = template.split("{")
    text = out[0]
    for piece in out[1:]:
        name, brace, rest = piece.partition("}")
        text += parts[name] + rest if brace and name in parts else "{" + piece
    return text


def cut_middle(ids: list[int], limit: int) -> list[int]:
    """At most ``limit`` ids: the first and the last half of them."""
    if len(ids) <= limit:
        return ids
    head = limit // 2
    return ids[:head] + ids[len(ids) - (limit - head) :]
