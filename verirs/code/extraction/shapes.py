"""What a piece of Python defines, reads and does, by the shape of its lines; nothing is parsed."""

from __future__ import annotations

import re

from verirs.code.extraction.lines import Walk

_TOP_NAME = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.M)
_DEFINED = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^([A-Z][A-Z0-9_]*)[ \t]*=(?!=)[^(\n]*$", re.M)
_IMPORTED = re.compile(r"^(?:from\s+\S+\s+)?import\s+(.+)$", re.M)
_READS_INPUT = re.compile(
    r"\b(?:raw_)?input\s*\(|\bstdin\b(?![ \t]*=(?!=))|\bopen\s*\(\s*(?:0\b|[\"']/dev/stdin)|\bfileinput\b"
    r"|\bos\.(?:read|fdopen)\s*\(\s*0\b|\bread\s*\(\s*0\s*,"
)
_GIVES_INPUT = re.compile(r"\bstdin[ \t]*=(?!=)[ \t]*(?:\w+\.)*(?:StringIO|BytesIO)\b")
_BODILESS = re.compile(r"(?:\.\.\.|pass|raise NotImplementedError\b.*|return NotImplemented|[\"'].*|#.*|)")
_IDLE = re.compile(
    r"(?:async\s+)?(?:def|class)\b|@|import\b|from\b|#|[)\]}\"']|[\w.,* \t]+(?::[^=\n]*)?=(?!=)|global\b"
)
_WORD = re.compile(r"\w+")


def defines(code: str, name: str) -> bool:
    """Whether ``name`` is bound at the left margin of the code."""
    name = re.escape(name)
    bound = rf"^(?:(?:async\s+)?(?:def|class)\s+{name}\b|{name}[ \t]*(?::[^=\n]*)?=(?!=))"
    return re.search(bound, code, re.M) is not None


def offers(code: str, name: str) -> bool:
    """Whether code gives a function of that name in any way: at the margin, by an import, below an ``if``,
    or as a method of a class."""
    if defines(code, name) or has_method(code, name, ""):
        return True
    imported = rf"^(?:from\s+[\w.]+\s+)?import\s.*\b{re.escape(name)}\b"
    return re.search(imported, code, re.M) is not None or _below_condition(code, name)


def _below_condition(code: str, name: str) -> bool:
    found = re.search(rf"^[ \t]+(?:async\s+)?def\s+{re.escape(name)}\b", code, re.M)
    if found is None:
        return False
    above = [line for line in code[: found.start()].split("\n") if line.strip() and line[0] not in " \t#"]
    return bool(above) and re.match(r"(?:if|elif|else|try|except|with|for)\b", above[-1]) is not None


def has_method(code: str, name: str, owner: str = "Solution") -> bool:
    """Whether code has a class ``owner`` (of any name where that is empty) and an indented function."""
    owner = rf"{re.escape(owner)}\b" if owner else r"\w"
    return (
        re.search(rf"^class\s+{owner}", code, re.M) is not None
        and re.search(rf"^[ \t]+(?:async\s+)?def\s+{re.escape(name)}\b", code, re.M) is not None
    )


def is_stub(code: str, name: str) -> bool:
    """Whether the last function of that name has no body: ``...``, ``pass``, a docstring or nothing."""
    found = None
    for found in re.finditer(rf"^([ \t]*)(?:async\s+)?def\s+{re.escape(name)}\b", code, re.M):  # noqa: B007
        pass
    if found is None:
        return False
    header, _, rest = _after_header(code[found.start() :])
    if not header:
        return True
    width = len(found[1].expandtabs(4))
    walk = Walk()
    for number, line in enumerate(rest.split("\n")):
        within, said = walk.inside, line.strip()
        if (
            number
            and said
            and said[0] != "#"
            and not within
            and len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) <= width
        ):
            return True
        walk.line(line)
        if not within and not (_BODILESS.fullmatch(said) or walk.quote):
            return False
    return True


def _after_header(code: str) -> tuple[str, str, str]:
    """A function's header up to its colon, and what follows."""
    depth = 0
    for i, c in enumerate(code[:5000]):
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == ":" and depth == 0:
            return code[:i], c, code[i + 1 :]
    return "", "", ""


def reads_input(code: str) -> bool:
    """Whether a program reads standard input (and does not put a text of its own there)."""
    return _READS_INPUT.search(code) is not None and _GIVES_INPUT.search(code) is None


def is_idle(code: str) -> bool:
    """Whether code only imports, defines and assigns, so that it does nothing when it is run."""
    walk = Walk()
    for line in code.split("\n"):
        if not walk.inside and line.strip() and line[0] not in " \t" and not _IDLE.match(line):
            return False
        walk.line(line)
    return True


def calls_at_margin(code: str, names: set[str]) -> bool:
    """Whether code runs one of these functions when it is run itself."""
    run = re.findall(r"^(?:.*=[ \t]*|print\(|if __name__.*:[ \t]*|[ \t]+)?(\w+)\(", code, re.M)
    return bool(names.intersection(run))


def top_names(code: str) -> set[str]:
    """Names bound at the left margin."""
    names = {a or b for a, b in _TOP_NAME.findall(code)}
    for what in _IMPORTED.findall(code):
        names |= {part.split(" as ")[-1].strip().split(".")[0] for part in what.strip("()").split(",")}
    return names - {""}


def defined_names(code: str) -> set[str]:
    """Functions, classes and constants (``MOD = 7``) at the left margin."""
    return {a or b for a, b in _DEFINED.findall(code)}


def words(code: str) -> set[str]:
    return set(_WORD.findall(code))
