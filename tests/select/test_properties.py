"""What holds for every selector, every option and every group."""

from __future__ import annotations

import math
import random
import unicodedata
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.select.toys import groups, indices, selectors
from verirs.running.rehearse import selection_fault
from verirs.select import normalise
from verirs.select.marks import is_untrusted
from verirs.select.rules import Rules
from verirs.types import Candidate, Group, Verdict


@given(groups(), selectors())
def test_every_selection_keeps_the_contract(group: Group, selector: Rules) -> None:
    chosen = selector.select(group)
    assert not selection_fault(group, chosen)
    assert all(r.reason and len(r.reason.split()) <= 3 for r in chosen.rejected)


@given(groups(), selectors())
def test_only_eligible_candidates_are_accepted(group: Group, selector: Rules) -> None:
    accepted = selector.select(group).accepted
    allowed = {Verdict.PASS, Verdict.ABSTAIN} if selector.unverified else {Verdict.PASS}
    assert {c.verdict for c in accepted} <= allowed
    if not selector.allow_truncated:
        assert all(c.completion.finish_reason != "length" for c in accepted)
    if not selector.allow_in_process:
        assert not any(map(is_untrusted, accepted))
    if selector.k:
        assert len(accepted) <= selector.k
    if selector.dedup:
        texts = [normalise(c.completion.text) for c in accepted]
        assert len(set(texts)) == len(texts)
    if selector.needs_value and selector.name in ("best", "threshold"):
        assert all(math.isfinite(selector.value(c) or 0.0) for c in accepted)


@given(groups(), selectors())
def test_pairs_are_few_and_their_texts_differ_by_more_than_blanks(group: Group, selector: Rules) -> None:
    chosen = selector.select(group)
    assert len(chosen.pairs) <= selector.max_pairs
    for pair in chosen.pairs:
        assert normalise(pair.chosen.completion.text) != normalise(pair.rejected.completion.text)
        if not selector.allow_truncated:
            assert pair.rejected.completion.finish_reason != "length"
        if not selector.allow_in_process:
            assert not is_untrusted(pair.rejected)
    used = indices([c for p in chosen.pairs for c in (p.chosen, p.rejected)])
    assert len(set(used)) == len(used)


@given(groups(), selectors(), st.randoms(use_true_random=False))
def test_the_order_in_which_candidates_arrive_does_not_matter(
    group: Group, selector: Rules, rng: random.Random
) -> None:
    shuffled = list(group.candidates)
    rng.shuffle(shuffled)
    other = Group(problem=group.problem, candidates=tuple(shuffled))
    one, two = selector.select(group), selector.select(other)
    assert one.accepted == two.accepted or _same(one.accepted, two.accepted)
    assert [(r.candidate.completion.index, r.reason) for r in one.rejected] == [
        (r.candidate.completion.index, r.reason) for r in two.rejected
    ]
    assert [(p.chosen.completion, p.rejected.completion) for p in one.pairs] == [
        (p.chosen.completion, p.rejected.completion) for p in two.pairs
    ]


def _same(a: Sequence[Candidate], b: Sequence[Candidate]) -> bool:
    """Equal but for NaN, which is not equal to itself."""
    return [c.completion for c in a] == [c.completion for c in b]


_BLANKS = "ab\u0301\n\n\n \t\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029\xa0\u3000\u200b"


@given(st.text(st.sampled_from(_BLANKS), max_size=12) | st.text(st.sampled_from("ab \n"), max_size=12))
def test_the_key_of_a_text_is_its_lines_without_what_ends_them(text: str) -> None:
    lines = unicodedata.normalize("NFC", text).splitlines()
    assert normalise(text) == "\n".join(line.rstrip() for line in lines).rstrip().strip("\n")
