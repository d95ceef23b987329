"""Problems as data: what is known of each, which are kept, and what is wrong with some.

facts.py      the columns of a problem: counts, pass rate, tokens, votes
words.py      its text without layout: as words, and sign by sign
grams.py      runs of words as hashes
index.py      benchmarks as hashes, and which of their items stand in a text
known.py      those that are shipped
twins.py      problems that stand there twice
filters.py    conditions on the columns
curator.py    all of these over a set, each step counted
told.py       tables and lines for card, report and terminal
"""

from verirs.curation.facts import COLUMNS, KNOWN, facts_of, row_of, wilson

__all__ = ["COLUMNS", "KNOWN", "facts_of", "row_of", "wilson"]
