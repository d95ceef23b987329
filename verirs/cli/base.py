"""What the commands share: the app, common flags, and how a config and a result are read and shown."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Group, Parameter, Token, convert, validators

from verirs.system.terminal import shown, to_stdout
from verirs.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from verirs.running.drive import RunResult


def _read(hint: Any, tokens: Sequence[Token]) -> Any:
    """As cyclopts does, which would round `-n 1.5`: here that is an error."""
    for token in tokens if hint is int else ():
        if "." in token.value and not float(token.value).is_integer():
            raise ValueError(f"{token.value} is not a whole number")
    return convert(hint, tokens)


app = App(
    name="verirs",
    help="Verifier-based rejection sampling for math and code: sample, verify, select, fine-tune.",
    version=__version__,
    version_flags=["--version"],
    help_format="plaintext",  # markdown would cost a quarter of the start-up
    suppress_keyboard_interrupt=False,  # we say a word
    default_parameter=Parameter(converter=_read),
)
_DIAGNOSIS = Group("Diagnosis", sort_key=9)
Set = Annotated[list[str], Parameter(name="--set", negative="")]
Debug = Annotated[bool, Parameter(group=_DIAGNOSIS, negative="")]
Flag = Annotated[bool, Parameter(negative="")]
On = Literal["here", "ray"]
Trust = Annotated[bool, Parameter(negative="")]
"""For configs that may be somebody else's; see :mod:`verirs.running.trust`."""
Jobs = Annotated[int, Parameter(name=["--jobs", "-j"], validator=validators.Number(gte=0))]


def keep_flat() -> None:
    """Keep this process's memory flat and its collector quiet (it is ours); for the commands that may run for
    hours."""
    from verirs.system import memory

    memory.keep_flat()
    memory.collect_seldom()


def console() -> Console:
    """Where progress and what is found on the way goes: standard error."""
    from verirs.report.screen import Screen

    return Screen(stderr=True)


def say(text: object) -> None:
    """Print a line on standard output, whatever it holds."""
    with to_stdout():
        print(shown(text))


def source_table(source: str | None, limit: int | None) -> dict[str, Any]:
    from verirs.sources.paths import is_path

    if source and (is_path(source) or _is_there(source)):
        return {"name": "file", "path": source, "limit": limit}
    return {"name": source, "limit": limit}


def _is_there(source: str) -> bool:
    """Whether it is a file or folder here, and no source's name."""
    from verirs.parts import names

    return ":" not in source and Path(source).exists() and source not in names("source")


def given(table: dict[str, Any]) -> dict[str, Any]:
    """The table without what was not given on the command line."""
    out = {}
    for key, value in table.items():
        if isinstance(value, dict):
            value = given(value) or None
        if value is not None:
            out[key] = value
    return out


def placed_on(raw: dict[str, Any], on: str | None) -> dict[str, Any]:
    """A run's table with the place where it works, as ``--on`` says."""
    if on == "here":
        return {key: value for key, value in raw.items() if key != "ray"}
    return {**raw, "ray": raw.get("ray", {})} if on == "ray" else raw


@contextlib.contextmanager
def reading(
    path: Path | None,
    settings: Sequence[str] = (),
    *,
    trust: bool = False,
    over: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """The raw table of a config with what was typed laid over it; while it lasts, code that somebody else's
    config names is not loaded without ``trust``.

    Args:
        path: None: all of it was typed.
        over: what flags say.
    """
    from verirs.running.config import assignments, load, merge
    from verirs.running.trust import placed
    from verirs.running.trust import reading as reading_now

    typed = merge(over or {}, assignments(settings))
    if path is None:
        yield typed
        return
    raw = merge(placed(load(path), path), typed)
    with reading_now(path, raw, typed, trust=trust, here=Path.cwd()):
        yield raw


def finish(result: RunResult) -> None:
    from verirs.report.screen import Screen

    with to_stdout():
        result.show(Screen())
    result.refuse_gaps()
