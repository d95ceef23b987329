"""Text to tokens. LaTeX commands that only lay text out disappear here; numbers become literals.

A token is ``(kind, value, spaced)``: kind is ``num``, ``sym`` (a letter), ``let`` (a letter of
running text), ``word``, ``cmd``, ``op`` or ``end``; ``spaced`` says whether white space came before.
One compiled pattern, no backtracking between tokens: time is linear in the text.
"""

from __future__ import annotations

import re
from typing import Any

from verirs.math.quantities.units import known
from verirs.math.reading.numbers import NUMBER, NUMBER_IN_BRACKETS, number
from verirs.math.values import Refused, Unreadable, words
from verirs.system.patterns import regex

MAX_CHARS = 16_384
MAX_TOKENS = 2_000
Token = tuple[str, Any, bool]

_ARGUMENT = regex(r"\s*(?:\\left\s*)?\(")
_DENIED = regex(r"\s*(=|\\in(?![a-z]))")
_LAYOUT = words(
    r"displaystyle textstyle scriptstyle limits nolimits quad qquad thinspace enspace big Big bigg Bigg bigl "
    r"bigr Bigl Bigr biggl biggr Biggl Biggr rm bf it sf tt cal mathstrut strut hfill hline boldmath bigm "
    r"normalsize small large Large displaylimits protect relax noindent centering mathsurround null par "
    r"newline nonumber notag triangle"
)
_OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "bullet": "*", "div": "/", "slash": "/", "pm": "±", "mp": "∓",
    "le": "<=",
    "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "≈", "simeq": "≈", "sim": "~", "cong": "≅",
    "equiv": "≡", "to": "→", "rightarrow": "→", "Rightarrow": "→", "implies": "→", "iff": "→",
    "Leftrightarrow": "→", "leftrightarrow": "→", "longrightarrow": "→", "mapsto": "↦", "longmapsto": "↦",
    "lbrace": "\\{",
    "rbrace": "\\}",
    "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "mid": "|", "vert": "|", "lvert": "|",
    "rvert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "cup": "∪", "cupdot": "∪",
    "sqcup": "∪", "cap": "∩", "setminus": "∖", "backslash": "∖", "smallsetminus": "∖",
    "in": "∈", "notin": "∉", "colon": ":", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "prime": "'",
    "perp": "⊥", "parallel": "∥", "lnot": "not", "neg": "not", "not": "not", "over": "over",
    "dfrac": "frac",
}  # fmt: skip
_LONG = {"**": "^", "==": "=", "=<": "<=", "=>": ">=", "->": "→", "\\|": "‖", "\\&": "&", "\\_": "_"}
_TEXT = words("text textrm textnormal mbox hbox textit texttt textsf textup emph mathrm operatorname")
_FONT = words(
    "mathbf boldsymbol bm textbf mathit mathsf mathtt mathcal mathnormal pmb bold mathfrak mathscr boxed "
    "fbox underline mathop mathrel mathbin mathord ensuremath smash underbrace overbrace"
)
_DROP_ARGUMENT = words("color hspace vspace phantom hphantom vphantom label tag textcolor mspace")
_DOTS = words("ldots dots cdots dotsc dotsb dotsm dotso vdots ddots")
FUNCTIONS = words(
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch "
    "ln log lg exp sqrt abs gcd lcm max min det deg dim ker arg sgn cbrt Re Im floor ceil asin acos atan "
    "arcsinh arccosh arctanh asinh acosh atanh binom choose factorial frac cis nCr nPr comb perm pow"
)
_SPELLED_FUNCTIONS = words("cis sin cos tan cot csc ln log arcsin arccos arctan sinh cosh tanh exp gcd lcm")
GREEK = words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi "
    "Omega hbar ell omicron aleph partial nabla infty pi Pi"
)
_SAME_LETTER = {"var" + name: name for name in ("epsilon", "theta", "rho", "sigma", "phi", "kappa")}
_SAME_COMMAND = {
    "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "oslash": "emptyset",
    "Set": "emptyset", "nicefrac": "frac", "sfrac": "frac", "flatfrac": "frac",
    "mathds": "mathbb", "Bbb": "mathbb",
}  # fmt: skip
_ANGLES = words("angle measuredangle sphericalangle phase")
_CONSTANT_WORDS = {
    "pi": "pi",
    "Pi": "pi",
    "inf": "infty",
    "infinity": "infty",
    "infty": "infty",
    "oo": "infty",
}
_JOINERS = {
    "and": "and", "or": "or", "oder": "or", "ou": "or", "lub": "or", "veya": "or", "atau": "or",
    "eller": "or", "und": "and", "et": "and", "och": "and", "dan": "and",
}  # fmt: skip
"""The words that join values, in the languages that write them with Latin letters."""
_PLAIN_WORDS = words("no on or is if of by to at as so do be it up we us go he am pm an the")
_SHORT_WORDS = words(
    "no on or is if of in by to at as so do be it up we us go he am pm cm mm km kg mg ml mL ft mi yd lb oz "
    "hr th st nd rd kJ kW Hz Pa an the one two four five six nine ten zero half mins secs sq cu"
)


_HYPHENED = (
    rf"(?<![A-Za-z0-9])[A-Za-z]-(?!(?:{'|'.join(sorted(FUNCTIONS | GREEK))})(?![a-z]))[a-z]{{4,}}(?![A-Za-z])"
)
"""``t-shirts``"""
_REST = (
    r"(\s+|\\[,;:!>\s]|~|\\(?:left|right|middle)(?![a-zA-Z])\s*\.?|\\[()\[\]]|\$)"  # 2 layout
    r"|(\\[a-zA-Z]+\*?)"  # 3 command
    rf"|({_HYPHENED}|[A-Za-z]+)"  # 4 letters
    r"|(\*\*|<=|>=|!=|==|=<|=>|->|\\\\|\\[{}|%$&#_])"  # 5 long operator
    r"|(.)"  # 6 any other
)
_TOP = regex(rf"({NUMBER})|{_REST}", re.DOTALL)
_INNER = regex(rf"({NUMBER_IN_BRACKETS})|{_REST}", re.DOTALL)

_TIMES = regex(r"\s*(?:10\s*(?:\^|\*\*)|\d+(?![\w.]*\s*[xX*^]))")


class _Lexer:
    def __init__(self) -> None:
        self.out: list[Token] = []
        self.depth = 0
        self.nested = 0

    def run(self, text: str, in_text: bool = False) -> None:
        out, pos, end = self.out, 0, len(text)
        spaced = False
        while pos < end:
            match = (_INNER if self.depth else _TOP).match(text, pos)
            if match is None:  # only an unpaired backslash at the end
                raise Unreadable("a lone backslash")
            group, value = match.lastindex, match[0]
            pos = match.end()
            if len(out) > MAX_TOKENS:
                raise Refused(f"an answer of more than {MAX_TOKENS} parts")
            if group == 1:
                out.append(("num", number(value), spaced))
            elif group == 2:
                spaced = spaced or value[1:2] not in ("l", "r", "m")  # \\left( is as near as (
                continue
            elif group == 3:
                pos = self._command(value[1:].rstrip("*"), text, pos, spaced, in_text)
            elif group == 4:
                self._letters(value, spaced, in_text, text, pos)
            else:
                value = _LONG.get(value, value)
                if value in ("(", "[", "\\{"):
                    self.depth += 1
                elif value in (")", "]", "\\}") and self.depth:
                    self.depth -= 1
                out.append(("op", value, spaced))
            spaced = False

    def _command(self, name: str, text: str, pos: int, spaced: bool, in_text: bool) -> int:
        out = self.out
        if name == "not":
            denied = _DENIED.match(text, pos)
            if denied:
                out.append(("op", "!=" if denied[1] == "=" else "∉", spaced))
                return denied.end()
        if name in _LAYOUT:
            return pos
        if name in _OPERATORS:
            value = _OPERATORS[name]
            if value in ("\\{", "(", "["):
                self.depth += 1
            elif value in ("\\}", ")", "]") and self.depth:
                self.depth -= 1
            if value in _JOINERS or value == "not":
                out.append(("word", value, True))
            elif value == "frac":
                out.append(("cmd", "frac", spaced))
            else:
                out.append(("op", value, spaced))
            return pos
        if name in _TEXT:
            return self._text(name, text, pos, in_text)
        if name == "textcircled":
            content, after = argument(text, pos)
            out.append(("sym", "circled " + content.strip(), spaced))
            return after
        if name in _FONT:
            content, after = argument(text, pos)
            if "," not in content or text[pos : pos + 1] != "{":
                return pos
            self.run(content)  # a list, which these braces do not make a set
            return after
        if name in _DROP_ARGUMENT:
            return argument(text, pos)[1]
        if name.startswith("quad"):  # \\quadx
            self._letters(name[4:], True, in_text, text, pos)
        elif name in _DOTS:
            out.append(("sym", "…", spaced))
        elif name in GREEK:
            out.append(("sym", "\\" + _SAME_LETTER.get(name, name), spaced))
        elif name in _ANGLES:
            self._angle(spaced)
        elif name == "Pr":
            out.append(("sym", "P", spaced))
        elif name in ("bigcup", "bigcap") and not text[pos:].lstrip().startswith("_"):
            out.append(("op", "∪" if name == "bigcup" else "∩", spaced))
        elif name == "forall":
            out.append(("word", "for", True))
        else:
            out.append(("cmd", _SAME_COMMAND.get(name, name), spaced))
        return pos

    def _angle(self, spaced: bool) -> None:
        """After a number the sign of a polar form; before letters it only says that they are an angle."""
        out = self.out
        before = out[-1] if out else ("end", "", True)
        if before[0] == "num" or before[1] in ("}", ")", "\\pi"):
            out.append(("op", "∠", spaced))
        elif before[:2] in (("sym", "m"), ("let", "m")) and (len(out) == 1 or out[-2][0] == "op"):
            out.pop()

    def _text(self, name: str, text: str, pos: int, in_text: bool) -> int:
        content, after = argument(text, pos)
        bare = content.strip()
        if name in ("mathrm", "operatorname") and (bare in FUNCTIONS or bare in ("e", "i", "d", "I")):
            if bare in FUNCTIONS and len(bare) > 1:
                self.out.append(("cmd", bare, True))
            else:
                self.out.append(("sym", bare, True))
            return after
        if bare == "i" and self.out and (self.out[-1][0] in ("num", "sym") or self.out[-1][1] in ("}", ")")):
            self.out.append(("sym", "i", True))
            return after
        if name == "mathrm" and _product(bare):
            self.out += [("sym", c, spaced) for c, spaced in zip(bare, (True, False), strict=True)]
            return after
        if name == "operatorname" and bare[:1].isupper() and bare.isalpha() and _ARGUMENT.match(text, after):
            self.out.append(("sym", bare, True))
            return after
        if bare in _SPELLED_FUNCTIONS:
            self.out.append(("cmd", bare, True))
            return after
        if self.nested > 8:
            raise Refused("deeply nested text")
        before = len(self.out)
        self.nested += 1
        self.run(content, True)
        self.nested -= 1
        if len(self.out) > before:  # text stands apart from what precedes it
            kind, value, _ = self.out[before]
            self.out[before] = (kind, value, kind != "op")
        return after

    def _letters(self, run: str, spaced: bool, in_text: bool, text: str, pos: int) -> None:
        run = run.replace("-", "")
        out, low = self.out, run.lower()
        if len(run) == 1:
            if run in ("x", "X") and out and _TIMES.match(text, pos) and _times(out[-1], spaced, text[pos]):
                out.append(("op", "*", spaced))
                return
            out.append(("let" if in_text else "sym", run, spaced))
            return
        if in_text:
            out.append(("word", run, spaced))
            return
        if low in _JOINERS and (low in ("and", "or") or (spaced and text[pos : pos + 1].isspace())):
            out.append(("word", _JOINERS[low], spaced))
            return
        if out and not spaced and run.startswith("or") and len(run) == 3:  # 1orx=2
            out.append(("word", "or", True))
            out.append(("sym", run[2], False))
            return
        if run in _CONSTANT_WORDS:
            out.append(("sym", "\\" + _CONSTANT_WORDS[run], spaced))
            return
        if run in FUNCTIONS:
            out.append(("cmd", run, spaced))
            return
        if run in GREEK and run != "in":
            out.append(("sym", "\\" + _SAME_LETTER.get(run, run), spaced))
            return
        if low in ("am", "pm") and out and out[-1][0] == "num":
            out.append(("word", low, True))
            return
        raised = low in _PLAIN_WORDS and text[pos : pos + 1] in ("^", "_")  # Be^x
        if not raised and (run in _SHORT_WORDS or (run[1:].islower() and low in _SHORT_WORDS)):
            out.append(("word", run, spaced))
            return
        attached = (
            bool(out) and not spaced and out[-1][0] in ("num", "op") and out[-1][1] not in (",", ";", "(")
        )
        follows = (
            pos < len(text) and text[pos] in "^_({\\0123456789" and not text.startswith(("\\ ", "\\\\"), pos)
        )
        if (
            len(run) > 2
            and run[-1] in "xyz"
            and (run[:-1] == "ln" or (run[:-1] in FUNCTIONS and len(run) > 3))
        ):
            out.append(("cmd", run[:-1], spaced))
            out.append(("sym", run[-1], False))
            return
        if len(run) == 2 or (len(run) <= 4 and (attached or follows)):
            for known in ("pi",):
                if run.endswith(known) and len(run) > 2:
                    for c in run[:-2]:
                        out.append(("sym", c, spaced))
                    out.append(("sym", "\\pi", False))
                    return
            for i, c in enumerate(run):
                out.append(("sym", c, spaced and i == 0))
            return
        for known in FUNCTIONS:
            glued = run.startswith(known) and len(known) >= 3 and len(run) == len(known) + 1  # sinx, cosx
            if glued and not self._counted(run, spaced):
                out.append(("cmd", known, spaced))
                out.append(("sym", run[-1], False))
                return
        out.append(("word", run, spaced))

    def _counted(self, run: str, spaced: bool) -> bool:
        """Whether a word that begins like a function is what is counted: ``3 logs``, ``1 (tank)``."""
        at = -2 if self.out and self.out[-1][1] == "(" else -1
        behind = len(self.out) >= -at and self.out[at][0] == "num" and (spaced or self.out[-1][2])
        return run[-1] == "s" or (behind and run[-1] not in "xyz")


def _product(letters: str) -> bool:
    """Whether two letters in upright type are variables: no word, no unit, no chemical symbol."""
    plain = len(letters) == 2 and letters.isalpha() and letters.isascii()
    return (
        plain
        and letters[0].islower() == letters[1].islower()
        and not (letters.lower() in _SHORT_WORDS or letters in _SHORT_WORDS or known(letters))
    )


def _times(last: Token, spaced: bool, following: str) -> bool:
    """Whether the letter x between this token and a number is a sign of multiplication: ``1.5 x 10^6``."""
    return last[0] in ("num", "word", "let") and spaced == following.isspace()


def argument(text: str, pos: int) -> tuple[str, int]:
    """The ``{...}`` group (or single character) after ``pos``, and where it ends."""
    end = len(text)
    while pos < end and text[pos].isspace():
        pos += 1
    if pos >= end or text[pos] != "{":
        return text[pos : pos + 1], min(end, pos + 1)
    depth, i = 0, pos
    while i < end:
        char = text[i]
        if char == "\\":
            i += 2
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return text[pos + 1 : i], i + 1
        i += 1
    return text[pos + 1 :], end


def tokens(text: str) -> list[Token]:
    """All tokens of a cleaned text, closed by an ``end`` token.

    Raises:
        Refused: the text is longer than ``MAX_CHARS`` or holds an enormous number.
        Unreadable: the text ends in a lone backslash.
    """
    if len(text) > MAX_CHARS:
        raise Refused(f"an answer of {len(text)} characters")
    lexer = _Lexer()
    lexer.run(text)
    lexer.out.append(("end", "", True))
    return lexer.out
