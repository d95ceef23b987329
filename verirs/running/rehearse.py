"""A rehearsal: every part does its work once, on the first problems, before a token is sampled.

Completions are made up: each gate's own probe texts, or a plain sentence. So a part that breaks its
contract, a user's function that crashes and a sink whose rows do not fit its columns are found while they
cost nothing.

What it does not show: that an engine can load its model (``start`` is not called), or that a scorer judges
well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from verirs.errors import PART_RAISED, ConfigError, PartError, VerirsError
from verirs.parts import ScorerPart, SelectorPart
from verirs.parts.function import FunctionScorer
from verirs.running.plan import Parts
from verirs.running.scoring import Stack, safely
from verirs.sinks.rows import rows_fault
from verirs.sources.columns import guess
from verirs.sources.faults import listed, named
from verirs.thoughts import whole
from verirs.types import Candidate, Completion, Group, Problem, Score, Selection, Verdict

PROBED = 50
"""So many problems are looked at for one that the gates can judge."""
REHEARSED = 2
"""So many problems go through all parts."""


def rehearse(parts: Parts, *, rankers: bool = True, max_errors: float = 0.01) -> None:
    """Let every part work once.

    Args:
        rankers: rankers too, and scorers prove themselves; a ranker that is a class may load a large model
            for it.
        max_errors: with 1.0 a scorer that only breaks is let through, as the run itself would.

    Raises:
        ConfigError: no gate can judge any of the first problems.
        PartError: a part breaks its contract, by name.
    """
    if not (parts.plan.rule and parts.plan.rule.majority):  # votes need answers, and no gold
        can_judge(parts.stack, parts.problems[:PROBED])
    if rankers:  # a run proves its scorers while the model loads
        parts.stack.prove()
    for problem in parts.problems[:REHEARSED]:
        _engine(parts, problem)
        group = _scored(parts.stack, problem, rankers, max_errors)
        refuse_numberless(parts, group)
        for candidates in (group, _verdicts(parts.stack, group)):
            selection = selected(parts.selector, candidates)
            _sinks(parts, selection)


def refuse_numberless(parts: Parts, group: Group) -> None:
    """Refuse a selection by numbers that no scorer gives to what it accepts.

    Raises:
        ConfigError: a made-up completion passes and has no number, and no ranker was left out here.
    """
    traits, scorers = parts.selector.traits, parts.stack.scorers
    feeding = [s for s in scorers if not traits.by or s.key == traits.by]
    if not traits.needs_value or not feeding or any(s.traits.ranks for s in feeding):
        return
    passed = [c for c in group.candidates if c.verdict is Verdict.PASS]
    if passed and all(c.value_of(traits.by) is None for c in passed):
        names = ", ".join(s.key for s in feeding)
        raise ConfigError(
            f"select.name = {parts.selector.key!r} ranks by a number, and {names} gave none to a text "
            f"that passes ({passed[0].completion.text[:60]!r}). Add a ranker (reward_model, judge, your "
            f"own), or select by first, majority or shortest."
        )


def can_judge(stack: Stack, problems: Sequence[Problem]) -> None:
    """Ask each gate that can prove itself whether it can judge any of these problems.

    Raises:
        ConfigError: none can.
    """
    checking = [g for g in stack.gates if g.traits.probes is not None or g.traits.unfit is not None]
    if not checking or len(checking) < len(stack.gates):
        return
    faults = [faults_of(gate, p) for gate in checking for p in problems]
    if faults and all(faults):  # a shard may have no problems
        names = ", ".join(g.key for g in checking)
        (why, _), *_ = Counter(faults).most_common(1)
        raise ConfigError(
            f"scorer {names} can judge none of the first {len(problems)} problems: {why}. "
            f"{_other_columns(problems)}, or choose another scorer."
        )


def faults_of(scorer: ScorerPart, problem: Problem) -> str:
    """Why a gate cannot judge a problem; empty where it can.

    Raises:
        PartError: what it says of itself breaks its contract.
    """
    if scorer.traits.unfit is None:
        return "" if probe_texts(scorer, problem) else "they have no gold answer or tests that it can read"
    try:
        why = scorer.traits.unfit(problem)
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise PartError(f"scorer {scorer.key!r}: unfit() raised {type(e).__name__}: {e}") from e
    if not isinstance(why, str):
        raise PartError(f"scorer {scorer.key!r}: unfit() gave {type(why).__name__}, not a text")
    return why


def _other_columns(problems: Sequence[Problem]) -> str:
    """What to name instead: the columns that the source did not use are in ``meta``."""
    unused = list(dict.fromkeys(str(key) for p in problems for key in p.meta))
    if not unused:
        return "Name the right columns in [source]"
    close = guess(unused, (), "answer") or guess(unused, (), "tests")
    return (
        f"The rows also have {listed(unused)}: name the right column, for example --set "
        f"source.answer={named(close or unused[0])}"
    )


def probe_texts(scorer: ScorerPart, problem: Problem) -> tuple[str, str] | None:
    """The scorer's probes of a problem.

    Raises:
        PartError: they are not two texts.
    """
    if scorer.traits.probes is None:
        return None
    try:
        texts = scorer.traits.probes(problem)
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise PartError(f"scorer {scorer.key!r}: probes() raised {type(e).__name__}: {e}") from e
    if texts is None:
        return None
    if not isinstance(texts, (tuple, list)) or [type(t) for t in texts] != [str, str]:
        raise PartError(f"scorer {scorer.key!r}: probes() gave {texts!r}; it must give two texts, or None")
    return texts[0], texts[1]


def _engine(parts: Parts, problem: Problem) -> None:
    where = f"engine {parts.engine.name!r}"
    try:
        text = parts.engine.render(parts.plan.request(problem, (0,)).messages)
        identity, again = parts.engine.identity(), parts.engine.identity()
    except (VerirsError, OSError):
        raise
    except PART_RAISED as e:
        raise PartError(f"{where}: render() or identity() raised {type(e).__name__}: {e}") from e
    if not isinstance(text, str):
        raise PartError(f"{where}: render() gave {type(text).__name__}, not a text")
    if identity != again:
        raise PartError(
            f"{where}: identity() gives something else on every call, so no run could go on; it "
            f"must depend on "
            f"the engine's options alone"
        )
    try:
        json.dumps(dict(identity))
    except (TypeError, ValueError) as e:
        raise PartError(f"{where}: identity() must give a table of JSON values: {e}") from e


def _scored(stack: Stack, problem: Problem, rankers: bool, max_errors: float) -> Group:
    """Each scorer on made-up completions; a group of what came of it."""
    texts = [text for gate in stack.gates for text in probe_texts(gate, problem) or ()]
    texts = list(dict.fromkeys(texts)) or ["The answer is 7.", "I do not know."]
    completions = [Completion(index=i, text=text) for i, text in enumerate(texts)]
    scores: list[list[Score]] = [[] for _ in completions]
    for scorer in stack.scorers:
        # a function is cheap; another ranker may have to load a model, which the engine may need the room for
        costly = scorer.traits.second or (scorer.traits.ranks and not isinstance(scorer.made, FunctionScorer))
        if costly and not rankers:
            continue
        given = safely(scorer, [(problem, c) for c in completions])
        if max_errors < 1 and all(s.verdict is Verdict.ERROR for s in given):
            raise PartError(
                f"scorer {scorer.key!r} breaks on every completion it is given, for example with "
                f"{given[0].reason!r} on {completions[0].text[:80]!r}. Mend it, or accept its errors with "
                f"--set limits.max_errors=1.0"
            )
        for own, score in zip(scores, given, strict=True):
            own.append(score)
    return Group(
        problem=problem,
        candidates=tuple(
            Candidate(completion=c, scores=tuple(s)) for c, s in zip(completions, scores, strict=True)
        ),
    )


def _verdicts(stack: Stack, group: Group) -> Group:
    """A group in which every verdict occurs: two passes, two fails, an abstain and an error."""
    verdicts = (Verdict.PASS, Verdict.PASS, Verdict.FAIL, Verdict.FAIL, Verdict.ABSTAIN, Verdict.ERROR)
    candidates = []
    for index, verdict in enumerate(verdicts):
        scores = tuple(
            Score(
                scorer=s.key,
                version=s.version,
                verdict=Verdict.ABSTAIN if s.traits.ranks else verdict,
                value=index / 8 if s.traits.gives_value else None,
                answer=str(index),
            )
            for s in stack.scorers
        )
        completion = Completion(index=index, text=f"rehearsal {index}: the answer is {index}.", tokens=8)
        candidates.append(Candidate(completion=completion, scores=scores))
    return replace(group, candidates=tuple(candidates))


def selected(selector: SelectorPart, group: Group) -> Selection:
    """What the selector makes of a group, held against its contract.

    Raises:
        PartError: it raises, or its selection is not as :class:`~verirs.protocols.Selector` says.
    """
    where = f"selector {selector.key!r} on problem {group.problem.id!r}"
    try:
        selection = selector.made.select(group)
    except VerirsError:
        raise
    except PART_RAISED as e:
        raise PartError(f"{where} raised {type(e).__name__}: {e}. It must take any group.") from e
    try:
        fault = selection_fault(group, selection)
    except (AttributeError, TypeError) as e:
        fault = f"accepted holds Candidates, rejected Rejections (with a reason), pairs Pairs: {e}"
    if fault:
        raise PartError(f"{where} broke its contract (verirs.protocols.Selector): {fault}")
    return selection


def selection_fault(group: Group, selection: Selection) -> str:
    """What is wrong with a selection of this group, or an empty string."""
    return split_fault(group, selection) or accepted_fault(selection) or pair_fault(selection)


def split_fault(group: Group, selection: Selection) -> str:
    """Whether every candidate of the group, as it was, is in exactly one of accepted and rejected."""
    if not isinstance(selection, Selection):
        return f"it returned {type(selection).__name__}, not a Selection"
    if selection.group is not group and selection.group != group:
        return "its selection has another group than the one that it was given"
    ours = {c.completion.index: c for c in group.candidates}
    taken = [*selection.accepted, *(r.candidate for r in selection.rejected)]
    indices = [c.completion.index for c in taken]
    if len(indices) != len(set(indices)):
        return "a candidate is in accepted and rejected, or twice in one of them"
    if strangers := [i for i, c in zip(indices, taken, strict=True) if not _same(ours.get(i), c)]:
        return f"it changed candidates or took them from elsewhere: {strangers[:5]}"
    if missing := sorted(ours.keys() - set(indices)):
        return f"candidates {missing[:5]} are in neither accepted nor rejected"
    return ""


def accepted_fault(selection: Selection) -> str:
    """Whether anything is accepted that is verified wrong, or on which judging broke."""
    for candidate in selection.accepted:
        if candidate.verdict in (Verdict.FAIL, Verdict.ERROR):
            return f"it accepted candidate {candidate.completion.index}, whose verdict is {candidate.verdict}"
    return ""


def pair_fault(selection: Selection) -> str:
    """Whether each pair is an accepted pass over a rejected fail of another text."""
    accepted = {c.completion.index: c for c in selection.accepted}
    rejected = {r.candidate.completion.index: r.candidate for r in selection.rejected}
    for pair in selection.pairs:
        chosen, worse = pair.chosen, pair.rejected
        if chosen.verdict is not Verdict.PASS or worse.verdict is not Verdict.FAIL:
            return f"a pair is of {chosen.verdict} and {worse.verdict}; it must be pass and fail"
        if whole(chosen.completion) == whole(worse.completion):
            return "a pair is of two equal texts"
        if not _same(accepted.get(chosen.completion.index), chosen):
            return f"a pair's chosen, candidate {chosen.completion.index}, is not among the accepted"
        if not _same(rejected.get(worse.completion.index), worse):
            return f"a pair's rejected, candidate {worse.completion.index}, is not among the rejected"
    return ""


def _same(ours: Candidate | None, theirs: Candidate) -> bool:
    return ours is theirs or ours == theirs


def _sinks(parts: Parts, selection: Selection) -> None:
    for sink in parts.sinks:
        try:
            rows = [dict(row) for row in sink.made.rows(selection)]
        except VerirsError:
            raise
        except PART_RAISED as e:
            raise PartError(f"sink {sink.key!r}: rows() raised {type(e).__name__}: {e}") from e
        if fault := rows_fault(rows, sink.made.columns):
            raise PartError(f"sink {sink.key!r}: {fault}")
