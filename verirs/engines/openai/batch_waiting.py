"""The requests that somebody waits for: which are not sent yet, and what an ended batch gives them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verirs.engines.openai.batch_reading import Batch, Refused, Unpaid, is_full, is_large, read_line
from verirs.engines.openai.reading import Reply, Withheld
from verirs.engines.openai.sent import Kept, SentBatch
from verirs.errors import EngineError, GivenUp, RequestError
from verirs.system.http import Unreadable


@dataclass(slots=True)
class Wanted:
    """A request whose answer is waited for.

    Args:
        tries: batches that held it and gave no answer.
        fault: what became of it in the last of them.
    """

    key: str
    line: bytes
    problem: str
    answer: asyncio.Future[Reply] = field(default_factory=asyncio.Future)
    tries: int = 0
    fault: str = ""
    waiting: int = 1
    """Callers that do."""


class Waiting:
    """All of them, by key.

    Args:
        retries: further batches for a request that got no answer.
    """

    def __init__(self, retries: int):
        self._retries = retries
        self.wanted: dict[str, Wanted] = {}
        self.pending: dict[str, Wanted] = {}
        """Those of them that are not with the server."""
        self.retried: Counter[str] = Counter()

    def kept(self, wanted: Wanted, line: Mapping[str, Any]) -> bool:
        """Take a line that came for a request in an earlier command; false if it is to be sent again, as is
        also what was refused then."""
        try:
            self._end(wanted, read_line(line))
        except (Unreadable, Withheld, Refused) as error:
            wanted.fault = str(error)
            return False
        return True

    def settle(self, batch: SentBatch, found: Batch, answers: Kept) -> int:
        """Hand out the answers of a batch that has ended; how many of its requests have to be sent again.

        Raises:
            EngineError: the account or the model is refused, or nobody pays: nothing was run, and what is
                asked for again now would be refused again.
        """
        without: list[Wanted] = []
        refused: list[tuple[Wanted, Refused | Withheld]] = []
        unpaid, answered = "", 0
        nothing = "not answered when the batch expired" if found.state == "expired" else "no line came for it"
        for wanted in [self.wanted[key] for key in batch.requests if key in self.wanted]:
            line = answers.line(wanted.key)
            if line is None:
                wanted.fault = nothing
                without.append(wanted)
                continue
            try:
                self._end(wanted, read_line(line))
                answered += 1
            except Unpaid as error:
                unpaid = str(error)
            except Unreadable as error:
                wanted.fault = str(error)
                without.append(wanted)
            except (Refused, Withheld) as error:
                refused.append((wanted, error))
        if unpaid:
            raise EngineError(
                f"engine openai_batch: the account's quota is used up ({unpaid}). What was answered is kept: "
                "pay or wait, then run the same command"
            )
        self._refuse(found, refused, others=answered + len(without))
        for wanted in without:
            self.pending[wanted.key] = wanted
            wanted.tries += not (is_full(found.told) or is_large(found.told))
        return len(without)

    def _refuse(self, found: Batch, refused: list[tuple[Wanted, Refused | Withheld]], others: int) -> None:
        """End the requests that are refused for good; if all are, for the key or the model, end the run."""
        states = {error.status for _, error in refused if isinstance(error, Refused)}
        if 401 in states or (not others and len(states) == 1 and states <= {403, 404}):
            raise EngineError(
                f"engine openai_batch: every request of batch {found.id} that failed was refused "
                f"({next(e for _, e in refused if isinstance(e, Refused))}): the key or the model. Correct "
                "it and run the same command"
            )
        for wanted, error in refused:
            words = f"the server refuses it ({error})" if isinstance(error, Refused) else str(error)
            self._end(wanted, RequestError(f"problem {wanted.problem!r}: {words}"))

    def give_up(self, batch: SentBatch) -> None:
        """End those of a batch that got no answer in all their batches; the others are due again."""
        for wanted in [self.pending[key] for key in batch.requests if key in self.pending]:
            if wanted.tries > self._retries:
                del self.pending[wanted.key]
                often = "a batch" if wanted.tries == 1 else f"{wanted.tries} batches"
                why = f"problem {wanted.problem!r}: no answer in {often}, last: {wanted.fault}"
                self._end(wanted, GivenUp(why))
            elif wanted.tries:
                self.retried[wanted.fault[:60]] += 1

    def fail(self, error: Exception) -> None:
        """All who wait get an error."""
        for wanted in self.wanted.values():
            if not wanted.answer.done():
                wanted.answer.set_exception(error)
                wanted.answer.exception()  # some may have nobody who waits any more
        self.wanted.clear()

    def _end(self, wanted: Wanted, what: Reply | RequestError) -> None:
        self.wanted.pop(wanted.key, None)
        if wanted.answer.done():
            return
        if isinstance(what, RequestError):
            wanted.answer.set_exception(what)
            wanted.answer.exception()
        else:
            wanted.answer.set_result(what)
