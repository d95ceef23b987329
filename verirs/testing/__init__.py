"""The conformance suites as a kit: hold a source, engine, scorer, selector, sink or sandbox of yours to them.

With pytest, three lines; pytest runs each promise as a test of its own::

    from verirs.testing import ScorerSuite

    class TestMine(ScorerSuite):
        def make(self):
            return MyScorer()

Without pytest: ``check(ScorerSuite, MyScorer)`` raises a :class:`~verirs.errors.PartError` that lists every
broken promise. ``promises(ScorerSuite)`` says what they are; docs/testing.md lists all.

Also here: toy problems, groups and selections to test with, and the two engines that need no model.

What a suite does not show: that a part is good at its work (a scorer judges well, an engine's model is the
right one), or that it keeps its promises on data that the suite does not try.
"""

from verirs.engines.fake import FakeEngine
from verirs.engines.replay import ReplayEngine
from verirs.testing.engines import EngineSuite
from verirs.testing.sandboxes import SandboxSuite
from verirs.testing.scorers import ScorerSuite
from verirs.testing.selectors import SelectorSuite
from verirs.testing.sinks import SinkSuite
from verirs.testing.sources import SourceSuite
from verirs.testing.suite import Suite, check, promises
from verirs.testing.toys import (
    GOLD,
    HOSTILE,
    toy_candidate,
    toy_group,
    toy_groups,
    toy_problems,
    toy_selections,
)

SUITES: tuple[type[Suite], ...] = (
    SourceSuite,
    EngineSuite,
    ScorerSuite,
    SelectorSuite,
    SinkSuite,
    SandboxSuite,
)
"""All suites, in the order in which the parts work."""

__all__ = [
    "GOLD",
    "HOSTILE",
    "SUITES",
    "EngineSuite",
    "FakeEngine",
    "ReplayEngine",
    "SandboxSuite",
    "ScorerSuite",
    "SelectorSuite",
    "SinkSuite",
    "SourceSuite",
    "Suite",
    "check",
    "promises",
    "toy_candidate",
    "toy_group",
    "toy_groups",
    "toy_problems",
    "toy_selections",
]
