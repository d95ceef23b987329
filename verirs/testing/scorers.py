"""What every scorer promises."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from typing import Any

from verirs.parts.function import FunctionScorer
from verirs.parts.part import ScorerPart, scorer_part
from verirs.protocols import Scorer, ScorerFunction
from verirs.running.rehearse import probe_texts
from verirs.testing.suite import Suite, require, skip
from verirs.testing.toys import HOSTILE
from verirs.types import Completion, Problem, Score, Verdict, to_json

Item = tuple[Problem, Completion]


class ScorerSuite(Suite):
    """The promises of :class:`verirs.protocols.Scorer`. ``make`` may also return a plain function.

    Options:
        problem, texts: a problem that it can judge, where it judges no sums, and a few texts about it.
        odd: texts that no model should write; shorter ones, where your scorer is a slow model.
    """

    kind = "scorer"
    part: Scorer
    problem: Problem = Problem(prompt="What is 12 + 5?", answer="17")
    texts: Sequence[str] = ("12+5=17. #### 17", "12+5=18. #### 18", "I do not know.", "\\boxed{17}")
    odd: Sequence[str] = HOSTILE
    first: dict[tuple[str, ...], list[Score]]

    def make(self) -> Scorer | ScorerFunction:
        raise NotImplementedError("write `def make(self)`, which returns the scorer to test")

    @staticmethod
    def factory(given: Callable[..., Any]) -> Callable[[], Any]:
        """A function of a problem and a completion is the scorer itself."""
        if inspect.isclass(given) or not _takes_two(given):
            return given
        return lambda: given

    def made(self) -> Any:
        """A new scorer; a function in its wrapper, as a run wraps it."""
        made = self.make()
        return made if hasattr(made, "score") or not callable(made) else FunctionScorer(made)

    @classmethod
    def setup_class(cls) -> None:
        cls.part = cls().made()
        cls.first = {}

    @classmethod
    def teardown_class(cls) -> None:
        if callable(close := getattr(cls.part, "close", None)):
            close()

    def looked_at(self) -> ScorerPart:
        """The part and its traits, as a run reads them."""
        try:
            return scorer_part(self.part)
        except TypeError as e:
            raise AssertionError(str(e)) from e

    def items(self, texts: Sequence[str] | None = None) -> list[Item]:
        given = self.texts if texts is None else texts
        problem = deepcopy(self.problem)  # a scorer that writes on it spoils nothing for the next promise
        return [(problem, Completion(index=i, text=text)) for i, text in enumerate(given)]

    def scores(self, items: Sequence[Item]) -> list[Score]:
        """The part's scores of these items, one for each."""
        scores = list(self.part.score(items))
        require(len(scores) == len(items), f"it gave {len(scores)} scores for {len(items)} items")
        for score in scores:
            require(isinstance(score, Score), f"it gave a {type(score).__name__}, not a verirs.Score")
        return scores

    def usual(self, texts: Sequence[str] | None = None) -> list[Score]:
        """The first scores of these texts, which all later ones are compared with: a model may be slow."""
        key = tuple(self.texts if texts is None else texts)
        if key not in self.first:
            self.first[key] = self.scores(self.items(key))
        return self.first[key]

    def alone(self) -> None:
        """Skip where a completion's score is meant to depend on its neighbours."""
        if self.looked_at().traits.whole_groups:
            raise skip("it compares the candidates of a problem with each other")

    def test_it_is_complete(self) -> None:
        """It has all that the Protocol names, and what it says of itself has the right types."""
        self.looked_at()
        require(bool(self.part.version), "its version is empty")

    def test_the_version_belongs_to_the_options(self) -> None:
        """Two scorers of the same options have one name and one version."""
        other = self.made()
        try:
            ours, theirs = (self.part.name, self.part.version), (other.name, other.version)
        finally:
            other.close()
        require(ours == theirs, f"one is {ours}, the other {theirs}")

    def test_one_score_an_item_in_order(self) -> None:
        """`score` returns one score an item, in the order of the items."""
        forward, backward = self.usual(), self.scores(self.items()[::-1])
        require_same(backward[::-1], forward, "items in reverse order, and not")

    def test_no_items_no_scores(self) -> None:
        """No items get no scores."""
        self.scores([])

    def test_scores_are_whole(self) -> None:
        """A score has a verdict, a finite value or none, and details of JSON values; an error says why."""
        for score in [*self.usual(), *self.usual(self.odd)]:
            require_whole(score)

    def test_the_same_score_again(self) -> None:
        """The same items get the same verdicts, values and answers again."""
        require_same(self.usual(), self.scores(self.items()), "once and again")

    def test_neighbours_make_no_difference(self) -> None:
        """An item alone gets the score that it gets among others."""
        self.alone()
        one_by_one = [self.scores([item])[0] for item in self.items()]
        require_same(one_by_one, self.usual(), "one by one and together")

    def test_any_thread_several_at_a_time(self) -> None:
        """`score` may be called from several threads at a time."""
        together = self.items() * 2
        with ThreadPoolExecutor(len(together)) as threads:
            calls = list(threads.map(lambda item: self.scores([item])[0], together))
        if not self.looked_at().traits.whole_groups:
            require_same(calls, self.usual() * 2, "from threads and in one call")

    def test_no_text_makes_it_raise(self) -> None:
        """No text, however odd, makes `score` raise: empty, half a character, deep, long, control codes."""
        try:
            self.usual(self.odd)
            return
        except Exception as e:  # noqa: BLE001 - one of them is looked for
            broken = e
        for text in self.odd:
            try:
                self.scores(self.items([text]))
            except Exception as e:
                shown = repr(text if len(text) < 40 else text[:40] + "...")
                raise AssertionError(f"on {shown} it raised {type(e).__name__}: {e}") from e
        raise AssertionError(f"on all odd texts in one call it raised {broken}") from broken

    def test_odd_texts_leave_their_neighbours_alone(self) -> None:
        """Odd texts do not change the scores of their neighbours."""
        self.alone()
        first, *rest = self.items()
        mixed = self.scores([first, *self.items(self.odd), *rest])
        kept = [mixed[0], *mixed[1 + len(self.odd) :]]
        require_same(kept, self.usual(), "among odd texts and without them")

    def test_a_problem_without_a_reference(self) -> None:
        """A problem without an answer and tests gets scores too (`abstain`, where they are needed)."""
        problem = bare(self.problem)
        for score in self.scores([(problem, completion) for _, completion in self.items()]):
            require_whole(score)

    def test_only_the_content_counts(self) -> None:
        """An equal copy of a problem gets the same scores, and neither it nor a completion is changed."""
        copy = deepcopy(self.problem)
        before = json.dumps(to_json(copy))
        copied = self.scores([(copy, replace(completion)) for _, completion in self.items()])
        require_same(copied, self.usual(), "with a copy of the problem and without")
        require(json.dumps(to_json(copy)) == before, "it changed the problem that it was given")

    def test_a_ranker_only_ranks(self) -> None:
        """With `ranks`, the verdict is `abstain` (or `error`), and there are values."""
        if not self.looked_at().traits.ranks:
            raise skip("it is no ranker")
        for score in self.usual():
            allowed = score.verdict in (Verdict.ABSTAIN, Verdict.ERROR)
            require(allowed, f"it says ranks = True, and gave the verdict {score.verdict}")
        require(any(s.value is not None for s in self.usual()), "none of the texts got a value")

    def test_values_only_where_it_says_so(self) -> None:
        """With `gives_value = False`, no score has a value."""
        if self.looked_at().traits.gives_value:
            raise skip("its scores may have a value")
        given = [s.value for s in self.usual() if s.value is not None]
        require(not given, f"it says gives_value = False, and gave {given[:1]}")

    def test_probes_prove_it(self) -> None:
        """Of the two texts of `probes`, the first passes and the second fails."""
        scorer = self.looked_at()
        if scorer.traits.probes is None:
            raise skip("it has no probes")
        probe_texts(scorer, bare(self.problem))
        texts = probe_texts(scorer, self.problem)
        require(texts is not None, "its probes() gave None for the suite's problem; give it one it can judge")
        for text, due, score in zip(
            texts or (), ("pass", "fail"), self.scores(self.items(texts)), strict=True
        ):
            require(score.verdict == due, f"{text!r} got {score.verdict}, not {due}: {score.reason}")

    def test_it_proves_itself(self) -> None:
        """`prove` finds it fit, and `self_test` has no complaint."""
        traits = self.looked_at().traits
        if traits.prove is None and traits.self_test is None:
            raise skip("it has neither prove nor self_test")
        if traits.prove is not None:
            traits.prove()
        faults = [] if traits.self_test is None else list(traits.self_test())
        require(not faults, "; ".join(map(str, faults)))

    def test_close_may_come_twice(self) -> None:
        """`close` may come twice, and without a call of `score`; another scorer works on."""
        unused = self.made()
        unused.close()
        unused.close()
        self.scores(self.items()[:1])
        self.part.close()
        self.part.close()
        type(self).part = self.made()  # never two at work: a model may be large
        self.scores(self.items()[:1])


def bare(problem: Problem) -> Problem:
    """The problem without anything to judge by, under its id."""
    return Problem(id=problem.id, prompt=problem.prompt, meta=deepcopy(problem.meta))


def require_whole(score: Score) -> None:
    finite = score.value is None or math.isfinite(score.value)
    require(finite, f"its value is {score.value}")
    require(score.verdict in list(Verdict), f"its verdict is {score.verdict!r}")
    require(score.verdict != Verdict.ERROR or bool(score.reason), "an error without a reason")
    require(isinstance(score.version, str), f"its version is {score.version!r}")
    try:
        back = Score.from_json(json.loads(json.dumps(to_json(score))))
    except (TypeError, ValueError) as e:
        raise AssertionError(f"{score!r} cannot be stored as JSON: {e}") from e
    require(to_json(back) == to_json(score), f"{score!r} comes back from JSON as {back!r}")


def require_same(ours: Sequence[Score], theirs: Sequence[Score], what: str) -> None:
    """Equal verdicts and answers, and values up to a model's rounding."""
    for a, b in zip(ours, theirs, strict=True):
        same = (a.verdict, a.answer) == (b.verdict, b.answer) and (a.value is None) == (b.value is None)
        close = a.value is None or b.value is None or math.isclose(a.value, b.value, abs_tol=2e-3)
        require(same and close, f"{what}: {a!r} and {b!r}")


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
        inspect.signature(function).bind()
    except TypeError as e:
        return "missing" in str(e)
    except ValueError:  # a builtin without a signature
        return False
    return False
