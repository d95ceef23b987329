"""Phrases that close a text and add nothing to its answer: politeness, offers, what the value is called."""

from __future__ import annotations

from verirs.math.values import words
from verirs.system.patterns import regex

POLITE = regex(
    r"(?:i )?hope (?:this|that|it)(?: (?:answer|solution|explanation))?(?:'s| is)? ?(?:helps?|helpful|"
    r"clear|correct|right|makes sense|clarifies)(?: you)?|"
    r"(?:please )?(?:let me know|feel free to (?:ask|reach out)|don't hesitate to ask)(?: me)?"
    r"(?: if you(?:'d| would)? (?:have|need|want|like)\b[\w' ]*| for more[\w' ]*|"
    r" if (?:anything|something|any (?:step|part|of this|of that)|there's anything) "
    r"(?:is|was|isn't|remains|seems|needs) "
    r"(?:still )?(?:unclear|not clear|clear|confusing|explaining|(?:more |further )?(?:explanation|"
    r"clarification))| with any (?:other |further |more )?questions)?|"
    r"if you(?:'d| would)? (?:have|need|want|like)\b[\w' ]*?(?:let me know|feel free to ask|just ask)[\w' ]*|"
    r"thanks?(?: you)?(?: (?:so|very) much)?(?: for (?:your (?:question|patience|time|help)|asking|"
    r"reading))?|"
    r"(?:you're|you are) welcome|good luck[\w' ]*|have a (?:nice|great|good) (?:day|one|time)|"
    r"happy (?:learning|studying|to help)|"
    r"(?:great|nice|good) (?:job|question|work)|cheers"
)
IS_THE = regex(
    r"(?:(?:this|that|it|which) is|that's|it's) (?:the|our) (?:final |exact |required |desired )?"
    r"(?:answer|result|solution|value|derivative|integral|area|perimeter|volume|length|sum|product|difference|"
    r"quotient|remainder|probability|expected value|equation|maximum|minimum|distance|total|ratio|average|"
    r"mean|median|number|angle|slope|determinant|factorization|simplified form|simplest form)"
    r"(?: (?:of|for) [a-z ]{1,30})?(?: we (?:were looking for|want|wanted|need|needed|are looking for))?"
)
"""What a sentence says the value to be, where it names no other."""
OTHER_OUT = regex(
    r"(?:the|all|any) others? (?:[a-z]+ )?(?:is|are|was|were) "
    r"(?:extraneous|rejected|excluded|discarded|invalid|negative)"
)
"""What a sentence says of the other roots, and nothing else."""
OFFERS = regex(
    r"(?:shall|should|can|may) i (?:explain|show|go through|walk you through|help)\b[a-z ']*|"
    r"(?:would|do) you (?:like|want|need) (?:me to (?:explain|show|go through|walk)|to (?:see|try|go)|help|"
    r"(?:any |some )?(?:more|further|other)|another)\b[a-z ']*|"
    r"does (?:that|this) make sense|is there anything else\b[a-z ']*|"
    r"(?:do you have )?any (?:more |other |further )?questions\b[a-z ']*"
)
NO_OFFER = words("wrong incorrect false mistake error real right correct actual true not instead")
