"""``docs/config.md``, ``cli.md``, ``errors.md`` and the tables of options in other pages, from the code;
``make docs`` writes them.

In a page the table between ``<!-- options of scorer math -->`` and ``<!-- end -->`` is written here.

    python -m verirs.cli.reference docs
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verirs import errors
from verirs.cli import app
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

## Paths
Relative paths start at the folder of the config that they stand in; those of flags, of `--set` and of Python
at the current one. So a config works from every folder, and with its data beside it wherever both lie. A path
is what stands under `path`, `runs` (the folder `runs` itself, where no key names it, is the current folder's)
or a key that ends in `_path` or `_file`; `./file.py:Name`; what begins with `./` or `../`; a file in
`against`; a folder under `model`. A run directory's own `config.toml` follows the same rule. A file that lies
in the current folder alone is refused, with the path to write.

## In an editor
`verirs schema > verirs.schema.json` (for a loop `verirs schema loop`) writes the JSON Schema of the installed
version. Editors with Taplo (Even Better TOML in VS Code; Zed, Helix, Neovim) complete, explain and check keys
when the config begins with this line:

```toml
#:schema ./verirs.schema.json
```
On a command line: `taplo lint my.toml`. Options of your own parts stay open.
"""

_CLI_INTRO = """\
# Command line
Written by `make docs` from the commands themselves; `verirs COMMAND --help` shows the same.

Exit codes and what a job script may do after each: [errors](errors.md). Every option of `verirs run` that is
a key of the config has its sentence in [the configuration](config.md).
"""
_ERRORS_INTRO = """\
# Errors and exit codes
Written by `make docs` from `verirs/errors.py`.

Every error that verirs raises on purpose is a `verirs.VerirsError`. Its message says what happened, where,
why, and what to do next. The command line prints that message, without a traceback, and ends with the error's
exit code; `--debug` adds the traceback. Exit code 0 is success; 1 with `unexpected ...` is a fault of verirs.
141 means that the reader of a pipe has gone (`verirs list | head -1`).

A job script may start the same command again after 4 and 130: it goes on where it stopped. After 2, 3 and 5
somebody has to look first.

A *verdict* is never raised. A scorer that fails gives a `Score` with the verdict `error`; see
[the design](design.md#verdicts).
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


def cli_page() -> str:
    """``docs/cli.md``: what ``--help`` shows, of every command."""
    made = app.generate_docs(output_format="markdown")
    _, *commands = re.split(r"\n(?=## verirs )", made)
    usage = re.sub(r"```console\n(.*?)\n```", r"```text\n\1\n```", "\n".join(sorted(commands)))
    usage = re.sub(r"(?<=\s)-m \S+ ?", "", usage)  # how this process was started
    wrapped = re.sub(r"\n {4}(?=\S)", " ", usage)  # a sentence of an option that went on in another line
    shown = re.sub(r"(?<=[\s:])<(\w+)>", r"`<\1>`", wrapped)
    return _CLI_INTRO + "\n" + shown.rstrip() + "\n"


def errors_page() -> str:
    """``docs/errors.md``: the tree of errors, what each means, and the exit codes."""
    assert errors.__doc__ is not None
    tree = textwrap.dedent(errors.__doc__.partition("::\n\n")[2].partition("\n\nSo a job")[0])
    return "\n".join([_ERRORS_INTRO, "```text", tree, "```", ""])


def with_tables(page: str) -> str:
    """A page of the docs with its tables of options written anew."""

    def table(found: re.Match[str]) -> str:
        kind, name = found[2].split()
        options = _shared(name) if kind == "every" else part_options(kind, name)
        return f"{found[1]}\n{_table(options)}{found[3]}"

    return re.sub(r"(<!-- options of (\w+ \w+) -->)\n.*?(<!-- end -->)", table, page, flags=re.S)


def write(folder: Path) -> None:
    """Write the pages that are made whole, and the tables of the others."""
    for name, page_of in PAGES.items():
        (folder / name).write_text(page_of(), encoding="utf-8")
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


PAGES = {"config.md": config_page, "cli.md": cli_page, "errors.md": errors_page}

if __name__ == "__main__":
    write(Path(sys.argv[1]))
