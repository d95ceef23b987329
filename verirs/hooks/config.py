"""What a grader is made of: scorers' names, a table, or a TOML file with ``[scorer.NAME]`` and ``[hook]``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, nearest
from verirs.hooks.rule import Rule
from verirs.parts import ScorerPart
from verirs.parts.building import build_scorer
from verirs.parts.tables import check_options
from verirs.running.places import fixed

ENVIRONMENT = "VERIRS_HOOK"
"""The variable that names a configuration where none is given."""
ROW = "row"
"""In place of a scorer's name where the row itself cannot be read."""
_AUTO: Mapping[str, Any] = {"scorer": {"math": {}, "code": {}}}


def folder_here() -> str:
    """The current folder; where it is gone, what has no whole path is looked for in vain."""
    try:
        return os.getcwd()
    except OSError:
        return os.curdir


def table_of(config: str | Path | Sequence[str] | Mapping[str, Any] | None) -> dict[str, Any]:
    """The configuration as one table.

    Raises:
        ConfigError: it is none.
    """
    if config is None:
        named = os.environ.get(ENVIRONMENT, "")
        return table_of(named) if named else dict(_AUTO)
    if isinstance(config, Mapping):
        return dict(config)
    if isinstance(config, str | Path) and str(config).endswith(".toml"):
        from verirs.running.config import Config, load

        table = load(config)
        known = {*Config.model_fields, "hook"}
        if unknown := sorted(map(str, table.keys() - known)):
            raise ConfigError(f"{config}: unknown section {unknown[0]}{nearest(unknown[0], known)}")
        return {**_AUTO, **table}
    names = [config] if isinstance(config, str) else list(map(str, config))  # type: ignore[arg-type]
    return {"scorer": {name: {} for name in names}}


@dataclass(frozen=True, slots=True)
class Table:
    """One scorer of a configuration.

    Args:
        plugin: what it is.
        options: its options, paths whole.
        told: as they are written.
    """

    plugin: str
    options: Mapping[str, Any]
    told: Mapping[str, Any]

    def build(self, name: str) -> ScorerPart:
        """The scorer; raises as :func:`verirs.parts.building.build_scorer`."""
        return build_scorer(self.plugin, self.options, name, self.told)


@dataclass(frozen=True, slots=True)
class Scorers:
    """What a grader's scorers are.

    Args:
        tables: by their names.
        form: those that look at the form of a text alone.
    """

    tables: dict[str, Table]
    form: frozenset[str]


def scorers_of(config: Mapping[str, Any], folder: str) -> Scorers:
    """The scorers that a configuration names.

    Args:
        folder: where its paths start.

    Raises:
        ConfigError: a scorer that cannot be made.
    """
    tables = config.get("scorer", {})
    if not isinstance(tables, Mapping) or not tables:
        raise ConfigError("a grader needs a scorer: a table [scorer.math], say")
    if ROW in tables:
        raise ConfigError(f"scorer.{ROW}: the word stands for a row that cannot be read; choose another name")
    out: dict[str, Table] = {}
    form = set()
    whole = fixed({"scorer": tables}, folder)["scorer"]
    for name, options in tables.items():
        if not isinstance(options, Mapping):
            raise ConfigError(f"scorer.{name}: must be a table")
        told, own = ({k: v for k, v in t.items() if k != "plugin"} for t in (options, whole[name]))
        out[str(name)] = Table(str(whole[name].get("plugin", name)), own, told)
        part = out[str(name)].build(str(name))  # what is wrong is told now
        part.made.close()
        if part.traits.of_form:
            form.add(str(name))
    return Scorers(out, frozenset(form))


def rule_of(table: Any) -> Rule:
    """The table ``[hook]``.

    Raises:
        ConfigError: what is wrong in it.
    """
    if not isinstance(table, Mapping):
        raise ConfigError("hook: must be a table")
    values, wrong = check_options(Rule, table, "hook")
    if wrong:
        raise ConfigError(wrong)
    return Rule(**values)
