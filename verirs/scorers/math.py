"""The scorer ``math``: extract the final answer of a completion and compare it with the gold one.

Decided in the calling thread, but for what only algebra can decide (sums, integrals, limits): worker
processes do, started when first needed. It never runs model text.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, NamedTuple, get_args

from verirs.errors import UserError
from verirs.math.choices import Choices, choices_in, choices_of, letters_of
from verirs.math.comparing.algebra import settled, workers
from verirs.math.conventions import Conventions, Needed, Order, Percent, Profile, conventions
from verirs.math.extract import RULES, Extraction, Rule, extract
from verirs.math.extracting.arrived import several
from verirs.math.extracting.closings import DENIED, UNCLEAR
from verirs.math.extracting.ends import may_end_with, values_at_end
from verirs.math.extracting.option_kept import Kept
from verirs.math.extracting.plain_words import has_digit, plain_words
from verirs.math.extracting.sentences import begin_of_sentence
from verirs.math.extracting.turns import own
from verirs.math.golds import golds
from verirs.math.judge import ANY_LETTER, judge, read_gold
from verirs.math.judgement import NAME, VERSION, Judgement, score
from verirs.math.option_picked import Pick, arrives_at
from verirs.math.option_text import stated
from verirs.math.values import NUMBERS
from verirs.parts import ByArguments
from verirs.system.end_tokens import without_end_tokens
from verirs.system.patterns import regex
from verirs.types import Completion, Problem, Score, Verdict

_NO_GOLD = Judgement(Verdict.ABSTAIN, "the problem has no gold answer", "text")
_SAME_OPTION = Judgement(Verdict.PASS, "the same option", "choice")
_OTHER_OPTION = Judgement(Verdict.FAIL, "another option", "choice")
_NO_OPTION = Judgement(Verdict.FAIL, "no option is picked", "extraction")
_UNREAD_OPTION = Judgement(
    Verdict.ABSTAIN,
    "what is said of the right option is not understood: it may be another's choice",
    "extraction",
)
_ALSO_ENDS = Judgement(
    Verdict.ABSTAIN,
    "the gold answer is among the values that end the text: which of them is meant is not clear",
    "extraction",
)
MARKED: tuple[Rule, ...] = ("tag", "boxed", "hashes", "json")
_UNREAD: dict[str, Literal["abstain", "fail", "trust"]] = {
    "default": "abstain",
    "strict": "fail",
    "lenient": "trust",
}
_RANK = {Verdict.PASS: 0, Verdict.ABSTAIN: 2, Verdict.FAIL: 1}
COLUMNS = {"choices": "choices", "tolerance": "tolerance", "golds": "answers"}
"""Which columns of a problem are read, unless told otherwise."""
_CONVENTIONS = frozenset(field.name for field in fields(Conventions))


@dataclass(frozen=True, slots=True)
class Settings:
    """How one problem's completions are judged."""

    conventions: Conventions
    rules: tuple[Rule, ...]
    choices: Choices | Literal["seen", "off"]
    unread: Literal["abstain", "fail", "trust"] = "abstain"
    """What becomes of a right answer beside which something is not understood."""

    @property
    def trusting(self) -> bool:
        return self.unread == "trust"


class Found(NamedTuple):
    """What was judged: the judgement, the answer, and the gold that decided."""

    judgement: Judgement
    answer: Extraction
    gold: str | None


class MathScorer(ByArguments):
    """Judges completions of problems that have a gold answer. Safe to call from any thread.

    A completion without a final answer fails; a gold answer that is missing or cannot be read makes
    the verdict ``abstain``. ``details`` holds the rule that found the answer, the method that decided
    and the conventions used.

    Args:
        profile: ``strict`` for rewards, ``lenient`` for benchmarks, or ``default``; the options beside
            it change it.
        percent: ``lenient``: ``50%`` is 50 or 0.5, whichever the other side wrote; ``strict``: it is 0.5.
        units: ``optional``: a unit that only one side wrote is ignored; ``required``: it makes a difference.
        digits: a decimal of at least this many significant digits is the number it rounds; 0 never.
        gold_rounding: an exact answer is right if rounding it to the gold decimal's places gives the gold.
        tolerance: how far a number may be off: ``0.05`` or ``"5%"`` of the gold, ``"0.01 absolute"``,
            ``"3 digits"``,
            or ``"gold"``, where only a gold such as ``3.0 \\pm 0.1`` says it (the others heed that too).
        order: ``free``: a bare list may be in any order; ``fixed``: not.
        vectors: a tuple and a one-column or one-row matrix of the same entries are equal.
        base: ``optional``: ``385_9`` may be written ``385``; ``required``: not.
        names: ``x = 5`` is right for 5, and an equation solved for a letter for its other side.
        extract: the rules that may find an answer, as in ``["boxed"]`` or ``["tag", "boxed"]``;
            ``marked`` for all places that mark one; ``bare``: the whole text is the answer.
        choices: multiple choice: the letters (``"ABCD"``) or the options' texts; ``seen``: where the
            problem's text lists options; ``off``: never.
        columns: the columns of a problem that hold its own value of an option, as in
            ``{tolerance = "error"}``; ``golds`` is a list of which one is enough. Unless told otherwise
            ``choices``, ``tolerance`` and ``answers`` are.
        timeout: CPU seconds of one verdict in a worker process.
        memory_mb: memory of one verdict in a worker process, in MiB.
        workers: worker processes.

    Raises:
        ValueError: an option out of its range.
    """

    name = NAME
    version = VERSION
    gives_value = False

    def __init__(
        self,
        *,
        profile: Profile = "default",
        percent: Percent | None = None,
        units: Needed | None = None,
        digits: int | None = None,
        gold_rounding: bool | None = None,
        tolerance: float | str | None = None,
        order: Order | None = None,
        vectors: bool | None = None,
        base: Needed | None = None,
        names: bool | None = None,
        extract: Sequence[str] | str | None = None,
        choices: Sequence[str] | Mapping[str, str] | str = "seen",
        columns: Mapping[str, str] | None = None,
        timeout: float = 1.0,
        memory_mb: int = 1024,
        workers: int = 1,
    ) -> None:
        chosen = conventions(
            profile,
            percent=percent,
            units=units,
            digits=digits,
            gold_rounding=gold_rounding,
            tolerance=tolerance,
            order=order,
            vectors=vectors,
            base=base,
            names=names,
        )
        rules = _rules(extract) if extract is not None else (MARKED if profile == "strict" else RULES)
        self.settings = Settings(chosen, rules, _choices(choices), _UNREAD[profile])
        self.conventions = chosen
        self._columns = {**COLUMNS, **(columns or {})}
        if unknown := sorted(self._columns.keys() - _CONVENTIONS - {"choices", "golds", "extract"}):
            raise ValueError(f"columns: {unknown[0]!r} is no option that a problem can have")
        self._workers = _algebra(workers, timeout, memory_mb)

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        """One score an item, in order.

        Raises:
            UserError: a problem's own options are wrong.
        """
        scores: list[Score] = []
        open_pairs: list[tuple[int, Found]] = []
        for n, (problem, completion) in enumerate(items):
            begun = time.perf_counter()
            found = self._judge(problem, completion)
            if found.judgement.undecided:
                open_pairs.append((n, found))
            scores.append(_scored(found, found.judgement, time.perf_counter() - begun))
        if open_pairs:
            self._settle(scores, open_pairs)
        return scores

    def at_once(self, problem: Problem, completion: Completion) -> Score | None:
        """The score of one item, ``None`` where a worker process must decide.

        Raises:
            UserError: a problem's own options are wrong.
        """
        begun = time.perf_counter()
        found = self._judge(problem, completion)
        if found.judgement.undecided:
            return None
        return _scored(found, found.judgement, time.perf_counter() - begun)

    def _judge(self, problem: Problem, completion: Completion) -> Found:
        settings = self._settings(problem) if problem.meta else self.settings
        answers = self._golds(problem)
        cut = completion.finish_reason == "length"
        if len(answers) == 1:
            return _one(problem, answers[0], completion.text, settings, cut)
        found = [_one(problem, gold, completion.text, settings, cut) for gold in answers]
        return min(found, key=_rank)

    def _golds(self, problem: Problem) -> list[str | None]:
        more = problem.meta.get(self._columns["golds"])
        if not isinstance(more, (list, tuple)) or not more:
            return [problem.answer]
        try:
            return golds([problem.answer, *more])
        except ValueError as error:
            raise UserError(f"problem {problem.id}: {self._columns['golds']}: {error}") from error

    def _settings(self, problem: Problem) -> Settings:
        """What a problem's own columns change."""
        own = {
            name: problem.meta[column]
            for name, column in self._columns.items()
            if problem.meta.get(column) is not None
        }
        own.pop("golds", None)
        if not own:
            return self.settings
        try:
            changed = {name: own[name] for name in own.keys() & _CONVENTIONS if own[name] != ""}
            return Settings(
                replace(self.settings.conventions, **changed) if changed else self.settings.conventions,
                _rules(own["extract"]) if "extract" in own else self.settings.rules,
                _choices(own["choices"])
                if "choices" in own and self.settings.choices != "off"
                else self.settings.choices,
                self.settings.unread,
            )
        except (ValueError, TypeError) as error:
            raise UserError(f"problem {problem.id}: {error}") from error

    def _settle(self, scores: list[Score], open_pairs: Sequence[tuple[int, Found]]) -> None:
        """What was left open, by algebra in the workers."""
        outcomes = self._workers.map([(found.gold, found.answer.answer) for _, found in open_pairs])
        for (n, found), outcome in zip(open_pairs, outcomes, strict=True):
            seconds = scores[n].seconds + outcome.seconds
            scores[n] = _scored(found, settled(found.judgement, outcome), seconds)

    def probes(self, problem: Problem) -> tuple[str, str] | None:
        """The gold answer in a box, and a corrupted one; ``None`` without a gold answer."""
        gold = problem.answer
        if gold is None or not gold.strip():
            return None
        return f"The answer is \\boxed{{{gold}}}", f"The answer is \\boxed{{{corrupted(gold)}}}"

    def close(self) -> None:
        """End the worker processes. Safe to call twice."""
        self._workers.close()


_algebra = workers  # the option of the same name hides the function


_WORDS = regex(r"[^\W\d_]+")
_LONGEST_LIST, _LIST_WINDOW = 100, 4_000
_TEXT = regex(r"\\(?:text|textbf|mathrm)\{([^{}]*)\}")
_NO_WORD = regex(r"[^\w/]+")
_LETTER_GOLD = regex(r"\\(?:text|textbf|mathrm|mathbf)\{\s*\(?[A-J]\)?\s*\}")


def _rank(found: Found) -> int:
    """Which of several golds decides: one that passes, then one that may yet pass."""
    open_ = found.judgement.undecided or found.answer.unsure is not None
    if open_ and found.judgement.verdict is Verdict.ABSTAIN:
        return 1
    return 2 * _RANK[found.judgement.verdict]


def _scored(found: Found, judgement: Judgement, seconds: float) -> Score:
    return score(judgement, found.answer.answer, seconds, found.answer.method, found.answer.sure)


def _one(problem: Problem, gold: str | None, text: str, settings: Settings, cut: bool) -> Found:
    """A completion against one gold answer."""
    if gold is None or not gold.strip():
        return Found(_NO_GOLD, extract(text, settings.rules, cut=cut, trusted=settings.trusting), gold)
    options = _options(problem, gold, settings)
    if options is not None:
        by_letter = _by_letter(gold, text, options, settings, cut)
        if by_letter is not None:
            return by_letter
    found = extract(text, settings.rules, cut=cut, trusted=settings.trusting)
    if found.answer is None:
        judgement = Judgement(_without(found, gold, text, settings), found.reason, "extraction")
    else:
        judgement = judge(gold, found.answer, settings.conventions)
    guessed = found.sure == "guessed" or found.reason in UNCLEAR | DENIED or found.unsure is not None
    if found.answer is not None and found.method in ("tag", "phrase") and len(plain_words(found.answer)) > 3:
        guessed = True  # a sentence, of which something was taken
    elif found.method in MARKED:
        guessed = False
    if guessed and not cut:
        if judgement.verdict is Verdict.FAIL and (listed := _listed(gold, text, settings)) is not None:
            return listed
        judgement = _perhaps(judgement, gold, text, settings, found.reason in DENIED)
    return Found(judgement, found, gold)


def _listed(gold: str, text: str, settings: Settings) -> Found | None:
    """A pass where the gold answer is so many numbers, and the last sentence states as many, the same ones:
    "78, 83" and "So 78 stools have three legs and 83 have four."."""
    if ("," not in gold and " and " not in gold) or settings.rules != RULES or len(gold) > _LONGEST_LIST:
        return None
    node = read_gold(gold)
    if node.op != "seq" or node.brackets or not all(item.op in NUMBERS for item in node.items):
        return None
    mine = own(without_end_tokens(text))
    said = several(mine[-_LIST_WINDOW:], len(node.items)) if mine else None
    if said is None or judge(gold, said, settings.conventions).verdict is not Verdict.PASS:
        return None
    return Found(judge(gold, said, settings.conventions), Extraction(said, "sentence"), gold)


def _perhaps(
    judgement: Judgement, gold: str, text: str, settings: Settings, denied: bool = False
) -> Judgement:
    """What a guess that fails is worth: nothing where the text ends with the gold answer too; before the
    last sentence, where that denies its number."""
    if judgement.verdict is not Verdict.FAIL or settings.unread == "fail" or settings.rules != RULES:
        return judgement
    mine = own(without_end_tokens(text))
    if mine is None:
        return judgement
    whole = mine
    if denied:
        mine = mine[: begin_of_sentence(mine, len(mine.rstrip()) - 1)]
        if "=" not in mine and "\n" not in mine:
            mine = ""
    if not may_end_with(mine, gold):
        return judgement
    if _ends_with_words(whole, gold) or any(
        judge(gold, value, settings.conventions).verdict is Verdict.PASS for value in values_at_end(mine)
    ):
        return _ALSO_ENDS
    return judgement


def _ends_with_words(text: str, gold: str) -> bool:
    """Whether a gold answer that has words ("March 3", "No") stands in the last paragraph as it is."""
    plain = _TEXT.sub(lambda m: m[1], gold).strip(" .$").lower()
    if len(plain) < 2 or _WORDS.match(plain) is None or not plain.replace(" ", "").isalnum():
        return False
    return f" {plain} " in " " + _NO_WORD.sub(" ", text.rstrip().rpartition("\n\n")[2].lower()) + " "


def _without(found: Extraction, gold: str, text: str, settings: Settings) -> Verdict:
    """The verdict where a text has no answer. A right one beside which something is not understood may be
    meant or taken back: no pass, nor a text to train against. So may be a word that is the gold answer."""
    if found.unsure is None or settings.unread == "fail":
        return Verdict.FAIL
    said = judge(gold, found.unsure, settings.conventions).verdict
    if said is Verdict.FAIL and gold.strip().isalpha() and len(gold.strip()) > 1:
        behind = text[max(0, text.rfind(found.unsure)) :].lower()
        return Verdict.ABSTAIN if gold.strip().lower() in _WORDS.findall(behind) else Verdict.FAIL
    return Verdict.FAIL if said is Verdict.FAIL else Verdict.ABSTAIN


def _options(problem: Problem, gold: str, settings: Settings) -> Choices | None:
    """The options of a problem: given, listed in its text, or any letters where the gold is a letter."""
    if isinstance(settings.choices, Choices):
        return settings.choices
    if settings.choices == "off" or len(gold) > 200:
        return None
    asked = str(problem.prompt[-1].get("content") or "") if problem.prompt else ""
    seen = choices_in(asked) if "B)" in asked or "B." in asked or "B}" in asked or "B:" in asked else None
    if seen is not None and letters_of(gold, seen) is not None:
        return seen
    # the length first: what most golds are, numbers, need no more
    letter = _LETTER_GOLD.fullmatch(gold.strip())
    letter_alone = letter is not None or len(gold.strip("() .")) == 1
    return ANY_LETTER if letter_alone and letters_of(gold, ANY_LETTER) is not None else None


def _by_letter(gold: str, text: str, options: Choices, settings: Settings, cut: bool) -> Found | None:
    """The verdict where a completion picks an option; ``None`` where options say nothing."""
    known = options is not ANY_LETTER
    pick = Pick() if cut and "\\boxed" not in text else arrives_at(text, options, known=known)
    right = letters_of(gold, options)
    picks = pick.kept is Kept.PICKED or (pick.kept is Kept.UNREAD and settings.trusting)
    if picks and pick.letter is not None:
        if right is not None:
            same = _SAME_OPTION if pick.letter == right else _OTHER_OPTION
            return Found(same, Extraction(pick.letter, "choice"), gold)
        if len(pick.letter) == 1 and (said := options.text(pick.letter)) is not None:
            return Found(judge(gold, said, settings.conventions), Extraction(pick.letter, "choice"), gold)
    found = _by_option(gold, text, options, right, settings, cut)
    if pick.letter is None or picks or (found is not None and found.judgement.verdict is not Verdict.FAIL):
        return found
    unread = (pick.kept is Kept.UNREAD or found is None) and pick.letter == right
    judgement = _UNREAD_OPTION if unread and settings.unread != "fail" else _NO_OPTION
    return Found(judgement, Extraction(None, "none", unsure=pick.letter), gold)


def _by_option(
    gold: str, text: str, options: Choices, right: str | None, settings: Settings, cut: bool
) -> Found | None:
    """By an option's text, where no letter is picked."""
    if right is not None and options is not ANY_LETTER and not options.texts:
        return Found(_NO_OPTION, Extraction(None, "none"), gold)
    if right is None or not options.texts:
        return None
    found = extract(text, settings.rules, cut=cut, trusted=settings.trusting)
    letter = None if cut else stated(text, options)
    if letter is not None and (found.unsure is None or not has_digit(options.text(letter) or "")):
        return Found(_SAME_OPTION if letter == right else _OTHER_OPTION, Extraction(letter, "choice"), gold)
    if found.answer is None:
        return Found(_NO_OPTION, found, gold)
    same = [
        letter
        for letter, option in zip(options.letters, options.texts, strict=True)
        if judge(option, found.answer, settings.conventions).verdict is Verdict.PASS
    ]
    if len(same) != 1:
        return Found(
            Judgement(Verdict.FAIL, "the answer is not the text of one option", "choice"), found, gold
        )
    return Found(_SAME_OPTION if same[0] == right else _OTHER_OPTION, found, gold)


def _rules(given: Any) -> tuple[Rule, ...]:
    """Raises ValueError: no such rule."""
    known = get_args(Rule)
    wanted = [given] if isinstance(given, str) else list(given)
    if wanted == ["marked"]:
        return MARKED
    if wanted == ["all"]:
        return RULES
    if not wanted or any(rule not in known for rule in wanted):
        raise ValueError(f"extract = {given!r}: must be some of {', '.join(known)}, or 'marked' or 'all'")
    return tuple(rule for rule in known if rule in wanted)


def _choices(given: Any) -> Choices | Literal["seen", "off"]:
    if given in ("seen", "off"):
        return "seen" if given == "seen" else "off"
    return choices_of(given) or "seen"


def corrupted(gold: str) -> str:
    """A wrong answer that looks like the gold one: its first digit changed, or a negation."""
    at = next((i for i, c in enumerate(gold) if c.isascii() and c.isdigit()), None)
    if at is None:
        return f"not {gold}"
    digit = "2" if gold[at] == "1" else "1"
    return gold[:at] + digit + gold[at + 1 :]
