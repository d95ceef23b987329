"""What closes a text without any mark: a printed output, bold text, a formula, a side of ``=``, a number.

A text that breaks off in mid-thought has no such answer.
"""

from __future__ import annotations

import itertools
import re

from verirs.math.extracting.arrived import arrived_at, calculated, counts_denied, main_clause
from verirs.math.extracting.hedges import hedged, negated
from verirs.math.extracting.predicates import (
    ASSIGNMENTS,
    MAY_FORM,
    RELATION,
    SYMBOLIC,
    expression_of,
    predicate_of,
    spelled,
)
from verirs.math.extracting.qualifiers import denied, no_cue, unread
from verirs.math.extracting.roundings import same
from verirs.math.extracting.sentences import (
    EDGE,
    MATH,
    NUMBER,
    UNDONE,
    bare,
    end_of_sentence,
    formulas,
    inside,
    is_value,
    named,
    reading,
    stated,
)
from verirs.math.extracting.worked import computed
from verirs.system.patterns import regex

_BOLD = regex(r"\*\*([^*\n]{1,120})\*\*")
_OUTPUT = regex(r"```(?:output|text)?[ \t]*\n([^`]{0,2000}?)\s*```?\s*$")
_ASSIGNED = regex(r"=\s*([^=\n]{1,120}?)[\s.)\]。□∎]*$")
_UNKNOWN = regex(
    r"(?<![\w.])\d[\d.]*\s?\*?\s?[a-zA-Z]\s*(?:[-+]\s*[\w.]+\s*)*$|(?<!\w)[a-zA-Z]\s*(?:[-+/*^]\s*\d[\d.]*\s*)+$"
)
"""The left side of an equation that is not solved for its letter: ``3x``, ``x + 2``."""
_SUM = regex(r"[a-zA-Z](?:\s*\+\s*[a-zA-Z])+\s*=\s*(-?[\d,]+(?:\.\d+)?)\.?")
"""A sum of letters whose value a conclusion states: ``so $a + b = 18$``."""
_ANY_NUMBER = regex(
    r"(?<![\w.\\^])(?<!\^\{)(?<![\d)\]}] )[-\u2212]?(?:[$€£¥]\s?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    r"(?:\s?/\s?\d+(?![\d./]))?(?:\s?\\?%)?"
    r"|(?<![\^_])(?<![\^_]\{)[$€£¥]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?\\?%)?|\.\d+"
)
_COUNTED = regex(r"\d+/\d+(?: [a-z]|\Z)")
"""A fraction of what is counted: "3/4 left over"."""
_DEPENDS = regex(
    r"\bdepends? on\b|\b(?:cannot|can't|can not) be (?:determined|known|calculated|found)|"
    r"\b(?:do not|don't|not|cannot) (?:know|sure|say)\b|\bno (?:answer|solution)\b|"
    r"\bI (?:could not|couldn't|can't|cannot|did not|didn't|was not able to|wasn't able to|am unable to|"
    r"am not able to) "
    r"(?:finish|solve|complete|determine|answer|decide|work)\b",
    re.IGNORECASE,
)
_KNOWN_STILL = regex(r"[^.?!]*\bbut (?:we|i) (?:do |also |still )?know\b", re.IGNORECASE)
_LAST_MARK = regex(
    r"[.!?\u3002\uff01\uff1f\u0964\u2705\u220e\u25a1\u25a0][\s*_\"'\u201d\u2019)\]}`]*(?:\\[)\]]|\$)*[\s*_\"')\]`}]*$"
)
_DANGLING = regex(
    r"(?:[-+*/=<>^&({\[,;:\\]|\.\.\.|\u2026|\b(?:the|a|an|of|is|are|was|be|to|in|and|or|but|so|for|with|by|from|that|this|which|then|if|"
    r"because|since|we|he|she|it|they|his|her|their|its|i|let|let's|wait|hmm|therefore|thus|hence|where|"
    r"when|as|on|at|"
    r"has|have|need|needs|would|will|can|not|each|per|than|equals|plus|minus|times))\s*$",
    re.IGNORECASE,
)
_ENDS_RESULT = regex(r"=\s*[$€£¥]?\s?-?\d[\d,.]*\s?[$€£¥%]?(?:\s?[A-Za-z]+){0,6}$")
_SMILES = " \n\ufe0f\u2728\u2b50\u2764" + "".join(map(chr, range(0x1F300, 0x1FAFF)))
"""What stands behind the end of a friendly text."""
_WHOLE_LINE = regex(
    r"(?:\A|\n)[^\S\n]*(?:#{1,6} [^\n]*\d[^\n]*|(?:[^*\n]*[^*\s][^\S\n]*)?\*\*[^*\n]*[\w)\]}$%\u00b0]\*\*)\Z"
)
"""A heading with a number, or a line that ends with bold text: nothing was cut off."""
_PERIODIC = regex(r"=\s*-?\d*\.\d*?(\d{1,3})\1+\.\.\.\Z")
_GOES_ON = regex(
    r"\b(?:and|then|but|so)\s+(?:then\s+)?(?:we|he|she|it|they|i|you|multiply|divide|add|subtract|need|have|find)\b"
    r"[^\d.!?]*$",
    re.IGNORECASE,
)
_ENDED_BEFORE = regex(r"[a-z0-9%)$\]][.!?]\s+[A-Z]")
_ALOUD = regex(
    r"(?:^|[.!?\n]\s*)(?:but |so |okay,? |oh,? )?(?:wait\b|hmm+\b|hold on\b|alternatively\b|"
    r"let(?: me|'s| us) (?:re|double|check|verify|see|think|try)|maybe\b|actually,? (?:no|wait|let))",
    re.IGNORECASE,
)
_ALOUD_WORDS = ("wait", "hmm", "hold on", "alternatively", "let me", "let's", "let us", "maybe", "actually")
_CONCLUDES = regex(
    r"\b(?:so|therefore|thus|hence|in total|in conclusion|altogether|finally|answer)\b", re.IGNORECASE
)
_SO = regex(
    r"^.*[\uff0c\u3001,;\uff1b]\s*(?:所以|因此|因而|故|则|即|于是|从而|よって|したがって|따라서)\s*(?=.*\d)"
)
"""What stands before the conclusion of a sentence, in languages without spaces."""
_AT = regex(
    r"(?<=[\d$)}%])(?:,\s*|\s+)(?:which (?:is|occurs)\s+|and (?:is|occurs)\s+)?"
    r"(?:(?:attained|achieved|reached|obtained|occurring|realized)\b.*|"
    r"(?<=[\d$)}%]\s)(?:when|at)\s+(?:\$|\\\()?[a-z](?:_\d)?\s*=[^=]*)$",
    re.IGNORECASE | re.DOTALL,
)
"""Where a value is taken: ``the maximum is 18, attained at x = 3``."""
_PROVED = regex(r"[\s$]*(?:\\(?:blacksquare|square|qed|Box)\b|[\u220e\u25a0\u25a1])[\s$.]*\Z")
_MARK_CHARS = 40
_ENDING_REMARK = regex(r"\s*\([^()]*\)[\s.*]*\Z")
_NAME = regex(r"\\?[A-Za-z]+(?:_\w|_\{\w+\})?(?:\([a-z, ]{1,7}\))?|[\d.,\s]*")
_BOUNDING = regex(r"\b(?:than|least|most|under|over|below|above|within|near|to|not)\s*\Z", re.IGNORECASE)
_BOLD_WORD = regex(r"\b(?:is|are) (?:an? |the )?\*\*([A-Za-z][A-Za-z -]{0,30})\*\*[\s.!]*\Z")
_BECAUSE = regex(r",? (?:because|since) .*\Z", re.DOTALL)
_SEVERAL = regex(r"\\text|\\pm|\\lor|\\vee|\u00b1|\bor\b")
_TASK = regex(r"\\d?frac\{d|\\frac\{\\partial|\\i?int|\\lim|\\sum|\\prod|\\det|\\gcd|\\binom")
"""The left side of an equation that asks what the right side answers."""
_ONLY_NUMBERS = regex(r"(?:\\[a-z]+|[^A-Za-z\\])*[-+*/^\\](?:\\?[a-z]+|[^A-Za-z\\])*")
_ALIGNED = regex(
    r"\\begin\{(align|aligned|gather|eqnarray|split)(\*?)\}(.*)\\end\{\1\2\}[\s$\]\\.]*\Z", re.DOTALL
)
_ONE_NUMBER = r"(?:\\?\$)?-?\d[\d,]*(?:\.\d+)?"
_LISTED = regex(
    rf"\b(?:numbers|integers|ages|roots|solutions|values|zeros) are "
    rf"({_ONE_NUMBER}(?:, {_ONE_NUMBER})*,? and {_ONE_NUMBER})\W*\Z"
)
_DIGIT = regex(r"\d")
_ONLY_REMARK = regex(r"\s*\(.*\)\s*$", re.DOTALL)
_LIST_MARK = regex(r"\s*(?:\(?\d{1,2}[.)]|[-*\u2022]|#+|step\s*\d+\s*[:.)]|q\d+\s*[:.])\s*", re.IGNORECASE)
_TURNS = regex(
    r"\W*(?:but|however|yet|wait|hmm)\b(?!\D*\d)[^.]*?(?:\b(?:must|should|need|twice|wrong|error|mistake|"
    r"too|incorrect|double|halve|forgot|not|cannot)\b|n't\b)|"
    r"\W*(?:this|that|it|which)(?: value| number| result)? "
    r"(?:is|was|seems|looks|can(?:not|'t)|does(?:n't| not)|fail)"
    r"(?!\D*\d)[^.]*?\b(?:impossible|wrong|incorrect|contradiction|absurd|too|not|n't|fail(?:s|ed)?|work)\b|"
    r"\W*it failed\b",
    re.IGNORECASE,
)
"""What follows the last sentence with a number and takes it back."""
_QUESTION = regex(r"\W*(?:question|problem|exercise|q|frage|aufgabe|pregunta)\b\s*\d*\s*[:.)]", re.IGNORECASE)
_DETERMINED = regex(r"\b(?:the|an|my|our|his|her|their|this|that|whose|'s)(?: \w+)? $")
_BOUNDS = ("<", ">", "\u2264", "\u2265", "\u2260")
_LAST_CLAUSE = regex(r"^.*(?:;|,\s*(?:so|thus|hence|therefore))\s+(?=[^;$]*\d)(?![^;]*\$)")
"""What stands before the conclusion of a sentence."""
_ASKS = regex(
    r"\bhow (?:many|much|old|long|far|tall|fast)\b|\bwhat (?:is|was|are|will be|would be) the\b|"
    r"(?:多少|几|いくつ|いくら|몇)",
    re.IGNORECASE,
)
_PART = regex(r"\(?(?:[a-h]|\d{1,2}|[ivx]+)[.)]\s+(.+)")
_LABELLED = regex(
    r"\W*(case|part|answer|attempt|option|method|scenario|version)\b[^:\n]{0,40}:\s*(\S+)\W*$", re.IGNORECASE
)
WINDOW = 600
UNCLEAR = frozenset(
    (
        *("several numbers close the text", "no answer was found", "it ends while thinking aloud"),
        "it says that the answer is open",
        "the text breaks off",
    )
)
"""Reasons that say nothing against any of the values that end a text."""
DENIED = frozenset(("the last sentence denies its number", "the last number is denied"))
"""Reasons that speak against the last sentence alone."""
_NO_DIGITS = "".join(chr(n) for n in range(128) if not chr(n).isdecimal())


def unfinished(text: str) -> str:
    """Why a text has no end; empty where it has one."""
    end = text.rstrip()
    if end.count("```") % 2:
        return "a block of code or output is still open"
    if end.rfind("\\[") > end.rfind("\\]") or end.rfind("\\(") > end.rfind("\\)"):
        return "a formula is still open"
    end = end.rstrip(_SMILES)
    if _LAST_MARK.search(end, max(0, len(end) - 20)) and not end.endswith("..."):
        return "it ends while thinking aloud" if _thinks(end) else ""
    if _WHOLE_LINE.search(end) is not None or _PERIODIC.search(end) is not None:
        return "it ends while thinking aloud" if _thinks(end) else ""
    if _DANGLING.search(end, max(0, len(end) - 20)) or _GOES_ON.search(end, max(0, len(end) - 120)):
        return "the text breaks off"
    paragraph = end[-WINDOW:].rpartition("\n")[2]
    if (
        _ENDED_BEFORE.search(paragraph)
        and not _ENDS_RESULT.search(paragraph)
        and not end.endswith(("**", "$", "\\)", "\\]", "}", ")"))
    ):
        return "the last sentence breaks off"
    return "it ends while thinking aloud" if _thinks(end) else ""


def _thinks(text: str) -> bool:
    low = text[-400:].lower()
    if not any(map(low.__contains__, _ALOUD_WORDS)):
        return False
    aloud = None
    for aloud in _ALOUD.finditer(text, max(0, len(text) - 400)):  # noqa: B007
        pass
    return aloud is not None and not _CONCLUDES.search(text, aloud.end())


def closing(text: str) -> tuple[str | None, str, str]:
    """The answer that closes a text, its rule, and a reason where there is none."""
    end = text[-_MARK_CHARS:]
    marked = "\\" in end or not end.isascii()
    if marked and (proved := _PROVED.search(text, max(0, len(text) - _MARK_CHARS))) is not None:
        text = text[: proved.start()]
    if "\\end{" in end and (aligned := _ALIGNED.search(text)) is not None:
        row = next((r for r in reversed(aligned[3].split("\\\\")) if r.strip()), "").replace("&", " ")
        if "=" in row:
            return _value_of(row.strip()), "formula", ""
    output = _OUTPUT.search(text) if text.endswith("`") else None
    if output is not None:
        lines = [line for line in output[1].strip().split("\n") if line.strip()]
        if lines:
            return lines[-1].strip(), "output", ""
    if why := unfinished(text):
        return None, "none", why
    window = text[-WINDOW:]
    start = _last_sentence(window)
    if start < 0:
        return _words_only(text)
    stop = end_of_sentence(window, start)
    sentence = window[start:stop].strip(EDGE)
    if "=" in sentence and (place := _AT.search(window, start, stop)) is not None:
        return closing(text[: len(text) - len(window) + place.start()] + ".")
    if mark := _LIST_MARK.match(sentence):
        sentence = sentence[mark.end() :]
    if sentence[:1] in _BOUNDS and not sentence.startswith("> "):  # a quotation
        return None, "none", "a bound closes the text"
    if ";" in sentence or ", so" in sentence or ", thus" in sentence or ", hence" in sentence:
        sentence = _LAST_CLAUSE.sub("", sentence)
    if not sentence.isascii():
        sentence = _SO.sub("", sentence)
    if _open(window) and not _CONCLUDES.match(sentence):
        return None, "none", "it says that the answer is open"
    if denied(sentence) and not re.search(r"\b(?:corrected|revised|changed) to\b", sentence):
        return None, "none", "the last sentence denies its number"
    if unread(sentence) or _not_ours(sentence):
        return None, "none", "what is said of the answer was not understood"
    if _QUESTION.match(sentence) or _asks_at_end(window, stop):
        return None, "none", "it is the question"
    if stop < len(window) and _TURNS.match(window, stop):
        return None, "none", "the last number is taken back"
    if _lists_values(text):
        return None, "none", "several answers"
    if (relation := RELATION.fullmatch(sentence.strip(" ."))) is not None:
        return relation[0], "sentence", ""
    formed = None if MAY_FORM.isdisjoint(sentence) else predicate_of(_BECAUSE.sub("", sentence))
    if formed and SYMBOLIC.search(formed) and "=" not in formed and not _COUNTED.match(formed):
        return formed, "sentence", ""
    if hedged(sentence) and (one := _one_formula(sentence)) is not None:
        return _value_of(one), "formula", ""
    before = text[: len(text) - len(window) + start]
    if hedged(sentence):
        if (predicate := predicate_of(sentence)) is not None:
            return predicate, "number", ""
        if (result := calculated(sentence)) is not None:
            return result, "number", ""
        found = named(sentence, computed(before))
        return (found, "number", "") if found and "=" in sentence else (sentence, "sentence", "")
    bolds = [
        m for m in _BOLD.finditer(window, start) if any(c.isdigit() for c in m[1]) or len(m[1].strip()) == 1
    ]
    found_formulas = [m for m in formulas(window, window.rfind("\n", 0, start) + 1) if m.end() > start]
    at = _last_digit(_ENDING_REMARK.sub("", window[:stop]) if ")" in sentence[-2:] else window) + 1
    if bolds and (not found_formulas or bolds[-1].end() > found_formulas[-1].end()):
        within = bolds[-1][1].strip(" :.")
        if bolds[-1].end() >= at or is_value(within):
            return stated(within), "bold", ""
    if found_formulas and found_formulas[-1].end() >= at:
        if _denied_formula(sentence):
            return None, "none", "the last formula is denied"
        if (all_of := _listed([m for m in found_formulas if m.start() >= start], window)) is not None:
            return all_of, "formula", ""
        formula = _value_of(inside(found_formulas[-1]))
        named_sum = _SUM.fullmatch(formula) if _CONCLUDES.search(sentence) else None
        return (formula if named_sum is None else named_sum[1]), "formula", ""
    if word := _BOLD_WORD.search(window, start):
        return word[1], "bold", ""
    if sentence.count("=") > 1 and (several := ASSIGNMENTS.search(sentence)) is not None:
        return several[0], "sentence", ""
    assigned = _ASSIGNED.search(sentence) if "=" in sentence else None
    if assigned and "$" not in assigned[1] and not UNDONE.fullmatch(assigned[1]) and is_value(assigned[1]):
        unknown = _UNKNOWN.search(sentence, 0, assigned.start())
        return (sentence[unknown.start() :] if unknown else assigned[1]).strip(), "equation", ""
    if negated(sentence):
        counted = counts_denied(sentence)
        return (counted, "number", "") if counted else (None, "none", "the last number is denied")
    if listed := _LISTED.search(sentence):
        return listed[1], "sentence", ""
    if (expression := expression_of(sentence)) is not None:
        return expression, "formula", ""
    result = computed(before)
    sentence = main_clause(sentence)
    found = named(sentence, result)
    if result is None or found is None:
        found = arrived_at(before, sentence) or found
    if found is not None:
        return found, "number", ""
    others = {bare(m[0].strip()): m[0].strip() for m in _ANY_NUMBER.finditer(sentence)}
    if len(others) == 1 and not NUMBER.search(sentence):  # a 10-pound weight, 6th place
        return next(iter(others.values())), "number", ""
    if (predicate := predicate_of(_BECAUSE.sub("", sentence))) is not None:
        return predicate, "sentence", ""
    return None, "none", "several numbers close the text"


def _one_formula(sentence: str) -> str | None:
    """The formula of a hedged sentence where nothing is left open: all its formulas are one value, or it ends
    with its only one, whose clause has no hedge."""
    found = formulas(sentence)
    if not found:
        return None
    first, *others = [inside(m) for m in found]
    before = sentence[: found[0].start()]
    if _BOUNDING.search(before):
        return None
    if others:
        if hedged(f"{before}5"):
            return None
        rest = MATH.sub(" ", sentence[found[0].end() :])
        return (
            first if all(same(first, o) for o in others) and not hedged(rest.replace(" or ", " ")) else None
        )
    clause = before.rpartition(", ")[2]
    ends = found[0].end() == len(sentence) and not _SEVERAL.search(first)
    return first if ends and not hedged(clause) and not negated(clause) else None


def _listed(found: list[re.Match[str]], window: str) -> str | None:
    """The values that a sentence lists at its end for one name: "$x = 2$ and $x = 5$"."""
    sides = [inside(m).partition("=") for m in found]
    if len(sides) < 2 or not all(_NAME.fullmatch(left.strip()) for left, _, _ in sides):
        return None
    between = [window[a.end() : b.start()].strip() for a, b in itertools.pairwise(found)]
    if len({left.strip() for left, _, _ in sides}) > 1 or between[-1] not in ("and", ", and"):
        return None
    return ", ".join(right.strip() for _, _, right in sides) if set(between[:-1]) <= {","} else None


def right_side(answer: str) -> str:
    """An answer, or what an equation says that a derivative, an integral, a limit or a sum is."""
    left, equals, right = answer.partition("=")
    return right.strip() if equals and "=" not in right and _TASK.match(left.strip()) else answer


def _value_of(formula: str) -> str:
    """A formula, or the right side of one that only writes its left side in another way."""
    if formula.count("=") != 1:
        return formula
    left, _, right = formula.partition("=")
    if _TASK.match(left.strip()) or (NUMBER.fullmatch(right.strip()) and _ONLY_NUMBERS.fullmatch(left)):
        return right.strip()
    return right.strip() if not _NAME.fullmatch(left.strip()) and same(left, right, names=True) else formula


def _not_ours(sentence: str) -> bool:
    """Whether a closing sentence says of the answer that somebody else has it, or supposes it."""
    low = sentence.lower()
    at = low.rfind("answer")
    return at > 0 and _DETERMINED.search(low[:at]) is not None and no_cue(low, at)


def _asks_at_end(window: str, stop: int) -> bool:
    """Whether a question that asks for a number ends the text behind the sentence that ends at ``stop``."""
    rest = window[stop:].rstrip(EDGE)
    return rest.endswith(("?", "\uff1f")) and _ASKS.search(rest) is not None


def _open(window: str) -> bool:
    """Whether a text says that its answer is open."""
    low = window.lower()
    if not ("depend" in low or "not" in low or "n't" in low or "no " in low or "no\n" in low):
        return False
    return any(not _KNOWN_STILL.match(window, found.end()) for found in _DEPENDS.finditer(window))


def _denied_formula(sentence: str) -> bool:
    """Whether the clause of the last formula of a sentence denies it."""
    clauses = [c for c in re.split("[,;:]", MATH.sub("\u00a7", sentence)) if "\u00a7" in c]
    return bool(clauses) and negated(clauses[-1])


def _lists_values(text: str) -> bool:
    """Whether a text ends with a list of values, each the answer to a part: ``(a) 3``, ``(b) 4``."""
    parts = [_PART.match(line) for line in text.rsplit("\n", 3)[1 if text.count("\n") > 2 else 0 :][-2:]]
    labelled = [_LABELLED.match(line) for line in text.rstrip().rsplit("\n", 2)[-2:]]
    if len(labelled) == 2 and all(labelled):
        one, two = (m for m in labelled if m)
        if one[1] == two[1] and bare(one[2].strip(EDGE + ".")) != bare(two[2].strip(EDGE + ".")):
            return True
    return len(parts) == 2 and all(p and "=" not in p[1] and is_value(p[1].strip(EDGE + ".")) for p in parts)


def _last_sentence(window: str) -> int:
    """Where the last sentence with a digit begins, or -1."""
    paragraph = window.rfind("\n\n", 0, _last_digit(window) + 1)
    if paragraph > 0:
        found = _last_from(window, paragraph + 1)
        if found >= 0 and not _ONLY_REMARK.match(window, found, end_of_sentence(window, found)):
            return found
    return _last_from(window, 0)


def _last_from(window: str, start: int) -> int:
    last = -1
    while start < len(window):
        stop = end_of_sentence(window, start)
        mark = _LIST_MARK.match(window, start, stop)
        begin = mark.end() if mark else start
        asks = window[max(0, stop - 1) : stop + 1].strip(EDGE).endswith(("?", "\uff1f"))
        if (
            _DIGIT.search(window, begin, stop)
            and not asks
            and not (last >= 0 and _ONLY_REMARK.match(window, begin, stop))
        ):
            last = start
        start = max(stop, start) + 1
    return last


def _words_only(text: str) -> tuple[str | None, str, str]:
    bold = None
    for bold in _BOLD.finditer(text, max(0, len(text) - 200)):  # noqa: B007
        pass
    if bold is not None:
        within = bold[1].strip(" :.")
        value = reading(within)
        if len(within) == 1 or (value is not None and value.op == "int"):
            return within, "bold", ""
    found = formulas(text[-WINDOW:])
    line = text[-200:].rpartition("\n")[2]
    if denied(line) or unread(line) or _denied_formula(line) or hedged(line):
        return None, "none", "the last formula is denied"
    if found and not text.rstrip(EDGE + "$)").endswith(("?", "\uff1f")):
        return inside(found[-1]), "formula", ""
    if (counted := spelled(line)) is not None:
        return counted, "number", ""
    return None, "none", "no answer was found"


def _last_digit(text: str) -> int:
    """Where the last digit stands, or -1."""
    end = len(text.rstrip(_NO_DIGITS))
    while end and not text[end - 1].isdecimal():
        end = len(text[: end - 1].rstrip(_NO_DIGITS))
    return end - 1
