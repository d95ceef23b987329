"""What one sentence names: its value with its words, its formula, or the number that it is about.

A hedge, a bound or an alternative is never shortened to one of its numbers: the whole sentence goes to the
reader, which understands it or does not.
"""

from __future__ import annotations

import re
from itertools import pairwise

from verirs.math.extracting.hedges import ALTERNATIVE, hedged, negated
from verirs.math.extracting.qualifiers import denied, qualified
from verirs.math.reading.quantities import NEVER
from verirs.math.reading.read import read
from verirs.math.values import Node, Refused, contains, words
from verirs.system.patterns import regex

MATH = regex(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\$])\$(?!\$)((?:[^$\\\n]|\\.){1,400}?)\$(?!\d)",
    re.DOTALL,
)
EDGE = " *_`\"'\t\n"
_NO_NUMBER = frozenset(("text", "raw", "sym", "app", "rel", "seq"))
_WORDED = frozenset(("text", "raw"))
_PLAIN_NUMBER = regex(r"-?\$?\d{1,15}(?:\.\d{1,9})?")
_PROSE_WORD = regex(r"(?<![\\A-Za-z])[A-Za-z]{3,}(?=[\s,.'])")
_PROSE_IN_MATH = regex(r"[A-Za-z]{3,}[\s,]+[A-Za-z]{2,}")
_END = regex(
    r"[.!?\n<\u3002\uff01\uff1f\u0964](?:"
    r"(?<=[.!?])(?:(?<=[a-z)\]].)(?=\s+[\d$])|(?=[\"')*]*\s+[A-Z\"'(*]|[\"')*]*\s*$)|"
    r"(?<=[a-z][a-z]\.)(?=(?:The|So|Thus|Hence|Therefore|Answer|Final)\b))|"
    r"(?<=[\u3002\uff01\uff1f\u0964])|"
    r"(?<=\n)(?:\s*\n|(?=[A-Z#*\u2192\u21d2\u2234]|[-=]>|-\s|\d{1,2}[.)](?:\s|$)|-?\$?\d[\d.,/]*\s*\Z))|"
    r"(?<=<)\|)"
)
"""All signs that may end a sentence first, for the engine then skips to the next of them."""
_TITLES = words(
    "mr mrs ms dr prof st jr sr no nos vs fig eq approx etc e.g i.e a.m p.m ca cf inc ltd co u.s mt gen sgt"
)
_REMARK = regex(r"\s+(\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])")
_DOUBT = regex(
    r"\b(?:guess\w*|unverified|unchecked|unsure|uncertain|not|i think|i believe|check|estimate)\b|\?",
    re.IGNORECASE,
)
_REMARK_LIKE = regex(r"[A-Za-z]{2,}|=|\d\s*[-+*/x\u00d7\u00f7]\s*\d")
_NUMBER_REMARK = regex(r"[$€£]?\d[\d,.]*%?\s*[A-Za-z]*\s+\([^()]+\)[.\s]*")
_NOT_ANOTHER = regex(r"(.*?),?\s+(?:and\s+)?not\s+(?:just |the )?\S+")
_ONE_IN_BRACKETS = regex(r"\[\s*(-?[\d.,/]+)\s*\]")
_CHAIN = regex(r"[^=]*=[^=]*\d\s*[-+*/]\s*\d[^=]*=\s*([^=]+)")
UNDONE = regex(r"[\d\s.,()]*\d\)?\s*(?:[+*\u00d7]|x(?=\s*[\d(]))(?:[\d\s+*\u00d7/().,-]|x(?=\s*[\d(]))*")
"""A sum or product that is not worked out."""
_GIVES = regex(
    r"(?:=|\b(?:to get|we get|gives(?: us)?(?: an? \w+ of)?|giving|for a total of|totall?ing|"
    r"which equals|equals|which is equal to|"
    r"which is(?=\W*\d[\d,.]*\S*\s*$)|"
    r"(?:adds up|comes|amounts|corrected|revised|changed|updated|simplifie[sd]|increase[sd]?|decrease[sd]?|"
    r"reduce[sd]|r[io]ses?|f[ae]lls?|drop(?:s|ped)) to|leaving))\s*",
    re.IGNORECASE,
)
_SAYS = regex(r"\b(?:is|are|equals|was|be)\s+(?=[^\s])|:\s+", re.IGNORECASE)
NUMBER = regex(
    r"(?<![A-Za-z0-9_.\\^_#/:])(?<!\^\{)(?:(?<![\d)\]}%] )[-\u2212+](?=[\d.$€£¥])|"
    r"(?<=\d )[-\u2212](?=\d)(?!))?(?:[$€£¥₹]\s?|\\\$\s?)?"
    r"(?:\d{1,2}:\d{2}(?!\d)(?:\s*[ap]\.?m\b\.?)?"
    r"|(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+\b)?(?:\s\d+/\d+|\s?/\s?\d+(?![\d./]))?|\.\d+)"
    r"(?:\s?\\?%|\s?[$€£¥₹](?![\d\s]*\d))?(?!\d|:\d|\.\d|\.\.|"
    r"[\u0300-\u036f\u20d0-\u20ff\u2030\u2031\x00-\x08])"
    r"(?!(?:st|nd|rd|th)\b)(?!-[A-Za-z])",
    re.IGNORECASE,
)
_BEFORE = regex(
    r"(?:\b(?:in|after|for|within|during|over|by|from|before|until|than|per|every|each|if|when|while|"
    r"instead of|out of|on|"
    r"with|without|since|because|rather|vs\.?|versus|of (?:the|his|her|their|its|these|those|my|our))"
    r"(?:\s+(?:[a-z]+|[A-Z]\w*)){0,3}|\bto|"
    r"\b(?!(?:So|Thus|Then|Therefore|Hence|Only|Now|And|Finally|Altogether)\b)[A-Z][a-z]+)\s+$"
)
_BETWEEN = regex(
    r"\b(?:in|after|for|within|during|over|by|from|before|until|than|per|every|each|if|when|while|instead|"
    r"out|to|on|with|"
    r"without|since|because|rather|vs|versus|at)\b"
)
_JOINED = regex(r"\b(?:and|but)\b|[,;]")
_TOTAL = regex(
    r"\b(?:total|sum|average|amount|cost|price|profit|speed|rate|area|value|worth|number) of\s+$",
    re.IGNORECASE,
)
_OBJECT = regex(
    r"\b(?:of|by|near|from|to|than|at|towards?|around|beyond|past|under|over|within|off|until|till|into|"
    r"(?:number|value|integer|one|something) with|having)\s+"
    r"(?:\$|\\[(\[])?\s*$",
    re.IGNORECASE,
)
"""A preposition before a number: what is near it, bounded by it, on its order is another one."""
_HAS = regex(
    r"\b(?:total|sum|average|mean|amount|cost|price|profit|loss|speed|rate|area|volume|perimeter|length|"
    r"width|height|"
    r"weight|mass|distance|age|score|probability|percentage|temperature|gain|change|difference|value|"
    r"worth|number|radius)"
    r" of\s+(?:\$|\\[(\[])?\s*$|"
    r"\b(?:equal|equivalent|equals|com(?:es?|ing)|up|amounts?|out|down|simplif\w+|reduces?|rounds?|"
    r"rounded|evaluates?|"
    r"leads?|corresponds?)\s+to\s+(?:\$|\\[(\[])?\s*$",
    re.IGNORECASE,
)
_WHY = regex(r"\b(?:because|since|as|which|that|where|with|after|before|rounded)\b|=", re.IGNORECASE)
LABEL = regex(
    r"\b(?:step|question|part|case|day|week|month|year|grade|number|no\.|q|problem|example|figure|table|"
    r"page|chapter|"
    r"section|option|level|code|version|status|room|track|bus|line|equation|method|round|phase)\s*$",
    re.IGNORECASE,
)
_AFTER = regex(
    r"(?:\s?(?:[A-Za-z\u00b5\u03a9\u00b0][A-Za-z]*(?:\s?/\s?[A-Za-z]+|\^\{?\d\}?)*|\\text\{[^{}]*\})){1,3}"
)
_IRRATIONAL = regex(r"\s?\*?\s?(?:\u03c0|\u221a\s?(?:\d+|\(\d+\))|pi\b|sqrt\(\d+\))(?:\s?/\s?\d+)?")
"""What makes a number in prose another one: "8\u03c0", "6\u221a2"."""
_MIXED = regex(
    r"\s?(?:hours?|hrs?|h|feet|foot|ft|pounds?|lbs?|degrees?|minutes?|mins?|m|days?|weeks?|years?|months?|"
    r"dollars?|kg|km|"
    r"meters?|metres?|gallons?|quarts?|[\u00b0'])\.?,?\s*(?:and\s+)?"
)
_MONEY = regex(r"\s?(?:dollars?|cents?|euros?|yuan|rupees?|bucks|usd|eur)\b", re.IGNORECASE)
_SCALES = frozenset(("thousand", "million", "billion", "trillion", "k", "m", "b", "bn"))
_OPERATOR = regex(r"\s*(?:[-+*/\u00d7\u00f7^]\s*[\d($]|x\s*\d)")
SMALL = {
    "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "10": "ten", "11": "eleven", "12": "twelve",
}  # fmt: skip
_ENDS_UNIT = words(
    "in on at for from to of with by away after before if when will would and or as than the a "
    "an his her their he "
    "she it they is are was were each more less fewer left remaining altogether combined worth "
    "longer old older "
    "because since while so that this only now again together total every during until de du "
    "des di do da von der "
    "den et und y con para por pour mit"
)
_WORDS = regex(r"\S+")
_LOOK_BACK = 200
_BEGINS = (". ", "\n", "! ", "? ", "\u3002")
_WITHIN_FORMULA = (".\\] ", ".\\) ", ".$ ", ".$$ ")


def is_value(text: str) -> bool:
    """Whether a text is one mathematical value, without prose."""
    if _PLAIN_NUMBER.fullmatch(text):
        return True
    if not text or len(text) > 400 or len(_PROSE_WORD.findall(text)) > 4:
        return False
    if _PROSE_WORD.search(text + " ") and not any(c.isdigit() or c in "\\=<>" for c in text):
        return False
    node = reading(text)
    return node is None or not contains(node, _WORDED)


def reading(text: str) -> Node | None:
    """The value of a text; ``None`` where it is mathematics but too costly."""
    try:
        return read(text)
    except Refused:
        return None


def end_of_sentence(text: str, start: int = 0) -> int:
    """Where the sentence ends that begins at ``start``; titles and shortened words end none."""
    for found in _END.finditer(text, start):
        if found[0] == ".":
            words_before = text[max(start, found.start() - 12) : found.start()].split()
            word = words_before[-1].lstrip("(*_\"'").lower() if words_before else ""
            if word in _TITLES and found.end() < len(text.rstrip()):
                continue
        if found.start() > start:
            return found.start()
    return len(text)


def begin_of_sentence(text: str, at: int) -> int:
    """Where the sentence begins in which ``at`` lies; a formula set apart belongs to the one before it."""
    first = max(0, at - _LOOK_BACK)
    window, begin = text[first:at].rstrip("\\[($ \n*"), 0
    marks = (*_BEGINS, *_WITHIN_FORMULA) if ".\\" in window or ".$" in window else _BEGINS
    for mark in marks:
        found = window.rfind(mark, begin)
        if found >= 0:
            begin = found + len(mark)
    return first + begin


def formulas(text: str, start: int = 0) -> list[re.Match[str]]:
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return []
    return [m for m in MATH.finditer(text, start) if is_formula(m)]


def inside(math: re.Match[str]) -> str:
    return next(g for g in math.groups() if g is not None).strip()


def is_formula(math: re.Match[str]) -> bool:
    """Whether what stands between two marks is a formula and not the words between two amounts of dollars."""
    within = inside(math)
    if not within or (math[4] is not None and "\\" not in within and _PROSE_IN_MATH.search(within)):
        return False
    return bool(math[4] is None or not re.search(r"\d\s+[a-z]{2,}|[a-z]\.\s", within) or "\\" in within)


def without_remarks(sentence: str) -> str:
    """The sentence without what it adds in brackets: ``32 (18 red + 14 yellow)``; an "or" is no remark."""

    def drop(found: re.Match[str]) -> str:
        within = found[1][1:-1]
        if (
            not _REMARK_LIKE.search(within)
            or within.lower().startswith("mod")
            or ALTERNATIVE.search(within)
            or _DOUBT.search(within)
            or negated(within)
            or denied(within)
        ):
            return found[0]
        return ""

    return _REMARK.sub(drop, sentence) if "(" in sentence or "[" in sentence else sentence


def stated(sentence: str, computed: str | None = None) -> str:
    """What a sentence after "the answer is" names: itself where it is a value, a denial or a hedge; else its
    formula, else the number it is about, else itself."""
    sentence = sentence.strip(EDGE)
    if _PLAIN_NUMBER.fullmatch(sentence):
        return sentence
    if sentence.count("**") == 1:  # bold text that begins it
        head, _, tail = sentence.partition("**")
        if tail[:1] in (",", ".", ";") and head.isalpha():
            return head
    plain = without_remarks(sentence).strip(EDGE + ".")
    math = MATH.fullmatch(plain)
    if math and is_formula(math):
        return inside(math)
    if negated(sentence):
        other = _NOT_ANOTHER.fullmatch(sentence)
        return other[1] if other and is_value(other[1]) else sentence
    if alone := _ONE_IN_BRACKETS.fullmatch(sentence) or _CHAIN.fullmatch(sentence):
        sentence = plain = alone[1].strip(EDGE)
    if is_value(sentence) and not _NUMBER_REMARK.fullmatch(sentence):
        return sentence
    if is_value(plain):
        return plain
    if qualified(plain):
        return sentence
    if hedged(plain):
        return sentence
    math = MATH.match(plain)
    if math and is_formula(math):
        return _with_words(plain, math)
    first = NUMBER.match(plain)
    if first and not re.match(r"\s*(?:[A-Za-z]+\s+){0,3}(?:and|&|,|[-+*/=])\s*\$?\d", plain[first.end() :]):
        return sentence if _another(plain, first) else with_unit(plain, first)
    says = None
    for says in _SAYS.finditer(plain):  # noqa: B007
        pass
    if says is not None:
        rest = plain[says.end() :].strip(EDGE)
        if rest and (is_value(rest) or negated(rest)):
            return rest
    found = formulas(plain)
    if found:
        lone = len(found) == 1 or "=" in plain
        return inside(found[-1]) if lone and not _is_object(plain, found[-1].start()) else sentence
    number = NUMBER.search(plain)
    if number and _is_object(plain, number.start()):
        return sentence
    return named(plain, computed) or sentence


def _another(sentence: str, first: re.Match[str]) -> bool:
    """Whether the main clause that begins with a number names another one: ``5 in the first case, 6 in the
    other``."""
    why = _WHY.search(sentence, first.end())
    stop = why.start() if why else len(sentence)
    begin = first.end()
    for number in NUMBER.finditer(sentence, begin, stop):
        if bare(number[0]) != bare(first[0]) and not _aside(sentence, number, begin):
            return True
        begin = number.end()
    return False


def _is_object(sentence: str, start: int) -> bool:
    """Whether what begins at ``start`` is only what something else is near to, bounded by, made of."""
    before = sentence[max(0, start - 60) : start]
    return _OBJECT.search(before) is not None and _HAS.search(before) is None


def _with_words(sentence: str, math: re.Match[str]) -> str:
    """A formula that a sentence begins with; the whole sentence where a second value follows it."""
    rest = sentence[math.end() :].lstrip()
    if re.match(r"(?:,|;|\uff1b|\uff0c|\u3001|and|or)\s*(?:and\s*|or\s*)?(?:\$|\\\(|\d)", rest):
        return sentence
    within = inside(math)
    unit = re.match(r"(?:[A-Za-z]+(?:\^?\d)?|\\?%)(?=\s*[.,;\n]|\s*$)", rest)
    if unit and len(unit[0]) < 20:
        return f"{within}\\%" if unit[0].endswith("%") else f"{within} \\text{{ {unit[0]}}}"
    return within


def named(sentence: str, computed: str | None = None) -> str | None:
    """The number that a sentence in prose is about, with its unit; ``None`` where it has several.

    ``computed`` is what the last calculation before the sentence gave: a sentence that repeats it is
    about it.
    Numbers of time, place and circumstance ("in 3 hours", "for 5 apples") give way to the others.
    """
    plain = without_remarks(sentence)
    gives = None
    for gives in _GIVES.finditer(plain):  # noqa: B007
        pass
    if gives is not None:
        right = plain[gives.end() :].strip(EDGE + ".,;\\(")
        if gives[0][0] == "=" and is_value(right) and not UNDONE.fullmatch(right):
            return right
        first = NUMBER.match(right)
        if first and not _OPERATOR.match(right, first.end()):
            return with_unit(right, first)
    numbers = [
        m
        for m in NUMBER.finditer(plain)
        if not LABEL.search(plain, max(0, m.start() - 12), m.start()) and plain[m.end() : m.end() + 1] != "^"
    ]
    if not numbers:
        return None
    if computed is not None:
        wanted = bare(computed)
        same = [m for m in numbers if bare(m[0]) == wanted]
        if same:
            return _fullest(plain, same)
        if wanted in SMALL and re.search(rf"\b{SMALL[wanted]}\b", plain, re.IGNORECASE):
            return wanted
    if len(numbers) > 1 and (compound := _compound(plain, numbers)) is not None:
        return compound
    before = [0, *(m.end() for m in numbers)]
    mains = [m for m, begin in zip(numbers, before, strict=False) if not _aside(plain, m, begin)] or numbers
    if len({bare(m[0]) for m in mains}) > 1:
        money = [m for m in mains if any(c in m[0] for c in "$€£¥₹") or _MONEY.match(plain, m.end())]
        if len(money) != 1:
            return None
        mains = money
    return _fullest(plain, mains)


def _fullest(sentence: str, numbers: list[re.Match[str]]) -> str:
    """The first of some equal numbers with its unit, or a later one that says more: "pays $5, so the cost is
    $5 per group"."""
    first, *others = [with_unit(sentence, number) for number in numbers]
    return next((other for other in reversed(others) if other.startswith(f"{first} ")), first)


def _compound(sentence: str, numbers: list[re.Match[str]]) -> str | None:
    """One quantity in two units, where the sentence has no other: ``3 hours and 50 minutes``."""
    if len(numbers) > 3 or not all(
        _MIXED.fullmatch(sentence, one.end(), two.start()) for one, two in pairwise(numbers)
    ):
        return None
    whole = sentence[numbers[0].start() : numbers[-1].start()] + with_unit(sentence, numbers[-1])
    return whole


def _aside(sentence: str, number: re.Match[str], begin: int) -> bool:
    """Whether a number, the next after ``begin``, tells of time, place or circumstance."""
    before = sentence[max(0, number.start() - 60) : number.start()]
    if _TOTAL.search(before):
        return False
    return _BEFORE.search(before) is not None or (
        begin > 0 and _BETWEEN.search(_JOINED.split(sentence[begin : number.start()])[-1]) is not None
    )


def bare(number: str) -> str:
    """A number without its signs of money and per cent, thousands marks and closing zeros."""
    digits = number.replace(",", "").strip("$€£¥₹\\% +")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return digits


def with_unit(sentence: str, number: re.Match[str]) -> str:
    """A number and the words behind it that make it another quantity: ``5 cm``, ``5 million``, not ``5
    apples``."""
    text = number[0].strip()
    if (irrational := _IRRATIONAL.match(sentence, number.end())) is not None:
        return f"{text}{irrational[0]}"
    behind = _AFTER.match(sentence, number.end())
    if behind is None or text.endswith("%"):
        return text
    parts = _WORDS.findall(behind[0])
    if text[0] in "$€£¥₹":
        if parts[:1] == ["per"] and len(parts) > 1:
            return f"{text} per {parts[1]}"  # what the price is for
        parts = [word for word in parts[:1] if word.lower() in _SCALES]
    ends = next((n for n, word in enumerate(parts) if word.lower() in _ENDS_UNIT), len(parts))
    parts = parts[:ends]  # so "in" is no inch
    if parts and parts[0].lower() in NEVER and not parts[0].lower().startswith("case"):
        return f"{text} {parts[0]}"
    alone = reading(text)
    glued = "" if not behind[0][0].isspace() else " "
    for count in range(1, len(parts) + 1):
        longer = text + glued + " ".join(parts[:count])
        node = reading(longer)
        if node is not None and _is_other(node, alone):
            return f"{longer} {' '.join(parts[count:])}" if parts[count : count + 1] == ["per"] else longer
    return text


def _is_other(node: Node, alone: Node | None) -> bool:
    """Whether a number with words is a quantity of its own: with a unit, or another number (``5
    million``)."""
    if node.op == "qty":
        return any(power for _, power in node.unit)
    return node != alone and not contains(node, _NO_NUMBER)


def prose(text: str) -> str:
    """A text without its formulas, of which the last one may still be open."""
    text = MATH.sub(" ", text)
    if text.count("$") % 2:
        text = text[: text.rindex("$")]
    for mark in ("\\(", "\\["):
        text = text.partition(mark)[0]
    return text
