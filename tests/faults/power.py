"""Power loss: what may lie on a disk when the machine dies, and runs that go on from there.

A model of what POSIX promises. A file's bytes are sure once the file was flushed, a name once its folder was.
Of everything since, any part may be there and any part not: single pages, the new length without the new
bytes, a rename without what came before it. A rename is atomic, and no other order is promised.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import layer
from tests.faults.world import STEPS, Outcome, Undisturbed, drop, ends, forked, make, must
from verirs.cli import main

PAGE = 512
"""Smaller than a real one, so that the small files of these runs have many."""
LIFE = ("sample", "top-up", "score", "re-score", "export")


@dataclass
class Node:
    """A file or a folder.

    Args:
        sure: bytes of a file that are on the disk.
        now: its bytes.
        names: entries of a folder that are on the disk; ``None``: a file.
        pending: changes of its entries that may not be there yet: name, node or nothing, number of the step.
    """

    sure: bytes = b""
    now: bytes = b""
    stamp: tuple[int, int] = (-1, -1)
    names: dict[str, int] | None = None
    pending: list[tuple[str, int | None, int]] = field(default_factory=list)


class Disk:
    """A folder as the disk below it may be.

    Args:
        root: of everything that is looked at; what is there now is sure.
    """

    def __init__(self, root: Path):
        self._root = str(root)
        self._nodes: dict[int, Node] = {}
        self._view: dict[int, dict[str, int]] = {}
        self._known: dict[int, int] = {}
        self._step = 0
        self.look()
        for node in self._nodes.values():
            node.sure = node.now
        for key in list(self._view):
            self._flush_folder(key)

    def look(self) -> None:
        """See what changed since the last look."""
        self._step += 1
        view: dict[int, dict[str, int]] = {}
        alive: set[int] = set()
        self._walk(self._root, os.stat(self._root), view, alive)
        for inode in self._known.keys() - alive:  # its number may come again for another file
            del self._known[inode]
        for key, names in view.items():
            before, node = self._view.get(key, {}), self._nodes[key]
            for name in before.keys() - names.keys():
                node.pending.append((name, None, self._step))
            for name, target in names.items():
                if before.get(name) != target:
                    node.pending.append((name, target, self._step))
        self._view = view

    def _walk(self, path: str, stat: os.stat_result, view: dict[int, dict[str, int]], alive: set[int]) -> int:
        alive.add(stat.st_ino)
        key = self._known.setdefault(stat.st_ino, len(self._nodes))
        if os.path.isdir(path):
            self._nodes.setdefault(key, Node(names={}))
            names = view.setdefault(key, {})
            for entry in list(os.scandir(path)):
                if entry.name not in ("lock", "log.txt", ".said", "__pycache__"):
                    with contextlib.suppress(FileNotFoundError):
                        found = entry.stat(follow_symlinks=False)
                        names[entry.name] = self._walk(entry.path, found, view, alive)
            return key
        node, stamp = self._nodes.setdefault(key, Node()), (stat.st_mtime_ns, stat.st_size)
        if node.stamp != stamp:
            node.now, node.stamp = Path(path).read_bytes(), stamp
        return key

    def flush(self, path: str) -> None:
        """A file or a folder is brought onto the disk."""
        with contextlib.suppress(FileNotFoundError):
            key = self._known[os.stat(path).st_ino]
            node = self._nodes[key]
            if node.names is None:
                node.sure = Path(path).read_bytes()
            else:
                self._flush_folder(key)

    def _flush_folder(self, key: int) -> None:
        node = self._nodes[key]
        steps = {step for _, _, step in node.pending}
        self._apply(node, lambda step: True)
        node.pending = []
        for other in self._nodes.values():  # a rename between two folders is one change
            moved = [p for p in other.pending if p[2] in steps]
            if moved:
                self._apply(other, lambda step: step in steps)
                other.pending = [p for p in other.pending if p[2] not in steps]

    @staticmethod
    def _apply(node: Node, wanted: object) -> None:
        assert node.names is not None and callable(wanted)
        for name, target, step in node.pending:
            if wanted(step):
                if target is None:
                    node.names.pop(name, None)
                else:
                    node.names[name] = target

    def write(self, to: Path, rng: random.Random, names: float, pages: float) -> None:
        """A state in which the machine may have died.

        Args:
            names: the chance that a change of a folder that is not sure is there.
            pages: the same of a page of a file.
        """
        steps = {s: rng.random() < names for n in self._nodes.values() for _, _, s in n.pending}

        def build(key: int, path: Path) -> None:
            node = self._nodes[key]
            if node.names is None:
                path.write_bytes(_torn(node.sure, node.now, rng, pages))
                return
            path.mkdir()
            entries = dict(node.names)
            for name, target, step in node.pending:
                if steps[step]:
                    if target is None:
                        entries.pop(name, None)
                    else:
                        entries[name] = target
            for name, target in sorted(entries.items()):
                build(target, path / name)

        build(self._known[os.stat(self._root).st_ino], to)


def _torn(sure: bytes, now: bytes, rng: random.Random, pages: float) -> bytes:
    if sure == now:
        return now
    length = rng.choice([len(sure), len(now), rng.randint(*sorted((len(sure), len(now))))])
    made = bytearray(sure[:length].ljust(length, b"\0"))
    for start in range(0, length, PAGE):
        if rng.random() < pages:
            piece = now[start : min(start + PAGE, length)]
            made[start : start + len(piece)] = piece
    return bytes(made)


def states(folder: Path, to: Path, rng: random.Random, count: int) -> None:
    """Live a whole life in ``folder``, and write ``count`` states in which it may have been cut off."""
    total = folder.parent / "power.changes"

    def live(spoil: layer.Spoil, world: Path) -> None:
        def work() -> None:
            for step in LIFE:
                try:
                    main(list(STEPS[step]))
                except SystemExit as stop:
                    assert not stop.code, stop.code

        must(forked(work, world, spoil))

    live(layer.counting(total), make(folder.parent / "counted"))
    changes = total.read_bytes().count(b"\n")
    # the next life may take fewer steps: how many samples are written at once is the clock's choice
    moments = {int((k + rng.random()) * 0.8 * changes / count) for k in range(count)}
    disk = Disk(folder)
    made = [0]

    def spoil(number: int, what: str, path: str) -> None:
        disk.look()
        if number in moments:
            # the two extremes, and what lies between
            for names, pages in ((0.0, 1.0), (1.0, 0.0), (rng.random(), rng.random())):
                with layer.unwatched():
                    disk.write(to / f"{number:05d}-{what}-{made[0] % 3}", rng, names, pages)
                made[0] += 1
        if what == "fsync":
            disk.flush(path)

    live(spoil, folder)


def losses(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """Runs that go on from ``count`` states after a power loss."""
    world, to = undisturbed.world(), undisturbed.folder / "power"
    to.mkdir()
    states(world, to, rng, -(-count // 3))
    for state in sorted(to.iterdir())[:count]:
        how, why = ends(undisturbed, state, names=("runs/r",))
        yield Outcome("power loss", state.name, how, why)
        drop(state)
