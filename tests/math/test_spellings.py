"""The spelling machine's pairs, judged; and the machine itself."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from random import Random

from verirs.testing.spellings import FRAMES, KINDS, LIES, Pair, Result, accepting, every, measure, pairs

KNOWN_FILE = Path(__file__).with_name("spellings_known.txt")
KNOWN = frozenset(KNOWN_FILE.read_text(encoding="utf-8").splitlines())
"""What fails today, by label. A label that does not fail any more must go: renew the list with
``python benchmarks/math/spellings.py --known tests/math/spellings_known.txt`` and read what came and went."""
SEED, NUMBER, VALUES = 7, 1500, 2


def judged() -> Result:
    if not RESULT:
        RESULT.append(measure(chain(every(VALUES), pairs(SEED, NUMBER))))
    return RESULT[0]


RESULT: list[Result] = []


def first(pair: Pair) -> str:
    return f"{pair.labels}: {pair.gold!r} | {pair.answer!r}"


def test_no_other_notation_fails() -> None:
    new = {name: first(count.examples[0]) for name, count in judged().failing.items() if name not in KNOWN}
    assert not new


def test_every_known_failure_still_fails() -> None:
    assert not KNOWN - set(judged().failing), "judged rightly now: renew the list, see KNOWN"


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert list(pairs(3, 200)) == list(pairs(3, 200)) != list(pairs(4, 200))
    assert list(every(1)) == list(every(1))


def test_most_pairs_are_right_and_many_are_near_misses() -> None:
    drawn = list(pairs(1, 2000))
    assert 0.5 < sum(p.equal for p in drawn) / len(drawn) < 0.7


def test_the_catalogue_has_many_notations_each_with_its_source() -> None:
    assert sum(len(kind.ways) for kind in KINDS) >= 150
    for kind in KINDS:
        assert len({way.name for way in kind.ways}) == len(kind.ways), kind.name
        assert all(way.source == "own" or way.source.startswith("https://") for way in kind.ways), kind.name
    for names in ([k.name for k in KINDS], [f.name for f in FRAMES], [lie.name for lie in LIES]):
        assert len(set(names)) == len(names)


def test_every_notation_is_used() -> None:
    for kind in KINDS:
        for way in kind.ways:
            assert any(kind.values(Random(1), 5, lambda v, w=way: w.write(v) is not None)), (  # type: ignore[misc]
                kind.name,
                way.name,
            )


def test_a_near_miss_is_another_value() -> None:
    for kind in KINDS:
        for twist in kind.twists:
            rng = Random(5)
            changed = [(v, twist.change(v, rng)) for v in (kind.draw(rng) for _ in range(50))]
            assert any(c is not None and c != v for v, c in changed), (kind.name, twist.name)


def test_the_machine_finds_a_judge_that_accepts_all_or_nothing() -> None:
    drawn = list(pairs(2, 300))
    everything, nothing = measure(drawn, lambda pair: True), measure(drawn, lambda pair: False)
    assert len(everything.accepted) == everything.different > 0 == len(everything.refused)
    assert len(nothing.refused) == nothing.equal > 0 == len(nothing.accepted)


def test_the_strict_profile_accepts_no_unmarked_text() -> None:
    """What rewards use: no near miss, and no text without a place that marks the answer."""
    drawn = [p for p in pairs(SEED, 1500) if not p.equal and not any(mark in p.answer for mark in MARKS)]
    result = measure(drawn, accepting(profile="strict"))
    assert result.different > 300
    assert [first(p) for p in result.accepted] == []


MARKS = ("boxed", "####", "<answer>")
