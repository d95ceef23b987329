"""What the tests check of the README and the docs, in numbers: ``python -m scripts.docs_counts``.

It counts with the functions that ``tests/docs`` finds its work with, and runs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.docs import test_commands, test_python, test_tables, test_tutorials
from tests.strictly import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE = [ROOT / "docs" / name for name in sorted(test_commands.GENERATED)]


def counts() -> Iterator[tuple[str, int]]:
    """Each thing that is checked, in words, with how many there are."""
    python = [block for page in test_python.PAGES for block in test_python.blocks(page)]
    yield "Python blocks that are typed (mypy --strict) and run", sum(block.runs for block in python)
    yield "Python blocks that are typed only, each with the reason", sum(not block.runs for block in python)
    done = [step for page in test_tutorials.TUTORIALS for step in test_tutorials.steps(page)]
    yield "tutorial files that are written", sum(step.title is not None for step in done)
    shell = [step for step in done if step.kind == "console" and not step.title]
    yield "tutorial blocks of commands that are given", len(shell)
    shown = [step for step in done if step.kind == "text" and not step.title]
    yield "tutorial outputs that are compared", len(shown)
    yield "TOML blocks that are parsed and built as configs", len(list(test_tables.blocks()))
    yield (
        "commands of the pages that are parsed",
        sum(map(len, map(test_commands.commands, test_commands.PAGES))),
    )
    told = (test_commands.commands(path) for path in (ROOT / "verirs").rglob("*.py"))
    yield "commands of messages that are parsed", sum(map(len, told))
    yield "pages that are made from the code and compared", len(MADE)
    links = [
        to for page in test_commands.PAGES + MADE for to in LINK.findall(page.read_text(encoding="utf-8"))
    ]
    inside = [to for to in links if not re.match(r"https?:|mailto:", to)]
    yield "links within the docs that resolve", len(inside)
    yield "of them with an anchor, which is there", sum("#" in to for to in inside)
    yield "links to other sites, which no test opens", len(links) - len(inside)


if __name__ == "__main__":
    for words, number in counts():
        print(f"{number:5}  {words}")
