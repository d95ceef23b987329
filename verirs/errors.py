"""Everything verirs raises on purpose, one tree; the number is the exit code of the command line::

    VerirsError                  1    base; an exit code of 1 is otherwise a bug of ours
    ├── UserError (ValueError)   2    the user can mend it: one or two lines, no traceback
    │   ├── ConfigError          2    one or several mistakes in a config, all listed at once
    │   ├── SourceError          2    a data file that cannot be read as problems
    │   ├── StoreError           2    a run directory that cannot be used (other experiment, locked)
    │   ├── NotAModel            2    a directory that should hold a model does not
    │   └── MissingExtra         2    an optional dependency is not installed (also an ImportError)
    ├── PartError                3    a plugged-in part does not keep its contract
    │   ├── TooManyErrors        3    the share of `error` verdicts passed the limit
    │   └── StepFailed           3    a child process of the loop failed (a trainer, a measurement)
    ├── EngineError              4    the sampler failed (model, server): the same command tries again
    │   └── RequestError         4    the engine refused one request; the other problems go on
    │       └── GivenUp          4    it failed as often as it may; another run tries it again
    ├── SandboxError             4    no sandbox is available, or one failed its self-test
    ├── NothingDone              5    a run that sampled nothing, or a round with nothing to train on
    └── Interrupted            130    Ctrl-C or SIGTERM: the same command goes on

So a job script may start again after 4 and 130, and must not after 2, 3 and 5. Messages say what, where, why
and what next. A failed *verdict* is never raised: it is a :class:`~verirs.types.Score` with verdict
``error``.
"""

from __future__ import annotations

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


class NotAModel(UserError):
    """A directory that should hold a model does not."""


class MissingExtra(UserError, ImportError):
    """An optional dependency is not installed."""


PART_RAISED = (Exception, SystemExit)
"""What a part's own code may raise: at its boundary ``sys.exit()`` is one more mistake, not our end."""


class PartError(VerirsError):
    """A part (a source, engine, scorer, selector or sink) does not do what its Protocol says."""

    exit_code = 3


class TooManyErrors(PartError):
    """Too many verdicts were ``error``: the infrastructure is broken, not the completions."""


class StepFailed(PartError):
    """A child process of the loop failed; what was done before it is kept."""


class EngineError(VerirsError):
    """The engine could not sample."""

    exit_code = 4


class RequestError(EngineError):
    """The engine refused one request for good (a prompt too long, say); others go on."""


class GivenUp(RequestError):
    """Samples of one request failed as often as they may; others go on, and another run tries these again."""


class SandboxError(VerirsError):
    """No sandbox is available, or the chosen one failed."""

    exit_code = 4


class NothingDone(VerirsError):
    """Nothing was sampled because every request was refused, or a round has nothing to train on."""

    exit_code = 5


class Interrupted(VerirsError):
    """Ctrl-C or SIGTERM; the same command goes on."""

    exit_code = 130


def nearest(name: str, known: Iterable[str]) -> str:
    """``"; did you mean X?"`` for the known name that ``name`` must have meant, else ``""``.

    It is one that differs in a letter or two, or the only one that holds ``name`` as a word.
    """
    names = [str(each) for each in known]
    import difflib  # slow to load, and only for a message

    close = difflib.get_close_matches(name, names, n=1, cutoff=0.65)
    words = [each for each in names if name in each.split("_")]
    found = close or (words if len(words) == 1 else [])
    return f"; did you mean {found[0]}?" if found else ""


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
