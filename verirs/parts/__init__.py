"""Parts: finding them by name, checking their options, and reading what they can do into one record."""

from verirs.parts.building import build, build_scorer, build_selector, build_sink, checked, given_scorer
from verirs.parts.finding import BUILTIN, names, resolve
from verirs.parts.options import Option, OptionsOf, check_options, options_of
from verirs.parts.part import Part, ScorerPart, SelectorPart, SinkPart, scorer_part, selector_part, sink_part
from verirs.parts.pickling import ByArguments

__all__ = [
    "BUILTIN",
    "ByArguments",
    "Option",
    "OptionsOf",
    "Part",
    "ScorerPart",
    "SelectorPart",
    "SinkPart",
    "build",
    "build_scorer",
    "build_selector",
    "build_sink",
    "check_options",
    "checked",
    "given_scorer",
    "names",
    "options_of",
    "resolve",
    "scorer_part",
    "selector_part",
    "sink_part",
]
