"""Which part of a completion is its final answer.

One conventions, one order, version :data:`POLICY`; the first rule that finds something decides:

1. only what follows the last ``</think>`` counts, an unfinished ``<think>`` holds no answer; text
   after an end-of-turn token is not the model's;
2. the last ``<answer>...</answer>`` (or ``<|begin_of_box|>``);
3. the last ``\\boxed{...}``; boxes joined by a comma, "and" or "or" are one list (so a hedge
   ``\\boxed{1} or \\boxed{2}`` is two values, never the right one of them); a box left open is no answer;
4. ``#### x``;
5. "the answer is x", "Final Answer: x", "A: x" and the like, the last one;
6. the whole text, where all of it is one mathematical value;
7. the last formula, bold text, printed output or right side of ``=``, where it closes the text;
8. the last number.

Scanning is linear and looks only at the end of a long text. Nothing here judges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from verirs.math.reading.clean import clean
from verirs.math.reading.read import read
from verirs.math.values import Refused, contains
from verirs.system.end_tokens import without_end_tokens

POLICY = 1
MAX_TEXT = 1_000_000
_TAIL = 6_000
_CLOSE = 600
_MAX_BOXES = 32

_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_END_OF_TURN = re.compile(r"<\|(?:im_start|im_end|endoftext|eot_id|end|assistant|user)\|>|</s>|<\uff5cend")
_TAG = re.compile(r"<answer>|<\|begin_of_box\|>")
_TAG_END = {"<answer>": "</answer>", "<|begin_of_box|>": "<|end_of_box|>"}
_GAP = re.compile(
    r"(?:\}|\\[)\]]|[\s$])*(?:\\text\{\s*)?(?:[A-Za-z]+[\s}$]+){0,2}?"
    r"(?P<join>(?:,|;|&|\\quad|\\qquad|\band\b|\bor\b|[ ])(?:[\s,$;]|\\quad|\\qquad|\\text\{|\\[ ,;(\[]|\}|"
    r"\band\b|\bor\b|\bmaybe\b|\bperhaps\b|\beither\b|\balso\b|\bpossibly\b)*)(?:\\[(\[]|[$\s]|[A-Za-z]\s*=)*"
)
_IS = r"[*_\s]*(?:\b(?:is|are|should be|would be|must be|will be|becomes)\b|[:=\uff1a]|(?=\s*\$)|\n)"
_ANSWER = re.compile(rf"answers?\b(?:\s+(?:to|for|of)\b[^\n.:=]{{1,80}}?)?{_IS}")
_SAID = {
    "answer": _ANSWER,
    "result is": re.compile(r"result is\b"),
    "solution is": re.compile(r"solution is\b"),
    "\na:": re.compile(r"\na:"),
    "réponse": re.compile(r"réponse\s*(?:est|:|\uff1a)"),
    "respuesta": re.compile(r"respuesta\s*(?:es|:)"),
    "antwort": re.compile(r"antwort\s*(?:ist|:)"),
    "ответ": re.compile(r"ответ\s*[:-]"),
    "答案": re.compile(r"答案(?:是|为|:|\uff1a)"),
    "答え": re.compile(r"答え[は:\uff1a]"),
}
_ASCII_SAID = [(anchor, pattern) for anchor, pattern in _SAID.items() if anchor.isascii()]
_MAX_MENTIONS = 8
_LEAD = re.compile(
    r"(?:[\s*_`\"':>\uff1a]|=(?!=)|\\\\|therefore|thus|simply|just|equal to|indeed|exactly|approximately|"
    r"about|likely|probably|then|clearly|for sure|definitely)+",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z\"'(]|\s*$)|\u3002|\n\s*\n|\n(?=[A-Z#*-])|<\|")
_SAYS = re.compile(r"\b(?:is|are|equals|was|be)\s+(?=[^\s])|:\s+", re.IGNORECASE)
_MATH = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\$])\$(?!\$)((?:[^$\\\n]|\\.){1,400}?)\$(?!\d)",
    re.DOTALL,
)
_PROSE_IN_MATH = re.compile(r"[A-Za-z]{3,}[\s,]+[A-Za-z]{2,}")
_PROSE_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}(?=[\s,.'])")
_BOLD = re.compile(r"\*\*([^*\n]{1,120})\*\*")
_OUTPUT = re.compile(r"```(?:output|text)?[ \t]*\n([^`]{0,2000}?)\s*```?\s*$")
_NUMBER = re.compile(
    r"(?<![\w.\\^])(?<!\^\{)(?<![\d)\]}] )[-\u2212]?(?:[$€£¥]\s?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    r"(?:\s?/\s?\d+(?![\d./]))?(?:\s?\\?%)?"
    r"|(?<![\^_])(?<![\^_]\{)[$€£¥]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?\\?%)?|\.\d+"
)
_PLAIN_NUMBER = re.compile(r"-?\$?\d{1,15}(?:\.\d{1,9})?")
_NEGATED = re.compile(
    r"\bnot\b|n't\b|\bnever\b|\bcannot\b|\bno longer\b|\\neq?\b|!=|≠|\bunknown\b|\bimpossible\b",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"=\s*([^=\n]{1,120}?)[\s.)\]。□∎]*$")


_WORDED = frozenset(("text", "raw"))


@dataclass(frozen=True, slots=True)
class Extraction:
    """The final answer of a completion, or why there is none.

    Args:
        answer: the answer's text, ``None`` where there is none.
        method: the rule that found it: ``tag``, ``boxed``, ``hashes``, ``phrase``, ``whole``,
            ``formula``, ``bold``, ``output``, ``equation``, ``number`` or ``none``.
        reason: why there is none.
    """

    answer: str | None
    method: str
    reason: str = ""


def extract(text: str) -> Extraction:
    """The final answer of a completion. Never raises; at most the last ``MAX_TEXT`` characters count."""
    if len(text) > MAX_TEXT:
        text = text[-MAX_TEXT:]
    text = without_end_tokens(text)
    if "<" in text:
        text = _models_own(text)
        if "<think>" in text:
            return Extraction(None, "none", "the reasoning was not finished")
        tagged = _tagged(text)
        if tagged is not None:
            return tagged
    at = text.rfind("\\boxed")
    if at < 0:
        at = text.rfind("\\fbox{")
    if at >= 0:
        return _boxed(text, at)
    tail = text[-_TAIL:] if len(text) > _TAIL else text
    if not tail or tail.isspace():
        return Extraction(None, "none", "the completion is empty")
    return _hashes(tail) or _unmarked(tail)


def _final(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match."""
    last = None
    for match in pattern.finditer(text):
        last = match
    return last


def _models_own(text: str) -> str:
    """The completion without its reasoning block and what follows its end-of-turn token."""
    start = text.rfind("</think>")
    if start >= 0:
        text = text[start + 8 :]
    if "<|" in text or "</s>" in text or "<\uff5c" in text:
        turn = _END_OF_TURN.search(text)
        if turn and turn.start() > 0:
            text = text[: turn.start()]
    return text


def _tagged(text: str) -> Extraction | None:
    last = _final(_TAG, text) if "<answer>" in text or "<|begin_of_box|>" in text else None
    if last is None:
        return None
    end = text.find(_TAG_END[last[0]], last.end())
    inside = text[last.end() : end if end >= 0 else len(text)].strip()
    at = inside.rfind("\\boxed")
    if at >= 0:
        return _boxed(inside, at)
    if not inside:
        return Extraction(None, "tag", "the answer tag is empty")
    return Extraction(inside, "tag")


def _closing(text: str, start: int) -> int:
    """Where the group opened before ``start`` closes, or -1."""
    end = text.find("}", start)
    if end < 0:
        return -1
    inside = text[start:end]
    if "{" not in inside and "\\" not in inside:  # a number in a box
        return end
    depth = 1
    for match in _BRACES.finditer(text, start):
        char = match[0]
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return match.start()
    return -1


def _box(text: str, at: int) -> tuple[str, int] | None:
    """The content of the box at ``at`` and where it ends."""
    brace = at + (6 if text.startswith("\\boxed", at) else 5)
    while brace < len(text) and text[brace].isspace():
        brace += 1
    if brace < len(text) and text[brace] == "{":
        end = _closing(text, brace + 1)
        return None if end < 0 else (text[brace + 1 : end], end + 1)
    token = re.compile(r"\d+|[A-Za-z]\b").match(text, brace)
    return (token[0], token.end()) if token else None


def _boxed(text: str, at: int) -> Extraction:
    last = _box(text, at)
    if last is None:
        return Extraction(None, "boxed", "the last box is not closed")
    contents, starts, joins = [last[0].strip()], at, []
    for _ in range(_MAX_BOXES):
        earlier = text.rfind("\\boxed", 0, starts)
        if earlier < 0 or starts - earlier > 2_000:
            break
        box = _box(text, earlier)
        if box is None or box[1] > starts:
            break
        gap = text[box[1] : starts]
        joined = _GAP.fullmatch(gap) if len(gap) < 120 else None
        if joined is None or ("\n\n" in gap.strip(" ") and not re.search(r"and|or|,", gap)):
            break
        joins.append(" or " if re.search(r"\bor\b|maybe|perhaps|either|possibly", gap) else " , ")
        contents.append(box[0].strip())
        starts = earlier
    kept: list[str] = []
    for content in reversed(contents):
        if content not in kept:
            kept.append(content)
    if len(kept) == 1:
        if not kept[0]:
            return Extraction(None, "boxed", "the box is empty")
        return Extraction(kept[0], "boxed")
    return Extraction((" or " if " or " in joins else " , ").join(kept), "boxed")


def _hashes(tail: str) -> Extraction | None:
    at = tail.rfind("####")
    if at < 0:
        return None
    line = tail[at + 4 :].lstrip("# ").split("\n", 1)[0].strip(" *`\t")
    if not line or (not any(c.isdigit() or c == "\\" for c in line) and len(line) > 3):
        return None  # a heading
    return Extraction(line, "hashes")


def _unmarked(tail: str) -> Extraction:
    said = _phrase(tail[-_CLOSE:], " ") if len(tail) > _CLOSE else None
    said = said or _phrase(tail)
    if said is not None:
        return said
    stripped = tail.strip()
    if len(stripped) <= 400 and _is_value(stripped):
        return Extraction(stripped, "whole")
    return _closing_formula(stripped) or _last_number(stripped)


def _phrase(tail: str, before: str = "\n") -> Extraction | None:
    """What the last "the answer is" (or the like) names; ``before`` is the character before the text."""
    low = before + tail.lower()
    if len(low) != len(tail) + 1:  # a letter whose lower case is longer
        low = before + tail
    end = -1
    for anchor, pattern in _ASCII_SAID if tail.isascii() else _SAID.items():
        at = len(low)
        for _ in range(_MAX_MENTIONS):
            at = low.rfind(anchor, max(end, 0), at)
            if at < 0:
                break
            match = pattern.match(low, at)
            if match and low[match.end() : match.end() + 40].strip(" *_\n:"):
                end = max(end, match.end())
                break
    if end < 0:
        return None
    said = tail[end - 1 :].lstrip(" *_\n:\uff1a`\"'")
    candidate = _shortest(said[:2_000])
    return Extraction(candidate, "phrase") if candidate else None


def _shortest(said: str) -> str:
    """What a sentence after "the answer is" names: its formula, else its value, else its number."""
    lead = _LEAD.match(said)
    if lead:
        said = said[lead.end() :]
    math = _MATH.match(said)
    if math and _is_formula(math):
        inside = _inside(math)
        rest = said[math.end() :].lstrip()
        if not re.match(r"(?:,|and|or)\s*\$", rest):
            unit = re.match(r"[A-Za-z]+(?:\^?\d)?(?=\s*[.,\n]|\s*$)", rest)
            return f"{inside} \\text{{ {unit[0]}}}" if unit and len(unit[0]) < 20 else inside
    end = _SENTENCE_END.search(said)
    sentence = (said[: end.start()] if end and end.start() else said.split("\n", 1)[0]).strip(" *_`\"'\t")
    if _is_value(sentence) or _NEGATED.search(sentence):
        return sentence
    says = _final(_SAYS, sentence)
    if says is not None:
        tail = sentence[says.end() :].strip(" *_`\"'")
        if tail and (_is_value(tail) or _NEGATED.search(tail)):
            return tail
    formulas = _formulas(sentence)
    if formulas:
        return _inside(formulas[-1])
    money = re.search(r"[$€£]\s?\d[\d,]*(?:\.\d+)?|\d[\d,]*(?:\.\d+)?\s?[$€£]", sentence)
    if money:
        return money[0]
    numbers = _NUMBER.findall(sentence)
    if numbers:
        return str(numbers[-1]).strip()
    return sentence


def _inside(math: re.Match[str]) -> str:
    return next(g for g in math.groups() if g is not None).strip()


def _formulas(text: str) -> list[re.Match[str]]:
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return []
    return [m for m in _MATH.finditer(text) if _is_formula(m)]


def _is_formula(math: re.Match[str]) -> bool:
    inside = _inside(math)
    if not inside or (math[4] is not None and "\\" not in inside and _PROSE_IN_MATH.search(inside)):
        return False
    return bool(math[4] is None or not re.search(r"\d\s+[a-z]{2,}|[a-z]\.\s", inside) or "\\" in inside)


def _is_value(text: str) -> bool:
    """Whether a text is one mathematical value, without prose."""
    if _PLAIN_NUMBER.fullmatch(text):
        return True
    if not text or len(text) > 400 or len(_PROSE_WORD.findall(text)) > 4:
        return False
    if _PROSE_WORD.search(text + " ") and not any(c.isdigit() or c in "\\=<>" for c in text):
        return False
    try:
        node = read(text)
    except Refused:
        return True  # too costly, but mathematics
    return not contains(node, _WORDED)


def _closing_formula(text: str) -> Extraction | None:
    """The last formula, bold text, output block or right side of ``=`` in the closing lines."""
    output = _OUTPUT.search(text)
    if output:
        lines = [line for line in output[1].strip().split("\n") if line.strip()]
        if lines:
            return Extraction(lines[-1].strip(), "output")
    closing = text[-600:]
    formulas = _formulas(closing)
    bolds = [m for m in _BOLD.finditer(closing) if any(c.isdigit() for c in m[1]) or len(m[1].strip()) == 1]
    at = _last_digit(closing) + 1
    if bolds and (not formulas or bolds[-1].end() > formulas[-1].end()) and bolds[-1].end() >= at:
        inside = bolds[-1][1].strip(" :.")
        found = inside if _is_value(inside) else _shortest(inside)
        return Extraction(found, "bold")
    if formulas and formulas[-1].end() >= at:
        return Extraction(_inside(formulas[-1]), "formula")
    lines = [line for line in closing.split("\n") if any(c.isalnum() for c in line)]
    assigned = _ASSIGNED.search(lines[-1]) if lines and "=" in lines[-1] else None
    if assigned and _is_value(assigned[1]) and not any(c in assigned[1] for c in "$"):
        return Extraction(assigned[1].strip(), "equation")
    return None


def _last_digit(text: str) -> int:
    """Where the last digit stands, or -1."""
    for i in range(len(text) - 1, -1, -1):
        if text[i].isdecimal():
            return i
    return -1


def _last_number(text: str) -> Extraction:
    text = text[-2_000:] if text.isascii() else clean(text[-2_000:])
    at = _last_digit(text)
    window = text[max(0, at - 240) : at + 12]  # the pattern is slow over long prose
    last = _final(_NUMBER, window) if at >= 0 else None
    if last is None:
        return Extraction(None, "none", "no answer was found")
    before = window[max(0, last.start() - 30) : last.start()]
    if _NEGATED.search(before.rsplit(".", 1)[-1]):
        return Extraction(None, "none", "the last number is denied")
    return Extraction(last[0].strip(), "number")
