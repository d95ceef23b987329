"""Judges the rankers of a finished run and writes a blend of them beside its scores. No model, no sampling.

Reads the recorded numbers, writes a new generation of scores with ``blend`` last in each stack, the fitted
blend as ``blend.json`` and the report as ``report/rankers.json``. Doing it again with other weights replaces
the blend; the rankers' own numbers are never touched. Scoring the run again drops the blend.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from verirs.records import RankerSummary
from verirs.reward.numbers.blend import Blend, fit_blend
from verirs.reward.numbers.report import report
from verirs.reward.numbers.table import read
from verirs.store import ScoreRow, Store, rescore
from verirs.system.files import write_text
from verirs.types import Group, to_json
from verirs.until import groups


def rerank(
    run: str | Path,
    *,
    rankers: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    method: str = "platt",
) -> dict[str, RankerSummary]:
    """Blend the rankers of a run and record the blend on every candidate.

    Args:
        run: a run directory whose candidates were ranked, wrong ones too (``rank = "all"``).
        rankers: which to blend; ``None`` is all.
        weights: of their log-odds; ``None`` fits them.
        method: ``platt`` or ``isotonic``.

    Returns:
        Every ranker judged by name, and the blend.

    Raises:
        StoreError: not a run directory, or one that is in use.
        ConfigError: unknown rankers, or nothing to fit on.
    """
    run = Path(run)
    with Store.open(run, write=True) as store:
        table = read(groups(store))
        blend = fit_blend(table, rankers=rankers, weights=weights, method=method)
        rescore(store, blend.version, lambda groups: _rows(blend, groups))
        found = report(table, blend, method=method)
        (run / "report").mkdir(exist_ok=True)
        write_text(run / "blend.json", blend.to_text() + "\n")
        write_text(
            run / "report" / "rankers.json",
            json.dumps({"rankers": to_json(found)}, indent=1, sort_keys=True) + "\n",
        )
    return found


def _rows(blend: Blend, groups: Iterable[Group]) -> Iterable[ScoreRow]:
    for group in blend.apply(groups):
        for candidate in group.candidates:
            yield group.problem.id, candidate.completion, candidate.scores
