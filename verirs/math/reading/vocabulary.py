"""The words of conditions, bounds and sets, as tables: every phrase that the grammar knows is here."""

from __future__ import annotations

from verirs.math.values import words

Table = dict[str, list[tuple[tuple[str, ...], str]]]


def table(phrases: dict[str, str]) -> Table:
    """Phrases by their first word, the longest first; ``phrases`` maps a value to phrases joined by ``|``."""
    found: Table = {}
    for value, spellings in phrases.items():
        for spelling in spellings.split("|"):
            parts = tuple(spelling.split())
            found.setdefault(parts[0], []).append((parts, value))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return found


COMPARATIVES = table(
    {
        ">=": "at least|no less than|not less than|no fewer than|not fewer than|no smaller than"
        "|not smaller than|greater than or equal to|more than or equal to|larger than or equal to"
        "|a minimum of|a lower bound of|minimum of",
        "<=": "at most|no more than|not more than|no greater than|not greater than|no larger than"
        "|not larger than|less than or equal to|smaller than or equal to|fewer than or equal to|up to"
        "|a maximum of|maximum of|not exceeding|not over",
        ">": "greater than|more than|larger than|bigger than|strictly greater than|strictly more than|over"
        "|above|exceeding|upwards of|in excess of",
        "<": "less than|fewer than|smaller than|strictly less than|strictly smaller than|under|below"
        "|just under",
    }
)
"""What stands before a bound: ``at least 4``."""
AFTER_BOUND = table(
    {
        ">=": "or more|or greater|or above|or larger|or higher|or up|and above|and up|and over|or over"
        "|at least|at the least|at the very least|at minimum|at a minimum|minimum|or bigger",
        "<=": "or less|or fewer|or below|or smaller|or lower|or under|and below|at most|at the most"
        "|at the very most|at maximum|at a maximum|maximum|tops",
    }
)
"""What stands behind a bound: ``4 or more``."""
VERBS = words("is are be being equals exceeds was were lies lie satisfies must does do cannot")
EQUALITIES = table({"=": "equal to|the same as|given by", "!=": "not equal to|different from|not"})
HEDGES = table(
    {
        "hedge": "maybe|perhaps|possibly|probably|presumably|likely|could be|might be|may be|can be"
        "|could possibly be|i think|i guess|i believe|not sure|almost|nearly|something like|or so|say"
        "|at best|at worst"
    }
)
APPROXIMATELY = table({"about": "approximately|about|around|roughly|approx|approx .|circa"})
EXACTLY = table({"": "exactly|precisely|simply|only|just|equal to|all of"})
CHOICES = table({"or": "one of|either of|any of|any one of|either|among", "and": "both|both of|all of"})
ELSE = words("otherwise else elsewhere")
RANGE_ENDS = table(
    {
        "closed": "inclusive|inclusively|both inclusive|both included|endpoints included"
        "|including endpoints|including the endpoints|including both endpoints",
        "open": "exclusive|exclusively|both exclusive|endpoints excluded|excluding endpoints"
        "|excluding the endpoints",
    }
)
EXCLUSIONS = table(
    {
        "minus": "except|except for|excepting|excluding|without|other than|but|but not|apart from|aside from"
        "|besides|with the exception of"
    }
)
"""What stands between a set in words and the points that it lacks."""
QUANTIFIERS = words("all any every each some arbitrary both the fixed given unknown an")
FILLERS = words("that values value of then also where real-valued")
BASES = {
    "integer": "Z", "integers": "Z", "real": "R", "reals": "R", "rational": "Q", "rationals": "Q",
    "complex": "C", "natural": "N", "naturals": "N", "whole": "N0", "prime": "prime", "primes": "prime",
    "even": "even", "odd": "odd", "irrational": "irrational", "irrationals": "irrational",
    "constant": "constant", "constants": "constant", "parameter": "constant", "parameters": "constant",
    "scalar": "constant", "scalars": "constant",
}  # fmt: skip
SIGNS = {
    "positive": ">", "negative": "<", "nonnegative": ">=", "nonpositive": "<=", "nonzero": "!=",
}  # fmt: skip
COUNTED = words("number numbers value values")
DOUBTFUL = words(
    "not never maybe perhaps possibly probably presumably likely could might may unsure either except "
    "neither nor without unless from between"
)
"""A text with one of these names nothing: ``x is not = 5``."""
