"""Kept table formats beside our store: promises, time, bytes, size of the dependency.

    PYTHONPATH=. python benchmarks/store/tables.py [--rows 50000] [--commits 20] [--out FILE]

Each format gets the same completions in the same commits, in a process of its own. deltalake and pylance are
installed into a temporary environment, which is removed. Promises are tried, not read up: whether a missing
file is refused, and how many flipped bits change what is read without a word.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = {"delta": "deltalake", "lance": "pylance"}
FORMATS = ("parquet", "sqlite", "delta", "lance", "verirs")


def rows(commit: int, count: int) -> list[dict[str, Any]]:
    """Made-up completions of about the length of GSM8K's."""
    rng = random.Random(commit)
    words = [f"word{i}" for i in range(2000)]
    return [
        {
            "problem_id": f"p{(commit * count + i) // 8:07}",
            "index": (commit * count + i) % 8,
            "text": " ".join(rng.choices(words, k=40)),
            "seed": rng.getrandbits(62),
        }
        for i in range(count)
    ]


class Parquet:
    """Plain files: no list of them, no commit."""

    def __init__(self, path: Path):
        self.path = path
        path.mkdir(exist_ok=True)

    def append(self, number: int, made: list[dict[str, Any]]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        target = self.path / f"{number:05d}.parquet"
        pq.write_table(
            pa.Table.from_pylist(made),
            target,
            compression="zstd",
            compression_level=3,
            write_page_checksum=True,
        )

    def read(self) -> int:
        import pyarrow.parquet as pq

        files = sorted(self.path.glob("*.parquet"))
        return sum(hash_of(pq.ParquetFile(f, page_checksum_verification=True).read()) for f in files)


class Sqlite:
    """One database, a row a completion."""

    def __init__(self, path: Path):
        import sqlite3

        path.mkdir(exist_ok=True)
        self.base = sqlite3.connect(path / "base.sqlite")
        self.base.execute("PRAGMA journal_mode = WAL")
        self.base.execute("PRAGMA synchronous = FULL")
        self.base.execute("CREATE TABLE IF NOT EXISTS c (problem_id TEXT, i INT, text TEXT, seed INT)")

    def append(self, number: int, made: list[dict[str, Any]]) -> None:
        with self.base:
            self.base.executemany("INSERT INTO c VALUES (?,?,?,?)", [tuple(r.values()) for r in made])

    def read(self) -> int:
        return sum(hash(row) for row in self.base.execute("SELECT * FROM c"))


class Delta:
    """A log of commits beside Parquet files."""

    def __init__(self, path: Path):
        self.path = str(path)

    def append(self, number: int, made: list[dict[str, Any]]) -> None:
        import pyarrow as pa
        from deltalake import write_deltalake

        write_deltalake(self.path, pa.Table.from_pylist(made), mode="append")

    def read(self) -> int:
        import pyarrow as pa
        from deltalake import DeltaTable

        return hash_of(pa.table(DeltaTable(self.path).to_pyarrow_table()))


class Lance:
    """Versions of a table in files of its own."""

    def __init__(self, path: Path):
        self.path = str(path)

    def append(self, number: int, made: list[dict[str, Any]]) -> None:
        import lance
        import pyarrow as pa

        lance.write_dataset(pa.Table.from_pylist(made), self.path, mode="append" if number else "create")

    def read(self) -> int:
        import lance

        return hash_of(lance.dataset(self.path).to_table())


class Verirs:
    """Our store: a journal of checked lines, sealed into listed shards."""

    def __init__(self, path: Path):
        from verirs.store import Store
        from verirs.types import Problem

        self.path = path
        if not path.exists():
            with Store.create(path, {}) as store:
                ids = range((int(os.environ["ROWS"]) + 7) // 8)
                store.put_problems([Problem(id=f"p{i:07}", prompt=f"{i}?", answer="1") for i in ids])
        self.store = Store.open(path, write=bool(os.environ.get("WRITE")))

    def append(self, number: int, made: list[dict[str, Any]]) -> None:
        from verirs.types import Completion

        self.store.append_completions(
            [(r["problem_id"], Completion(index=r["index"], text=r["text"], seed=r["seed"])) for r in made]
        )
        self.store.flush()

    def read(self) -> int:
        return sum(hash((g.problem.id, c.completion)) for g in self.store.groups() for c in g.candidates)


def hash_of(table: Any) -> int:
    return sum(hash(tuple(row)) for row in zip(*(c.to_pylist() for c in table.columns), strict=True))


KINDS: dict[str, Callable[[Path], Any]] = {
    "parquet": Parquet,
    "sqlite": Sqlite,
    "delta": Delta,
    "lance": Lance,
    "verirs": Verirs,
}


def work(what: str, kind: str, path: str, count: int, commits: int) -> None:
    """One process's part: write everything, or read it. Prints figures as JSON."""
    with tempfile.TemporaryDirectory() as warm:  # what a first call imports is not what is measured
        asked, os.environ["WRITE"] = os.environ["WRITE"], "1"
        table = KINDS[kind](Path(warm) / "t")
        table.append(0, rows(0, 8))
        table.read()
        os.environ["WRITE"] = asked
    begun, cpu = time.perf_counter(), time.process_time()
    found = 0
    if what == "write":
        made = [rows(k, count // commits) for k in range(commits)]
        begun, cpu = time.perf_counter(), time.process_time()
        table = KINDS[kind](Path(path))
        for number, part in enumerate(made):
            table.append(number, part)
    else:
        found = KINDS[kind](Path(path)).read()
    print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - begun, "hash": found}))


def call(python: str, what: str, kind: str, path: Path, count: int, commits: int) -> dict[str, Any] | None:
    env = {**os.environ, "PYTHONHASHSEED": "0", "ROWS": str(count), "WRITE": "1" if what == "write" else ""}
    command = [python, __file__, "--work", what, kind, str(path), str(count), str(commits)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=300)
    if done.returncode:
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(python: str, kind: str, folder: Path, count: int, commits: int, flips: int) -> dict[str, Any]:
    path, rng = folder / kind, random.Random(1)
    wrote, read = (
        call(python, "write", kind, path, count, commits),
        call(python, "read", kind, path, count, commits),
    )
    assert wrote is not None and read is not None, kind
    small = folder / f"{kind}-small"
    call(python, "write", kind, small, 800, 4)
    good = call(python, "read", kind, small, 800, 4)
    assert good is not None
    files = [
        p for p in sorted(small.rglob("*")) if p.is_file() and p.stat().st_size > 1500 and p.name != "lock"
    ]
    data = [p for p in files if "problems" not in p.name and "manifest" not in p.name] or files
    silent = 0
    for _ in range(flips):
        target = rng.choice(data)
        content = bytearray(target.read_bytes())
        whole = bytes(content)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        target.write_bytes(content)
        seen = call(python, "read", kind, small, 800, 4)
        silent += seen is not None and seen["hash"] != good["hash"]
        target.write_bytes(whole)
    data[0].rename(folder / "aside")
    lost = call(python, "read", kind, small, 800, 4)
    (folder / "aside").rename(data[0])
    size = sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    return {
        "us CPU a row, write": round(wrote["cpu"] / count * 1e6, 1),
        "ms a commit": round(wrote["wall"] / commits * 1e3, 1),
        "us CPU a row, read": round(read["cpu"] / count * 1e6, 1),
        "bytes a row": round(size / count),
        "files": sum(p.is_file() for p in path.rglob("*")),
        f"silent of {flips} flipped bits": silent,
        "a missing file is refused": lost is None,
    }


def main() -> None:
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:5], *map(int, sys.argv[5:]))  # type: ignore[arg-type]
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--flips", type=int, default=40)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tables-") as name:
        folder = Path(name)
        venv.create(folder / "env", with_pip=True, system_site_packages=False)
        other = str(folder / "env/bin/python")
        subprocess.run([other, "-m", "pip", "install", "-q", "pyarrow", *PACKAGES.values()], check=True)
        for kind in FORMATS:
            python = other if kind in PACKAGES else sys.executable
            found[kind] = measure(python, kind, folder, args.rows, args.commits, args.flips)
            if kind in PACKAGES:
                installed = next((folder / "env/lib").glob("python*/site-packages"))
                own = installed / {"delta": "deltalake", "lance": "lance"}[kind]
                found[kind]["MB installed"] = round(
                    sum(p.stat().st_size for p in own.rglob("*") if p.is_file()) / 1e6
                )
            print(kind, found[kind], file=sys.stderr)
        shutil.rmtree(folder / "env")
    from benchmarks.code.common import write

    write({"rows": args.rows, "commits": args.commits, "formats": found}, args.out)


if __name__ == "__main__":
    main()
