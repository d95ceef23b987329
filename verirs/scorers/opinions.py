"""How generative verifiers are asked and how they answer: the forms of the published ones, as data.

A published verifier was trained on one wording. The prompts here are our own, with the same parts and the
same form of answer; for its own wording give the published template as ``prompt``: its fields are filled in
under the names that these templates use.

An opinion is read only where it is the whole reply, or its last words. What is cut off, contradicts itself,
is denied ("not ..."), or is anything else is no opinion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Opinion = Literal["yes", "no", "invalid"]
"""``invalid``: the verifier says that the answer cannot be judged (cut off, a refusal)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way of asking and answering.

    Args:
        name: by which a config asks for it.
        about: the verifiers that answer so.
        ask: what follows question, gold and answer in our own prompt.
        mark: an opinion inside a reply, a pattern; its groups are words that must agree.
        bare: a word that is an opinion where it is the whole reply, a pattern.
        tail: text may follow the opinion.
        yes: the words that mean yes.
        no: the words that mean no.
        invalid: the words that mean neither.
    """

    name: str
    about: str
    ask: str
    mark: str = ""
    bare: str = ""
    tail: bool = False
    yes: tuple[str, ...] = ("yes", "correct", "true")
    no: tuple[str, ...] = ("no", "incorrect", "false")
    invalid: tuple[str, ...] = ()


PARTS = "Question:\n{question}\n\nReference answer (it is right):\n{gold}\n\nAnswer to judge:\n{answer}\n\n"
SAME = "Do not solve the question. Say only whether the answer means the same as the reference answer. "
_VALID = "(?:in)?correct|invalid|incomplete|repetitive|refusal"

FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            name="verdict",
            about="any instruction-tuned model",
            ask=SAME + "Think if you must; end with one line: Verdict: yes, or Verdict: no.",
            mark=r"verdict\W{1,6}(yes|no)\b",
        ),
        Form(
            name="xverify",
            about="xVerify: the reply is Correct or Incorrect",
            ask=SAME + "Reply with Correct or Incorrect and nothing else.\n\nJudgement:",
            bare=r"(?:judge?ment\W{1,4})?((?:in)?correct)",
        ),
        Form(
            name="compass_verifier",
            about="CompassVerifier: A, B or C, in a box where it reasons",
            ask=SAME
            + "End with \\boxed{{A}} if it does, \\boxed{{B}} if it does not, \\boxed{{C}} if the answer "
            "is cut off, repeats itself or refuses.",
            mark=r"\\boxed\s*\{\s*([ABC])\s*\}(?:\W{0,8}(" + _VALID + r")\b)?",
            bare=r"([ABC])(?:\W{1,4}(" + _VALID + "))?|(" + _VALID + ")",
            yes=("a", "correct"),
            no=("b", "incorrect"),
            invalid=("c", "invalid", "incomplete", "repetitive", "refusal"),
        ),
        Form(
            name="general_verifier",
            about="TIGER general-verifier: Final Decision: Yes or No",
            ask=SAME + "End with: Final Decision: Yes, or Final Decision: No.",
            mark=r"final decision\W{1,6}(yes|no)\b",
        ),
        Form(
            name="omni_judge",
            about="Omni-Judge: a heading Equivalence Judgement with TRUE or FALSE under it",
            ask=SAME + "Answer in three parts: ## Student Final Answer, ## Equivalence Judgement (TRUE or "
            "FALSE), ## Justification.",
            mark=r"equivalence judge?ment\W{1,8}(true|false)\b",
            tail=True,
        ),
        Form(
            name="genrm",
            about="GenRM: Is the answer correct (Yes/No)? Yes",
            ask=SAME + "End with: Is the answer correct (Yes/No)? and your word.",
            mark=r"is the (?:answer|solution) correct\W{1,4}yes/no\W{1,8}(yes|no)\b",
            bare="(yes|no)",
        ),
        Form(
            name="prometheus",
            about="Prometheus: feedback, then [RESULT] and a grade from 1 to 5; only 5 is yes and 1 is no",
            ask=SAME + "Write feedback, then [RESULT] and a grade: 5 if it does, 1 if it does not.",
            mark=r"\[result\]\W{0,6}([1-5])(?![\d.]\d|\d)",
            yes=("5",),
            no=("1",),
            invalid=("2", "3", "4"),
        ),
    )
}

NAMES: Mapping[str, str] = {
    **dict.fromkeys(("question", "problem", "query", "input", "instruction"), "question"),
    **dict.fromkeys(
        ("gold", "gold_answer", "ground_truth", "reference", "reference_answer", "standard_answer"), "gold"
    ),
    **dict.fromkeys(("correct_answer", "expected_answer", "target"), "gold"),
    **dict.fromkeys(
        ("answer", "llm_response", "response", "student_answer", "output", "candidate"), "answer"
    ),
    **dict.fromkeys(
        ("candidate", "prediction", "model_answer", "student_solution", "completion", "solution"), "answer"
    ),
}
"""The fields of published templates, and what each is here."""


def prompt(template: str, *, question: str, gold: str, answer: str) -> str:
    """A template filled in; doubled braces are braces, as Python's ``format`` has them."""
    parts = {"question": question, "gold": gold, "answer": answer}

    def put(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        return parts[NAMES[found[1]]] if found[1] in NAMES else found[0]

    return re.sub(r"\{\{|\}\}|\{(\w+)\}", put, template)


def lacking(template: str) -> list[str]:
    """Which of question, gold and answer a template has no field for."""
    held = {NAMES.get(name) for name in re.findall(r"(?<!\{)\{(\w+)\}", template)}
    return [part for part in ("question", "gold", "answer") if part not in held]


def read(form: Form, reply: str) -> Opinion | None:
    """The opinion of a reply; ``None`` where there is none."""
    text = reply.strip()
    if form.bare and (whole := re.fullmatch(rf"\W*(?:{form.bare})\W*", text, re.IGNORECASE)):
        return _agreed(form, [whole])
    found = list(re.finditer(form.mark, text, re.IGNORECASE)) if form.mark else []
    if not found or any(_DENIED.search(text[max(0, m.start() - 40) : m.start()]) for m in found):
        return None
    if not form.tail and re.search(r"\w", text[found[-1].end() :]):
        return None
    return _agreed(form, found)


_DENIED = re.compile(r"(?:\b(?:not|never|cannot|no)|n['\u2019]t)(?:\s+\w+)?[^\w.!?\n]*$", re.IGNORECASE)


def _agreed(form: Form, found: Sequence[re.Match[str]]) -> Opinion | None:
    """What all words of a reply mean, if it is one thing."""
    said = {_opinion(form, word.lower()) for match in found for word in match.groups() if word}
    return said.pop() if len(said) == 1 else None


def _opinion(form: Form, word: str) -> Opinion | None:
    if word in form.yes:
        return "yes"
    if word in form.no:
        return "no"
    return "invalid" if word in form.invalid else None
