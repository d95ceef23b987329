"""Full-text search: which problems and samples of a run hold a text, whatever its case.

Read column by column, so that a hundred thousand samples take half a second. The exported folder has no
server; there the page does the same over its chunks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from verirs.store import Store
from verirs.types import Problem, to_json
from verirs.view.exported import sample_keys
from verirs.view.index import Index, own_scores


def search(store: Store, index: Index, wanted: str) -> dict[str, Any]:
    """Where a text stands.

    Returns:
        ``prompts``: the places of problems whose prompt, gold or tests hold it; ``samples``: of a problem's
        place, the indexes of its samples whose text, reasoning or a score's reason does.
    """
    problems, parts, scores = store.directory.at_once(
        lambda: (
            store.directory.problems(),
            store.directory.merged("completions", ["problem_id", "index", "text", "reasoning"]),
            store.directory.merged("scores", ["problem_id", "index", "position", "judged", "reason"]),
        )
    )
    place, low = {key: i for i, key in enumerate(index.ids)}, wanted.lower()
    prompts = [
        place[held.problem.id]
        for held in problems
        if held.current and held.problem.id in place and low in " ".join(_texts(held.problem)).lower()
    ]
    known, hits = pa.array(index.ids, pa.string()), set()  # type: Any, set[int]
    counting = (index.problem << 32) + index.number
    for part in parts:
        holds = pc.or_(*(_holds(part[name], wanted) for name in ("text", "reasoning")))
        part = part.filter(holds)
        places = pc.index_in(part["problem_id"], known)
        part, places = part.filter(places.is_valid()), places.filter(places.is_valid())
        key = sample_keys(places, part["index"])
        hits.update(key[np.isin(key, counting)].tolist())
    for part, at in own_scores(scores, counting, index.about, index.ids):
        hits.update(counting[at[np.asarray(_holds(part["reason"], wanted))]].tolist())
    samples: dict[str, list[int]] = {}
    for one in sorted(hits):
        samples.setdefault(str(one >> 32), []).append(one & 0xFFFFFFFF)
    return {"prompts": sorted(prompts), "samples": samples}


def _texts(problem: Problem) -> Iterator[str]:
    for message in problem.prompt:
        yield str(message.get("content", ""))
    yield problem.answer or ""
    if problem.tests is not None:
        yield problem.tests if isinstance(problem.tests, str) else json.dumps(to_json(problem.tests))


def _holds(column: Any, wanted: str) -> Any:
    return pc.fill_null(pc.match_substring(column, wanted, ignore_case=True), False)
