"""A release: the files of one export, with a card that says how they were made, ready to be published.

Nothing of an export that is half written, damaged or older than its run becomes a release. Only files that
the export itself wrote are in it, beside ``README.md``, ``config.toml``, ``summary.json``, ``release.json``.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import ClassVar

import tomli_w

from verirs.curation.licences import forbids_sale
from verirs.errors import StoreError, UserError
from verirs.publishing.secrets import held, in_file, in_text, public
from verirs.records import LISTING, ExportedFiles, RunSummary
from verirs.records.record import Record
from verirs.running.config import load
from verirs.running.reading import load_run
from verirs.store import Store
from verirs.store.lock import is_held
from verirs.store.merging import sample_gaps
from verirs.system.files import digest
from verirs.system.terminal import pasted
from verirs.until import lacks
from verirs.version import __version__

RELEASE = "release.json"
_SHOWN = ("pyarrow", "sympy", "vllm", "transformers", "torch", "datasets")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord(Record):
    """``release.json``: what a release holds, for programs.

    Args:
        version: of this record.
        verirs: the version that published it.
        files: SHA-256 of each file by its name.
        rows: of each sink.
        scorers: the version of each scorer by its name.
        grader: the digest of all of them.
        model: by which the samples were drawn.
        licenses: of the rows, as far as they are known.
    """

    sealed: ClassVar[bool] = True
    mend: ClassVar[str] = "Publish the run again."

    version: int = 1
    verirs: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    scorers: Mapping[str, str] = field(default_factory=dict)
    grader: str = ""
    model: str = ""
    licenses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is to be published.

    Args:
        files: of the export, by their names.
        texts: written by us, by their names.
        record: the same as ``release.json`` among the texts.
        told: what to know before it is published, a line each.
    """

    files: Mapping[str, Path]
    texts: Mapping[str, str]
    record: ReleaseRecord
    told: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write it into a new folder.

        Raises:
            UserError: there is something at that place.
        """
        if folder.exists():
            raise UserError(f"{folder} is there already: give a folder that is to be made")
        for name, source in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
        for name, text in self.texts.items():
            (folder / name).write_text(text, encoding="utf-8")


def prepare(
    path: Path, *, allow_missing: bool = False, environment: Mapping[str, str] | None = None
) -> Release:
    """The release of a run directory's export, or of a folder that ``verirs export --out`` made.

    Args:
        allow_missing: samples may be missing; the card says so.
        environment: where secrets are looked for; by default the process's own.

    Raises:
        UserError: it is half written, damaged, changed by hand, older than its run, or holds a secret.
        StoreError: it is no run directory and no export.
    """
    is_run = (path / "manifest.json").exists()
    folder = path / "export" if is_run else path
    if not (folder / LISTING).exists():
        todo = f"verirs export {pasted(path)}" if is_run else "name a run directory, or what --out made"
        raise StoreError(f"{path}: nothing was exported there; {todo}")
    listed = ExportedFiles.load(folder / LISTING).files
    files = _whole(folder, listed)
    summary_file = path / "summary.json"
    if not summary_file.exists():
        raise StoreError(f"{path}: it has no summary.json; export it again")
    summary = RunSummary.load(summary_file)
    told = list(_refuse_old(path, summary, allow_missing)) if is_run else []
    for share in summary.origin.shares:
        if share.accepted and forbids_sale(share.license):
            told.append(
                f"NOT FOR COMMERCIAL USE: {share.accepted:,} rows of {share.source} are under {share.license}"
            )
    if summary.origin.missing and not allow_missing:
        raise UserError(
            f"{path} is not complete: {'; '.join(summary.origin.missing)}. Run it to its end, or publish it "
            "as it is, which the card says: --allow-missing"
        )
    texts = {"summary.json": summary_file.read_text(encoding="utf-8")}
    config = _config(path, summary) if is_run else ""
    if config:
        texts["config.toml"] = config
    files.pop("summary.json", None)
    files.pop("report/index.html", None)
    card = files.pop("README.md", None)
    if card is None:
        raise StoreError(f"{folder}: the card README.md is missing; export it again")
    record = ReleaseRecord(
        verirs=__version__,
        files={name: _sha256(file) for name, file in sorted(files.items())},
        rows=summary.rows,
        scorers={s.scorer: s.version for s in summary.scorers},
        grader=summary.grader,
        model=str(summary.origin.model.get("model", "")),
        licenses=_licenses(summary),
    )
    texts["README.md"] = card.read_text(encoding="utf-8") + _made(record, config)
    _refuse_secrets(files, texts, held() if environment is None else held(environment))
    texts[RELEASE] = record.text()
    return Release(files=files, texts=texts, record=record, told=tuple(told))


def _whole(folder: Path, listed: Mapping[str, str]) -> dict[str, Path]:
    """The listed files.

    Raises:
        UserError: an export stopped while it wrote them, or one is not as it was written.
    """
    files = {}
    for name, wanted in listed.items():
        file = folder / name
        if not wanted:
            raise UserError(f"{folder}: an export was stopped while it wrote {name}; export again")
        if not file.is_file() or file.is_symlink() or digest(file) != wanted:
            raise UserError(f"{file} is not what the export wrote: it is gone or was changed; export again")
        files[name] = file
    return files


def _refuse_old(path: Path, summary: RunSummary, allow_missing: bool) -> list[str]:
    """What is missing of a run, if that is allowed.

    Raises:
        UserError: it is being written, not complete, or changed since the export.
    """
    if is_held(path):
        raise UserError(f"{path} is being written by another command; wait for its end")
    with Store.open(path) as store:
        gaps = sample_gaps(store, lacks(store))
        scorers = dict(store.manifest.scorers)
    if gaps and not allow_missing:
        raise UserError(f"{'; '.join(gaps)}. Or publish it as it is, which the card says: --allow-missing")
    counted = sum(len(group.candidates) for group in load_run(path).groups())
    known = {s.scorer: s.version for s in summary.scorers}
    if counted != summary.completions or {k: v for k, v in scorers.items() if k in known} != known:
        raise UserError(
            f"{path} was sampled or scored since its last export: verirs export {pasted(path)} first"
        )
    return gaps


def _config(path: Path, summary: RunSummary) -> str:
    """The config that made the files, as it may be shown."""
    table = public(load(path / "config.toml"))
    if summary.origin.selector:  # an export may have selected otherwise than the run's config says
        table["select"] = public({"name": summary.origin.selector, **summary.origin.selection})
    table |= public(summary.origin.settings)
    return str(tomli_w.dumps(table))


def _licenses(summary: RunSummary) -> tuple[str, ...]:
    found = (share.license or "not stated" for share in summary.origin.shares if share.accepted)
    return tuple(dict.fromkeys(found))


def _made(record: ReleaseRecord, config: str) -> str:
    """The card's last part: the command, the config, the versions and the digests."""
    lines = ["", "## How it was made", ""]
    if config:
        lines += [
            f"`verirs run config.toml`, verirs {record.verirs}, with this config (paths are names only):",
            "",
            "```toml",
            config.rstrip(),
            "```",
            "",
        ]
    installed = [f"Python {sys.version_info.major}.{sys.version_info.minor}"]
    for name in _SHOWN:
        try:
            installed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    lines += [f"Published with verirs {record.verirs}, {', '.join(installed)}.", ""]
    lines += ["| file | SHA-256 |", "|---|---|"]
    lines += [f"| `{name}` | `{found}` |" for name, found in record.files.items()]
    lines += ["", f"`{RELEASE}` holds the same for programs; `verirs diff` compares two releases."]
    return "\n".join(lines) + "\n"


def _refuse_secrets(files: Mapping[str, Path], texts: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """
    Raises:
        UserError: a file holds a secret, which is not repeated.
    """
    for name, text in texts.items():
        if found := in_text(text, secrets):
            raise UserError(f"{name} would hold {found}: nothing was published. Take it out of the config")
    for name, file in files.items():
        if found := in_file(file, secrets):
            raise UserError(f"{name} holds {found} in a row: nothing was published")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
