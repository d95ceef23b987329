"""What the lists show of a run: numbers and short texts in columns, never the text of a sample.

Read column by column, so that a hundred thousand samples take a second. What needs a look at each sample
itself (answer classes, doubts, lengths) is added later by :mod:`verirs.view.judging`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from verirs.records import Manifest
from verirs.store import Store
from verirs.types import UNRANKED, Verdict
from verirs.view.asked import ANSWER, COLUMNS, Asked, asked
from verirs.view.exported import DROPPED, FOUND, Exported, Ints, Words, coded, exported, numbers, sample_keys

VERDICTS = tuple(str(v) for v in Verdict)
"""A sample's verdict is its place in this list."""
PASS, FAIL, ABSTAIN, ERROR, UNWANTED = range(len(VERDICTS))


@dataclass(slots=True)
class Index:
    """The lists of a run.

    Args:
        manifest: as it was when the run was read.
        ids: of the problems, sorted.
        problem_columns: by name, a value a problem.
        problem: of each sample, the place of its problem in ``ids``; samples are in order of it.
        number: of each sample, its index within the problem.
        about: of each sample, what its scores must be about to count.
        sample_columns: by name, a value a sample.
        words: of each column that holds places in a list of texts, the texts.
        told: what the last export found of a problem, by its place and :data:`exported.FOUND`'s columns.
        findings: what an audit finds of a problem, by its place: kind and evidence.
        judged: whether :mod:`verirs.view.judging` has added its columns.
    """

    manifest: Manifest
    ids: list[str]
    problem_columns: dict[str, list[Any]]
    problem: Ints
    number: Ints
    about: Ints
    sample_columns: dict[str, list[Any]]
    words: dict[str, list[str]]
    told: dict[int, dict[str, str]]
    findings: dict[int, dict[str, str]] = field(default_factory=dict)
    judged: bool = False

    def bounds(self) -> list[int]:
        """Where each problem's samples begin, and the end of the last."""
        found = np.searchsorted(self.problem, np.arange(len(self.ids) + 1))
        return [int(b) for b in found]

    def problems_json(self) -> dict[str, Any]:
        return {
            "n": len(self.ids),
            "judged": self.judged,
            "columns": {"id": self.ids, **self.problem_columns},
            "words": {k: v for k, v in self.words.items() if k in self.problem_columns},
        }

    def samples_json(self) -> dict[str, Any]:
        columns = {"problem": self.problem.tolist(), "index": self.number.tolist(), **self.sample_columns}
        return {
            "n": len(self.problem),
            "judged": self.judged,
            "columns": columns,
            "words": {k: v for k, v in self.words.items() if k in self.sample_columns},
        }


def build(store: Store) -> Index:
    """Read the lists of a run.

    Raises:
        StoreError: a file that is missing or damaged, by name.
    """
    opened = store.directory.at_once(lambda: _Opened.of(store))
    problems = asked(opened.problems)
    samples = _counting(_samples(opened, problems.ids), store, problems.ids)
    about = samples.digest
    if len(samples.key):
        about = about ^ problems.digests[samples.key >> 32]
    said = _said(opened.scores, samples.key, about, problems.ids)
    made = exported(store.path, problems.ids, samples.key)
    return _index(opened.manifest, problems, samples, about, said, made)


@dataclass(frozen=True, slots=True)
class _Opened:
    manifest: Manifest
    problems: Iterator[pa.Table]
    completions: Iterator[pa.Table]
    scores: Iterator[pa.Table]

    @classmethod
    def of(cls, store: Store) -> _Opened:
        if not store.groups_path.is_dir():  # begun just now
            return cls(store.manifest, iter(()), iter(()), iter(()))
        return cls(
            store.manifest,
            store.directory.tables("problems", COLUMNS),
            store.directory.merged("completions", list(_COMPLETION)),
            store.directory.merged("scores", list(_SCORE)),
        )


_COMPLETION = ("problem_id", "index", "finish_reason", "tokens", "text_digest")
_SCORE = (
    *("problem_id", "index", "position", "judged", "scorer"),
    *("verdict", "value", "answer", "reason", "details"),
)


@dataclass(frozen=True, slots=True)
class _Samples:
    """The samples that count, in order; ``key`` is problem and index in one number."""

    key: Ints
    digest: Ints
    finish: np.ndarray[Any, np.dtype[np.str_]]
    tokens: np.ndarray[Any, np.dtype[np.float64]]

    def kept(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> _Samples:
        return _Samples(self.key[mask], self.digest[mask], self.finish[mask], self.tokens[mask])


def _samples(opened: _Opened, ids: Sequence[str]) -> _Samples:
    known = pa.array(ids, pa.string())
    keys, digests = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    finish, tokens = [np.empty(0, "U1")], [np.empty(0)]
    n = opened.manifest.n
    for part in opened.completions:
        place = pc.index_in(part["problem_id"], known)
        mask = pc.is_valid(place)
        if n:
            mask = pc.and_(mask, pc.less(part["index"], n))
        part, place = part.filter(mask), place.filter(mask)
        keys.append(sample_keys(place, part["index"]))
        digests.append(numbers(part["text_digest"]))
        codes, words = coded(part["finish_reason"])
        finish.append(np.array(words or [""])[codes])
        tokens.append(np.asarray(pc.fill_null(pc.cast(part["tokens"], pa.float64()), np.nan), float))
    return _Samples(*(np.concatenate(column) for column in (keys, digests, finish, tokens)))


def _counting(samples: _Samples, store: Store, ids: Sequence[str]) -> _Samples:
    """Without the samples beyond the stop of an ``[until]``."""
    if not store.manifest.until:
        return samples
    from verirs.until import counted, rule_in  # for such runs alone: it imports the half of the package

    rule = rule_in(store)
    assert rule is not None
    place = {key: i for i, key in enumerate(ids)}
    beyond = [
        (place[g.problem.id] << 32) + c.completion.index
        for g in store.groups()
        if g.problem.id in place
        for c in counted(rule, g).beyond
    ]
    return samples.kept(~np.isin(samples.key, np.array(beyond, np.int64)))


@dataclass(slots=True)
class _Said:
    """What the stack said of each sample, by its place: gathered part by part."""

    seen: np.ndarray[Any, np.dtype[np.bool_]]
    """Which verdicts its scorers gave."""
    labels: Words
    of_label: Ints
    """Bits: which of ``labels`` (scorer and verdict) it has."""
    errors: Words
    of_error: Ints
    """A place in ``errors``; -1 for none."""
    answers: Words
    answer: Ints
    """The first answer that a scorer read, a place in ``answers``; 0 for none."""
    value: np.ndarray[Any, np.dtype[np.float64]]
    """The last number of the stack; NaN for none."""

    @classmethod
    def of(cls, n: int) -> _Said:
        return cls(
            seen=np.zeros((n, len(VERDICTS)), bool),
            labels=Words(),
            of_label=np.zeros(n, np.int64),
            errors=Words(),
            of_error=np.full(n, -1, np.int64),
            answers=Words([""], {"": 0}),
            answer=np.zeros(n, np.int64),
            value=np.full(n, np.nan),
        )

    @property
    def verdict(self) -> Ints:
        found = np.full(len(self.seen), ABSTAIN)
        for code in (PASS, ERROR, FAIL, UNWANTED):
            found[self.seen[:, code]] = code
        return found


_MOST_LABELS = 62


def _said(parts: Iterator[pa.Table], keys: Ints, about: Ints, ids: Sequence[str]) -> _Said:
    said = _Said.of(len(keys))
    for part, at in own_scores(parts, keys, about, ids):
        _add(said, part, at)
    return said


def own_scores(
    parts: Iterator[pa.Table], keys: Ints, about: Ints, ids: Sequence[str]
) -> Iterator[tuple[pa.Table, Ints]]:
    """The rows of scores that count, with the place of each row's sample.

    Args:
        parts: with ``problem_id``, ``index`` and ``judged`` among their columns.
        keys: of the samples, in order.
        about: what each sample's scores must be about.
        ids: of the problems.
    """
    known = pa.array(ids, pa.string())
    for part in parts if len(keys) else ():
        place = pc.index_in(part["problem_id"], known)
        mask = pc.is_valid(place)
        part, key = part.filter(mask), sample_keys(place.filter(mask), part["index"].filter(mask))
        at = np.searchsorted(keys, key)
        at[at == len(keys)] = 0
        own = (keys[at] == key) & (about[at] == numbers(part["judged"]))
        if own.any():
            yield part.filter(pa.array(own)), at[own]


def _add(said: _Said, part: pa.Table, at: Ints) -> None:
    """Count rows of scores, sorted by sample and position; ``at`` is the place of each row's sample."""
    verdicts, v_words = coded(part["verdict"])
    code = np.array([VERDICTS.index(w) for w in v_words], np.int64)[verdicts]
    scorers, s_words = coded(part["scorer"])
    label = np.zeros(len(at), np.int64)
    for place, scorer in enumerate(s_words):
        for verdict in range(len(VERDICTS)):
            rows = (scorers == place) & (code == verdict)
            if rows.any():
                label[rows] = min(said.labels.of(f"{scorer}: {VERDICTS[verdict]}"), _MOST_LABELS)
    np.bitwise_or.at(said.of_label, at, np.int64(1) << label)
    counts = np.ones(len(at), bool)
    unranked = np.zeros(len(at), bool)
    faults = np.flatnonzero(code == ERROR).tolist()
    if faults:
        from verirs.stats.tally import error_type  # for such runs alone
    for row in faults:
        scorer, reason, details = (part[name][row].as_py() for name in ("scorer", "reason", "details"))
        counts[row] = not (details and f'"{UNRANKED}":true' in details)
        unranked[row] = not counts[row]
        if said.of_error[at[row]] < 0:
            said.of_error[at[row]] = said.errors.of(f"{scorer}: {error_type(reason)}")
    said.seen[at[counts], code[counts]] = True
    there = np.flatnonzero(np.asarray(part["answer"].is_valid()))
    texts, a_words = coded(
        pc.utf8_slice_codeunits(part["answer"], 0, ANSWER).filter(part["answer"].is_valid())
    )
    new = np.array([said.answers.of(word) for word in a_words] or [0], np.int64)
    first, row_of = np.unique(at[there], return_index=True)
    empty = said.answer[first] == 0  # a sample's rows may lie in two parts
    said.answer[first[empty]] = new[texts[row_of[empty]]]
    values = np.asarray(pc.fill_null(part["value"], np.nan), float)
    last = np.flatnonzero(~np.isnan(values) | unranked)
    said.value[at[last]] = values[last]  # of several the last stands


def _index(
    manifest: Manifest,
    problems: Asked,
    samples: _Samples,
    about: Ints,
    said: _Said,
    made: Exported,
) -> Index:
    problem, verdict = samples.key >> 32, said.verdict
    n = len(problems.ids)

    def count(mask: Any) -> list[int]:
        return [int(x) for x in np.bincount(problem[mask], minlength=n)]

    counted_tokens = ~np.isnan(samples.tokens)
    total = np.bincount(problem[counted_tokens], minlength=n)
    sums = np.bincount(problem[counted_tokens], weights=samples.tokens[counted_tokens], minlength=n)
    told, dropped = made.told, Words([""], {"": 0})
    flagged = Words()
    labels = np.zeros(n, np.int64)
    np.bitwise_or.at(labels, problem, said.of_label)
    errors: list[list[int]] = [[] for _ in problems.ids]
    for at in np.flatnonzero(said.of_error >= 0).tolist():
        if (error := int(said.of_error[at])) not in (own := errors[int(problem[at])]):
            own.append(error)
    problem_columns: dict[str, list[Any]] = {
        "title": problems.titles,
        "source": problems.source,
        "split": problems.split,
        "level": problems.level,
        "gold": problems.golds,
        **{name: count(verdict == code) for code, name in enumerate(VERDICTS)},
        "samples": count(slice(None)),
        "truncated": count(samples.finish == "length"),
        "accepted": count(made.of == 1),
        "tokens": [round(s / t) if t else None for s, t in zip(sums, total, strict=True)],
        "said": [_bits(x) for x in labels.tolist()],
        "error_kind": errors,
        "flag": [[flagged.of(FOUND[c]) for c in FOUND if c in told.get(i, ())] for i in range(n)],
        "dropped": [dropped.of(told.get(i, {}).get(DROPPED, "")) for i in range(n)],
    }
    ends, finish = np.unique(samples.finish, return_inverse=True)
    sample_columns: dict[str, list[Any]] = {
        "verdict": verdict.tolist(),
        "answer": said.answer.tolist(),
        "finish": finish.tolist(),
        "export": made.of.tolist(),
        "error_of": [None if x < 0 else x for x in said.of_error.tolist()],
    }
    if counted_tokens.any():
        sample_columns["tokens"] = [None if x != x else int(x) for x in samples.tokens.tolist()]
    if not np.isnan(said.value).all():
        sample_columns["value"] = [None if x != x else x for x in said.value.round(4).tolist()]
    if len({word.rpartition(": ")[0] for word in said.labels.words}) > 1:  # of one the verdict says it all
        sample_columns["said_of"] = [_bits(x) for x in said.of_label.tolist()]
    return Index(
        manifest=manifest,
        ids=problems.ids,
        problem_columns=problem_columns,
        problem=problem,
        number=samples.key & 0xFFFFFFFF,
        about=about,
        sample_columns=sample_columns,
        words={
            **{name: found.words for name, found in problems.words.items()},
            "flag": flagged.words,
            "dropped": dropped.words,
            "said": said.labels.words,
            "said_of": said.labels.words,
            "error_kind": said.errors.words,
            "error_of": said.errors.words,
            "answer": said.answers.words,
            "finish": [str(word) for word in ends],
            "export": made.words.words,
        },
        told=told,
    )


@functools.cache
def _bits(mask: int) -> list[int]:
    return [bit for bit in range(_MOST_LABELS + 1) if mask >> bit & 1]
