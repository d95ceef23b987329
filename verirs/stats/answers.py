"""Which candidates gave the same answer: the classes that majority votes are counted over.

One function, so that the notion of "same answer" has one home.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from verirs.types import Candidate, Problem

_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,29}|[1-9]\d{0,2}(?:,\d{3}){1,9})(?:\.\d{1,30})?")
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,29})")


def answer_classes(problem: Problem, candidates: Sequence[Candidate]) -> list[int | None]:
    """A class number for each candidate, in order; ``None`` where no scorer extracted an answer.

    Equal numbers mean the same answer: equal as mathematics (:func:`verirs.math.classes`), or, for a
    problem with tests, the same text. Which candidates are together does not depend on their order.
    """
    return classes_of(problem, [c.answer for c in candidates])


def classes_of(problem: Problem, given: Sequence[str | None]) -> list[int | None]:
    """The same of the answers alone."""
    answers = [answer.strip() if answer else "" for answer in given]
    distinct = sorted(set(answers) - {""})
    if len(distinct) < 2 or problem.tests is not None:
        label: dict[str, int] = {text: i for i, text in enumerate(distinct)}
    elif all(map(_PLAIN.fullmatch, distinct)):
        label = _by_number(distinct)
    else:
        from verirs.math import classes

        found = classes(distinct).labels
        label = {text: n for text, n in zip(distinct, found, strict=True) if n is not None}
    return [label.get(a) for a in answers]


def votes(problem: Problem, candidates: Sequence[Candidate]) -> list[int | None]:
    """As :func:`answer_classes`, for figures about votes: programs have none.

    A program is its own whole text, and two samples that write the same one are no majority for an answer.
    """
    return [None] * len(candidates) if problem.tests is not None else answer_classes(problem, candidates)


def _by_number(texts: Sequence[str]) -> dict[str, int]:
    """The same classes for plain decimal numbers, a hundred times faster: most groups need no more."""
    numbers: dict[Fraction | int, int] = {}
    plain = {text: text.replace(",", "") for text in texts}
    made = {text: Fraction(n) if "." in n else int(n) for text, n in plain.items()}
    return {text: numbers.setdefault(number, len(numbers)) for text, number in made.items()}


def answer_bonds(
    problem: Problem, candidates: Sequence[Candidate]
) -> tuple[list[int | None], list[int | None]]:
    """What further candidates cannot change about :func:`answer_classes`: two lists of labels.

    Candidates of one first label are in one class for ever, those of different second labels never.
    """
    answers = [c.answer.strip() if c.answer else "" for c in candidates]
    distinct = sorted(set(answers) - {""})
    if problem.tests is not None:
        label = {text: i for i, text in enumerate(distinct)}
        found = [label.get(a) for a in answers]
        return found, found
    if all(map(_INTEGER.fullmatch, distinct)):  # of which no two are equal under any convention
        number = _by_number(distinct)
        found = [number.get(a) for a in answers]
        return found, found
    from verirs.math.classes import bonds

    made = bonds(answers)
    return list(made.together), list(made.linked)


_EXACT_DIGITS = 9
"""A decimal of more significant digits may stand for the number that it rounds."""


def settled(problem: Problem, given: Sequence[str | None]) -> bool:
    """Whether no further answer can change which of these are together.

    True where answers are compared as texts, and where all are plain numbers of few digits: of those no two
    that differ are equal under any convention. Elsewhere a third answer may chain two others, or part them.
    """
    if problem.tests is not None:
        return True
    answers = {answer.strip() for answer in given if answer}
    return all(
        _PLAIN.fullmatch(a) and ("." not in a or sum(map(str.isdigit, a.lstrip("-0."))) <= _EXACT_DIGITS)
        for a in answers
        if a
    )
