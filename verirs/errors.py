"""Everything verirs raises on purpose, one tree::

    VerirsError                 exit code 1
    ├── UserError (ValueError)  exit code 2: the user can mend it; one or two lines, no traceback
    │   ├── ConfigError         one or several mistakes in a config, all listed at once
    │   ├── SourceError         a data file that cannot be read as problems
    │   ├── StoreError          a run directory that cannot be used (other experiment, locked)
    │   └── MissingExtra (ImportError)   an optional dependency is not installed
    ├── EngineError             the sampler failed (model, server); the run stops and can go on later
    │   └── RequestError        the engine refused one request; the other problems go on
    ├── SandboxError            no sandbox is available, or one failed its self-test
    └── TooManyErrors           exit code 3: the share of `error` verdicts passed the limit

Messages say what, where, why and what next. A failed *verdict* is never raised: it is a
:class:`~verirs.types.Score` with verdict ``error``.
"""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterable


class VerirsError(Exception):
    """Base of all errors verirs raises on purpose."""

    exit_code = 1


class UserError(VerirsError, ValueError):
    """Something the user can mend: a flag, a file, a prerequisite."""

    exit_code = 2


class ConfigError(UserError):
    """One or several mistakes in a configuration, reported together."""

    def __init__(self, problems: Iterable[str]):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class SourceError(UserError):
    """A data file that is missing, broken, or holds no usable problems."""


class StoreError(UserError):
    """A run directory that cannot be used as asked."""


class MissingExtra(UserError, ImportError):
    """An optional dependency is not installed."""


class EngineError(VerirsError):
    """The engine could not sample."""

    exit_code = 2


class RequestError(EngineError):
    """The engine refused or gave up one request (a prompt too long, say); others go on."""


class SandboxError(VerirsError):
    """No sandbox is available, or the chosen one failed."""

    exit_code = 2


class TooManyErrors(VerirsError):
    """Too many verdicts were ``error``: the infrastructure is broken, not the completions."""

    exit_code = 3


def nearest(name: str, known: Iterable[str]) -> str:
    """``"; did you mean X?"`` for the known name closest to ``name``, else ``""``."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def need(module: str, extra: str, what: str) -> None:
    """Check that an optional module is importable, without importing it.

    Raises:
        MissingExtra: naming the pip line that mends it.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingExtra(
            f"{what} needs the Python package {module!r}, which is not installed. "
            f"Install it: pip install 'verirs[{extra}]'"
        )
