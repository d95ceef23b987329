"""Words that make the number of a sentence another answer, or none: not, wrong, twice, more than, million.

A sentence that is no value as a whole and has such a word names no answer, in any of these languages.
"""

from __future__ import annotations

import re

from verirs.system.patterns import regex

_ENGLISH = regex(
    r"\b(?:wrong|incorrect|false|naive|exceeds?|differs?|multiple of|square of|square root of|"
    r"cube of|half of|"
    r"thought|believed|supposed|claimed|twice|double|thrice|triple|number after|number before|"
    r"everything|except|all numbers|ranges?|undefined|"
    r"unlike|similar|would have|found (?:on|in)|page|theorem|doubled|halved|must be (?:doubled|halved)|but|"
    r"only (?:for|if|when)|in the first case|extraneous|excluded|rejected?|contradiction|options are|"
    r"some say|"
    r"others say|a guess|no, wait|wait(?=,)|scratch that|inverted|negated|"
    r"divisible by|before (?:i|we)|instead of|rather than)\b|"
    r"too (?:many|much|few|little|large|small|high|low|big)|short\W*$|(?:away|apart) from|backwards|"
    r"reversed|which i\b|"
    r"as well as|together with|followed by|concatenated|sign flipped|minus sign|opposite sign|(?:and|"
    r"point) something|"
    r"(?:after|before) (?:dividing|multiplying|adding|subtracting|halving|doubling|rounding|taking|"
    r"simplifying)|"
    r"easy version|say [$]?\d|some people|rounded (?:up|down) to|in roman|off by|contradicts?|"
    r"as [a-z] (?:grows|increases|"
    r"decreases|tends|goes|approaches)|\d's\b|"
    r"\d[^,.]*\bif\b|^\s*[<>\u2264\u2265\u2260]|[\d$)}]\+\W*$",
    re.IGNORECASE,
)
_CLOSING = regex(
    r"\b(?:wrong|incorrect|false|extraneous|excluded|we reject|rejected|excludes?|rules? out|"
    r"ruled out|discard\w*|contradiction|options are|"
    r"doubt|not think|not the case|grader|accept|"
    r"falsch\w*|faux|fausse|fals[oa]|incorrect[oa]|errad[oa]|sbagliat[oa]|fout|неверн\w*|неправильн\w*|"
    r"(?:other|another|alternative|second)(?: possible| valid| correct)* answers?|"
    r"some say|others say|scratch that|"
    r"by theorem|whether|similar problem|must (?:halve|double)|must be (?:doubled|halved))\b|"
    r"so far,? but\b|^(?:if|let|suppose|assume|say|try|consider)\b[^,]*$|"
    r"but (?:we|i|you|he|she|it|they) (?:still )?(?:needs?|must|ha(?:ve|s) to|should)\b(?!.*\d.*\d|.*=)|"
    r"\b(?:exceeds?|tried|except|excluding|(?:everything|all|any) but|undefined at|hole at) "
    r"[$\\(]*(?:[a-z] ?= ?)?-?\d|"
    r"^\D*\b(?:at|when) [$\\(]*[a-z] ?= ?[^=]*$|\bfails\b\W*$|\b(?:first|initial|wild) guess\b|"
    r"\b(?:upper|lower) bound\b|contradicts\b|too (?:large|small|big|high|low|many|few)\W*$|"
    r"\d.*\bto (?:get|find|reach) the answer\b|the answer follows|^(?:let's|let us|i'd|i would) guess\b|"
    r"\b(?:is|are|was|were|be|as)(?: an?| also| clearly| therefore| thus)*+ (?:invalid|spurious|inadmissible|"
    r"unacceptable|disallowed|unphysical)\b(?!.*[\d\\])|"
    r"n't (?:think|believe|the case)\b|\b(?:claims|(?:my|our|let me|best|wild) guess|allegedly|reportedly|"
    r"tempting)\b|\bas the answer\b|\b(?:ignore|disregard|forget) (?:the|that|this)\b|"
    r"\d\S* would (?:hold|mean|be (?:for|if|the))\b|"
    r"\b(?:people|textbooks?|students?|manuals?|others|everyone|somebody|someone)\b[^.]*\banswers?\b|"
    r"\banswer \d+ ?[:=]|(?<=\w )(?:where|with) \$?[a-z]\$? ?=[^=,]*$",
    re.IGNORECASE,
)
_STEMS = (
    *("wrong", "orrect", "fals", "extraneous", "exclu", "reject", "rul", "discard", "contradict", "options"),
    *("doubt", "think", "case", "grader", "accept", "faux", "fauss", "errad", "sbagliat", "fout", "еверн"),
    *("еправильн", "answer", " say", "scratch", "theorem", "whether", "similar", "halve", "double", "so far"),
    *("if ", "let", "suppose", "assume", "say ", "try ", "consider", "but ", "exceed", "tried", "except"),
    *("invalid", "spurious", "inadmiss", "unaccept", "disallow", "unphysical"),
    *("claim", "alleged", "reported", "tempting"),
    *("undefined", "hole", "fails", "guess", "bound", "too ", "believe", "ignore", "disregard", "forget"),
    *(" would hold", " would mean", " would be"),
)
"""What every match of ``_CLOSING`` has in it; looking for these is much faster."""
_PLACES = ("where ", "with ", "at ", "when ")
_TASK = regex(
    r"(?:find|determine|compute|calculate|evaluate|solve|prove|show)\b[^.]*"
    r"\b(?:such that|so that|for which|given)\b",
    re.IGNORECASE,
)
_UNREAD = regex(
    r"\banswers?, (?:if|when|unless|I|they|some)\b|\banswers?\b(?! (?:that|which) (?:we|you|I|they)\b)"
    r"(?:n't\b|\s+(?:also |clearly |certainly )?(?:(?:must|should|may|might|could|will|would|cannot|"
    r"can't|does|is|was|were|has)"
    r"(?:n't)?\b(?! be (?:found|given|written|rounded|obtained|computed|in|an?)\b)|exceeds?|differs?|"
    r"ranges?|lies|varies|tends|approaches|converges|goes|grows|stays|"
    r"depends|divides|equals?|minus|plus|times|and|to an?|[<>\u2264\u2265]))[^\n]*[\d\\]",
    re.IGNORECASE,
)
_BEFORE_CUE = regex(
    r"\b(?:wrong|incorrect|false|naive|other|another|alternative|second|doubt|not think|not believe|"
    r"(?<!\bi )(?<!\bwe )(?:says?|said|thinks|writes|wrote|heard|(?:students?|someone|somebody|"
    r"others) (?:think|get|got)s?)|"
    r"claim|prove|what if|suppose|assume|assuming|if|"
    r"whether|unless|imagine|not true|untrue|nobody|no one|never|hardly|who says|"
    r"check that|verify that|told that|not the case|falsch\w*|неправильн\w*|неверн\w*)\b[^.?!\n:]{0,24}$|"
    r"n't (?:think|believe|the case|say|claim)\b[^.?!\n:]{0,24}$|"
    r"\b(?:square|cube|half|double|root|negative|inverse|reciprocal|third|quarter|multiple|sum|twice|thrice)"
    r"(?: of)?\s+(?:the|our)\s+(?:final\s+|correct\s+)?$|"
    r"\be\.g\.,?\s*[\"'\u201c(]?\s*(?:the\s+)?(?:final\s+|correct\s+)?$|"
    r"(?:假设|如果|错误|若)[^\u3002\n]{0,6}$",
    re.IGNORECASE,
)
_UNLESS = regex(r"\bunless\b[^.?!\n]*$", re.IGNORECASE)
_PLAIN_LEADS = frozenset(
    (
        *("", "final", "the", "the final", "the correct", "so the", "so, the", "so the final", "thus, the"),
        *("therefore, the", "therefore the", "therefore, the final", "thus the", "hence, the", "hence the"),
        *("my", "our", "my final"),
    )
)
"""What usually stands before a cue."""
_FOREIGN = regex(
    r"\b(?:nicht|kein\w*|größer|kleiner|mehr als|weniger|höchstens|mindestens|doppelte|hälfte|"
    r"millionen|milliarden|tausend|"
    r"dutzend|statt|falsch\w*|quadrat|"
    r"könnte\w*|dürfte\w*|nahe|podría|puede|cerca|casi|pourrait|peut|proche|près|poderia|pode|perto|quase|potrebbe|"
    r"vicino|quasi|misschien|zou|dichtbij|blisk\w*|może|prawie|близ\w+|около|почти|може\w*|мог\w+|"
    r"wäre|würde|wenn|falls|serait|sería|sarebbe|au plus|pas|moins|supérieure?|inférieure?|moitié|"
    r"carré|mille|faux|fausse|"
    r"mayor|menor|al menos|como máximo|doble|mitad|menos|cuadrado|millones|mil|falsa|incorrecta|"
    r"não|maior|pelo menos|no máximo|dobro|metade|quadrado|milhões|"
    r"non|maggiore|minore|almeno|al massimo|doppio|metà|meno|quadrato|milioni|mila|"
    r"niet|geen|meer dan|minder|minstens|hoogstens|dubbele|helft|miljoen|duizend|"
    r"nie|więcej|mniej|najmniej|najwyżej|inte|mindre|större|mer än|minst|högst|"
    r"değil|büyüktür|küçüktür|en az|en çok|bukan|kurang|lebih|tidak|không|lớn hơn|nhỏ hơn|ít nhất|nhiều nhất|"
    r"не|больше|меньше|минус|половин\w*|квадрат\w*|миллион\w*|тысяч\w*|если|удвоенн\w*|більше|менше)\b|"
    r"\bn'est\b|\bno (?:es|son)\b|, no\b|\bes no\b|"
    r"ليس|أكبر|أصغر|नहीं|अधिक|से कम|নয়|বেশি|కాదు|ไม่|มากกว่า|น้อยกว่า|"
    r"不|大于|小于|超过|以上|以下|至少|至多|一半|倍|平方|万|萬|亿|億|负|錯|错|假设|如果|吗|之间|未満|より|半分|間違|"
    r"ではありません|ではない|じゃない|ですか|か\s*-?\d|아닙니다|아니|이상|이하|보다|두 배|\d만|절반",
    re.IGNORECASE,
)


def qualified(sentence: str) -> bool:
    """Whether a sentence behind a cue says more of its number than that it is the answer."""
    return _ENGLISH.search(sentence) is not None or _FOREIGN.search(sentence) is not None


def denied(sentence: str) -> bool:
    """Whether a sentence that closes a text denies its number."""
    low = sentence.lower()
    if not sentence.isascii() and _FOREIGN.search(sentence) is not None:
        return True
    may = any(map(low.__contains__, _STEMS)) or ("=" in low and any(map(low.__contains__, _PLACES)))
    return (may and _CLOSING.search(sentence) is not None) or _TASK.match(sentence) is not None


def unread(sentence: str) -> bool:
    """Whether a closing sentence says of the answer what no cue understands: "the answer exceeds 5"."""
    return "nswer" in sentence and _UNREAD.search(sentence) is not None


def no_cue(text: str, at: int, english: bool = True) -> bool:
    """Whether what stands before a cue in its sentence makes it none: "the wrong answer is"."""
    lead = text[max(0, at - 48) : at]
    clause = lead[max(map(lead.rfind, "\n:.?!;")) + 1 :].strip(" *")
    if clause in _PLAIN_LEADS:
        return False
    if "nless" in text and _UNLESS.search(text, max(0, at - 240), at):
        return True
    return _BEFORE_CUE.search(text, max(0, at - 48), at) is not None
