"""Tells lines of Python from lines of prose, in any human language, by their shape alone.

Nothing is parsed: a text is walked through once, line by line, with the state of triple quotes and brackets.
A line whose shape says nothing is taken for code where code goes on, so that no program is cut for being odd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*|[()\[\]{}]")
_KEYWORD = re.compile(
    r"(?:async\s+)?def\s+\w+\s*[(\[]|class\s+\w+\s*[:(\[]|from\s*[\w.]+\s+import\b|@[A-Za-z_]"
    r"|import\s+[\w.]+(?:\s+as\s+\w+)?\s*(?:[,;#]|$)|(?:try|else|finally)\s*:|except\b.*:"
    r"|(?:async\s+)?for\s+[\w(*][\w.,*()\[\] ]*\s+in\s.*:|(?:async\s+)?with\s+.*(?:\(|\sas\s).*:"
    r"|if\s+__name__|type\s+[A-Z]\w*(?:\[.*\])?\s*=(?!=)"
)
_WORDS_AFTER = re.compile(
    r"(?:if|elif|while|return|yield|raise|assert|del|global|nonlocal|pass|break|continue|await|match)\b"
)
_OPERATORS = frozenset(
    ("and", "or", "not", "in", "is", "if", "else", "for", "lambda", "await", "from", "True", "None")
)
_TARGET = r"[(\[]?\*?[^\W\d]\w*(?:\.\w+|\[[^\]]*\])*[)\]]?"
_ASSIGNMENT = re.compile(
    rf"(?![A-Z][a-z]+:\s){_TARGET}(?:\s*,\s*{_TARGET}){{0,20}}\s*,?\s*(?::[^=]*)?(?:[+\-%&|^@]|\*\*?|//?|<<|>>)?=(?!=)"
)
_CALL = re.compile(r"[^\W\d][\w.]*(?:\[[^\]]*\])*\(")
_AFTER_CALL = re.compile(
    r"\s*(?:$|[#;\[(+*/%<>=&|^\\,@]|!=|-\s*[\w(]|\.[A-Za-z_]|(?:if|for|and|or|in|is|not|else)\b)"
)
_MARKUP = re.compile(r"(?:[-*+•–—·] |[=<>|$?!%/\\&:;,^]|\.(?!\.\.)|-+>|\d+[.)] |\*\*|__[^\W_]|[-*_]{3,}\s*$)")
_TWO_WORDS = re.compile(r"[\"“‘'*`]?[^\W\d_][\w'’`*-]*[\"”]?(?:[,;.:!?]|\s-)?\s+[\"“(*`]?[^\W_][\w'’`*.-]*")
_SECOND = re.compile(r"\S+\s+(?:and|or|not|in|is|if|else|for|as)\b")
_EXPRESSION = re.compile(r"[\w\])]\(|[\[\]{}=<>+*/]")
_LABEL = re.compile(r"[^\W\d_][\w'’`* ()/,-]*[.!?:…。！？：，]+[*\"”')\s]*$")
_ANNOTATION = re.compile(r"[a-z_]\w*\s*:\s*[\w.]+(?:\[.*\])?\s*(?:#.*)?$")
_BEGUN = re.compile(r"(?:async\s+)?(?:def|class|import)\b|from\b\s*[\w.]*(?:\s+i\w*)?\s*$")
_BARE = re.compile(r"(?:[A-Z][a-z]+|OK)$")
_WORD_ALONE = re.compile(r"(?!(?:pass|break|continue|return|True|False|None)\b)[^\W\d_]+$")
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*")


@dataclass(slots=True)
class Walk:
    """The state between two lines of Python: the open triple quote and the depth of brackets."""

    quote: str = ""
    depth: int = 0
    joined: bool = False

    @property
    def inside(self) -> bool:
        """Whether the next line goes on with what the lines before began."""
        return bool(self.quote) or self.depth > 0 or self.joined

    def line(self, text: str) -> None:
        """Take one more line."""
        for match in _TOKEN.finditer(text):
            token = match[0]
            if self.quote:
                if token == self.quote:
                    self.quote = ""
                elif (
                    token[0] in "\"'#" and self.quote in token[1:]
                ):  # the quote ends within what looked whole
                    self.quote = ""
            elif token in ('"""', "'''"):
                self.quote = token
            elif token in "([{":
                self.depth += 1
            elif token in ")]}":
                self.depth = max(0, self.depth - 1)
        self.joined = not self.quote and text.endswith("\\")


def is_code(line: str) -> bool:
    """Whether a line at the left margin can only be Python."""
    if _KEYWORD.match(line) or line[:1] in ")]}" or line.startswith(('"""', "'''")):
        return True
    if (keyword := _WORDS_AFTER.match(line)) is not None:
        return not _is_sentence(line[keyword.end() :])
    if _ASSIGNMENT.match(line) or (line[:1] == "[" and line.endswith("]") and " for " in line):
        return True
    if (call := _CALL.match(line)) is not None:
        end = line.rfind(")")
        return end < call.end() - 1 or _AFTER_CALL.match(line, end + 1) is not None
    return False


def is_prose(line: str) -> bool:
    """Whether a line at the left margin can be no Python: a sentence, a label, Markdown."""
    if is_code(line) or line.startswith("#") or _BEGUN.match(line):
        return False
    if _MARKUP.match(line) or _LABEL.match(line):
        return True
    if _CALL.match(line):  # code in a sentence: "add(1, 2) returns 3"
        return not line.rstrip().endswith(":")
    if _TWO_WORDS.match(line):
        return not (_ANNOTATION.match(line) or (_SECOND.match(line) and _EXPRESSION.search(line)))
    return not line.isascii() and not _STRING.sub("", line).isascii()


def _is_sentence(rest: str) -> bool:
    """Whether what follows a keyword is words and no expression."""
    words = re.findall(r"[^\W\d_][\w'’]*", rest)
    if len(words) < 2 or not re.fullmatch(r"[\w\s'’,.:;!?`-]*", rest):
        return False
    return not _OPERATORS.intersection(words) and re.search(r"\w\s+\w+\s+\w", rest.strip()) is not None


def opens_with_prose(text: str) -> bool:
    """Whether the first line that is neither blank nor a comment is prose."""
    return is_prose(first_line(text))


def opens_with_code(text: str) -> bool:
    """Whether the first line that is neither blank nor a comment is indented or can only be Python."""
    first = first_line(text)
    return first[:1] in (" ", "\t") or bool(first and is_code(first))


def first_line(text: str) -> str:
    """The first line that is neither blank nor a comment at the margin."""
    return next((line for line in text.split("\n") if line.strip() and not line.startswith("#")), "")


def regions(text: str) -> list[str]:
    """The runs of Python in a text, in order, without the sentences around them."""
    lines = text.split("\n")
    return [_without_blank_end(lines[a:b], b == len(lines)) for a, b in _runs(lines)]


def _runs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = None if opens_with_prose("\n".join(lines)) or _one_word_then_code(lines) else 0
    walk = Walk()
    for i, line in enumerate(lines):
        if not walk.inside and line.strip() and line[0] not in " \t":
            if start is None:
                start = i if is_code(line) or _heads(lines, i) else None
            elif is_prose(line) or (_BARE.match(line) and not "".join(lines[i + 1 :]).strip()):
                yield start, i
                start = None
        if start is not None:
            walk.line(line)
        else:
            walk = Walk()
    if start is not None:
        yield start, len(lines)


def _one_word_then_code(lines: Sequence[str]) -> bool:
    """Whether a text begins with a word on a line of its own and goes on with code."""
    filled = [line for line in lines if line.strip()][:2]
    return len(filled) == 2 and _WORD_ALONE.match(filled[0]) is not None and is_code(filled[1])


def _heads(lines: Sequence[str], i: int) -> bool:
    """Whether a line is a comment that stands right above code."""
    if not lines[i].startswith("# "):
        return False
    below = next((line for line in lines[i + 1 : i + 6] if not line.startswith("#")), "")
    return bool(below.strip()) and is_code(below)


def _without_blank_end(lines: Sequence[str], last: bool) -> str:
    text = "\n".join(lines)
    return text if last else text.rstrip("\n") + "\n"
