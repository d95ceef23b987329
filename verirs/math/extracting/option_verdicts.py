"""Sentences that call an option correct, or pick it: "option D is correct", "I choose B", "that leaves C"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verirs.system.patterns import regex

NAME = (
    r"(?:(?:the\s+)?(?:correct\s+|right\s+|best\s+)?(?:option|choice|answer|letter|statement|item)|"
    r"alternative|variante?|opción|opção|"
    r"opzione|opsi|pilihan|seçenek|вариант|选项|選項|選択肢|선택지|보기)"
)
OPEN, CLOSE = r"[(\[\uff08\u3010\u300c]?", r"[)\]\uff09\u3011\u300d]?"
CONNECTIVE = (
    r"(?:because|since|as it|as the|due to|for the|which|is (?:the )?(?:correct|right|best)|weil|da|parce|"
    r"car|"
    r"porque|因为|です)"
)
_JUDGED = (
    r"(?:(?:is|are|was|would be|must be|seems|should be)\s+(?:clearly\s+|therefore\s+|thus\s+|indeed\s+)?"
    r"(?:the\s+|my\s+|our\s+)?(?:only\s+|final\s+)?"
    r"(?:what (?:we|I|the question)\b|correct|right|true|best|answer|appropriate|accurate))"
)
DENIES = regex(
    r"(?:\bmight|\bcould|\bmay|\bmaybe|\bperhaps|\bpossibly|\beither|"
    r"\bnot|n't|\bnever|\bneither|\bnor|\bexcept|\bexclud\w*|\beliminat\w*|\brul\w+ out|\binstead of|"
    r"\brather than|\bthan|\bincorrect|"
    r"\bwrong|\bfalse|\breject\w*|\bdiscard\w*|\bnicht|\bpas|\bno es|"
    r"\bbehind|\bafter|\bbefore|\bnext to|\bno puede|\bnon può|\bnão pode|\bnon è|\bnão é|"
    r"\bне|不是|不选|排除|错误)"
    r"(?:\s+(?:option|choice|answer|the|be|is|ser|essere|être|sein|la|el|le|die|der|das|choose|pick|select|"
    r"go with)\b)*[\s:(]*(?:[A-Z]\b[\s,/]*(?:(?:and|or|&)\s+)?)*$",
    re.IGNORECASE,
)
_WITH_OTHERS = regex(r"[A-Z]\s*(?:,|and|or|&)\s*[(\[]?$")
_VERDICT = regex(
    rf"{NAME}\s*[:\uff1a]?\s*{OPEN}(?P<a>[A-Z]){CLOSE}\s*(?:{_JUDGED}|是?正确|是?对的|が正しい|对|"
    rf"ist richtig|"
    rf"est correcte?|es correcta?|è corretta|é a? ?correta)"
    rf"|{OPEN}\b(?P<b>[A-Z]){CLOSE}\s+{_JUDGED}"
    rf"|{OPEN}(?P<c>[A-Z]){CLOSE}\s*(?:选项|項|项)?\s*(?:是)?(?:正确|对的)(?!吗)"
    rf"|(?:故|应|应该|应当|因此|所以|可|本题|我|于是|[\uff0c,\u3002\s]|^)选择?[:\uff1a]?\s*"
    rf"{OPEN}(?P<d>[A-Z]){CLOSE}"
    rf"|\b(?:choose|pick|select|go with|went with|opt for|going with|mark|matches|match|leaves|leaving|is|be)"
    rf"(?: us with| me with| only| just)*[ \t]+(?i:option|"
    rf"choice|answer|letter)?\s*{OPEN}(?P<e>[A-Z]){CLOSE}(?=\s*(?:[.,;:!\u2014-]|$|\n|{CONNECTIVE}))"
    rf"|\b[Oo]nly (?:option )?{OPEN}(?P<g>[A-Z]){CLOSE} "
    rf"(?:satisfies|works|fits|holds|matches|meets|survives|remains|stays|qualifies|applies|does|is|can)\b"
    rf"|\b(?:matches|corresponds to|is|choose|pick|select)\s+(?:the )?(?i:option|choice|"
    rf"answer)\s+{OPEN}(?P<f>[A-Z]){CLOSE}"
    rf"|, (?:which is )?(?:option|choice|answer) {OPEN}(?P<h>[A-Z]){CLOSE}(?=[\s.]*\Z)"
)


def verdicts(text: str) -> Iterator[str]:
    """The last option of the closing text that a sentence calls correct or picks."""
    tail = text[-800:]
    last = None
    for found in _VERDICT.finditer(tail):
        name = next(k for k, v in found.groupdict().items() if v)
        if not DENIES.search(tail, max(0, found.start(name) - 60), found.start(name)) and not re.match(
            r"\s*(?:is|are|was)?\s*(?:n't|not)\b", tail[found.end(name) :]
        ):
            last = None if _WITH_OTHERS.search(tail, 0, found.start(name)) else found[name]
    if last is not None:
        yield last
