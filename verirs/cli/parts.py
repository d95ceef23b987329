"""``verirs list``, ``sandboxes`` and ``schema``: what can be plugged together, its options, where programs
run."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any, Literal

from verirs.cli.base import Debug, app, say

HEADS = {
    "source": '[source] name = "{}"',
    "engine": '[engine] name = "{}"',
    "scorer": "[scorer.{}]",
    "selector": '[select] name = "{}"',
    "sink": "[export.options.{}]",
}
"""Where a part's options stand in a config."""


@app.command(name="list")
def list_(kind: str | None = None, name: str | None = None, /, *, debug: Debug = False) -> None:
    """List what can be plugged together: sources, engines, scorers, selectors, sinks; or a part's options.

    Args:
        kind: only this kind.
        name: of a part, whose options are listed: built in, installed, or ./file.py:Name.
        debug: show tracebacks.
    """
    from verirs.errors import ConfigError, nearest
    from verirs.parts import BUILTIN, names

    if kind and not name and (homes := [k for k in BUILTIN if kind in names(k)]):
        kind, name = homes[0], kind
    one = kind.rstrip("s") if kind else ""
    if one and one not in BUILTIN:
        plurals = [f"{each}s" for each in BUILTIN]
        raise ConfigError(
            f"unknown kind {kind!r}{nearest(kind or '', plurals)} (known: {', '.join(plurals)}; a part's "
            f"options: verirs list scorer math)"
        )
    if name:
        say("\n".join(_options(one, name)))
        return
    for each in [one] if one else BUILTIN:
        say(f"{each}s")
        for part in names(each):
            say(f"  {part:18} {_about(each, part)}")
    if not one:
        say("A part's options: verirs list scorer math")


def _about(kind: str, name: str) -> str:
    """A part's sentence, the package that it comes from, and what it lacks here."""
    from verirs.errors import ConfigError
    from verirs.parts import resolve, summary
    from verirs.parts.finding import missing, origin

    try:
        said = summary(resolve(kind, name))
    except ConfigError as e:
        said = f"cannot be used: {e}"
    extra = missing(kind, name)
    notes = [origin(kind, name), f"needs pip install 'verirs[{extra}]'" if extra else ""]
    return said + "".join(f" ({note})" for note in notes if note)


def _options(kind: str, name: str) -> list[str]:
    from verirs.parts import part_options, plain, shape_of, toml

    lines = [f"{name}: {_about(kind, name)}", "", HEADS[kind].format(_key(kind, name))]
    known = part_options(kind, name)
    for option in known.values():
        try:
            default = "needed" if option.required else f"default {toml(option.default)}"
        except TypeError:  # nothing, or an object of Python
            default = "default none" if option.default is None else "from Python only"
        lines.append(f"{option.name}: {shape_of(option.type).words} ({default})")
        lines += textwrap.wrap(plain(option.about), 96, initial_indent="    ", subsequent_indent="    ")
    return lines if known else [*lines, "no options"]


def _key(kind: str, name: str) -> str:
    """A part's name as it stands in its table's header: quoted where TOML wants it."""
    bare = kind not in ("scorer", "sink") or re.fullmatch(r"[A-Za-z0-9_-]+", name)
    return name if bare else json.dumps(name, ensure_ascii=False)


@app.command
def sandboxes(*, debug: Debug = False) -> None:
    """List where programs can run on this machine, what each place promises, and the languages that are here.

    Args:
        debug: show tracebacks.
    """
    from verirs.sandbox import probe_all
    from verirs.sandbox.languages import BACKENDS, available
    from verirs.sandbox.packages import packages

    for found in probe_all():
        say(f"{found.name}: {'works' if found.available else 'not here'}")
        lines = [found.why] if found.why else [f"{word}: {how}" for word, how in found.guarantees.items()]
        for line in lines:
            say("\n".join(textwrap.wrap(line, 96, initial_indent="  ", subsequent_indent="    ")))
    shown = ", ".join(packages().versions) or "none"
    say(f"packages that programs may import unless told otherwise: {shown}")
    say(f"languages besides Python (in {', '.join(BACKENDS)}):")
    for language, version in available().items():
        say(f"  {language:12} {version}")


@app.command
def schema(which: Literal["run", "loop"] = "run", /, *, debug: Debug = False) -> None:
    """Print the JSON Schema of a config, for editors: verirs schema > verirs.schema.json

    Args:
        which: the config of a run, or of a loop.
        debug: show tracebacks.
    """
    say(json.dumps(json_schema(which), indent=1, ensure_ascii=False))


OF_THE_LOOP = ("name", "runs", "seed", "shard")
"""Keys of a run that belong to the loop where the run is one of a loop's."""


def json_schema(which: str) -> dict[str, Any]:
    """The JSON Schema of the config of a run, or of a loop."""
    from verirs.loop.config import LoopConfig
    from verirs.parts.schema import schema_of
    from verirs.running.config import Config

    run = schema_of(Config)
    if which == "run":
        return {"$schema": run.pop("$schema"), "title": "verirs run", **run}
    loop = schema_of(LoopConfig)
    run["properties"] = {k: v for k, v in run["properties"].items() if k not in OF_THE_LOOP}
    for section in ("sample", "held_out"):
        loop["properties"][section] |= {k: run[k] for k in ("properties", "additionalProperties")}
    return {"$schema": loop.pop("$schema"), "title": "verirs iterate", **loop, "$defs": run["$defs"]}
