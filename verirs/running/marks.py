"""Verdicts that a person doubts: kept beside a run, never in it, and laid over an export that asks for them.

``runs/NAME.marks.jsonl`` is a line a mark, the last of a sample counts; one without a verdict takes the mark
away. A mark belongs to what was judged: it counts only beside the same text and the same gold and tests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from verirs.errors import StoreError
from verirs.store import entry
from verirs.system.files import once, open_plain
from verirs.types import Candidate, Completion, Group, Problem, Score, Verdict, is_ranking, to_json

SCORER = "by hand"
"""Under this name a mark's verdict stands in the place of the verifiers'."""
LONGEST = 4_000
"""Characters of a note."""
LARGEST = 64 << 20
"""Bytes of a file of marks."""
Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a person says of one sample.

    Args:
        problem_id: of its problem.
        sample_index: of the sample.
        about: digest of the text and of what its verifiers read (:func:`verirs.store.entry.judged`).
        was: the verdict that was doubted.
        verdict: what it should be; ``None`` takes the mark away.
        note: why.
        at: when, in ISO 8601.
    """

    problem_id: str
    sample_index: int
    about: int
    was: Verdict
    verdict: Verdict | None
    note: str = ""
    at: str = ""


def marks_path(run: Path) -> Path:
    """Where the marks of a run lie."""
    run = Path(os.path.abspath(run))
    return run.with_name(f"{run.name}.marks.jsonl")


def about(problem: Problem, completion: Completion) -> int:
    """What a mark is about."""
    return entry.judged(entry.text_digest(completion.text), entry.problem_digest(problem))


def read_marks(path: Path) -> dict[Key, Mark]:
    """The marks that count, by problem and sample; none where there is no file.

    Raises:
        StoreError: a line is no mark, by its number.
    """
    found: dict[Key, Mark] = {}
    try:
        with open_plain(path) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise StoreError(f"{path} is larger than {LARGEST >> 20} MiB: no file of marks")
        lines = data.decode("utf-8").split("\n")  # a note may hold other signs that end a line
    except FileNotFoundError:
        return found
    except OSError as e:
        raise StoreError(f"{path} cannot be read: {e.strerror}") from e
    except UnicodeDecodeError as e:
        raise StoreError(f"{path} cannot be read: {e}") from e
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        mark = _mark(line, f"{path}:{number}")
        if mark.verdict is None:
            found.pop((mark.problem_id, mark.sample_index), None)
        else:
            found[mark.problem_id, mark.sample_index] = mark
    return found


def _mark(line: str, where: str) -> Mark:
    try:
        row = json.loads(line, object_pairs_hook=once)
        said = row["verdict"]
        mark = Mark(**{**row, "was": Verdict(row["was"]), "verdict": None if said is None else Verdict(said)})
        if not (isinstance(mark.problem_id, str) and type(mark.sample_index) is type(mark.about) is int):
            raise ValueError("problem_id is a text, sample_index and about are whole numbers")
        return mark
    except RecursionError:
        raise StoreError(f"{where} is no mark: it is nested too deeply. Mend or delete the line.") from None
    except (ValueError, KeyError, TypeError) as e:
        raise StoreError(f"{where} is no mark: {e}. Mend or delete the line.") from e


def add_mark(path: Path, mark: Mark) -> None:
    """Append a mark.

    Raises:
        OSError: it cannot be written.
    """
    line = json.dumps(to_json(asdict(mark)), ensure_ascii=False) + "\n"
    with path.open("a+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():  # a line that a full disk cut off must not take this one with it
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else "\n" + line
        file.write(line.encode("utf-8", "replace"))


def fits(mark: Mark, problem: Problem, candidate: Candidate) -> bool:
    """Whether a mark is still about this text, gold and tests."""
    return mark.about == about(problem, candidate.completion)


class Overrides:
    """Verdicts by hand in the place of the verifiers'.

    Args:
        marks: of the run.
    """

    def __init__(self, marks: Mapping[Key, Mark]):
        self._marks = marks
        self._laid: set[Key] = set()

    @property
    def laid(self) -> int:
        """How many samples have got their verdict by hand."""
        return len(self._laid)

    def join(self, other: Overrides) -> None:
        """Count those that another has laid."""
        self._laid |= other._laid

    def laid_over(self, group: Group) -> Group:
        """The group as the marks say."""
        if not self._marks:
            return group
        candidates = tuple(_judged_by_hand(group.problem, c, self._marks) for c in group.candidates)
        self._laid |= {
            (group.problem.id, c.completion.index)
            for c, own in zip(candidates, group.candidates, strict=True)
            if c is not own
        }
        return replace(group, candidates=candidates)


def _judged_by_hand(problem: Problem, candidate: Candidate, marks: Mapping[Key, Mark]) -> Candidate:
    mark = marks.get((problem.id, candidate.completion.index))
    if mark is None or mark.verdict is None or not fits(mark, problem, candidate):
        return candidate
    said = Score(
        scorer=SCORER,
        version="1",
        verdict=mark.verdict,
        answer=candidate.answer,
        reason=mark.note or f"marked by hand; was {mark.was}",
        details={"was": str(candidate.verdict)},
    )
    return replace(candidate, scores=(said, *(s for s in candidate.scores if is_ranking(s))))


def stale(groups: Iterable[Group], marks: Mapping[Key, Mark]) -> list[Mark]:
    """The marks that count no more: their sample is gone, or its text, gold or tests are others."""
    left = dict(marks)
    for group in groups:
        for c in group.candidates:
            key = (group.problem.id, c.completion.index)
            if key in left and fits(left[key], group.problem, c):
                del left[key]
    return list(left.values())


def cases(groups: Iterable[Group], marks: Mapping[Key, Mark]) -> Iterator[dict[str, Any]]:
    """The marks as test cases for graders: ``row`` is what :func:`verirs.grade_many` takes, ``expected`` the
    verdict that it should get."""
    for group in groups:
        problem = group.problem
        for c in group.candidates:
            mark = marks.get((problem.id, c.completion.index))
            if mark is None or mark.verdict is None or not fits(mark, problem, c):
                continue
            yield {
                "id": f"{problem.id}#{c.completion.index}",
                "row": {
                    "text": c.completion.text,
                    "prompt": [dict(m) for m in problem.prompt],
                    "answer": problem.answer,
                    "tests": to_json(problem.tests),
                    "entry_point": problem.entry_point,
                    "meta": to_json(problem.meta),
                },
                "expected": str(mark.verdict),
                "was": str(c.verdict),
                "note": mark.note,
                "scorers": {s.scorer: s.version for s in c.scores},
            }
