"""What the commands share: the app, common flags, and how a config and a result are read and shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Group, Parameter

from verirs.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from verirs.running.config import Config
    from verirs.running.drive import RunResult

app = App(
    name="verirs",
    help="Verifier-based rejection sampling for math and code: sample, verify, select, fine-tune.",
    version=__version__,
    version_flags=["--version"],
    help_format="plaintext",  # markdown would cost a quarter of the start-up
)
_DIAGNOSIS = Group("Diagnosis", sort_key=9)
Set = Annotated[list[str], Parameter(name="--set", negative="")]
Debug = Annotated[bool, Parameter(group=_DIAGNOSIS, negative="")]
Flag = Annotated[bool, Parameter(negative="")]


def console() -> Console:
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True)


def source_table(source: str | None, limit: int | None) -> dict[str, Any]:
    from verirs.sources.paths import is_path

    if source and is_path(source):
        return {"name": "file", "path": source, "limit": limit}
    return {"name": source, "limit": limit}


def given(table: dict[str, Any]) -> dict[str, Any]:
    """The table without what was not given on the command line."""
    out = {}
    for key, value in table.items():
        if isinstance(value, dict):
            value = given(value) or None
        if value is not None:
            out[key] = value
    return out


def config_from(path: Path, settings: list[str]) -> Config:
    from verirs.running.config import assignments, load, merge, parse

    return parse(merge(load(path), assignments(settings)), str(path))


def run_config(path: Path, settings: list[str] | None = None) -> Config:
    from verirs.errors import StoreError

    if not (path / "manifest.json").exists():
        raise StoreError(f"{path} is not a run directory (no manifest.json). Runs lie under runs/NAME.")
    return config_from(path / "config.toml", settings or [])


def finish(result: RunResult) -> None:
    from rich.console import Console

    result.show(Console(soft_wrap=True))
