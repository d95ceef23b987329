"""Code blocks of a Markdown text: as CommonMark says, and as models really write them.

Beyond CommonMark: a fence at the end of a line of text, or of the last line of code; a block on one line; a
fence that the prompt had opened; a block inside a block of Markdown; a block that is never closed. A fence
within a triple-quoted string that is closed later is text of the program.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from verirs.code.extraction.lines import Walk, first_line, is_code, opens_with_code, opens_with_prose, regions

_FENCE = re.compile(
    r"(?P<lead>(?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?)(?P<mark>`{3,}|~{3,})(?P<info>.*)"
)
_RUN = re.compile(r"`{3,}")
_WORD = re.compile(r"[A-Za-z+#][\w+#-]*(?:\.\w+)*")
_CODE_AFTER = re.compile(
    r"(?:def|class|import|from|async|print|for|if|while|return|lambda|#|@|\w+[ \t]*=[^=])"
)

LANGUAGES: dict[str, frozenset[str]] = {
    name: frozenset(spellings.split())
    for name, spellings in {
        "python": "python py ipython ipython3 pypy pypy3 py2 py3 sage tool_code cpython python_code",
        "cpp": "cpp c++ cc cxx c++11 c++14 c++17 c++20 c++23 cpp11 cpp14 cpp17 cpp20 cpp23 g++",
        "c": "c c99 c11 c17 gcc",
        "java": "java",
        "javascript": "javascript js node nodejs mjs",
        "go": "go golang",
        "rust": "rust rs",
    }.items()
}
"""The words after a fence that stand for a language, by the language's name in ``meta["language"]``."""
_OTHER_WORDS = """
bash sh shell console zsh cmd powershell terminal json jsonl yaml yml xml html css sql
output out input stdin stdout stderr error log diff patch latex tex math toml ini
csv ruby rb php swift kotlin kt scala haskell hs r julia jl perl lua matlab octave csharp cs c#
fortran pascal typescript ts tsx jsx dart pycon python-repl pytb doctest mermaid dot makefile
dockerfile elixir clojure lisp scheme ocaml fsharp vb asm nasm wasm zig nim tool_output
pseudocode pseudo algorithm traceback result results rst asciidoc
"""
_OTHER = frozenset(_OTHER_WORDS.split())
_MARKDOWN = frozenset(("markdown", "md"))
_TEXT = frozenset(("text", "txt", "plaintext", "plain", "none"))


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: its language (``""``: untagged, ``text``: said to be none, ``other``: one that no
    program here is written in)."""

    language: str
    code: str
    inline: bool = False
    """On one line, within text: an example perhaps."""


@dataclass(slots=True)
class _Open:
    lead: str
    mark: str
    language: str
    lines: list[str]
    walk: Walk = field(default_factory=Walk)


@dataclass(slots=True)
class _State:
    lines: Sequence[str]
    closes: dict[str, list[int]]
    opens: list[int]
    blocks: list[Block] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    opened: _Open | None = None
    nested: int = 0
    blank: int = 0
    """So many first lines outside of blocks are blank or comments."""
    walk: Walk = field(default_factory=Walk)
    """Of the text outside of blocks, for code that stands there unfenced."""


def language_of(info: str) -> str:
    """The language that the text after a fence names: a name of :data:`LANGUAGES`, ``markdown``, ``text``,
    ``other``, or an empty text where it names none.

    >>> [language_of(i) for i in ("{.python}", "python:solution.py", "c++ title='x'", "", "solution")]
    ['python', 'python', 'cpp', '', '']
    """
    info = info.lower()
    if "x-python" in info:
        return "python"
    for word in _WORD.findall(info)[:6]:
        for part in (word, word.removeprefix("language-").removeprefix("lang-"), word.rpartition(".")[2]):
            for name, spellings in LANGUAGES.items():
                if part in spellings or (name == "python" and re.fullmatch(r"python[\d.]*", part)):
                    return name
            if part in _MARKDOWN:
                return "markdown"
            if part in _TEXT:
                return "text"
            if part in _OTHER:
                return "other"
    return ""


def fenced(text: str) -> tuple[list[Block], str]:
    """The blocks of a text, in order, and the text outside of them."""
    if "```" not in text and "~~~" not in text:
        return [], text
    lines = text.split("\n")
    state = _State(lines, _later_quotes(lines), _later_openings(lines))
    for i, line in enumerate(lines):
        _take(state, i, line)
    if state.opened is not None:
        _close(state)
    return state.blocks, "\n".join(state.outside)


_QUOTES = re.compile(r"^(?:\'\'\'|\"\"\")[ \t]*(\w*)[ \t]*$", re.M)


def quoted(text: str, entry_point: str | None) -> tuple[list[Block], str]:
    """The blocks of a text that writes its fences as triple quotes on lines of their own, and the text
    outside of them; no block where the quotes are those of a program."""
    marks = list(_QUOTES.finditer(text)) if "'''" in text or '"""' in text else []
    if not marks or not (language_of(marks[0][1]) == "python" or not marks[0][1]):
        return [], text
    before, begin = text[: marks[0].start()], marks[0].end() + 1
    if (before.strip() and not opens_with_prose(before)) or len(marks) > 2:
        return [], text
    end = marks[1].start() if len(marks) > 1 else len(text)
    inner, after = text[begin:end], text[marks[1].end() :] if len(marks) > 1 else ""
    if not opens_with_code(inner) or (
        entry_point and re.search(rf"\b{re.escape(entry_point)}\b", inner) is None
    ):
        return [], text
    if not marks[0][1] and after.strip() and not opens_with_prose(after):  # a comment before the program
        return [], text
    return [Block("python", inner)], f"{before}\n{after}"


def _take(state: _State, i: int, line: str) -> None:
    fence = _FENCE.match(line) if "```" in line or "~~~" in line else None
    if fence is not None and "`" in fence["info"] and fence["mark"][0] == "`":
        fence = None  # a block on one line, or code in a sentence
    if state.opened is not None:
        _inside(state, state.opened, i, line, fence)
    elif fence is not None and not _in_string(state, state.walk, i, fence["lead"]):
        _between(state, fence)
    elif "```" in line and not state.walk.quote:
        _late(state, line)
    else:
        state.outside.append(line)
        if state.walk.inside or (line.strip() and (line[0] in " \t" or is_code(line))):
            state.walk.line(line)
        else:
            state.walk = Walk()


def _inside(state: _State, opened: _Open, i: int, line: str, fence: re.Match[str] | None) -> None:
    """A line while a block is open."""
    if (
        fence is not None
        and fence["mark"][0] == opened.mark[0]
        and not _in_string(state, opened.walk, i, fence["lead"])
    ):
        info = fence["info"].strip()
        new = language_of(info) if info and (" " not in info or "=" in info or info[0] in "{:") else ""
        if opened.language == "markdown" and new:
            state.nested += 1
            _open(state, fence)
            return
        if new or _has_code(info):
            _close(state)
            _open(state, fence)
            return
        if len(fence["mark"]) >= len(opened.mark):
            _close(state)
            return
    elif fence is None and opened.mark[0] == "`" and (last := _last_line(line, opened)) is not None:
        if last.strip():
            opened.lines.append(last)
        _close(state)
        return
    opened.lines.append(line)
    opened.walk.line(line)


def _last_line(line: str, opened: _Open) -> str | None:
    """The code before a closing fence on its line, else ``None``."""
    runs = list(_RUN.finditer(line)) if opened.mark in line else []
    if len(runs) != 1 or opened.walk.quote or len(runs[0][0]) < len(opened.mark):
        return None
    before, after = line[: runs[0].start()], line[runs[0].end() :]
    if before.lstrip().startswith("#") or after[:1] in ("'", '"', ")", ","):
        return None
    walk = Walk()
    walk.line(before)
    balanced = before.count("'") % 2 == 0 and before.count('"') % 2 == 0
    return before if balanced and not walk.quote else None


def _between(state: _State, fence: re.Match[str]) -> None:
    """A fence while no block is open: it opens one, or ends one that the prompt had opened."""
    info = fence["info"].strip()
    if not info and state.nested:
        state.nested -= 1
        return
    if not info and not state.blocks:
        before = "\n".join(state.outside)
        fences = sum(_FENCE.match(line) is not None for line in state.lines if "```" in line or "~~~" in line)
        told = before.strip() and not opens_with_prose(before)
        if told and (opens_with_code(before) or fences % 2):
            _implicit(state, before)
            return
    _open(state, fence)


def _implicit(state: _State, code: str) -> None:
    found = regions(code)
    state.blocks += [Block("python", part) for part in (found if len(found) > 1 else [code])]
    state.outside, state.blank = [], 0


def _late(state: _State, line: str) -> None:
    """A fence that does not begin its line: a block on one line, an opening fence, a closing one."""
    runs = list(_RUN.finditer(line))
    first = runs[0]
    before, after = line[: first.start()], line[first.end() :]
    if len(runs) > 1:
        code = line[first.end() : runs[1].start()].strip()
        word = _WORD.match(code)
        language = language_of(word[0]) if word else ""
        if language and word is not None:
            code = code[word.end() :].strip()
        state.blocks.append(Block(language, code, inline=True))
        state.outside.append(before + line[runs[1].end() :])
        return
    language = language_of(after)
    if not before.strip() or language or (not state.blocks and opens_with_prose(before)):
        state.outside.append(before)
        opening = _FENCE.match(first[0] + after)
        assert opening is not None
        _open(state, opening)
    elif not state.blocks and opens_with_code(_first(state, before)):
        _implicit(state, "\n".join([*state.outside, before]))
        state.outside.append(after)
    else:
        state.outside.append(line)


def _first(state: _State, before: str) -> str:
    """The first line that tells what the text outside of blocks is."""
    while state.blank < len(state.outside):
        if first_line(state.outside[state.blank]):
            return state.outside[state.blank]
        state.blank += 1
    return before


def _open(state: _State, fence: re.Match[str]) -> None:
    info = fence["info"].strip()
    code = _code_on_line(info)
    language = language_of(info.removesuffix(code)) if code else language_of(info)
    state.opened = _Open(fence["lead"], fence["mark"], language, [code] if code else [])
    state.walk = Walk()
    if code:
        state.opened.walk.line(code)


def _code_on_line(info: str) -> str:
    """The code that stands on the line of its opening fence."""
    word = _WORD.match(info)
    if word is not None and language_of(word[0]):
        rest = info[word.end() :].strip()
        return rest if _has_code(rest) else ""
    return info if _has_code(info) else ""


def _has_code(info: str) -> bool:
    return _CODE_AFTER.match(info) is not None and is_code(info)


def _close(state: _State) -> None:
    opened = state.opened
    assert opened is not None
    state.opened = None
    if opened.language != "markdown":
        body = [_without_lead(line, opened.lead) for line in opened.lines]
        if body and not opened.language and body[0].strip().lower() in LANGUAGES["python"]:
            del body[0]  # the language, a line too late
        state.blocks.append(Block(opened.language, "\n".join(body).removeprefix("\ufeff")))


def _without_lead(line: str, lead: str) -> str:
    """A line of a block without what its fence stood behind: quotation marks, a list's indentation."""
    if not lead:
        return line
    if ">" in lead:
        for _ in range(lead.count(">")):
            line = re.sub(r"^[ \t]{0,3}> ?", "", line)
        return line
    if line.startswith(lead):
        return line[len(lead) :]
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(blank, len(lead)) :]


def _in_string(state: _State, walk: Walk, i: int, lead: str) -> bool:
    """Whether a fence stands in a triple-quoted string that is closed before a block opens at the margin."""
    if not walk.quote:
        return False
    end = state.closes[walk.quote][i]
    return end < len(state.lines) and not (i <= state.opens[i] < end) and (bool(lead) or i < end)


def _later_quotes(lines: Sequence[str]) -> dict[str, list[int]]:
    """For each line the next one that has a triple quote; the number of lines where there is none."""
    out = {}
    for quote in ('"""', "'''"):
        after, nearest = [len(lines)] * len(lines), len(lines)
        for i in range(len(lines) - 1, -1, -1):
            if quote in lines[i]:
                nearest = i
            after[i] = nearest
        out[quote] = after
    return out


def _later_openings(lines: Sequence[str]) -> list[int]:
    """For each line the next one, itself included, that opens a block of a language at the margin."""
    after, nearest = [len(lines)] * len(lines), len(lines)
    for i in range(len(lines) - 1, -1, -1):
        if lines[i].startswith(("```", "~~~")) and language_of(lines[i].lstrip("`~").strip()[:40]):
            nearest = i
        after[i] = nearest
    return after
