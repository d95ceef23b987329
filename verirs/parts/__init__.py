"""Parts: finding them by name, checking their options, and reading what they can do into one record."""

from verirs.parts.building import build, build_scorer, build_selector, build_sink, build_source, given_scorer
from verirs.parts.finding import BUILTIN, names, resolve
from verirs.parts.options import (
    Option,
    OptionsOf,
    PartName,
    PartTable,
    PartTables,
    like_its_base,
    options_of,
    part_options,
    plain,
    summary,
)
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
from verirs.parts.pickling import ByArguments
from verirs.parts.shapes import toml
from verirs.parts.tables import check_options, checked, shape_of

__all__ = [
    "BUILTIN",
    "ByArguments",
    "Option",
    "OptionsOf",
    "Part",
    "PartName",
    "PartTable",
    "PartTables",
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
    "given_scorer",
    "like_its_base",
    "names",
    "options_of",
    "part_options",
    "plain",
    "resolve",
    "scorer_part",
    "selector_part",
    "shape_of",
    "sink_part",
    "source_part",
    "summary",
    "toml",
]
