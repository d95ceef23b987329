"""Coverage by room of the package, after ``make coverage``: ``python -m scripts.coverage_rooms``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path


def rooms(report: dict[str, dict[str, dict[str, int]]]) -> list[tuple[str, int, int]]:
    """Each room with its lines and those that no test reached, the fewest reached first."""
    lines: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for file, found in report.items():
        if "verirs" not in (parts := Path(file).parts):
            continue  # a module of the sandbox that the host loads too
        room = parts[parts.index("verirs") + 1 :]
        name = room[0] if len(room) > 1 else "(the package's own files)"
        lines[name] += found["summary"]["num_statements"]
        missed[name] += found["summary"]["missing_lines"]
    return sorted(((r, lines[r], missed[r]) for r in lines), key=lambda row: -row[2] / max(1, row[1]))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.json")
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(file)], check=True)
        found = rooms(json.loads(file.read_text())["files"])
    total = ("all", sum(row[1] for row in found), sum(row[2] for row in found))
    for name, lines, missed in [*found, total]:
        print(
            f"{100 * (1 - missed / max(1, lines)):5.1f} %  {missed:5} of {lines:6} lines not reached  {name}"
        )


if __name__ == "__main__":
    main()
