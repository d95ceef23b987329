"""What an export takes of each problem, and what it counts of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from verirs.curation import facts_of
from verirs.curation.agreement import Agreements
from verirs.curation.pseudo import Labels, answer_source
from verirs.parts import SelectorPart
from verirs.records import Manifest
from verirs.report.traces import Traces
from verirs.running.balancing import balancer
from verirs.running.config import Config
from verirs.running.curating import without
from verirs.running.forms import in_form, models_of
from verirs.running.marks import Key, Mark, Overrides
from verirs.running.plan import prompter, rule_of
from verirs.running.rehearse import selected
from verirs.running.shares import Shares
from verirs.stats import Tally
from verirs.store import Gaps
from verirs.types import Group, Message, Problem, Rejection, Selection
from verirs.until import Account, counted

if TYPE_CHECKING:
    from verirs.curation.curator import Looked

Render = Callable[[Problem], Sequence[Message]]
"""The messages that a model is trained to answer."""

OVER_QUOTA = "over the quota"
"""Why a candidate that a selector took is rejected: the problem was easy (``until.quota``)."""


class Counts:
    """What an export counts of its problems, in their order.

    Args:
        config: of the export.
        manifest: of the run.
        selector: the part itself.
    """

    def __init__(self, config: Config, manifest: Manifest, selector: object):
        rule = rule_of(config)
        self.first = None if rule is None else rule.start
        self.account = None if rule is None else Account(rule)
        self.tally, self.traces, self.shares = Tally(), Traces(), Shares(manifest)
        self.gaps, self.labels, self.opinions = Gaps(manifest, 0), Labels(selector), Agreements()
        self.problems, self.rows = Counter[str](), Counter[str]()
        """By why they were dropped: problems, and candidates that would be accepted."""

    def add(self, selection: Selection, lacks: int | None) -> None:
        """Look at what is taken of a problem.

        Args:
            lacks: how many samples it still wants.
        """
        group, why = selection.group, selection.dropped
        self.gaps.add(group, lacks)
        self.problems[why] += 1
        self.rows[why] += len(selection.accepted)
        if not group.candidates:
            self.tally.add(group, self.first)
            return
        if not why:
            self.labels.add(selection)
        selection = without(selection, why)
        self.opinions.add(group)
        self.tally.add(selection, self.first)
        self.shares.add(selection)
        self.traces.add(selection)

    def join(self, later: Counts) -> None:
        """Count what another counted of later problems; under a rule that cannot be done."""
        assert self.account is None
        self.tally.join(later.tally)
        self.traces.join(later.traces)
        self.shares.join(later.shares)
        self.gaps.join(later.gaps)
        self.labels.join(later.labels)
        self.opinions.join(later.opinions)
        self.problems.update(later.problems)
        self.rows.update(later.rows)


class Chooser:
    """Says what is taken of each problem.

    Args:
        config: of the export.
        manifest: of the run.
        selector: of the config.
        looked: what is known of all problems.
        marks: verdicts by hand, in the place of the verifiers'.
    """

    def __init__(
        self,
        config: Config,
        manifest: Manifest,
        selector: SelectorPart,
        looked: Looked,
        marks: Mapping[Key, Mark],
    ):
        self.by_hand = Overrides(marks)
        self.balance = balancer(config.balance, selector)
        self.render = render_of(config)
        self._rule, self._thinking = rule_of(config), config.export.thinking
        self._selector, self._looked = selector, looked
        self._model_of, self._shares = models_of(manifest), Shares(manifest)

    def choose(self, group: Group, account: Account | None) -> tuple[Selection, int | None]:
        """What is taken of a problem, with what is known of it, and how many samples it lacks.

        Args:
            account: counts what the rule says of the problem.
        """
        lacks = goal = None
        looked, rule = self._looked, self._rule
        if not group.candidates and looked.dropped(looked.known(group.problem), group.problem, early=True):
            lacks = 0  # not sampled on purpose
        elif rule is not None:
            found = counted(rule, group)
            if account is not None:
                account.add(found)
            group, lacks = found.group, len(found.missing)
            goal = found.stop.goal if rule.quota == "difficulty" else None
        group = self.by_hand.laid_over(group)
        rate = account.rates.get(group.problem.id) if account is not None and account.by_paths else None
        known = facts_of(
            group,
            model_of=self._model_of,
            first=None if rule is None else rule.start,
            rate=None if rate is None else float(rate[0]),
            known=looked.known(group.problem) | self._shares.facts(group),
        )
        selection = Selection(group=group)
        if group.candidates:
            selection = within(selected(self._selector, in_form(group, self._thinking)), goal)
        known |= {"answer_source": answer_source(selection, self._selector.made)}
        return replace(selection, facts=known, dropped=looked.dropped(known, group.problem)), lacks

    def look(self, groups: Iterable[Group]) -> None:
        """The first pass over all problems, where a number of the whole set decides."""
        self.balance.look(found for g in groups if not (found := self.choose(g, None)[0]).dropped)

    def selections(self, groups: Iterable[Group], counts: Counts) -> Iterator[Selection]:
        """What is taken, problem by problem, as the sinks see it; counted."""
        for group in groups:
            selection, lacks = self.choose(group, counts.account)
            if selection.group.candidates and not selection.dropped:
                selection = self.balance.keep(selection)
            counts.add(selection, lacks)
            if selection.group.candidates:
                selection = without(selection, selection.dropped)
            yield trained(selection, self.render)


def render_of(config: Config) -> Render:
    """The messages that a model is trained to answer."""
    own = prompter(config)
    return own.messages if config.export.prompt == "sampled" else own.problem_messages


def within(selection: Selection, goal: int | None) -> Selection:
    """The selection with at most ``goal`` accepted, those that the selector took first."""
    if goal is None or len(selection.accepted) <= goal:
        return selection
    kept, dropped = selection.accepted[:goal], selection.accepted[goal:]
    own = {c.completion.index for c in kept}
    rejected = [*selection.rejected, *(Rejection(candidate=c, reason=OVER_QUOTA) for c in dropped)]
    return replace(
        selection,
        accepted=kept,
        rejected=tuple(sorted(rejected, key=lambda r: r.candidate.completion.index)),
        pairs=tuple(p for p in selection.pairs if p.chosen.completion.index in own),
    )


def trained(selection: Selection, render: Render) -> Selection:
    """The selection as sinks see it: its problem's prompt is the one to train on."""
    problem = replace(selection.group.problem, prompt=tuple(render(selection.group.problem)))
    return replace(selection, group=replace(selection.group, problem=problem))
