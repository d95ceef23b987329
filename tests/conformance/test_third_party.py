"""Parts that others wrote keep the promises: with pytest, without it, and in a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance import third_party
from verirs.cli import main
from verirs.testing import (
    EngineSuite,
    ScorerSuite,
    SelectorSuite,
    SinkSuite,
    SourceSuite,
    Suite,
    check,
)
from verirs.types import Problem


class TestSquares(SourceSuite):
    def make(self) -> third_party.Squares:
        return third_party.Squares()


class TestParrot(EngineSuite):
    def make(self) -> third_party.Parrot:
        return third_party.Parrot()


class TestLastWord(ScorerSuite):
    def make(self) -> third_party.LastWord:
        return third_party.LastWord()


class TestShortness(ScorerSuite):
    def make(self) -> third_party.Shortness:
        return third_party.Shortness()


class TestPolite(ScorerSuite):
    texts = ("a stupid question", "seventeen")

    def make(self) -> Any:
        return third_party.polite


class TestLongest(SelectorSuite):
    def make(self) -> third_party.Longest:
        return third_party.Longest()


class TestLines(SinkSuite):
    def make(self) -> third_party.Lines:
        return third_party.Lines()


@pytest.mark.parametrize(
    ("suite", "make", "not_made"),
    [
        (SourceSuite, third_party.Squares, set()),
        (EngineSuite, third_party.Parrot, set()),
        (ScorerSuite, third_party.LastWord, {"test_a_ranker_only_ranks", "test_it_proves_itself"}),
        (SelectorSuite, third_party.Longest, set()),
    ],
)
def test_the_same_without_pytest(suite: type[Suite], make: type, not_made: set[str]) -> None:
    skipped = check(suite, make)
    assert not_made <= skipped.keys() and all(skipped.values())


def test_a_suite_is_told_what_a_part_is_for() -> None:
    squares = Problem(prompt="3 squared?", answer="9")
    check(ScorerSuite, third_party.LastWord, problem=squares, texts=("it is 9", "it is 8"))


def test_they_make_a_run_together(tmp_path: Path) -> None:
    here = Path(third_party.__file__)
    config = tmp_path / "c.toml"
    config.write_text(
        f"name = 'r'\nruns = '{tmp_path}'\nn = 4\n[source]\nname = '{here}:Squares'\n"
        f"[engine]\nname = '{here}:Parrot'\nwords = ['1', '4', '9']\n"
        f"[scorer.last]\nplugin = '{here}:LastWord'\n"
        f"[scorer.polite]\nplugin = '{here}:polite'\n[scorer.short]\nplugin = '{here}:Shortness'\n"
        f"[select]\nname = '{here}:Longest'\n[export]\nsinks = ['{here}:Lines', 'sft', 'dpo']\n"
    )
    main(["check", str(config), "--trust"])
    main(["run", str(config), "--trust"])
    assert (tmp_path / "r/export/lines.parquet").exists()
