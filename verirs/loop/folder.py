"""A loop's folder: its finished parts, each valid only for what it was made from.

``loop.json`` lists every finished part with the digest of its content and of all its inputs. A part is made
under another name, in the round's ``tmp``; the list is replaced; then the part gets its name. So what is
listed and there is whole, and what is there and not listed is not ours, but for runs: they are made in place,
resume by themselves, and are listed at their end.

One rule, looked at whenever the loop begins: each listed part is there, is what it was, and its inputs are
what they were. Else the loop refuses and names the part. A part from which nothing was made may be missing:
it is made again. :meth:`Folder.redo` takes away a part with all that was made from it.

Digests of models sample files above 64 MiB (:func:`verirs.engines.models.digest`). A defence against a
forger this is not: whoever can change a part can change the list.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from verirs.engines.models import digest as model_digest
from verirs.errors import StoreError, UserError, nearest
from verirs.loop.models import flush, fresh, remove
from verirs.records import LoopManifest, Part
from verirs.store import refuse_changes
from verirs.system.files import digest, fsync

MANIFEST = "loop.json"
HELD_OUT = "held-out.jsonl"
BASE = "base"
"""The name of the model that the loop was given, among a part's inputs; it is no part."""
RUNS = ("samples", "held-out", "hinted")
"""Parts that are runs; those of watched problems are too (:data:`WATCH`)."""
WATCH = "watch-"
FILES = ("problems.jsonl", "hinted.jsonl", "training.json", "distance.json", "metrics.json")
FOLDERS = ("reward-model", "unverified", "data", "adapter", "model")
STEPS = {
    "sample": "samples",
    "hint": "hinted.jsonl",
    "reward": "reward-model",
    "data": "data",
    "train": "model",
    "evaluate": "held-out",
    "measure": "distance.json",
}
"""What ``--redo`` calls a step, and the part that it makes."""


def is_run(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last in RUNS or (last.startswith(WATCH) and not last.endswith(".jsonl"))


def content(path: Path) -> str:
    """The digest of a part, by what it is: of a model as the engines see it; of a run all that counts.

    Raises:
        OSError: it cannot be read.
        StoreError: there is a link in it.
    """
    if path.is_file():
        return digest(path)
    if path.name == "model":
        return model_digest(path)
    total = hashlib.blake2b(digest_size=16)
    for file in sorted(_files(path)):
        total.update(f"{file.relative_to(path)}\0{digest(file)}\n".encode())
    return total.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if not is_run(path.name):
        patterns = ["**/*"]
    else:  # not its log, its lock and its report, which change without any figure changing
        patterns = ["manifest.json", "summary.json", "groups/**/*", "export/*.parquet"]
    for pattern in patterns:
        for file in path.glob(pattern):
            if file.is_symlink():
                raise StoreError(
                    f"{file} is a link. Put the file itself there: nothing is written through links."
                )
            if file.is_file():
                yield file


class Folder:
    """The finished parts of the loop in ``path``. Names are paths below it, such as ``round-01/model``."""

    def __init__(self, path: Path):
        self.path = path
        self._file = path / MANIFEST
        self._manifest = LoopManifest.load(self._file) if self._file.is_file() else None

    @property
    def parts(self) -> Mapping[str, Part]:
        return self._manifest.parts if self._manifest else {}

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._manifest.settings if self._manifest else {}

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Make the list, or refuse another loop's.

        Raises:
            StoreError: the loop was begun with other settings, or its list is gone.
        """
        if self._manifest is not None:
            refuse_changes(self.path, self._manifest.settings, settings, what="parts of another loop")
            return
        if there := sorted([*self.path.glob("round-*"), *self.path.glob(HELD_OUT)]):
            raise StoreError(
                f"{self._file} is missing, so nobody can say what {there[0].name} was made from. Put it back "
                f"or begin a loop of another name."
            )
        self._save(LoopManifest(settings=dict(settings)))

    def has(self, name: str) -> bool:
        return name in self.parts

    def kept(self, name: str) -> bool:
        """Whether a part is finished and was not dropped."""
        return self.has(name) and not self.parts[name].dropped

    def digest(self, name: str) -> str:
        return self.parts[name].digest

    def put(
        self,
        made: Mapping[str, Path],
        made_from: Iterable[str],
        *,
        seconds: float = 0.0,
        note: Mapping[str, Any] | None = None,
        also: Mapping[str, str] | None = None,
    ) -> None:
        """List parts that were made under other names, and give them their own.

        Args:
            made: where each part is now; they are of one making.
            made_from: the parts that they were made from.
            also: inputs that are no parts, with their digests.

        Raises:
            StoreError: there is something under that name already.
        """
        for name, partial in made.items():
            if _there(self.path / name):
                if not self.has(name):
                    raise self._foreign(name)
                _away(self.path / name)  # made together with a part that is lost
            flush(partial)
        inputs = self._inputs(made_from, also)
        fresh = {
            name: Part(
                digest=self._read(partial, name), made_from=inputs, seconds=round(seconds, 2), note=note or {}
            )
            for name, partial in made.items()
        }
        self._save(self._with(fresh))
        for name, partial in made.items():
            partial.rename(self.path / name)
            fsync((self.path / name).parent)

    def put_run(
        self,
        name: str,
        made_from: Iterable[str],
        *,
        seconds: float = 0.0,
        also: Mapping[str, str] | None = None,
    ) -> None:
        """List a run that has come to its end."""
        part = Part(
            digest=content(self.path / name),
            made_from=self._inputs(made_from, also),
            seconds=round(seconds, 2),
        )
        self._save(self._with({name: part}))

    def adopt(self, other: Folder, names: Iterable[str]) -> None:
        """Take copies of another loop's parts, which have to be what its list says; what is here stays."""
        for name in names:
            if self.has(name):
                continue
            other.check([name])
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = fresh(target.parent) / target.name
            source = other.path / name
            _ = shutil.copytree(source, partial) if source.is_dir() else shutil.copyfile(source, partial)
            flush(partial)
            if is_run(name) and target.exists():
                remove(target)  # of a copy that was cut short nothing is listed
            partial.rename(target)
            self._save(self._with({name: other.parts[name]}))
            remove(target.parent / "tmp")

    def drop(self, name: str) -> None:
        """Delete a part to save space; what was made from it still counts."""
        self._save(self._with({name: replace(self.parts[name], dropped=True)}))
        _away(self.path / name)

    def check(self, only: Iterable[str] = ()) -> None:
        """Hold every part against the list.

        Args:
            only: look at these parts alone, where they are listed; nothing is written.

        Raises:
            StoreError: a part is gone, changed, a link, or not of this loop: which, and what to do.
        """
        if wanted := list(only):
            for name in wanted:
                if self.has(name) and _there(self.path / name):
                    self._check_part(name, self.parts[name])
            return
        self._forget_missing()
        for name, part in self.parts.items():
            if part.dropped:
                _away(self.path / name)  # it was killed while it deleted
                continue
            self._check_part(name, part)
        for folder in sorted(self.path.glob("round-*")):
            if folder.is_symlink():
                raise StoreError(f"{folder} is a link. Put the folder itself there.")
            for last in (*FILES, *FOLDERS):
                name = f"{folder.name}/{last}"
                if not self.has(name) and _there(self.path / name):
                    raise self._foreign(name)

    def _check_part(self, name: str, part: Part) -> None:
        path = self.path / name
        if not _there(path):
            later = next(n for n, p in self.parts.items() if name in p.made_from)
            raise self._refusal(name, f"is gone, and {later} was made from it")
        if path.is_symlink():
            raise StoreError(
                f"{path} is a link. Put what it leads to there itself: nothing is written through links."
            )
        for other, was in part.made_from.items():
            known = self.parts.get(other)
            if known is not None and known.digest != was:
                raise self._refusal(name, f"was made from another {other} than the one that is there now")
        if self._read(path, name) != part.digest:
            raise self._refusal(name, "is not what was made there: it was changed or damaged")

    def _read(self, path: Path, name: str) -> str:
        try:
            # a part that is still being put in place is read as what it will be
            return model_digest(path) if name.endswith("/model") and path.is_dir() else content(path)
        except (OSError, ValueError) as e:
            if isinstance(e, StoreError):
                raise
            raise self._refusal(name, f"cannot be read ({e})") from e

    def _forget_missing(self) -> None:
        """Forget parts that are not there and from which nothing was made: the last ones, from the end."""
        parts = dict(self.parts)
        for name in reversed(list(self.parts)):
            used = any(name in other.made_from for other in parts.values())
            if not used and not parts[name].dropped and not _there(self.path / name):
                del parts[name]
        if len(parts) < len(self.parts):
            self._save(self._with(parts, alone=True))

    def redo(self, step: str) -> list[str]:
        """Take away what a step made and all that was made from it; the next call makes it again.

        Runs whose own inputs stay keep their samples: they are judged and exported again.

        Args:
            step: ``round-02``, or with one of :data:`STEPS` or a part, ``round-02/train``.

        Returns:
            The parts that were taken away.

        Raises:
            UserError: there is no such part.
        """
        wanted = self._named(step)
        gone = self._affected(wanted)
        # what has to be made again needs its inputs
        while lost := {
            other
            for name in gone
            for other in self.parts[name].made_from
            if other not in gone and not self._usable(other)
        }:
            gone = self._affected(gone | lost)
        ordered = [name for name in self.parts if name in gone]
        for name in reversed(ordered):
            stays = is_run(name) and not (self._needs(name) & gone)
            if not stays:
                _away(self.path / name)
            self._save(self._with({n: p for n, p in self.parts.items() if n != name}, alone=True))
        return ordered

    def _usable(self, name: str) -> bool:
        return name not in self.parts or not self.parts[name].dropped

    def _needs(self, name: str) -> set[str]:
        """The inputs that make a run's samples its own; a model that ranks them is none."""
        return {n for n in self.parts[name].made_from if not n.endswith("/reward-model")}

    def _named(self, step: str) -> set[str]:
        head, _, last = step.strip("/").partition("/")
        last = STEPS.get(last, last)
        found = {n for n in self.parts if n == f"{head}/{last}" or (not last and n.startswith(f"{head}/"))}
        if not found:
            raise UserError(
                f"--redo {step}: there is no such finished part{nearest(step, list(self.parts))}. Say "
                f"round-NN or round-NN/STEP; steps: {', '.join(STEPS)}"
            )
        return found

    def _affected(self, names: set[str]) -> set[str]:
        """These parts and all that were made from them, directly or not."""
        gone = set(names)
        for name, part in self.parts.items():  # in the order of their making
            if part.made_from.keys() & gone:
                gone.add(name)
        return gone

    def _inputs(self, names: Iterable[str], also: Mapping[str, str] | None) -> dict[str, str]:
        return {**{name: self.digest(name) for name in names}, **(also or {})}

    def _with(self, parts: Mapping[str, Part], *, alone: bool = False) -> LoopManifest:
        assert self._manifest is not None, "begin() comes first"
        return replace(self._manifest, parts=dict(parts) if alone else {**self.parts, **parts})

    def _save(self, manifest: LoopManifest) -> None:
        manifest.save(self._file)
        self._manifest = manifest

    def _refusal(self, name: str, what: str) -> StoreError:
        return StoreError(
            f"{self.path / name} {what}. Put back what was there, or make it again with all that was made "
            f"from it: --redo {name}"
        )

    def _foreign(self, name: str) -> StoreError:
        return StoreError(
            f"{self.path / name} is there, and this loop has not made it. Move it away, then run the same "
            f"command."
        )


@contextmanager
def timed() -> Iterator[list[float]]:
    """The seconds of the block, in a list that is filled at its end."""
    begun, out = time.monotonic(), [0.0]
    yield out
    out[0] = time.monotonic() - begun


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _away(path: Path) -> None:
    """Delete a part in one step as seen from outside; of a link the link alone."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        tmp = path.parent / "tmp"
        tmp.mkdir(exist_ok=True)
        aside = tmp / f"deleted-{path.name}"
        if aside.exists():
            shutil.rmtree(aside)
        path.rename(aside)
        shutil.rmtree(aside)
