"""The words of numbers, as tables: what each stands for, and which texts are looked at for them."""

from __future__ import annotations

from verirs.math.values import words


def _counted(text: str, start: int) -> dict[str, int]:
    return {word: n for n, word in enumerate(text.split(), start)}


ONES = _counted("zero one two three four five six seven eight nine", 0)
TEENS = _counted("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
TENS = {w: 10 * n for w, n in _counted("twenty thirty forty fifty sixty seventy eighty ninety", 2).items()}
TENS["fourty"] = 40
SCALES = {
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "quadrillion": 15, "quintillion": 18,
    "sextillion": 21, "septillion": 24, "octillion": 27,
    "lakh": 5, "lac": 5, "crore": 7, "mil": 6,
}  # fmt: skip
SCALES |= {w + "s": n for w, n in SCALES.items() if w != "mil"}
SCALES |= dict.fromkeys(words("tausend duizend mila тысяч тысячи тысяча"), 3)
SCALES |= dict.fromkeys(
    words("mln mio millionen millón millones milioni milhão milhões miljoen miljoner миллион миллионов"), 6
)
SCALES |= dict.fromkeys(
    words("mrd bln milliarde milliarden milliard milliards miliardi miljard миллиардов"), 9
)
ORDINALS = _counted(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth",
    1,
)
ORDINALS |= {w[:-1] + "ieth": n for w, n in TENS.items()} | {"hundredth": 100, "thousandth": 1000}
ORDINALS |= {"millionth": 10**6, "billionth": 10**9}
PARTS = {w: n for w, n in ORDINALS.items() if n > 2} | {"half": 2, "quarter": 4}
PLURAL_PARTS = {w + "s": n for w, n in PARTS.items() if w != "half"} | {"halves": 2}
NUMBER_WORDS = ONES | TEENS | TENS
ANY = frozenset((*NUMBER_WORDS, "hundred", "hundreds", "dozen", *SCALES))
STARTS = ANY | frozenset((*PARTS, "a", "an"))
RAISED = {"squared": 2, "cubed": 3}
SIGNS = {"negative": "-", "minus": "-", "positive": "+", "plus": "+"}
BETWEEN = {"times": "*", "plus": "+", "minus": "-", "over": "/", "to": ":"}
MANY = {"twice": 2, "double": 2, "thrice": 3, "triple": 3, "quadruple": 4}
MADE = {"square": 2, "cube": 3}
PERCENT = words("percent pct percentage percents")
CODES = words("usd eur gbp jpy cny rmb inr krw rub mxn chf brl cad aud sek rs")
OTHERS = words(
    "factorial per out raised below above repeating recurring square cube infinity point base in reciprocal "
    "opposite of basis"
)
TRIGGERS = frozenset(
    (
        *(*ANY, *PARTS, *PLURAL_PARTS, *RAISED, *SIGNS, *BETWEEN),
        *(*PERCENT, *ORDINALS, *CODES, *OTHERS, *MANY),
    )
)
