"""Parts: finding them by name, checking their options, and reading what they can do into one record."""

from verirs.parts.building import build, build_scorer, build_selector, build_sink, build_source, checked
from verirs.parts.finding import BUILTIN, names, resolve
from verirs.parts.options import Option, OptionsOf, check_options, options_of
from verirs.parts.part import (
    Part,
    ScorerPart,
    SelectorPart,
    SinkPart,
    SourcePart,
    scorer_part,
    selector_part,
    sink_part,
    source_part,
)

__all__ = [
    "BUILTIN",
    "Option",
    "OptionsOf",
    "Part",
    "ScorerPart",
    "SelectorPart",
    "SinkPart",
    "SourcePart",
    "build",
    "build_scorer",
    "build_selector",
    "build_sink",
    "build_source",
    "check_options",
    "checked",
    "names",
    "options_of",
    "resolve",
    "scorer_part",
    "selector_part",
    "sink_part",
    "source_part",
]
