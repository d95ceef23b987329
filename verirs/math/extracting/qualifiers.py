"""Words that make the number of a sentence another answer, or none: not, wrong, twice, more than, million.

A sentence that is no value as a whole and has such a word names no answer, in any of these languages.
"""

from __future__ import annotations

import re

_ENGLISH = re.compile(
    r"\b(?:wrong|incorrect|false|naive|exceeds?|differs?|multiple of|square of|square root of|"
    r"cube of|half of|"
    r"twice|double|thrice|triple|number after|number before|everything|except|all numbers|ranges?|undefined|"
    r"unlike|similar|would have|found (?:on|in)|page|theorem|doubled|halved|must be (?:doubled|halved)|but|"
    r"only (?:for|if|when)|in the first case|extraneous|excluded|rejected?|contradiction|options are|"
    r"some say|"
    r"others say|a guess|inverted|negated|instead of|rather than)\b|^\s*[<>\u2264\u2265\u2260]|\d\+\W*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\b(?:wrong|incorrect|false|extraneous|excluded|we reject|is rejected|contradiction|options are|"
    r"some say|others say|"
    r"by theorem|whether|similar problem|must (?:halve|double)|must be (?:doubled|halved))\b",
    re.IGNORECASE,
)
_BEFORE_CUE = re.compile(
    r"\b(?:wrong|incorrect|false|naive|doubt|n't think|not think|"
    r"claim|prove|what if|suppose|assume|assuming|if|"
    r"whether|unless|imagine|"
    r"check that|verify that|told that|not the case|falsch\w*|неправильн\w*|неверн\w*)\b[^.?!\n:]{0,24}$|"
    r"(?:假设|如果|错误|若)[^\u3002\n]{0,6}$",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"\b(?:nicht|kein\w*|größer|kleiner|mehr als|weniger|höchstens|mindestens|doppelte|hälfte|"
    r"millionen|milliarden|tausend|"
    r"dutzend|statt|falsch\w*|quadrat|"
    r"pas|moins|supérieure?|inférieure?|moitié|carré|mille|faux|fausse|"
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
    return _CLOSING.search(sentence) is not None or (
        not sentence.isascii() and _FOREIGN.search(sentence) is not None
    )


def no_cue(text: str, at: int) -> bool:
    """Whether what stands before a cue in its sentence makes it none: "the wrong answer is"."""
    return _BEFORE_CUE.search(text, max(0, at - 48), at) is not None
