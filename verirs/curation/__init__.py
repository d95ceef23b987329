"""Problems as data: what is known of each, which are kept, and what is wrong with some.

facts.py      the columns of a problem: counts, pass rate, tokens, votes
"""

from verirs.curation.facts import COLUMNS, KNOWN, facts_of, row_of, wilson

__all__ = ["COLUMNS", "KNOWN", "facts_of", "row_of", "wilson"]
