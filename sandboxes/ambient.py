"""What tests and program share in one process besides objects: files, the environment, seeds, logs, warnings.

Two processes share none of it. So each message between them brings what its side has changed since the last
one: files below the working folder and variables of the environment; from the tests, the state of ``random``
after they have set a seed (never back: what the tests draw is not for the program to choose); from the
program, what it logged and warned of. Only what the tests speak of is brought (``what``), files only where
the folders of both sides have the same path.

What comes from the program is data: files of plain names below the folder, behind no link, and words.
"""

from __future__ import annotations

import base64
import os
import random
import stat
import sys
import warnings
from typing import Any

import kinds
import plain

_MOST_FILES = 2000
_MOST_BYTES = 4 << 20
"""Of files in one message."""
_MOST_WORDS = 1000


class Ambient:
    """One side's end.

    Args:
        what: words of the plan: ``files``, ``environ``, ``random``, ``numpy_random``, ``logs``, ``warnings``.
        guarded: this is the test process.
    """

    def __init__(self, what: list[str], guarded: bool) -> None:
        self.what, self.guarded = frozenset(what), guarded
        self.folder = self.place = os.getcwd()
        self.files: dict[str, Any] = {}
        self.environ = dict(os.environ)
        self.own: set[str] = set()
        """Files and variables (``NAME=``) that this side wrote."""
        self.other: dict[str, int] = {}
        """Files that the other side wrote, and their inodes here."""
        self.rewritten = False
        """Whether the program changed what the tests wrote, or wrote a part of it, or had them read in
        another folder: it may have written what they compare it with."""
        self.seeded: set[str] = set()
        self.states: dict[str, Any] = {}
        self.said: list[list[Any]] = []
        self.warned: list[list[Any]] = []
        if guarded:
            self._notice_seeds()
            return
        if "logs" in self.what:
            _keep_logs(self.said)
        if "warnings" in self.what:
            warnings.simplefilter("always")
            warnings.showwarning = self._saw

    def _saw(self, message: Any, category: type, *_: Any, **__: Any) -> None:
        if len(self.warned) < _MOST_WORDS:
            self.warned.append([kinds.exception_names(category), str(message)[:2000]])

    def _notice_seeds(self) -> None:
        """Remember it when the tests set a seed: from then on both sides draw from one sequence."""
        for word in ("random", "numpy_random"):
            if word in self.what:
                owner = random if word == "random" else __import__("numpy").random
                owner.seed = self._noticed(word, owner.seed)

    def _noticed(self, word: str, seed: Any) -> Any:
        def noticed(*args: Any, **kwargs: Any) -> Any:
            self.seeded.add(word)
            return seed(*args, **kwargs)

        return noticed

    # --- telling and taking -----------------------------------------------------------------------------

    def changes(self) -> dict[str, Any]:
        """What the other side has to know.

        Raises:
            plain.Unsupported: files that are too many or too large.
        """
        out: dict[str, Any] = {}
        if "files" in self.what:
            if changed := self._changed_files():
                out["f"] = changed
                written = [path for path, _, data in changed if data is not None]
                self.own.update(written)
                self.rewritten |= any(self.other.get(p) == self.files[p][3] for p in written)
            if (now := os.getcwd()) != self.place:
                self.place = out["d"] = now
        if "environ" in self.what and (now_set := dict(os.environ)) != self.environ:
            out["e"] = {
                k: now_set.get(k) for k in {*now_set, *self.environ} if now_set.get(k) != self.environ.get(k)
            }
            self.environ = now_set
            self.own.update(f"{name}=" for name in out["e"])
        for word in self.seeded:
            if (state := _state(word)) != self.states.get(word):
                self.states[word] = state
                out.setdefault("r", {})[word] = state
        for key, words in (("l", self.said), ("w", self.warned)):
            if words:
                out[key] = words[:]
                words.clear()
        return out

    def take(self, told: dict[str, Any]) -> None:
        """Make the other side's changes here, too."""
        if "files" in self.what:
            for path, mode, data in told.get("f", ()):
                self._take_file(path, mode, data)
                self.rewritten |= path in self.own
                if data is not None:
                    self.other[path] = self.files[path][3]
            if isinstance(place := told.get("d"), str) and self._inside(place) and os.path.isdir(place):
                os.chdir(place)
                self.place = place
                self.rewritten |= bool(self.own)
        if "environ" in self.what:
            for name, value in told.get("e", {}).items():
                self.rewritten |= f"{name}=" in self.own
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            self.environ = dict(os.environ)
        if not self.guarded:
            for word, state in told.get("r", {}).items():
                if word in self.what:
                    _set_state(word, state)
        if self.guarded:
            for name, level, text in told.get("l", ()):
                _log(str(name)[:200], int(level), str(text))
            for names, text in told.get("w", ()):
                warnings.warn(str(text), kinds.library(names, True), stacklevel=5)

    # --- files ------------------------------------------------------------------------------------------

    def _inside(self, path: str) -> bool:
        return os.path.normpath(path) == path and f"{path}/".startswith(f"{self.folder}/")

    def _changed_files(self) -> list[list[Any]]:
        """Path below the folder, mode, and content (``None``: a folder; mode 0: it is gone)."""
        found = dict(self._listed())
        out: list[list[Any]] = [
            [path, 0, None] for path in sorted(self.files, reverse=True) if path not in found
        ]
        size = 0
        for path, seen in found.items():
            if self.files.get(path) == seen:
                continue
            if stat.S_ISDIR(seen[0]):
                if path not in self.files:
                    out.append([path, seen[0] & 0o777, None])
                continue
            size += seen[2]
            if size > _MOST_BYTES:
                raise plain.Unsupported("files of more than 4 MB")
            with open(os.path.join(self.folder, path), "rb") as f:
                out.append([path, seen[0] & 0o777, base64.b64encode(f.read(_MOST_BYTES)).decode()])
        self.files = found
        return out

    def _listed(self) -> Any:
        """Regular files and folders below the folder, parents first."""
        waiting, count = [""], 0
        while waiting:
            below = waiting.pop()
            try:
                entries = sorted(os.listdir(os.path.join(self.folder, below)))
            except OSError:
                continue
            for name in entries:
                path = f"{below}/{name}" if below else name
                seen = _seen(os.path.join(self.folder, path))
                if seen is None:
                    continue
                count += 1
                if count > _MOST_FILES:
                    raise plain.Unsupported(f"more than {_MOST_FILES} files")
                yield path, seen
                if stat.S_ISDIR(seen[0]):
                    waiting.append(path)

    def _take_file(self, path: Any, mode: Any, data: Any) -> None:
        parts = path.split("/")
        if any(p in ("", ".", "..") or "\0" in p for p in parts):
            raise plain.ProtocolError("no path of a file")
        full = self.folder
        for part in parts[:-1]:
            full = os.path.join(full, part)
            if not stat.S_ISDIR(os.lstat(full).st_mode):
                raise plain.ProtocolError("no folder of a file")
        full = os.path.join(full, parts[-1])
        here = _seen(full)
        if not mode:
            if here is not None:
                (os.rmdir if stat.S_ISDIR(here[0]) else os.unlink)(full)
            self.files.pop(path, None)
            return
        if data is None:
            if here is None:
                os.mkdir(full, mode | 0o700)
        else:
            content = base64.b64decode(data, validate=True)
            fd = os.open(
                full, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode | 0o600
            )
            with open(fd, "wb") as f:
                f.write(content)
        self.files[path] = _seen(full)


def _seen(path: str) -> tuple[int, int, int, int] | None:
    """What tells a file that was written to from one that was not; ``None`` for a link or a device."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return found.st_mode, 0, 0, 0
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_mode, found.st_mtime_ns, found.st_size, found.st_ino


def _state(word: str) -> Any:
    if word == "random":
        version, numbers, gauss = random.getstate()
        return [version, list(numbers), gauss]
    name, keys, *rest = sys.modules["numpy"].random.get_state()  # type: ignore[attr-defined]
    return [name, keys.tolist(), *rest]


def _set_state(word: str, state: Any) -> None:
    if word == "random":
        random.setstate((state[0], tuple(state[1]), state[2]))
    else:
        __import__("numpy").random.set_state(tuple(state))


def _keep_logs(said: list[list[Any]]) -> None:
    """Keep what is logged as words, whatever its level."""
    import logging

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if len(said) < _MOST_WORDS:
                said.append([record.name, record.levelno, record.getMessage()[:2000]])

    logging.getLogger().addHandler(Kept())
    logging.getLogger().setLevel(1)


def _log(name: str, level: int, text: str) -> None:
    import logging

    logger = logging.getLogger(name if name != "root" else None)
    if logger.isEnabledFor(level):
        logger.handle(logger.makeRecord(logger.name, level, "solution.py", 0, text, (), None))
