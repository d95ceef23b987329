"""Sampling until enough: where a problem's samples stop counting, and estimates that stay unbiased under
that.

    rule.py       the rule: a pure function of a problem's verdicts in order of sample index
    marks.py      what the rule sees of a candidate
    methods.py    when two texts are the same method
    paths.py      unbiased estimates by counting the verdict sequences that lead to a stop
    forecast.py   what the rest of a run will probably cost and bring
    counting.py   groups cut at their stops, and what a summary says of the rule
    words.py      the sentences that terminal, card and report share

Nothing here knows the clock, an order of arrival or another problem.
"""

from verirs.until.counting import Account, Counted, counted, groups, lacks, pass_rates, rule_in, told_of
from verirs.until.forecast import Forecast, forecast
from verirs.until.marks import mark_of
from verirs.until.paths import Paths
from verirs.until.rule import BEYOND, Mark, Rule, Stop, replay
from verirs.until.words import cost_told, until_told

__all__ = [
    "BEYOND",
    "Account",
    "Counted",
    "Forecast",
    "Mark",
    "Paths",
    "Rule",
    "Stop",
    "cost_told",
    "counted",
    "forecast",
    "groups",
    "lacks",
    "mark_of",
    "pass_rates",
    "replay",
    "rule_in",
    "told_of",
    "until_told",
]
