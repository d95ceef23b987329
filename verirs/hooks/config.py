"""What a grader is made of: scorers' names, a table, or a TOML file with ``[scorer.NAME]`` and ``[hook]``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, nearest
from verirs.hooks.rule import Rule
from verirs.parts.building import build_scorer
from verirs.parts.tables import check_options

ENVIRONMENT = "VERIRS_HOOK"
"""The variable that names a configuration where none is given."""
_AUTO: Mapping[str, Any] = {"scorer": {"math": {}, "code": {}}}


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


def scorers_of(config: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each scorer's plugin and options, by its name.

    Raises:
        ConfigError: a scorer that cannot be made.
    """
    tables = config.get("scorer", {})
    if not isinstance(tables, Mapping) or not tables:
        raise ConfigError("a grader needs a scorer: a table [scorer.math], say")
    out = {}
    for name, options in tables.items():
        if not isinstance(options, Mapping):
            raise ConfigError(f"scorer.{name}: must be a table")
        own = {k: v for k, v in options.items() if k != "plugin"}
        out[str(name)] = (str(options.get("plugin", name)), own)
        build_scorer(*out[str(name)], str(name)).made.close()  # what is wrong is told now
    return out


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
