"""Text of strangers made fit for a terminal: none of it moves the cursor, hides, or turns the reading order.

Whatever comes from a model, a server, a data file, a name, a path or an exception passes :func:`shown` or
:func:`one_line` before a person sees it. Nothing is dropped: what is invisible is shown by its code.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterator

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters (tab and newline apart), marks that turn the direction of writing, blanks without
width, tags, lone surrogates. The joiners of Arabic, Indic and emoji writing are left alone."""
_IN_A_LINE = {"\n": "\\n", "\t": "\\t"}


def shown(text: object) -> str:
    """The text as it may be shown; its own lines and tabs stay."""
    return _UNSEEN.sub(_code, str(text))


def one_line(text: object, limit: int = 0) -> str:
    """The text as it may be shown in one line.

    Args:
        limit: characters; what is longer is cut, and says so. 0 is no limit.
    """
    whole = str(text)
    cut = whole[:limit] if limit else whole
    more = f"… ({len(whole) - len(cut):,} characters more)" if len(whole) > len(cut) else ""
    return re.sub(r"[\n\t]", lambda m: _IN_A_LINE[m[0]], shown(cut)) + more


@contextlib.contextmanager
def to_stdout() -> Iterator[None]:
    """Raises OSError with standard output named as its file, where that cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OSError(e.errno, e.strerror, e.filename or "standard output") from e


def pasted(path: object) -> str:
    """A path as a shell takes it for one word, whatever it is called; never an option."""
    text = str(path)
    text = f"./{text}" if text.startswith("-") else text
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_byte, os.fsencode(text))) + "'"


def python_text(path: object) -> str:
    """A path as a Python literal between double quotes, printable whatever it is called."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escaped(c) for c in str(path)) + '"'


def _code(match: re.Match[str]) -> str:
    return "\\r" if match[0] == "\r" else _escaped(match[0])


def _byte(byte: int) -> str:
    """As it stands in bash's ``$'...'``."""
    return chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in "'\\" else f"\\x{byte:02x}"


def _escaped(char: str) -> str:
    number = ord(char)
    return (
        f"\\x{number:02x}"
        if number < 0x100
        else f"\\u{number:04x}"
        if number < 0x10000
        else f"\\U{number:08x}"
    )
