"""A loop as the page gets it: its rounds, traces before and after, and where each round's runs are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verirs.errors import StoreError
from verirs.loop.folder import is_run
from verirs.loop.rounds import Round, read_json
from verirs.loop.stopping import distance
from verirs.records import RoundMetrics
from verirs.report.page import listed, one_file, write_page
from verirs.store import Store
from verirs.types import Group, Verdict

TRACES = 12
"""Problems whose first sample is shown before and after."""
READ = 2_000
"""Problems that are looked at for them."""


def loop_json(path: Path, names: Mapping[Path, str]) -> dict[str, Any]:
    """A loop's page.

    Args:
        path: of the loop.
        names: under which the page knows each run directory.

    Raises:
        StoreError: a file of the loop is damaged.
    """
    rounds = []
    ended: list[tuple[Round, RoundMetrics]] = []
    for number in range(1000):
        where = Round(path, number)
        if not where.path.is_dir():
            break
        metrics = where.read_metrics()
        parts = runs_of(where)
        runs = {part.name: names[part.resolve()] for part in parts if part.resolve() in names}
        reports = {
            part.name: f"../{where.path.name}/{part.name}/report/index.html"
            for part in parts
            if (part / "report" / "index.html").is_file()
        }
        row: dict[str, Any] = {"round": number, "runs": runs, "reports": reports, "metrics": None}
        if metrics is not None:
            ended.append((where, metrics))
            row["metrics"] = metrics.to_json()
            row["metrics"]["held_out"].pop("counts")
            row["kl"] = distance(metrics)
        rounds.append(row)
    result = read_json(path / "result.json") if (path / "result.json").is_file() else {}
    best = result.get("best") if isinstance(result, dict) else None
    return {
        "rounds": rounds,
        "best": best,
        "stopped": str(result.get("stopped", "")),
        "warnings": [str(w) for w in result.get("warnings", ())],
        "traces": _traces(ended, best),
    }


def runs_of(where: Round) -> list[Path]:
    """A round's run directories."""
    return sorted(part for part in where.path.iterdir() if is_run(part.name) and (part / "groups").is_dir())


def write_loop_page(path: Path) -> Path:
    """Write ``report/index.html`` of a loop: the same page as one file, linked to each run's own."""
    name = path.resolve().name
    answers = {"runs": listed(loops=[name]), f"loop/{name}": {"name": name, **loop_json(path, {})}}
    return write_page(path, one_file(name, answers))


def _traces(ended: list[tuple[Round, RoundMetrics]], best: int | None) -> list[dict[str, Any]]:
    """The first held-out sample of problems before and after, those whose verdict changed first."""
    if len(ended) < 2:
        return []
    last = next((where for where, m in ended if m.round == best and best), ended[-1][0])
    before, after = _groups(ended[0][0].held_out), _groups(last.held_out)
    pairs = [
        (place, before[key], after[key])
        for place, key in enumerate(before)
        if key in after and before[key].candidates and after[key].candidates
    ]
    pairs.sort(key=lambda p: (_gain(p[1], p[2]), p[0]))
    better, worse = pairs[: TRACES * 2 // 3], pairs[-TRACES // 3 :]
    worse = [p for p in worse if _gain(p[1], p[2]) > 0 and p not in better]
    return [
        {
            "id": a.problem.id,
            "place": place,
            "prompt": str(a.problem.prompt[-1]["content"]) if a.problem.prompt else "",
            "gold": a.problem.answer,
            "before": _side(a),
            "after": _side(b),
        }
        for place, a, b in [*better, *worse]
    ]


def _gain(a: Group, b: Group) -> int:
    before, after = (g.candidates[0].verdict is Verdict.PASS for g in (a, b))
    return int(before) - int(after)


def _side(group: Group) -> dict[str, Any]:
    first = group.candidates[0]
    return {"verdict": str(first.verdict), "text": first.completion.text, "answer": first.answer}


def _groups(path: Path) -> dict[str, Group]:
    try:
        with Store.open(path) as store:
            found = {}
            for group in store.groups():
                found[group.problem.id] = group
                if len(found) == READ:
                    break
            return found
    except (StoreError, OSError):
        return {}
