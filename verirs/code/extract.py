"""Finds the program in a completion: fences, several blocks, prose, a continued prompt, a full rewrite.

Line rules only; hostile text is never parsed here, so the cost is linear in its length. The rules
are versioned (`EXTRACTION`) and pinned by the golden table in ``tests/code/golden_extraction.py``.
What it does not do: repair syntax, cut off unfinished tails, or pick the block that happens to pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EXTRACTION = "1"
"""Changes whenever any text gives another program."""

_FENCE = re.compile(r"([ \t]*)(`{3,})(?!.*`)[ \t]*(\S*)")
_PYTHON = {"python", "py", "python3", "py3", "python2"}
_CODE_START = re.compile(r"(?:from|import|def|class|async def)\s+\w|@\w")
_TOP_NAME = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.M)
_IMPORTED = re.compile(r"^(?:from\s+\S+\s+)?import\s+(.+)$", re.M)
_PROSE = re.compile(
    r"(?!(?:True|False|None)\b)(?:I|[A-Z][a-z’']+)[,:]?(?: [A-Za-z’'`*\"-]+[,:.;!?]?){2,}"
    r"|[-*] |\d+\. |\*\*|#{2,} "
)
_FUTURE = re.compile(r"^from __future__ import .*\n?", re.M)
_WORD = re.compile(r"\w+")
_READS_INPUT = re.compile(r"\binput\s*\(|\bstdin\b|\bopen\s*\(\s*0")
_NOT_CODE = (">>>", "$ ", "Traceback (most recent call last)")


@dataclass(frozen=True, slots=True)
class Program:
    """A program and the rule that found it: ``continuation``, ``rewrite`` or ``program``, with
    ``fence`` or ``prose`` in front where something around it was dropped."""

    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    code: str


def extract(text: str, *, entry_point: str | None = None, prompt: str = "") -> Program | None:
    """The program a completion stands for, or ``None`` when it holds no code.

    Args:
        text: the completion.
        entry_point: the function the tests call; ``None`` for a program that reads standard input.
        prompt: the code the completion may continue (HumanEval); empty when the prompt was prose.
    """
    answer = _answer(text.replace("\r\n", "\n"))
    if answer is None:
        return None
    blocks = _fenced(answer)
    if blocks:
        code = _choose(blocks, entry_point)
        return None if code is None else _assemble(code, entry_point, prompt, "fence ", exact=False)
    cut = _without_prose(answer)
    if cut is None or not (cut.strip() or prompt):
        return None
    return _assemble(cut, entry_point, prompt, "prose " if cut != answer else "", exact=cut == answer)


def _answer(text: str) -> str | None:
    """The text without its reasoning part and answer markers; ``None``: it never left its reasoning."""
    _, closed, rest = text.rpartition("</think>")
    if closed:
        text = rest
    elif text.lstrip().startswith("<think>"):
        return None
    if "[BEGIN]" in text:
        text = text.partition("[BEGIN]")[2]
    return text.partition("[DONE]")[0] if "[DONE]" in text else text


def _fenced(text: str) -> list[_Block]:
    """The fenced blocks, in order. A closing fence without an opening one ends a block that began with
    the text (the prompt had opened it); a block cut off by the end of the text counts too."""
    lines = text.split("\n")
    marks = [(i, m) for i, line in enumerate(lines) if (m := _FENCE.match(line))]
    if not marks:
        return []
    blocks: list[_Block] = []
    opened: tuple[int, re.Match[str]] | None = None
    first, mark = marks[0]
    before = "\n".join(lines[:first])
    if (
        not mark[3]
        and (_starts_as_code(before) or len(marks) % 2)
        and before.strip()
        and not _opens_prose(before)
    ):
        blocks.append(_Block("python", before))
        marks = marks[1:]
    for i, mark in marks:
        if opened is None:
            opened = (i, mark)
        elif len(mark[2]) >= len(opened[1][2]) and not mark[3]:
            blocks.append(_block(lines[opened[0] + 1 : i], opened[1]))
            opened = None
    if opened is not None:
        blocks.append(_block(lines[opened[0] + 1 :], opened[1]))
    return blocks


def _block(lines: list[str], mark: re.Match[str]) -> _Block:
    indent = mark[1]
    body = "\n".join(line.removeprefix(indent) for line in lines) if indent else "\n".join(lines)
    return _Block(mark[3].lower(), body)


def _choose(blocks: list[_Block], entry_point: str | None) -> str | None:
    """The last block that defines the entry point (or reads input), with earlier blocks it leans on."""
    usable = [
        b
        for b in blocks
        if (b.language in _PYTHON or not b.language)
        and b.code.strip()
        and not b.code.lstrip().startswith(_NOT_CODE)
    ]
    tagged = [b for b in usable if b.language in _PYTHON]
    if not usable:
        return None
    if entry_point:
        right = [b for b in usable if defines(b.code, entry_point)]
    else:
        right = [b for b in tagged or usable if _READS_INPUT.search(b.code)]
    chosen = (right or tagged or usable)[-1]
    parts, words, bound = [chosen.code], set(_WORD.findall(chosen.code)), _top_names(chosen.code)
    for block in reversed(usable[: next(i for i, b in enumerate(usable) if b is chosen)]):
        lent = _top_names(block.code)
        if entry_point not in lent and (lent - bound) & words:
            parts.insert(0, block.code.rstrip("\n") + "\n\n")
            words.update(_WORD.findall(block.code))
            bound |= lent
    return "".join(parts)


def _top_names(code: str) -> set[str]:
    names = {a or b for a, b in _TOP_NAME.findall(code)}
    for what in _IMPORTED.findall(code):
        names |= {part.split(" as ")[-1].strip().split(".")[0] for part in what.strip("()").split(",")}
    return names - {""}


def defines(code: str, name: str) -> bool:
    """Whether ``name`` is bound at the left margin of the code."""
    return (
        re.search(
            rf"^(?:(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b|{re.escape(name)}\s*=(?!=))", code, re.M
        )
        is not None
    )


def _assemble(code: str, entry_point: str | None, prompt: str, how: str, *, exact: bool) -> Program:
    """Joins a piece of code with the prompt it continues or rewrites."""
    if not prompt or not entry_point or not defines(prompt, entry_point):
        return Program(code, how + "program")
    if not _indented(_first_line(code)) and defines(code, entry_point):
        future = "".join(line.rstrip("\n") + "\n" for line in _FUTURE.findall(code))
        return Program(
            future + _before_definition(prompt, entry_point) + _FUTURE.sub("", code), how + "rewrite"
        )
    if not exact:
        prompt = prompt.rstrip("\n") + "\n"
    return Program(prompt + _reindent(code, _body_indent(prompt)), how + "continuation")


def _before_definition(prompt: str, entry_point: str) -> str:
    """What the prompt offers besides the function itself: imports and helpers."""
    lines = prompt.split("\n")
    start = next(i for i, line in enumerate(lines) if defines(line, entry_point))
    while start and lines[start - 1].startswith("@"):
        start -= 1
    return "\n".join(lines[:start]) + "\n" if start else ""


def _body_indent(prompt: str) -> str:
    last = next((line for line in reversed(prompt.split("\n")) if line.strip()), "")
    return last[: len(last) - len(last.lstrip())] or "    "


def _reindent(code: str, indent: str) -> str:
    """Gives a function body back the indentation that a chat answer or an API stripped: of the first
    line alone, or of the whole body. Leaves everything else as it is."""
    lines = code.split("\n")
    full = [i for i, line in enumerate(lines) if line.strip()]
    if not full or _indented(lines[full[0]]) or (code[:1] == "\n"):
        return code
    first, rest = lines[full[0]], [lines[i] for i in full[1:]]
    if re.search(r"^(?:return|yield)\b", code, re.M) and (
        not rest or any(not _indented(line) for line in rest)
    ):
        return "\n".join(indent + line if line.strip() else line for line in lines)
    if not rest or any(not _indented(line) for line in rest) or _CODE_START.match(first):
        return code
    width = len(rest[0]) - len(rest[0].lstrip())
    if first.rstrip().endswith(":") and width <= len(indent.expandtabs(4)):
        return "\n".join(indent + line if line.strip() else line for line in lines)
    lines[full[0]] = indent + first
    return "\n".join(lines)


def _without_prose(text: str) -> str | None:
    """Drops sentences before and after unfenced code; ``None`` when sentences are all there is."""
    if (text.count('"""') + text.count("'''")) % 2:  # goes on inside the prompt's docstring
        return text
    lines = text.split("\n")
    start = 0
    if _opens_prose(text):
        start = next((i for i, line in enumerate(lines) if _CODE_START.match(line)), -1)
        if start < 0:
            return None
    quotes = 0
    for i in range(start, len(lines)):
        if not quotes % 2 and i > start and _PROSE.match(lines[i]):
            return "\n".join(lines[start:i]).rstrip("\n") + "\n"
        quotes += lines[i].count('"""') + lines[i].count("'''")
    return "\n".join(lines[start:])


def _opens_prose(text: str) -> bool:
    return _PROSE.match(_first_line(text)) is not None


def _starts_as_code(text: str) -> bool:
    first = _first_line(text)
    return _indented(first) or _CODE_START.match(first) is not None


def _first_line(text: str) -> str:
    """The first line that is neither blank nor a comment at the margin."""
    return next((line for line in text.split("\n") if line.strip() and not line.startswith("#")), "")


def _indented(line: str) -> bool:
    return line[:1] in (" ", "\t")
