"""``verirs list`` and ``init``: what there is, and a config to start from."""

from __future__ import annotations

from pathlib import Path

from verirs.cli.base import Debug, app, say
from verirs.system.terminal import pasted


@app.command(name="list")
def list_(kind: str | None = None, /, *, debug: Debug = False) -> None:
    """List what can be plugged together: sources, engines, scorers, selectors, sinks.

    Args:
        kind: only this kind.
        debug: show tracebacks.
    """
    from verirs.errors import ConfigError, nearest
    from verirs.parts import BUILTIN, names

    if kind and kind.rstrip("s") not in BUILTIN:
        raise ConfigError(f"unknown kind {kind!r}{nearest(kind, BUILTIN)} (known: {', '.join(BUILTIN)})")
    for each in [kind.rstrip("s")] if kind else BUILTIN:
        say(f"{each + 's':10} {', '.join(names(each))}")


@app.command
def init(path: Path = Path("verirs.toml"), /, *, debug: Debug = False) -> None:
    """Write a commented config to start from.

    Args:
        path: the file to write; an existing one is left alone.
        debug: show tracebacks.
    """
    from importlib.resources import files

    from verirs.errors import UserError

    text = (files("verirs.cli") / "template.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} exists; give another name: verirs init other.toml") from None
    except FileNotFoundError:
        raise UserError(
            f"there is no folder {path.parent}; make it (mkdir -p {pasted(path.parent)}), or write elsewhere"
        ) from None
    say(f"wrote {path}; next: verirs run {pasted(path)} --dry-run")
