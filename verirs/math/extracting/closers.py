"""Phrases that close a text and add nothing to its answer: politeness, offers, what the value is called."""

from __future__ import annotations

from verirs.math.values import words
from verirs.system.patterns import regex

POLITE = regex(
    r"(?:i )?hope (?:this|that|it)(?: (?:answer|solution|explanation))?(?:'s| is)? ?(?:helps?|helpful|"
    r"clear|correct|right|makes sense|clarifies)(?: you)?(?: (?:to )?(?:understand|see|with|"
    r"solve)\b[\w' ]*)?|"
    r"let me know if (?:this|that|it)(?: (?:answer|solution))? (?:is (?:correct|right|helpful|clear|"
    r"what you (?:were|are) looking for)|helps|makes sense)|"
    r"(?:this|the)(?: json)? (?:structure|format|object|response|output) (?:provides|contains|includes|gives)"
    r"(?: (?:the|a|an|both|clear|complete|detailed|structured|concise|step|by|steps|reasoning|explanation|"
    r"solution|calculation|calculations|breakdown|process|step-by-step|step-by|behind|leading|and|final|numerical|answer|to|for|of|"
    r"question|problem|in|requested|required|specified|format|as|json|way|logical|your|given))+|"
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
    r"(?:great|nice|good) (?:job|question|work)|cheers|all done|"
    r"espero que (?:esto )?(?:te|le|les|os) (?:sirva|ayude)|espero (?:haber|ter) ajudado|"
    r"espero que (?:isso )?ajude|"
    r"j'espère que (?:cela|ça) (?:vous|t')? ?aide\w*|ich hoffe,? das hilft(?: dir| ihnen)?|"
    r"spero (?:che )?(?:sia|ti sia) (?:utile|chiaro)|"
    r"best(?: regards| wishes)?|kind regards|regards|end of (?:text|answer|solution|response)"
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
HARMLESS = words(
    "the a an this that these it its is are was be been has have we our my i here so thus therefore "
    "hence now then "
    "and with of for in to all both by from on at as which indeed also finally above below "
    "answer answers solution solutions result results value calculation calculations computation reasoning "
    "explanation steps step method approach work proof problem question equation equations statement "
    "information "
    "condition conditions constraint constraints requirement requirements sides side number numbers "
    "final correct correctly right accurate accuracy valid true consistent complete completed done "
    "finished solved everything fits good fine "
    "found unique exact simplified required desired given expected verified confirmed checked "
    "matches match matching agrees agree confirms confirm confirming verifies verify ensures ensuring "
    "satisfies "
    "satisfy satisfied satisfying holds hold checks works fits shows show completes concludes conclude "
    "follows "
    "makes sense end qed yes ok okay great perfect check verification note only possible form terms lowest "
    "restate repeat same obtained equal equals us proves proved proven integer integers real positive "
    "clear clearly"
)
"""Words that say only that the answer is the answer; none of them can take it back."""
