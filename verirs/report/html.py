"""HTML that cannot be broken out of: text is escaped unless it was made here.

Elements are made by :func:`el`; a plain string given to it, as a child or as an attribute's value, is
data, whatever it holds. Only :class:`Html` passes as markup, and only :func:`el` makes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

VOID = {"meta", "br"}
"""Elements without content."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
"""Control characters (tab and newline apart), marks that turn the direction of writing, lone surrogates."""


class Html(str):
    """Markup, ready to be written."""

    __slots__ = ()


def escape(text: str) -> Html:
    """Text as markup that shows it: nothing in it is markup any more, and nothing in it is invisible."""
    seen = _UNSEEN.sub(lambda m: f"\N{SYMBOL FOR SUBSTITUTE}{ord(m[0]):04X} ", text.replace("\r\n", "\n"))
    return Html(html.escape(seen, quote=True))


def el(tag: str, *children: Any, **attributes: Any) -> Html:
    """An element.

    Args:
        children: markup, data (escaped), ``None`` (left out), or sequences of these.
        attributes: ``class_`` stands for ``class``, other underscores for hyphens; ``None`` leaves one out.
    """
    parts = [f"<{tag}"]
    for name, value in attributes.items():
        if value is not None:
            parts.append(f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"')
    parts.append(">")
    if tag not in VOID:
        parts += [*_flat(children), f"</{tag}>"]
    return Html("".join(parts))


def _flat(children: Iterable[Any]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            yield child
        elif isinstance(child, (list, tuple)):
            yield from _flat(child)
        else:
            yield escape(str(child))
