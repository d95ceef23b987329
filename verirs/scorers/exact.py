"""The scorer ``exact``: the completion's answer is the gold one, text for text: labels, names, short texts.

Not for mathematics, where one value has many spellings (the scorer ``math``); multiple choice by letter or
text is ``math``'s too (its option ``choices``).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal, get_args

from verirs.errors import ConfigError, nearest
from verirs.math.extract import Rule, extract
from verirs.math.extracting.turns import own
from verirs.parts import ByArguments
from verirs.system.end_tokens import without_end_tokens
from verirs.types import Completion, Problem, Score, Verdict

Find = Literal["answer", "all", "last_line", "first_line"]
_RULES: tuple[Rule, ...] = ("tag", "boxed", "hashes", "phrase", "json")
_WRAPPED = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox)\s*\{([^{}]*)\}|\*\*(.+)\*\*")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = re.compile(rf"(?<!\d)[{re.escape(string.punctuation)}](?!\d)")
_QUOTES = " \t\n\"'\u201c\u201d\u2018\u2019\u00ab\u00bb"


class ExactScorer(ByArguments):
    """Passes a completion whose answer is the gold answer, or one of the problem's ``answers``.

    Runs of blanks never count, nor do blanks, a full stop or quotation marks at the ends, bold type or
    ``\\text{}`` around all of it, nor how Unicode composes a letter.

    Args:
        find: what of a completion is the answer: ``answer``, where it is marked (a box, a tag, ``####``, "The
            answer is"), or a text of one line; ``all`` of it; its ``last_line`` or ``first_line``. A thought
            never is.
        pattern: in place of ``find``: a regular expression; its last match's first group, or the whole match.
        case: whether capital letters make a difference.
        punctuation: whether punctuation makes a difference; that beside a digit always does.
        articles: whether English articles (a, an, the) make a difference.

    Raises:
        ConfigError: an unknown ``find``, or a pattern that is none.
    """

    name = "exact"
    version = "1"
    gives_value = False

    def __init__(
        self,
        *,
        find: Find = "answer",
        pattern: str = "",
        case: bool = True,
        punctuation: bool = True,
        articles: bool = True,
    ) -> None:
        if find not in get_args(Find):
            raise ConfigError(f"exact: unknown find {find!r}{nearest(find, get_args(Find))}")
        try:
            self._pattern = re.compile(pattern) if pattern else None
        except re.error as error:
            raise ConfigError(f"exact: the pattern {pattern!r} is no regular expression: {error}") from None
        self._find, self._case, self._punctuation, self._articles = find, case, punctuation, articles

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return [self._one(problem, completion) for problem, completion in items]

    def _one(self, problem: Problem, completion: Completion) -> Score:
        golds = {self.normal(gold) for gold in _golds(problem)} - {""}
        if not golds:
            return self._score(Verdict.ABSTAIN, "the problem has no gold answer that this comparison can see")
        answer = self.answer(completion)
        if not answer:
            return self._score(Verdict.FAIL, "no answer")
        same = self.normal(answer) in golds
        verdict = Verdict.PASS if same else Verdict.FAIL
        return self._score(verdict, "the same text" if same else "another text", answer=answer)

    def answer(self, completion: Completion) -> str:
        """What of a completion is its answer; empty for none."""
        cut = completion.finish_reason == "length"
        text = (own(without_end_tokens(completion.text)) or "").strip()
        if self._pattern is not None:
            found = [m[1] if self._pattern.groups else m[0] for m in self._pattern.finditer(text)]
            return (found[-1] if found else "") or ""
        if self._find == "answer":
            marked = extract(completion.text, _RULES, cut=cut).answer
            return marked or (text if not cut and "\n" not in text else "")
        if cut or not text:
            return ""
        if self._find == "all":
            return text
        return text.splitlines()[-1 if self._find == "last_line" else 0].strip()

    def normal(self, text: str) -> str:
        """The text without what makes no difference."""
        text = unicodedata.normalize("NFC", text).strip()
        if (wrapped := _WRAPPED.fullmatch(text)) is not None:
            text = (wrapped[1] or wrapped[2] or "").strip()
        text = text.removesuffix(".").strip(_QUOTES)
        if not self._case:
            text = text.casefold()
        if not self._punctuation:
            text = _PUNCTUATION.sub("", text)
        if not self._articles:
            text = _ARTICLES.sub(" ", text)
        return " ".join(text.split())

    def _score(self, verdict: Verdict, reason: str, **more: Any) -> Score:
        return Score(scorer=self.name, version=self.version, verdict=verdict, reason=reason, **more)

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """The gold answer in its place, and another text; ``None`` without a gold or with a pattern."""
        gold = next(iter(_golds(problem)), "")
        if self._pattern is not None or not self.normal(gold):
            return None
        form = "The answer is \\boxed{%s}" if self._find == "answer" else "%s"
        return form % gold, form % f"{gold} not"

    def close(self) -> None:
        """Nothing to give back."""


def _golds(problem: Problem) -> list[str]:
    more = problem.meta.get("answers")
    given = [problem.answer, *(more if isinstance(more, (list, tuple)) else [])]
    return [g for g in given if isinstance(g, str)]
