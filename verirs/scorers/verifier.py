"""The scorer ``verifier``: a language model that compares an answer with the gold one, as a second opinion.

It is asked only where the gates before it abstain, so it never overrides one that failed an answer. It gets
the question, the gold answer and the extracted answer, not the solution's words, which could talk it round.
Its "yes" is a pass only with ``trust``; its "no" is never a verified fail unless asked for. Of what the gates
before it decided it is asked a share too (``audit``): that changes no verdict, and says how often it passes
what is wrong.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from verirs.errors import ConfigError, nearest
from verirs.math.extract import extract
from verirs.parts import ByArguments, OptionsOf
from verirs.protocols import Engine, Sampling
from verirs.reward.labels import share
from verirs.scorers.asking import Answer, Asker
from verirs.scorers.opinions import FORMS, PARTS, Opinion, lacking, prompt, read
from verirs.system.files import clean
from verirs.thoughts import answer_of, parted
from verirs.types import Completion, Problem, Score, Verdict

FormName = Literal[
    "verdict", "xverify", "compass_verifier", "general_verifier", "omni_judge", "genrm", "prometheus"
]
MOST_SHOWN = 20_000
"""Characters of a solution that are shown, its end."""
AUDIT = "audit"
"""Detail of a score that judged what the gates before it had decided: their verdict."""


class VerifierScorer(ByArguments):
    """Compares answers with the gold one by a language model.

    Args:
        engine: an engine, or its name as in a run's config (then ``engine_options`` are its options).
        engine_options: the engine's own options, for example ``{"model": ..., "base_url": ...}``.
        form: how it is asked and how its reply is read: ``verdict`` for any model, or that of a published
            verifier (``xverify``, ``compass_verifier``, ``general_verifier``, ``omni_judge``, ``genrm``,
            ``prometheus``).
        prompt: the published template in place of the built-in question; ``{question}``, ``{gold}`` and
            ``{answer}`` are filled in, and the names that published templates use for them.
        prompt_file: a file that holds it.
        when: ``abstain``: it is asked only where the gates before it abstain.
        trust: its "yes" is a pass. Without, what it says is kept and counts nowhere: look at how often it
            passes wrong answers first.
        fails: its "no" is a fail; without, it is abstain.
        show: ``answer``: it sees the extracted answer alone; ``solution``: all of the text.
        votes: how often it is asked; a pass needs all of them.
        audit: share of the answers decided by the gates before it that it is asked about too, 0 to 1.
        temperature: of the votes.
        max_tokens: of a reply.

    Raises:
        ConfigError: everything that is wrong with these.
    """

    name = "verifier"
    second = True
    gives_value = False

    def __init__(
        self,
        *,
        engine: Any,
        engine_options: Annotated[Mapping[str, Any] | None, OptionsOf("engine", "engine")] = None,
        form: FormName = "verdict",
        prompt: str = "",
        prompt_file: str = "",
        when: Literal["abstain"] = "abstain",
        trust: bool = False,
        fails: bool = False,
        show: Literal["answer", "solution"] = "answer",
        votes: int = 1,
        audit: float = 0.1,
        temperature: float = 0.0,
        max_tokens: int = 1024,
    ) -> None:
        problems = []
        if not isinstance(engine, (str, Engine)):
            problems.append(f"verifier: engine is {engine!r}; it must be an engine's name, or an engine")
        if form not in FORMS:
            problems.append(f"verifier: unknown form {form!r}{nearest(form, FORMS)}")
        if when != "abstain":
            problems.append(f"verifier: when is {when!r}; it can only be abstain: no verdict is overridden")
        if show not in ("answer", "solution"):
            problems.append(f"verifier: show is {show!r}; it is answer or solution")
        if votes < 1:
            problems.append(f"verifier: votes is {votes}; it must be at least 1")
        if not 0 <= audit <= 1:
            problems.append(f"verifier: audit is {audit}; it is a share, 0 to 1")
        if prompt and prompt_file:
            problems.append("verifier: give prompt or prompt_file, not both")
        template = _file(prompt_file, problems) if prompt_file else prompt
        missing = lacking(template) if template else []
        if missing:
            problems.append(f"verifier: the prompt has no field for {', '.join(missing)}")
        if problems:
            raise ConfigError(problems)
        self.form, self.trust, self.fails = FORMS[form], trust, fails
        self.template = template or PARTS + self.form.ask
        self.show, self.votes, self.share = show, votes, audit
        self.sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
        self._asker = Asker(self.name, engine, engine_options or {}, votes)
        kind = [form, self.template, show, votes, temperature, max_tokens]
        decides = json.dumps([*self._asker.identity(), *kind], sort_keys=True, default=str)
        self.reading = hashlib.sha256(decides.encode()).hexdigest()[:12]
        self.version = f"1+{self.reading[:8]}{'+trust' if trust else ''}{'+fails' if fails else ''}"
        self.interrupt, self.close = self._asker.interrupt, self._asker.close

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One verdict a completion, in order.

        Raises:
            EngineError: the engine cannot be started, or is lost: the same command goes on.
        """
        return self._judged([(p, c, None) for p, c in items])

    def audit(self, items: Sequence[tuple[Problem, Completion, Verdict]]) -> list[Score | None]:
        """What it says of a share of the completions that were decided before; these scores abstain."""
        asked = [i for i, (p, c, _) in enumerate(items) if share(f"{p.id} {c.text}") < self.share]
        out: list[Score | None] = [None] * len(items)
        for i, score in zip(asked, self._judged([items[i] for i in asked]), strict=True):
            out[i] = score
        return out

    def _judged(self, items: Sequence[tuple[Problem, Completion, Verdict | None]]) -> list[Score]:
        if not items:
            return []
        started = time.perf_counter()
        shown = [self._shown(c) for _, c, _ in items]
        asked = [i for i, (p, _, _) in enumerate(items) if p.answer and shown[i]]
        questions = [self._messages(items[i][0], shown[i] or "") for i in asked]
        answers = dict(zip(asked, self._asker.ask(questions, self.sampling), strict=True))
        seconds = (time.perf_counter() - started) / len(items)
        return [
            self._score(p, shown[i], answers.get(i), decided, seconds)
            for i, (p, _, decided) in enumerate(items)
        ]

    def _shown(self, completion: Completion) -> str | None:
        text = clean(answer_of(parted(completion)))
        if self.show == "solution":
            return text[-MOST_SHOWN:] if text.strip() else None
        return extract(text, cut=completion.finish_reason == "length").answer

    def _messages(self, problem: Problem, answer: str) -> list[dict[str, str]]:
        question = clean("\n\n".join(m["content"] for m in problem.prompt))
        text = prompt(self.template, question=question, gold=clean(problem.answer or ""), answer=answer)
        return [{"role": "user", "content": text}]

    def _score(
        self,
        problem: Problem,
        shown: str | None,
        answer: Answer | None,
        decided: Verdict | None,
        seconds: float,
    ) -> Score:
        made = functools.partial(
            Score,
            scorer=self.name,
            version=self.version,
            seconds=seconds,
            answer=shown if self.show == "answer" else None,
        )
        details: dict[str, Any] = {"reading": self.reading}
        if decided is not None:
            details[AUDIT] = str(decided)
        if answer is None:
            why = "no final answer to show" if problem.answer else "the problem has no gold answer"
            return made(verdict=Verdict.ABSTAIN, reason=why, details=details)
        said = [
            read(self.form, vote.text) if vote.finish_reason != "length" else None for vote in answer.votes
        ]
        details["said"] = said
        if answer.failure or len(said) < self.votes or None in said:
            replies = [
                vote.text[-200:] for vote, word in zip(answer.votes, said, strict=True) if word is None
            ]
            if replies:
                details["unread"] = replies
            cut = any(vote.finish_reason == "length" for vote in answer.votes)
            why = answer.failure or ("its reply was cut off" if cut else "its reply cannot be read")
            # an opinion that counts nowhere breaks nothing either
            broke = Verdict.ERROR if decided is None and self.trust else Verdict.ABSTAIN
            return made(verdict=broke, reason=f"the verifier: {why}", details=details)
        return self._verdict(made(verdict=Verdict.ABSTAIN, details=details))

    def _verdict(self, score: Score) -> Score:
        """The score with the verdict that what it said means under these options."""
        said: set[Opinion] = set(score.details["said"])
        made = functools.partial(replace, score, version=self.version)
        if AUDIT in score.details:
            return made(reason=f"asked for comparison: {', '.join(sorted(said))}", verdict=Verdict.ABSTAIN)
        if said == {"yes"}:
            if self.trust:
                return made(reason="passed by a model, not proved", verdict=Verdict.PASS)
            return made(reason="a model says yes; it counts with trust = true", verdict=Verdict.ABSTAIN)
        if said == {"no"} and self.fails and self.trust:
            return made(reason="failed by a model, not proved", verdict=Verdict.FAIL)
        return made(reason=f"a model says {', '.join(sorted(said))}", verdict=Verdict.ABSTAIN)

    def again(self, score: Score) -> Score | None:
        """The verdict anew from an earlier opinion, where it was asked in the same way."""
        said = score.details.get("said")
        same = score.details.get("reading") == self.reading and score.verdict is not Verdict.ERROR
        return self._verdict(score) if same and said and all(w in get_args(Opinion) for w in said) else None

    def unfit(self, problem: Problem) -> str:
        """Why it cannot judge a problem; empty where it can."""
        return "" if problem.answer else "they have no gold answer"

    def shows(self, problem: Problem) -> list[str]:
        """What it would be asked."""
        asked = self._messages(problem, "7")[-1]["content"]
        trusted = "its yes is a pass" if self.trust else "what it says counts nowhere yet (trust = true)"
        return [
            f"form {self.form.name}; {trusted}; asked about {self.share:.0%} of what was decided",
            f"asks   {asked}",
        ]

    def prove(self) -> None:
        """Start the engine, so that a verifier that is not there is found before the first sample.

        Raises:
            UserError, EngineError: it cannot be started.
        """
        self._asker.start()


def _file(path: str, problems: list[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"verifier: prompt_file {path!r} cannot be read: {error}")
        return ""
