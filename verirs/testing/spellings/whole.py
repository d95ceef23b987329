"""Integers, and how they are written."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

import math
from random import Random

from verirs.testing.spellings import english
from verirs.testing.spellings.way import (
    AMS,
    GSM8K,
    MATH,
    MV,
    PYTHON,
    QWEN,
    SIUNITX,
    Kind,
    Twist,
    Way,
    digit,
    hub,
)

PARSER = hub("scrapinghub/number-parser/issues/4")
GROUPS = hub("espeak-ng/espeak-ng/issues/1812")
MGSM = "https://arxiv.org/abs/2210.03057"
SCRIPTS = {"fullwidth": "０", "arabic": "٠", "devanagari": "०", "bengali": "০", "thai": "๐"}


def integer(rng: Random) -> int:
    n = rng.choice(
        [rng.randint(2, 20), rng.randint(21, 999), rng.randint(1000, 99999), rng.randint(10**5, 10**8)]
    )
    round_one = rng.choice([1, 1, 1, 10, 1000, 10**6])
    if rng.random() < 0.2:
        n = rng.randint(2, 40) * round_one
    if rng.random() < 0.1:
        n = 100 * rng.randint(2, 99)
    if rng.random() < 0.15:
        n = rng.choice(
            [rng.randint(2, 20) ** 2, 2 ** rng.randint(2, 20), math.factorial(rng.randint(3, 9)), 12 * n]
        )
    return -n if rng.random() < 0.2 else n


def grouped(n: int, mark: str, least: int = 1000) -> str | None:
    return f"{n:,}".replace(",", mark) if abs(n) >= least else None


def indian(n: int) -> str | None:
    head, tail = divmod(abs(n), 1000)
    if head < 100:
        return None
    parts = [f"{tail:03d}"]
    while head >= 100:
        head, two = divmod(head, 100)
        parts.append(f"{two:02d}")
    return ("-" if n < 0 else "") + ",".join([str(head), *reversed(parts)])


def in_script(zero: str, n: int) -> str:
    return str(n).translate({ord("0") + i: ord(zero) + i for i in range(10)})


def scaled(n: int, by: int, word: str) -> str | None:
    """``1.5 million``: at most two places."""
    if n < by or (100 * n) % by:
        return None
    whole, part = divmod(100 * n // by, 100)
    return f"{whole}{f'.{part:02d}'.rstrip('0').rstrip('.')} {word}"


def product(n: int) -> str | None:
    small = next((p for p in (2, 3, 5, 7) if abs(n) > p and n % p == 0), None)
    return f"{small} \\cdot {n // small}" if small and n > 0 else None


def power(n: int) -> str | None:
    for base in (2, 3, 5, 7, 10):
        e = round(math.log(n, base)) if n > 1 else 0
        if e > 1 and base**e == n:
            return f"{base}^{{{e}}}"
    return None


def scientific(n: int, sign: str) -> str | None:
    digits = str(abs(n)).rstrip("0")
    if abs(n) < 10 or len(digits) > 6:
        return None
    first = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{'-' if n < 0 else ''}{first}{sign.format(len(str(abs(n))) - 1)}"


def positive(n: int, text: str) -> str | None:
    return text if n > 0 else None


INTEGER = Kind[int](
    "integer",
    integer,
    [
        Way("digits", str, mode="plain"),
        Way("commas", lambda n: grouped(n, ","), GSM8K, "plain"),
        Way("commas in braces", lambda n: grouped(n, "{,}"), MATH),
        Way("commas with a negative space", lambda n: grouped(n, r",\!"), MATH),
        Way("thin spaces", lambda n: grouped(n, r"\,"), MATH),
        Way("ties", lambda n: grouped(n, "~"), MATH),
        Way("spaces", lambda n: grouped(n, " ", 10**4), GROUPS, "plain"),
        Way("thin unicode spaces", lambda n: grouped(n, "\u2009"), GROUPS, "plain"),
        Way("narrow unicode spaces", lambda n: grouped(n, "\u202f"), GROUPS, "plain"),
        Way("apostrophes", lambda n: grouped(n, "'"), GROUPS, "plain"),
        Way("underscores", lambda n: grouped(n, "_"), GROUPS, "plain"),
        Way("indian groups", indian, hub("PgBiel/typst-oxifmt/issues/21"), "plain"),
        Way("one zero place", lambda n: f"{n}.0", PYTHON, "plain"),
        Way("two zero places", lambda n: f"{n}.00", GSM8K, "plain"),
        Way("plus sign", lambda n: positive(n, f"+{n}"), mode="plain"),
        Way("leading zeros", lambda n: f"{n:03d}" if 0 < n < 100 else None, hub("NVIDIA-NeMo/Skills/pull/1074"), "plain"),
        Way("unicode minus", lambda n: f"−{-n}" if n < 0 else None, MV, "plain"),
        Way("en dash as minus", lambda n: f"–{-n}" if n < 0 else None, mode="plain"),
        Way("space after the minus", lambda n: f"- {-n}" if n < 0 else None, mode="plain"),
        Way("words", english.number, PARSER, "words"),
        Way("words with and", lambda n: english.number(n, " and "), hub("charliermarsh/semantic/issues/13"), "words"),
        Way("words without hyphen", lambda n: english.number(n, " ", " "), PARSER, "words"),
        Way("words in capitals", lambda n: english.number(n).title(), hub("charliermarsh/semantic/issues/13"), "words"),
        Way("words with minus", lambda n: f"minus {english.number(-n)}" if n < 0 else None, mode="words"),
        Way("negative in words, number in digits", lambda n: f"negative {-n}" if n < 0 else None, mode="words"),
        Way("a hundred", lambda n: f"a {english.number(n)[4:]}" if 99 < n < 200 else None, PARSER, "words"),
        Way("hundreds", lambda n: f"{english.number(n // 100)} hundred" if 1000 < n < 10000 and n % 100 == 0 and n % 1000 else None, PARSER, "words"),
        Way("hundred", lambda n: scaled(n, 100, "hundred") if n % 100 == 0 and n < 10000 else None, PARSER, "plain"),
        Way("thousand", lambda n: scaled(n, 1000, "thousand") if n < 10**6 else None, PARSER, "plain"),
        Way("million", lambda n: scaled(n, 10**6, "million"), PARSER, "plain"),
        Way("million in text", lambda n: (s.replace(" ", r"\text{ ") + "}") if (s := scaled(n, 10**6, "million")) else None, PARSER),
        Way("dozen", lambda n: f"{n // 12} dozen" if n > 12 and n % 12 == 0 and n < 2400 else None, GSM8K, "plain"),
        Way("text", lambda n: rf"\text{{{n}}}", hub("huggingface/Math-Verify/issues/37")),
        Way("mathbf", lambda n: rf"\mathbf{{{n}}}", hub("iDiagoValeta/localOllamaRAG/issues/208")),
        Way("textbf", lambda n: rf"\textbf{{{n}}}", hub("iDiagoValeta/localOllamaRAG/issues/208")),
        Way("boldsymbol", lambda n: rf"\boldsymbol{{{n}}}", AMS),
        Way("mathrm", lambda n: rf"\mathrm{{{n}}}", MATH),
        Way("mathsf", lambda n: rf"\mathsf{{{n}}}", AMS),
        Way("displaystyle", lambda n: rf"\displaystyle {n}", QWEN),
        Way("large", lambda n: rf"\large {n}", QWEN),
        Way("color", lambda n: rf"\color{{red}}{{{n}}}", QWEN),
        Way("underlined", lambda n: rf"\underline{{{n}}}", AMS),
        Way("num", lambda n: rf"\num{{{n}}}", SIUNITX),
        Way("group", lambda n: f"{{{n}}}", MATH),
        Way("parentheses", lambda n: f"({n})", MATH, "plain"),
        Way("left right parentheses", lambda n: rf"\left({n}\right)", MATH),
        Way("dollars", lambda n: f"${n}$", MATH, "plain"),
        Way("round tex brackets", lambda n: rf"\({n}\)", QWEN, "plain"),
        Way("square tex brackets", lambda n: rf"\[{n}\]", QWEN, "plain"),
        Way("two dollars", lambda n: f"$${n}$$", MATH, "plain"),
        Way("spaces around", lambda n: rf"\ {n}\ ", MATH),
        Way("quad after", lambda n: rf"{n}\quad", MATH),
        Way("over one", lambda n: rf"\frac{{{n}}}{{1}}", MATH),
        Way("unreduced fraction", lambda n: rf"\frac{{{3 * n}}}{{3}}", MATH),
        Way("product", product, MATH),
        Way("sum", lambda n: f"{n - 2} + 2" if n > 4 else None, MATH, "plain"),
        Way("power", power, MATH),
        Way("root of the square", lambda n: rf"\sqrt{{{n * n}}}" if 0 < n < 1000 else None, MATH),
        Way("absolute value", lambda n: f"|-{n}|" if n > 0 else None, MATH),
        Way("floor", lambda n: rf"\lfloor {n}.25 \rfloor" if n > 0 else None, MATH),
        Way("ceiling", lambda n: rf"\left\lceil {n - 1}.5 \right\rceil" if n > 1 else None, MATH),
        Way("factorial", lambda n: next((f"{k}!" for k in range(3, 10) if math.factorial(k) == n), None), MATH, "plain"),
        Way("times ten to the", lambda n: scientific(n, r" \times 10^{{{}}}"), MATH),
        Way("exponent e", lambda n: scientific(n, "e{}"), PYTHON, "plain"),
        Way("exponent E+", lambda n: scientific(n, "E+{:02d}"), PYTHON, "plain"),
        Way("mathit", lambda n: rf"\mathit{{{n}}}", AMS),
        Way("mathtt", lambda n: rf"\mathtt{{{n}}}", AMS),
        Way("textit", lambda n: rf"\textit{{{n}}}", AMS),
        Way("texttt", lambda n: rf"\texttt{{{n}}}", AMS),
        Way("emph", lambda n: rf"\emph{{{n}}}", AMS),
        Way("bm", lambda n: rf"\bm{{{n}}}", "https://ctan.org/pkg/bm"),
        Way("mbox", lambda n: rf"\mbox{{{n}}}", AMS),
        Way("hbox", lambda n: rf"\hbox{{{n}}}", MATH),
        Way("textcolor", lambda n: rf"\textcolor{{blue}}{{{n}}}", "https://ctan.org/pkg/xcolor"),
        Way("ensuremath", lambda n: rf"\ensuremath{{{n}}}", AMS),
        Way("invisible delimiters", lambda n: rf"\left. {n} \right.", AMS),
        Way("thin space behind", lambda n: rf"{n}\,", MATH),
        Way("text with spaces", lambda n: rf"\text{{ {n} }}", MATH),
        Way("point behind", lambda n: f"{n}.", GSM8K, "plain"),
        Way("bold of markdown", lambda n: f"**{n}**", QWEN, "plain"),
        Way("code of markdown", lambda n: f"`{n}`", hub("hiyouga/EasyR1/pull/382"), "plain"),
        Way("named x", lambda n: f"x = {n}", MATH, "plain", names=True),
        Way("named n", lambda n: f"n={n}", MATH, "plain", names=True),
        *(
            Way(f"{name} digits", lambda n, zero=zero: in_script(zero, n), MGSM, "plain")  # type: ignore[misc]
            for name, zero in SCRIPTS.items()
        ),
    ],
    [
        Twist("sign", lambda n, rng: -n),
        Twist("digit", lambda n, rng: digit(rng, n)),
        Twist("one more", lambda n, rng: n + 1),
        Twist("ten times", lambda n, rng: 10 * n),
        Twist("a thousand times", lambda n, rng: 1000 * n),
        Twist("a digit lost", lambda n, rng: int(str(n)[:-1]) if abs(n) >= 100 else None),
    ],
)  # fmt: skip
