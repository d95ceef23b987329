"""Servers of the batch API that do what was reported: ways of bending the answers of the test server.

The cases are in :mod:`tests.outside.batch_cases`, which are built of these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.engines.batch_server import BatchServer

Said = tuple[int, Any]
Before = Callable[["Dialect", str, str], Said | None]
After = Callable[["Dialect", str, str, Said], Said]


class Dialect(BatchServer):
    """A server some of whose answers are given by ``before``, or changed by ``after``."""

    before: Before | None = None
    after: After | None = None

    def answer(self, method: str, path: str, content: bytes) -> tuple[int, Any]:
        if self.before is not None and path != "models" and (said := self.before(self, method, path)):
            return said
        said = super().answer(method, path, content)
        return self.after(self, method, path, said) if self.after is not None and path != "models" else said


@dataclass(frozen=True, kw_only=True)
class Reported:
    """
    Args:
        name: of the case.
        source: where it was reported or documented.
        words: of the error that ends the run; empty: everything comes.
        again: an answer was paid for that nobody can read, so it is paid for twice.
        fates: of the first batches.
        cured: after an error the same command, on a server that behaves, brings everything.
    """

    name: str
    source: str
    before: Before | None = None
    after: After | None = None
    words: str = ""
    again: bool = False
    fates: tuple[str, ...] = ()
    cured: bool = True


def says(method: str, path: str, status: int, body: Any, times: int = 1) -> Before:
    """The first calls of this kind get this answer, and nothing is done."""
    left = [times]

    def before(_: Dialect, called: str, at: str) -> Said | None:
        if called == method and re.fullmatch(path, at) and left[0] > 0:
            left[0] -= 1
            return status, body
        return None

    return before


def batch(edit: Callable[[dict[str, Any]], Any]) -> After:
    """Every batch that the server tells of, changed."""

    def after(_: Dialect, method: str, path: str, said: Said) -> Said:
        status, body = said
        if status != 200 or not path.startswith("batches"):
            return said
        rows = body.get("data", [body])
        for number, row in enumerate(rows):
            rows[number] = edit(row) or row
        return status, {**body, "data": rows} if "data" in body else rows[0]

    return after


def lines(edit: Callable[[list[dict[str, Any]]], Any]) -> After:
    """The rows of a file that is fetched, changed; bytes stay as they are."""

    def after(_: Dialect, __: str, path: str, said: Said) -> Said:
        if not path.endswith("/content") or said[0] != 200:
            return said
        rows = [json.loads(line) for line in said[1].splitlines()]
        made = edit(rows)
        made = rows if made is None else made
        return 200, made if isinstance(made, bytes) else b"\n".join(json.dumps(r).encode() for r in made)

    return after


def first_batch(after: After) -> After:
    """Only until the first file was fetched: what is sent again is answered well."""
    done = [False]

    def once(server: Dialect, method: str, path: str, said: Said) -> Said:
        if done[0]:
            return said
        done[0] = path.endswith("/content")
        return after(server, method, path, said)

    return once


def after_doing(path: str, status: int, body: Any, times: int = 1) -> After:
    """The call is done, and answered so as if it were not."""
    left = [times]

    def after(_: Dialect, method: str, at: str, said: Said) -> Said:
        if method == "POST" and at == path and left[0] > 0:
            left[0] -= 1
            return status, body
        return said

    return after


def both(*edits: After) -> After:
    def after(server: Dialect, method: str, path: str, said: Said) -> Said:
        for edit in edits:
            said = edit(server, method, path, said)
        return said

    return after


def any_of(*hooks: Before) -> Before:
    return lambda server, method, path: next((s for h in hooks if (s := h(server, method, path))), None)


def words(**of: str) -> Callable[[dict[str, Any]], None]:
    """Other words for the states."""

    def edit(row: dict[str, Any]) -> None:
        row["status"] = of.get(row["status"], row["status"])

    return edit


def told(message: str, code: str = "", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code or None, **more}}


def failed_line(row: dict[str, Any], status: int, message: str, code: str = "") -> dict[str, Any]:
    """A row as the error file has it."""
    body = told(message, code)
    return {
        "custom_id": row["custom_id"],
        "error": None,
        "response": {"status_code": status, "body": body},
    }


def fails_whole(code: str, message: str, times: int = 1) -> After:
    """A batch that is made, and then fails as a whole; nothing of it was run."""
    seen: list[str] = []

    def edit(row: dict[str, Any]) -> dict[str, Any] | None:
        if row["id"] not in seen and len(seen) < times:
            seen.append(row["id"])
        if row["id"] not in seen:
            return None
        error = {"code": code, "message": message, "line": None, "param": None}
        return row | {
            "status": "failed",
            "output_file_id": None,
            "error_file_id": None,
            "errors": {"object": "list", "data": [error]},
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
        }

    def after(server: Dialect, method: str, path: str, said: Said) -> Said:
        made = batch(edit)(server, method, path, said)
        for name in seen:  # not run: nothing of it is paid for
            server.batches[name]["status"] = "failed"
        return made

    return after


def late(looks: int, edit: Callable[[dict[str, Any]], Any]) -> After:
    """The first looks at a batch that has ended are changed."""
    left = [looks]

    def change(row: dict[str, Any]) -> Any:
        if row["status"] != "completed" or left[0] <= 0:
            return None
        left[0] -= 1
        return edit(dict(row))

    return batch(change)


def mistral(row: dict[str, Any]) -> dict[str, Any]:
    state = {"validating": "QUEUED", "in_progress": "RUNNING", "completed": "SUCCESS"}[row["status"]]
    counts = row["request_counts"]
    return {
        "id": row["id"],
        "object": "batch",
        "metadata": row["metadata"],
        "status": state,
        "output_file": row["output_file_id"],
        "error_file": row["error_file_id"],
        "errors": [],
        "total_requests": counts["total"],
        "succeeded_requests": counts["completed"],
        "failed_requests": counts["failed"],
    }


def bella(row: dict[str, Any]) -> dict[str, Any] | None:
    """A batch that was just made has no state yet, and tells when it will have expired."""
    row["expired_at"] = 1_763_007_619_015
    return {k: v for k, v in row.items() if k != "status"} if row["status"] == "validating" else row


def found_late() -> Before:
    """A batch is on the list from the second listing on."""
    return says("GET", r"batches\?.*", 200, {"data": [], "has_more": False}, times=1)


def hidden(*keys: str) -> After:
    return batch(lambda row: {k: v for k, v in row.items() if k not in keys})


def replaced(at: int, row: Callable[[dict[str, Any]], Any]) -> After:
    """One row of the first file, changed."""
    return first_batch(
        lines(lambda rows: [row(r) if n == at else r for n, r in enumerate(rows)] if rows else rows)
    )


def all_fail(status: int, message: str, code: str = "") -> After:
    """Every line of the file is a failure, and nothing was run."""
    edit = lines(lambda rows: [failed_line(row, status, message, code) for row in rows])

    def after(server: Dialect, method: str, path: str, said: Said) -> Said:
        if path.endswith("/content"):
            server.answered.clear()
        return edit(server, method, path, said)

    return after


def grows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[: len(rows) // 2]
