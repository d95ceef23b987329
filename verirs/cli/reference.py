"""``docs/config.md`` and the tables of options in other pages, from one source; ``make docs`` writes them.

In a page the table between ``<!-- options of scorer math -->`` and ``<!-- end -->`` is written here.

    python -m verirs.cli.reference docs
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verirs.cli.parts import HEADS
from verirs.loop.config import LoopConfig
from verirs.parts import BUILTIN, Option, options_of, part_options, plain, resolve, shape_of, summary, toml
from verirs.parts.tables import Table, TableOfPart
from verirs.running.config import Config

_INTRO = """\
# Configuration
Written by `make docs` from the code. Messages, `verirs init`, `verirs list` and the JSON Schema have the same
source.

A config is one TOML file. `verirs init --source FILE` writes one for your data, with every key and its
sentence. Flags go on top of the file, then `--set section.key=value`, in TOML
(`--set sampling.stop='["\\n\\n"]'`). Mistakes are listed all at once, before anything is sampled. TOML has
types, and they are kept: `8` is a number, `"8"` is not.

In place of a built-in name your own part stands as `package.module:Name` or `./file.py:Name`; its options are
the parameters of its constructor, checked in the same way: type hints, and the `Args:` of its docstring.
`verirs list scorer math` prints a part's options.

## In an editor
`verirs schema > verirs.schema.json` (for a loop `verirs schema loop`) writes the JSON Schema of the installed
version. Editors with Taplo (Even Better TOML in VS Code; Zed, Helix, Neovim) complete, explain and check keys
when the config begins with this line:

```toml
#:schema ./verirs.schema.json
```
On a command line: `taplo lint my.toml`. Options of your own parts stay open.
"""


def config_page() -> str:
    """``docs/config.md``."""
    parts = [_INTRO, "## A run", _table(_keys(Config))]
    parts += ["## A loop", "Of `verirs iterate`; see [the loop](iterate.md).", "", _table(_keys(LoopConfig))]
    for kind, head in HEADS.items():
        parts += [f"## {kind.capitalize()}s", f"`{head.format('NAME')}`, and of the part's options:", ""]
        options = {name: part_options(kind, name) for name in BUILTIN[kind]}
        shared = _shared(kind)
        if shared:
            parts += [f"All {kind}s take:", "", _table(shared)]
        for name, known in options.items():
            own = {key: option for key, option in known.items() if key not in shared}
            parts += [
                f"### {name}",
                summary(resolve(kind, name), "`") + ("" if own else " No options of its own.\n"),
            ]
            parts += ["", _table(own)] if own else []
    return "\n".join(parts).rstrip() + "\n"


def with_tables(page: str) -> str:
    """A page of the docs with its tables of options written anew."""

    def table(found: re.Match[str]) -> str:
        kind, name = found[2].split()
        options = _shared(name) if kind == "every" else part_options(kind, name)
        return f"{found[1]}\n{_table(options)}{found[3]}"

    return re.sub(r"(<!-- options of (\w+ \w+) -->)\n.*?(<!-- end -->)", table, page, flags=re.S)


def write(folder: Path) -> None:
    """Write ``config.md`` and the tables of the other pages."""
    (folder / "config.md").write_text(config_page(), encoding="utf-8")
    for path in folder.glob("*.md"):
        page = path.read_text(encoding="utf-8")
        if (made := with_tables(page)) != page:
            path.write_text(made, encoding="utf-8")


def _keys(section: Any, at: str = "") -> dict[str, Option]:
    """All keys of a config by their full names; those of parts stand elsewhere."""
    found: dict[str, Option] = {}
    for name, option in options_of(section).items():
        shape = shape_of(option.type)
        inner = shape.shapes[0] if hasattr(shape, "shapes") and len(shape.shapes) == 1 else shape
        if isinstance(inner, Table):
            found |= _keys(inner.annotation, f"{at}{name}.")
        elif isinstance(inner, TableOfPart):
            found |= {f"{at}{name}.{key}": each for key, each in options_of(inner.model).items()}
        else:
            found[f"{at}{name}"] = option
    return found


def _shared(kind: str) -> dict[str, Option]:
    """The options that all parts of a kind have."""
    first, *others = (part_options(kind, name) for name in BUILTIN[kind])
    return {key: option for key, option in first.items() if all(other.get(key) == option for other in others)}


def _table(options: Mapping[str, Option]) -> str:
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    for key, option in options.items():
        words = shape_of(option.type).words.removeprefix("a ")
        cells = [f"`{key}`", words, _default(option), plain(option.about, "`")]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _default(option: Option) -> str:
    if option.required:
        return "needed"
    if option.default is None:
        return ""
    try:
        told = toml(option.default)
    except TypeError:
        return "from Python only"
    return f"`{told}`" if len(told) < 60 else "built in"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
