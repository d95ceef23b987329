"""What every selector promises, on the extreme groups and a hundred random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from verirs.parts.part import selector_part
from verirs.protocols import Selector
from verirs.running.rehearse import accepted_fault, pair_fault, split_fault
from verirs.testing.suite import Suite, require
from verirs.testing.toys import toy_groups
from verirs.types import Group, Selection

Told = tuple[list[int], list[tuple[int, str]], list[tuple[int, int]]]


class SelectorSuite(Suite):
    """The promises of :class:`verirs.protocols.Selector`.

    Options: ``groups``, where your selector is for groups of another kind.
    """

    kind = "selector"
    part: Selector
    groups: Sequence[Group] = tuple(toy_groups())

    def make(self) -> Selector:
        raise NotImplementedError("write `def make(self)`, which returns the selector to test")

    def selections(self) -> Iterator[tuple[Group, Selection]]:
        for group in self.groups:
            yield group, self.part.select(group)

    def test_it_is_complete(self) -> None:
        """It has all that the Protocol names, and what it says of itself has the right types."""
        try:
            selector_part(self.part)
        except TypeError as e:
            raise AssertionError(str(e)) from e

    def test_it_takes_any_group(self) -> None:
        """No group makes it raise: all wrong, all broken, one candidate, equal texts, no numbers, NaN."""
        for group in self.groups:
            try:
                self.part.select(group)
            except Exception as e:
                raise AssertionError(f"{_shown(group)}: it raised {type(e).__name__}: {e}") from e

    def test_every_candidate_ends_once(self) -> None:
        """Every candidate, unchanged, is in exactly one of `accepted` and `rejected`."""
        for group, selection in self.selections():
            _refuse(group, split_fault(group, selection))

    def test_no_fail_and_no_error_is_accepted(self) -> None:
        """A `fail` or an `error` is never accepted."""
        for group, selection in self.selections():
            _refuse(group, accepted_fault(selection))

    def test_pairs_are_right_over_wrong(self) -> None:
        """In a pair, `chosen` is an accepted `pass`, `rejected` a rejected `fail`, and their texts differ."""
        for group, selection in self.selections():
            _refuse(group, pair_fault(selection))

    def test_every_rejection_says_why(self) -> None:
        """Each rejection has a reason, a text."""
        for group, selection in self.selections():
            for rejection in selection.rejected:
                reason = rejection.reason
                _refuse(group, "" if isinstance(reason, str) and reason.strip() else "a reason is empty")

    def test_the_same_selection_again(self) -> None:
        """The same group gets the same selection again."""
        self._alike(self.part.select, self.part.select)

    def test_the_group_alone_decides(self) -> None:
        """What it returns depends on the group alone, not on the groups before it."""
        self._alike(self.part.select, lambda group: self.make().select(group))
        forward = [_told(self.part.select(group)) for group in self.groups]
        backward = [_told(self.part.select(group)) for group in self.groups[::-1]]
        require(forward == backward[::-1], "groups in reverse order got other selections")

    def _alike(self, one: Callable[[Group], Selection], other: Callable[[Group], Selection]) -> None:
        for group in self.groups:
            first, second = _told(one(group)), _told(other(group))
            _refuse(group, "" if first == second else f"once {first}, once {second}")


def _told(selection: Selection) -> Told:
    """A selection by indices; candidates with a NaN are not equal to themselves."""
    return (
        [c.completion.index for c in selection.accepted],
        [(r.candidate.completion.index, r.reason) for r in selection.rejected],
        [(p.chosen.completion.index, p.rejected.completion.index) for p in selection.pairs],
    )


def _refuse(group: Group, fault: str) -> None:
    __tracebackhide__ = True
    require(not fault, f"{_shown(group)}: {fault}")


def _shown(group: Group) -> str:
    verdicts = " ".join(c.verdict for c in group.candidates[:9])
    return f"group {group.problem.id!r} ({verdicts})"
