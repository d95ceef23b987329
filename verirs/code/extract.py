"""Finds the program in a completion: fences, tags, several blocks, prose, a continued prompt, a full rewrite.

Line rules only; hostile text is never parsed here, so the cost is linear in its length. The rules
are versioned (`EXTRACTION`) and pinned by the golden table in ``tests/code/golden_extraction.py``.
What it does not do: repair syntax, cut off unfinished tails, or pick the block that happens to pass.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from verirs.code.extraction.answer import first_turn, from_json, tagged, without_reasoning
from verirs.code.extraction.choice import choose, fits
from verirs.code.extraction.fences import Block, fenced, quoted
from verirs.code.extraction.lines import first_line, is_code, opens_with_prose, regions
from verirs.code.extraction.shapes import defines, has_method
from verirs.system.end_tokens import without_end_tokens

EXTRACTION = "4"
"""Changes whenever any text gives another program."""

_LANGUAGE_LINE = re.compile(r"\s*(?:python3?|py)[ \t]*\n(?=\S)")
_FUTURE = re.compile(r"^from __future__ import .*\n?", re.M)


@dataclass(frozen=True, slots=True)
class Program:
    """A program and the rule that found it: ``continuation``, ``rewrite`` or ``program``, with ``fence``,
    ``tag`` or ``prose`` in front where something around it was dropped."""

    code: str
    rule: str


def extract(
    text: str, *, entry_point: str | None = None, prompt: str = "", language: str = "python"
) -> Program | None:
    """The program a completion stands for, or ``None`` when it holds no code.

    Args:
        text: the completion.
        entry_point: the function the tests call; ``None`` for a program that reads standard input.
        prompt: the code the completion may continue (HumanEval); empty when the prompt was prose.
        language: of the program, for those that read standard input (a name of ``fences.LANGUAGES``).
    """
    answer = without_reasoning(first_turn(_tidy(text)))
    if answer is None:
        return None
    answer = from_json(answer)
    prompt = _code_prompt(prompt, entry_point) if prompt and entry_point else ""
    for parts in tagged(answer):
        found = _of_parts(parts, entry_point, prompt, language)
        if found is not None:
            return found
    blocks, outside = fenced(answer)
    if not blocks and language == "python":
        blocks, outside = quoted(answer, entry_point)
    if blocks:
        return _of_blocks(blocks, outside, entry_point, prompt, language)
    if language != "python":
        return Program(answer, "program") if answer.strip() else None
    if (first := _LANGUAGE_LINE.match(answer)) is not None:  # a fence whose marks are gone
        answer = answer[first.end() :]
    return _unfenced(answer, entry_point, prompt)


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return without_end_tokens(text)


def _code_prompt(prompt: str, entry_point: str) -> str:
    """The code in a prompt: all of it where it opens with code, else the piece with the entry point."""
    if not opens_with_prose(prompt) and "```" not in prompt:
        return prompt
    blocks, outside = fenced(prompt.replace("\r\n", "\n"))
    pieces = [b.code for b in blocks if b.language in ("python", "")] + regions(outside)
    return next((p for p in pieces if _begins(p, entry_point)), "")


def _begins(code: str, entry_point: str) -> bool:
    return defines(code, entry_point) or has_method(code, entry_point)


def _of_parts(parts: Sequence[str], entry_point: str | None, prompt: str, language: str) -> Program | None:
    """The program between tags of one kind."""
    blocks: list[Block] = []
    for part in parts:
        own, _ = fenced(part)
        if own:
            blocks += own
        elif language != "python":
            blocks.append(Block(language, part.strip("\n")))
        else:
            blocks += [Block("python", region) for region in regions(part.strip("\n")) if region.strip()]
    code = choose(blocks, entry_point, language)
    if code is None or not (fits(code, entry_point, language) or prompt):
        return None
    return _assemble(code, entry_point, prompt, "tag ", exact=False)


def _of_blocks(
    blocks: Sequence[Block], outside: str, entry_point: str | None, prompt: str, language: str
) -> Program | None:
    """The program of fenced blocks; where none has it, code that stands unfenced beside them counts, then
    blocks that are said to be plain text."""
    code = choose(blocks, entry_point, language)
    if code is None or not fits(code, entry_point, language):
        beside = [Block("python", region) for region in regions(outside) if region.strip()]
        texts = [replace(b, language="") for b in blocks if b.language == "text"]
        for others, how in ((beside if language == "python" else [], "prose "), (texts, "fence ")):
            other = choose(others, entry_point, language)
            if other is not None and fits(other, entry_point, language):
                return _assemble(other, entry_point, prompt, how, exact=False)
    return None if code is None else _assemble(code, entry_point, prompt, "fence ", exact=False)


def _unfenced(answer: str, entry_point: str | None, prompt: str) -> Program | None:
    """The program of a text without fences: its runs of code."""
    if prompt and (answer.count('"""') + answer.count("'''")) % 2:  # goes on inside the prompt's docstring
        return _assemble(answer, entry_point, prompt, "", exact=True)
    found = [region for region in regions(answer) if region.strip()]
    if not found:
        if not answer.strip():
            return _assemble(answer, entry_point, prompt, "", exact=True) if prompt else None
        runs = _indented_runs(answer)
        inner = (
            _wanted(runs, entry_point) or (runs[0] if prompt and runs else "") or _span(answer, entry_point)
        )
        return _assemble(inner, entry_point, prompt, "prose ", exact=False) if inner else None
    if len(found) == 1 and found[0] == answer:
        return _assemble(answer, entry_point, prompt, "", exact=True)
    blocks = [Block("python", region) for region in found]
    code = choose(blocks, entry_point, "python")
    if prompt and entry_point and (code is None or not _begins(code, entry_point)):
        code = found[0]
    assert code is not None
    if not fits(code, entry_point, "python") and not prompt:
        code = _wanted(_indented_runs(answer), entry_point) or code
    return _assemble(code, entry_point, prompt, "prose ", exact=False)


def _indented_runs(text: str) -> list[str]:
    """The runs of indented lines: code blocks that Markdown marks by nothing else."""
    runs: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line[:4] == "    " or line[:1] == "\t" or not line.strip():
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    pieces = ["\n".join(run).strip("\n") + "\n" for run in runs]
    return [piece for piece in pieces if piece.strip()]


def _span(text: str, entry_point: str | None) -> str:
    """A definition on one line that stands in a sentence as code: `` `def f(x): return x` ``."""
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text) if entry_point else []
    return next(
        (s + "\n" for s in reversed(spans) if entry_point and defines(s, entry_point) and "(" in s), ""
    )


def _wanted(runs: Sequence[str], entry_point: str | None) -> str:
    """The program of indented runs, where one has what is looked for."""
    pieces = [textwrap.dedent(run) for run in runs]
    code = choose([Block("python", p) for p in pieces if is_code(first_line(p))], entry_point, "python")
    return code if code is not None and fits(code, entry_point, "python") else ""


def _assemble(code: str, entry_point: str | None, prompt: str, how: str, *, exact: bool) -> Program:
    """Joins a piece of code with the prompt it continues or rewrites."""
    if not prompt or not entry_point or not _begins(prompt, entry_point):
        return Program(code, how + "program")
    if not _indented(first_line(code)) and _begins(code, entry_point):
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
    first = rf"class Solution\b|(?:async\s+)?(?:def|class)\s+{re.escape(entry_point)}\b"
    start = next(
        (i for i, line in enumerate(lines) if re.match(first, line) or defines(line, entry_point)), 0
    )
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


_CODE_START = re.compile(r"(?:from|import|def|class|async def)\s+\w|@\w")


def _indented(line: str) -> bool:
    return line[:1] in (" ", "\t")
