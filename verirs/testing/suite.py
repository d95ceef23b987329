"""What all suites share: how a part is made, what a promise is, and running them without pytest.

A suite is a class whose methods ``test_...`` each hold one promise; the docstring is the promise. pytest
collects a subclass named ``Test...`` by itself, and nothing here imports it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar
from unittest import SkipTest  # pytest takes it for a skip, too

from verirs.errors import PartError, nearest
from verirs.parts.part import faults


class Suite:
    """The promises of one kind of part. A subclass says how a part is made.

    The part is made once for all promises, as a run does; the ones about its end make another.
    """

    kind: ClassVar[str]
    part: Any

    def make(self) -> Any:
        """A new part, with the same options each time. Called more than once."""
        raise NotImplementedError(
            f"{type(self).__name__} lacks `def make(self)`, which returns the {self.kind} to test"
        )

    @staticmethod
    def factory(given: Callable[..., Any]) -> Callable[[], Any]:
        """What makes the part, of what was given to :func:`check`."""
        return given

    @classmethod
    def setup_class(cls) -> None:
        cls.part = cls().make()

    @classmethod
    def teardown_class(cls) -> None:
        """Give back what :meth:`setup_class` made."""

    def require_complete(self) -> None:
        """Refuse a part that lacks something, by name."""
        wrong = faults(self.kind, self.part)
        require(not wrong, "; ".join(f"it {fault}" for fault in wrong))


def require(kept: bool, why: str) -> None:
    """Raise an AssertionError that says how a promise was broken."""
    __tracebackhide__ = True  # pytest shows the line of the promise instead of this one
    if not kept:
        raise AssertionError(why)


def skip(why: str) -> SkipTest:
    """What a promise raises that this part does not make."""
    return SkipTest(why)


def promises(suite: type[Suite]) -> dict[str, str]:
    """The promises of a suite: method name and sentence, in the order in which they are tried."""
    names = dict.fromkeys(
        name for cls in reversed(suite.__mro__) for name in vars(cls) if name.startswith("test_")
    )
    return {name: " ".join((inspect.getdoc(getattr(suite, name)) or "").split()) for name in names}


def check(suite: type[Suite], make: Callable[..., Any] | None = None, **options: Any) -> dict[str, str]:
    """Hold a part against every promise of a suite, without pytest.

    Args:
        suite: for example ``ScorerSuite``, or a subclass that has a ``make`` of its own.
        make: makes the part: its class, or a function without arguments. A scorer may be a function
            itself, of a problem and a completion.
        options: attributes of the suite in place of its own, for example ``texts=[...]``.

    Returns:
        The promises that this part does not make, and why.

    Raises:
        PartError: the part cannot be made, or the promises it breaks, all of them, by name.
        TypeError: an option that the suite does not have.
    """
    for name in options:
        if not hasattr(suite, name):
            raise TypeError(f"{suite.__name__} has no option {name!r}{nearest(name, dir(suite))}")
    if make is not None:
        factory = suite.factory(make)
        options["make"] = lambda self: factory()
    tried: type[Suite] = type(suite.__name__, (suite,), options)
    try:
        tried.setup_class()
    except Exception as e:
        raise PartError(f"the {suite.kind} cannot be made: {_told(e)}") from e
    broken, skipped = [], {}
    part = getattr(tried.part, "name", type(tried.part).__name__)
    trials = [(n, s, getattr(tried(), n)) for n, s in promises(tried).items()]
    trials.append(("teardown_class", "After all promises the part is closed.", tried.teardown_class))
    for name, sentence, trial in trials:
        try:
            trial()
        except SkipTest as e:
            skipped[name] = str(e)
        except Exception as e:  # noqa: BLE001 - whatever a part raises breaks the promise
            broken.append(f"  {name}: {sentence}\n      {_told(e)}")
    if broken:
        listed = "\n".join(broken)
        raise PartError(f"{suite.kind} {part!r} does not keep {len(broken)} of {suite.__name__}:\n{listed}")
    return skipped


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
