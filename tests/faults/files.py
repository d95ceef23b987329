"""Run directories in which something changed behind the run's back: flipped bits; missing, doubled, stale and
foreign files."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.world import (
    RAW,
    REFUSED,
    STEPS,
    SURVIVED,
    WRONG,
    Outcome,
    Undisturbed,
    command,
    drop,
    ends,
    exported,
    must,
    raw,
)
from verirs.errors import StoreError
from verirs.store import Store, verify
from verirs.types import Group


def held(run: Path) -> list[Path]:
    """Every file of a run that holds something of it."""
    found = (p for p in sorted(run.rglob("*")) if p.is_file() and p.name not in ("lock", "log.txt"))
    return [p for p in found if "report" not in p.parts]


def with_journal(undisturbed: Undisturbed) -> Path:
    """A world whose run was killed with records in its journal."""
    for at in (60, 80, 50, 100, 40, 120, 70, 90, 110, 130):
        world = undisturbed.world()
        from tests.faults import layer

        command(world, *STEPS["sample"], spoil=layer.killing(at))
        journals = list((world / "runs/r/groups").glob("journal-*"))
        if any(p.stat().st_size > 500 for p in journals) and list(world.rglob("completions-*.parquet")):
            return world
        drop(world)
    raise AssertionError("no kill left a journal")


def noticed(undisturbed: Undisturbed, world: Path, kind: str, name: str, *files: str) -> Outcome:
    """What comes of it by each of the commands that a user may give next."""
    run, how, why = world / "runs/r", SURVIVED, ""
    for words in (("verify", "runs/r"), STEPS["export"]):
        ran = command(world, *words)
        if raw(ran):
            return Outcome(kind, name, RAW, f"{words[0]}: {raw(ran)}")
        if words[0] == "export":
            if ran.code == 0 and (run / "groups").exists() and _finished(run):
                if exported(run) != undisturbed.want:
                    return Outcome(kind, name, WRONG, f"export: {ran.said[-200:]}")
            elif ran.code and not any(f in ran.said for f in (*files, "manifest.json", "runs/r")):
                return Outcome(kind, name, RAW, f"export names none of {files}: {ran.said[-300:]}")
    how, why = ends(undisturbed, world, names=(*files, "runs/r"))
    return Outcome(kind, name, how, why)


def _finished(run: Path) -> bool:
    """Whether an export of it should hold the whole."""
    try:
        return sum(len(g.candidates) for g in Store.open(run).groups()) == 96
    except (StoreError, OSError):
        return True


def bit_flips(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """One bit of one file, as the commands see it."""
    for number in range(count):
        world = with_journal(undisturbed) if number % 8 == 7 else undisturbed.world("topped-up")
        files = held(world / "runs/r")
        if number % 8 == 7:
            files = [p for p in files if p.name.startswith("journal-")]
        path = files[number % len(files)]
        flip(path, rng)
        yield noticed(undisturbed, world, "bit flips", str(path.relative_to(world)), path.name)
        drop(world)


def flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(data))


def many_flips(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """``count`` bits of each kind of file, one at a time, as a reader sees them: the same, or refused by
    name. ``verify`` must see all of them."""
    run = undisturbed.world("topped-up") / "runs/r"
    good = list(Store.open(run).groups(everything=True))
    kinds = (
        "completions-*",
        "scores-*.parquet",
        "problems-*",
        "manifest.json",
        "config.toml",
        "export/sft.*",
    )
    for kind in kinds:
        path = max(run.rglob(kind), key=lambda p: p.stat().st_size)
        data = path.read_bytes()
        for _ in range(count):
            flip(path, rng)
            yield Outcome("bit flips", f"read {path.name}", *_read(run, path, good))
            path.write_bytes(data)


def _read(run: Path, path: Path, good: list[Group]) -> tuple[str, str]:
    try:
        faults = [str(f) for f in verify(run)]
    except StoreError as e:
        faults = [str(e)]
    if not any(path.name in f for f in faults):
        return WRONG, f"verify does not see it: {faults}"
    try:
        same = list(Store.open(run).groups(everything=True)) == good
    except StoreError as e:
        return (REFUSED, "") if path.name in str(e) else (RAW, str(e)[-300:])
    except Exception as e:  # noqa: BLE001 - whatever is raw is what is counted here
        return RAW, f"{type(e).__name__}: {e}"
    return (SURVIVED, "") if same else (WRONG, "a reader saw other data")


def missing(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """A file, or a folder, is gone."""
    whole = undisturbed.world("topped-up")
    names = [str(p.relative_to(whole)) for p in held(whole / "runs/r")]
    names += ["runs/r/groups", "runs/r/groups/completions", "runs/r/groups/scores-1", "runs/r/export"]
    names += ["runs/r/lock", "runs/r/log.txt", "runs/r/report", "journal"]
    rng.shuffle(names)
    for number in range(count):
        name = names[number % len(names)]
        world = with_journal(undisturbed) if name == "journal" else undisturbed.world("topped-up")
        path = world / name
        if name == "journal":
            path = next((world / "runs/r/groups").glob("journal-*"))
        second = rng.choice(held(world / "runs/r"))
        remove(path)
        if number >= len(names):  # two at once
            remove(second)
            name = f"{name} and {second.name}"
        yield noticed(undisturbed, world, "missing files", name, path.name, second.name)
        drop(world)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def doubled(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """A file is there twice, under another name."""
    ways: tuple[Callable[[str], str], ...] = (
        lambda n: n.replace("-0000", "-0009"),  # numbers beyond all
        lambda n: n.replace(".", " (copy).", 1),
        lambda n: n + "~",
        lambda n: "._" + n,
        lambda n: n.replace(".", ".sync-conflict-20260101.", 1),
        lambda n: n.replace("-00000", "-00001", 1),
        lambda n: "." + n + ".partial",
    )
    for number in range(count):
        world = with_journal(undisturbed) if number % 5 == 4 else undisturbed.world("topped-up")
        files = [p for p in held(world / "runs/r") if "groups" in p.parts or p.name == "manifest.json"]
        if number % 5 == 4:
            files = [p for p in files if p.name.startswith("journal-")]
        path, way = rng.choice(files), ways[number % len(ways)]
        twin = path.with_name(way(path.name))
        if number % 7 == 0 and "scores-" in path.parent.name:  # as a folder of its own
            twin = path.parent.with_name("scores-7") / path.name
            twin.parent.mkdir()
        if twin.exists():
            twin = path.with_name("old " + path.name)
        shutil.copy(path, twin)
        yield noticed(
            undisturbed, world, "doubled files", f"{path.name} as {twin.name}", twin.name, path.name
        )
        drop(world)


def stale(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """A file of an earlier state is back, by a restored copy or a sync that ran backwards."""
    for number in range(count):
        world, old = undisturbed.world("topped-up"), undisturbed.folder / "sampled/runs/r"
        if number % 3 == 2:
            must(command(world, *STEPS["re-score"]))
        files = [p for p in held(old) if "export" not in p.parts]
        chosen = files if number % 11 == 10 else rng.sample(files, 1 + number % 3)
        for path in chosen:
            target = world / "runs/r" / path.relative_to(old)
            target.parent.mkdir(exist_ok=True)
            shutil.copy(path, target)
        names = [p.name for p in chosen]
        yield noticed(undisturbed, world, "stale files", ", ".join(names)[:80], *names)
        drop(world)


def foreign(undisturbed: Undisturbed, rng: random.Random, count: int) -> Iterator[Outcome]:
    """A file of another run on the same problems, of another program, or no file at all."""
    other = undisturbed.world()
    text = (other / "six.toml").read_text().replace('name = "r"', 'name = "r"\nseed = 9')
    (other / "six.toml").write_text(text)
    must(command(other, *STEPS["top-up"]))
    theirs = [p for p in held(other / "runs/r") if "groups" in p.parts or p.name == "manifest.json"]
    for number in range(count):
        world = undisturbed.world("topped-up")
        run = world / "runs/r"
        kind = ("in its place", "beside", "garbage", "pipe", "folder", "link", "journal")[number % 7]
        path = theirs[number // 7 % len(theirs)]
        target = run / path.relative_to(other / "runs/r")
        if kind == "in its place":
            shutil.copy(path, target)
        elif kind == "beside":
            lost = number // 7 % 2
            if lost:
                target.unlink(missing_ok=True)
            target = target.with_name(target.name.replace("-0000", "-0009"))
            shutil.copy(path, target)
        elif kind == "garbage":
            target.write_bytes(rng.randbytes(2000))
        elif kind == "journal":
            target = run / "groups/journal-00099.jsonl"
            _journal_of(path, target, Store.open(other / "runs/r").manifest.run)
        else:
            target.unlink(missing_ok=True)
            {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda p: os.symlink("/dev/zero", p)}[kind](
                target
            )
        yield noticed(undisturbed, world, "foreign files", f"{kind}: {target.name}", target.name)
        drop(world)


def _journal_of(shard: Path, to: Path, run: str) -> None:
    """The journal from which the other run would have sealed this shard."""
    import pyarrow.parquet as pq

    from verirs.store import journal

    lines = []
    if shard.name.startswith("completions-"):
        for row in pq.read_table(shard).to_pylist():
            key, *rest = row.values()
            lines.append(journal.encode_record(("c", key, *rest), run))
    to.write_bytes(b"".join(lines) or b"00000000 no line of a journal\n" * 3)
