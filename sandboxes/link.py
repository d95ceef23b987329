"""Calls and objects between the process of the tests and that of the judged program; both hold a `Link`.

Plain data is copied. Lists, dicts, sets and their like are copied too, and kept the same on both sides for as
long as both hold them: a function that changes its argument is seen doing so. Everything else stays where it
is, and the other side gets a stand-in for it (`mirror`). Who has asked answers the other's questions until
its own answer is there.

The end in the test process is `guarded`: the program may call what the tests handed over, look at it and
store into objects of the tests' classes, but reaches no frame, no module and no name with an underscore. What
a program sends is data; no class, module or function of its choice is loaded here.
"""

from __future__ import annotations

import io
import operator
import os
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

import ambient
import kinds
import mirror
import operations
import plain
import word

_MOST = 300
"""How many containers are kept the same at a time, and how many things of one side the other may hold."""
_OBJECTS = 200_000


class Unfaithful(Exception):
    """A value cannot cross between the tests and the program."""


class Gone(BaseException):
    """The judged program ended or broke the protocol; no ``except Exception`` of a test hides it."""


class Link:
    """One end.

    Args:
        fd: the socket to the other end.
        names: the globals that the other end may ask for.
        guarded: this is the test process.
    """

    def __init__(self, fd: int, names: dict[str, Any], guarded: bool) -> None:
        self.fd, self.names, self.guarded = fd, names, guarded
        self.table: dict[int, list[Any]] = {}
        """Containers held by both sides: the container, and what it held when both were last the same."""
        self.numbers: dict[int, int] = {}
        self.next = 0 if guarded else 1
        self.objects: list[Any] = []
        self.exported: dict[int, int] = {}
        self.told: set[int] = set()
        self.seen: dict[int, Any] = {}
        """Stand-ins for the other side's objects, by its number for them."""
        self.theirs: dict[int, tuple[Any, int]] = {}
        """The other side's number for what stands in for its object, by the stand-in's id."""
        self.news: list[int] = []
        self.describing: list[int] = []
        self.watched: dict[tuple[str, str], Any] = {}
        self.streams = (sys.stdout, sys.stderr)
        self.lock = threading.RLock()
        """Tests may ask from several threads; each question is answered before the next."""
        self.ambient: Any = None
        """What both sides share besides objects (`ambient.Ambient`), where the tests speak of it."""
        self.calls = 0
        self.answered = False
        self.unsupported = ""
        self.own_word = 0
        """1: the program compared two of its own objects, 2: one of them with data of the tests."""
        self.takes_word = False
        """Whether an object of the program may say what data of the tests it equals."""
        self.withholds = self.changed = self.looked = False
        """Whether what the program changes of the tests' own is left as it was; whether it changed some;
        whether the tests looked into what is not the program's (`word.Word.by_name`)."""
        self.sources: dict[str, str] = {}
        """Texts of the tests by the names of their files, in the test process."""
        self.word = word.Word(self)
        self.hidden = ""
        self.gone = ""
        self.raised: list[BaseException] = []
        """What lately came from the other side as an exception."""
        self.making: dict[int, Any] = {}
        self.on_answer: Callable[[], None] = lambda: None
        self.poller = operations.Poller()
        self.resolve: Callable[[dict[str, Any], str], Any] = dict.__getitem__

    def opened(self, fd: int, names: dict[str, Any]) -> Link:
        """This end, which was made before there was a job, for the job at hand."""
        self.fd, self.names, self.streams = fd, names, (sys.stdout, sys.stderr)
        return self

    def say(self) -> int:
        """``own_word``, or 3: the program changed a file or a variable that the tests had written."""
        rewrote = self.ambient is not None and self.ambient.rewritten
        return 3 if rewrote else self.own_word

    def hidden_check(self) -> None:
        """A check of the tests failed where the program can keep it from being seen."""
        self.hidden = "a check of the tests failed inside of the program, which went on"

    # --- asking and answering -------------------------------------------------------------------------

    def ask(self, op: str, *values: Any) -> Any:
        """Have the other side do something; its answer, or what it raised."""
        with self.lock:
            return self._ask(op, values)

    def _ask(self, op: str, values: tuple[Any, ...]) -> Any:
        if self.gone:
            raise Gone(self.gone)
        self.calls += 1
        known = len(self.seen)
        number = os.urandom(8).hex()
        head: dict[str, Any] = {"q": op, "n": number}
        if self.guarded:
            values = (*values, operations.replaced(self.watched) if self.watched else ())
            if sys.stdout is not self.streams[0] or sys.stderr is not self.streams[1]:
                head["s"] = 1
        try:
            if self.ambient is not None:
                self._tell(head)
            frame = self._message(head, list(values))
        except plain.Unsupported as e:
            self.unsupported = f"argument: {e}"
            raise Unfaithful(self.unsupported) from None
        if not self.guarded:
            plain.write(self.fd, frame)
            value, raised = self._outcome(self._wait(number))
            return self._raise(value) if raised else value
        try:
            plain.write(self.fd, frame)
            value, raised = self._outcome(self._wait(number))
            if not raised:
                self.word.answered(op, values, known, value)
        except (EOFError, OSError) as e:
            self.gone = "the program ended before it answered"
            raise Gone(self.gone) from e
        except kinds.MALFORMED as e:
            self.gone = f"protocol: {type(e).__name__}: {e}"
            raise Gone(self.gone) from e
        if raised:
            return self._raise(value)
        if not self.answered:
            self.answered = True
            self.on_answer()
        return value

    def _wait(self, number: str) -> dict[str, Any]:
        while True:
            message = plain.receive(self.fd)
            if "q" in message:
                self.answer(message)
            elif message.get("n") != number:
                raise plain.ProtocolError("answered before it was asked")
            else:
                return message

    def _outcome(self, reply: dict[str, Any]) -> tuple[Any, bool]:
        """The value of an answer, or the exception that was raised, and whether it is one."""
        if "out" in reply:
            self._printed(reply)
        if "x" in reply:
            return Unfaithful(f"result: {str(reply['x'])[:200]}"), True
        if self.ambient is not None and "a" in reply:
            self.ambient.take(reply["a"])
        (value,) = self._take(reply)
        if "e" in reply and not isinstance(value, BaseException):
            raise plain.ProtocolError("an error that is none")
        return value, "e" in reply

    def _printed(self, reply: dict[str, Any]) -> None:
        for stream, key in ((sys.stdout, "out"), (sys.stderr, "err")):
            if reply[key]:
                stream.write(str(reply[key]))

    def _raise(self, error: BaseException) -> Any:
        if isinstance(error, Unfaithful):
            self.unsupported = str(error)
        elif isinstance(error, kinds.CONTROL):
            error = kinds.RemoteError(f"{type(error).__name__}: {error}")
        self.raised = [*self.raised[-99:], error]
        raise error

    def answer(self, request: dict[str, Any]) -> None:
        """Do what the other side asks for and send what came of it."""
        head: dict[str, Any] = {"n": request["n"]}
        patches: list[Any] = []
        texts: tuple[io.StringIO, io.StringIO] | None = None
        try:
            try:
                values = self._take(request)
                if self.ambient is not None and "a" in request:
                    self.ambient.take(request["a"])
                if not self.guarded:
                    if (patched := values.pop()) != ():
                        patches = mirror.patch(patched)
                    if "s" in request:
                        texts = mirror.Captured(), mirror.Captured()
                        kept, (sys.stdout, sys.stderr) = (sys.stdout, sys.stderr), texts
                box = [operations.OPERATIONS[request["q"]](self, *values)]
            finally:
                if texts is not None:
                    sys.stdout, sys.stderr = kept
                    head |= {"out": texts[0].getvalue(), "err": texts[1].getvalue()}
                if patches:
                    mirror.unpatch(patches)
                patched = patches = values = []  # nothing here may hold what the message is about
            if self.ambient is not None:
                self._tell(head)
            frame = self._message(head, box)
        except plain.Unsupported as e:
            frame = plain.dumps(head | {"x": str(e)[:200]})
        except Gone:
            raise
        except BaseException as e:  # noqa: BLE001 - told to who asked
            if self.guarded and (type(e) is AssertionError or not isinstance(e, Exception)):
                self.hidden_check()
            frame = self._failure(head, e)
        mirror.flush()
        plain.write(self.fd, frame)

    def _failure(self, head: dict[str, Any], error: BaseException) -> bytes:
        error.__traceback__ = error.__context__ = None  # would hold the frames, and so the arguments
        try:
            self._tell(head)
            return self._message(head | {"e": 1}, [error])
        except plain.Unsupported as e:
            return plain.dumps(head | {"x": f"{type(error).__name__}: {e}"[:200]})

    def _tell(self, head: dict[str, Any]) -> None:
        """Put into a message what this side has changed besides objects."""
        if self.ambient is not None and "a" not in head and (changed := self.ambient.changes()):
            head["a"] = changed

    def share(self, what: list[str]) -> None:
        """Keep the same, from now on, what the tests speak of besides objects."""
        place = self.ask("share", what)
        if place != os.getcwd():  # a path of one side leads nowhere on the other
            what = [w for w in what if w != "files"]
        self.ambient = ambient.Ambient(what, True)

    # --- messages -------------------------------------------------------------------------------------

    def _message(self, head: dict[str, Any], values: list[Any]) -> bytes:
        """One frame. Empties ``values``, so that only the program's own references are counted."""
        self.news, self.describing = [], []
        next_number, known = self.next, len(self.objects)
        try:
            head["v"] = list(map(self.pack, values))
            values.clear()
            head["u"] = self._updates() if self.table else []
            if not self.guarded and self.table:
                self._drop(keep := self._kept())
                head["k"] = sorted(keep)
            frame = plain.dumps(head)
        except BaseException:
            for number in self.news:
                if entry := self.table.pop(number, None):
                    self.numbers.pop(id(entry[0]), None)
            for thing in self.objects[known:]:
                self.exported.pop(id(thing), None)
            del self.objects[known:]
            self.next = next_number
            raise
        if self.describing:
            self.told.update(self.describing)
        return frame

    def _drop(self, kept: set[int]) -> None:
        for number in [n for n in self.table if n not in kept]:
            del self.numbers[id(self.table.pop(number)[0])]

    def _updates(self) -> list[Any]:
        for number, (thing, before) in self.table.items():
            now = kinds.contents(thing)
            if before is not None and (len(now) != len(before) or not all(map(operator.is_, now, before))):
                self.news.append(number)
        out, at = [], 0
        while at < len(self.news):  # grows while containers are met in containers
            number = self.news[at]
            at += 1
            entry = self.table[number]
            thing = entry[0]
            entry[1] = now = kinds.contents(thing)
            tag, extra = kinds.tag(thing)
            own = None if kinds.shared(thing, type(thing)) else self._own(thing)
            out.append([number, tag, list(map(self.pack, now)), extra, own])
        return out

    def _own(self, thing: Any) -> Any:
        """The form of a container of a derived class as an object: whose, and of which class."""
        if id(thing) in self.theirs:
            return {"H": self.theirs[id(thing)][1]}
        return self._export(thing)

    def _kept(self) -> set[int]:
        """The containers that something else than this table holds, with all that they hold."""
        inside = dict.fromkeys(self.numbers, 0)
        for _, held in self.table.values():  # what a container holds is held by the copy of its content, too
            for x in held:
                if id(x) in inside:
                    inside[id(x)] += 2
        _ = held = x = None  # what these names hold would be counted below
        kept: set[int] = set()
        waiting = []
        for number, entry in self.table.items():
            # the entry and the argument of getrefcount
            derived = not kinds.shared(entry[0], type(entry[0]))
            if derived or sys.getrefcount(entry[0]) - 2 > inside[id(entry[0])]:
                waiting.append(number)
        while waiting:
            number = waiting.pop()
            if number not in kept and len(kept) < _MOST:
                kept.add(number)
                held = self.table[number][1]
                waiting += [self.numbers[id(x)] for x in held if id(x) in self.numbers]
        return kept

    def _take(self, message: dict[str, Any]) -> list[Any]:
        """The values of a message, after bringing the shared containers up to date."""
        if updates := message["u"]:
            self._bring(updates)
        values = list(map(self.unpack, message["v"]))
        if updates:
            self.making = {}
        if self.guarded and self.table:
            self._drop(set(message.get("k", ())))
        return values

    def _bring(self, updates: list[Any]) -> None:
        """Bring shared containers up to date, and hold the new ones until the values are read."""
        self.making = made = {}
        apart: set[int] = set()
        for number, tag, _, extra, own in updates:
            if type(number) is not int:
                raise plain.ProtocolError("no number")
            known = self.table.get(number)
            if known is not None and self.guarded and not number % 2:  # the tests made it
                self.changed = True
                if self.withholds:  # an answer has the changes, what the tests hold has not
                    known = own = None
                    apart.add(number)
            fresh = kinds.empty(tag, extra) if known is None and own is None else None
            made[number] = known[0] if known else fresh if own is None else self.unpack(own)
        for number, _, items, extra, _ in updates:
            kinds.fill(made[number], list(map(self.unpack, items)), extra)
        for number, thing in made.items():
            if number not in apart:
                self.table[number] = [thing, kinds.contents(thing)]
                self.numbers[id(thing)] = number

    # --- values ---------------------------------------------------------------------------------------

    def pack(self, value: Any) -> Any:
        """The form of a value in a message.

        Raises:
            plain.Unsupported: it has none.
        """
        kind = type(value)
        if kind in kinds.SCALARS:
            return value if kind in kinds.AS_THEY_ARE else plain.encode(value)
        if kind in kinds.TAGS:
            return {"@": self._share(value)}
        if kind is tuple:
            return {"t": list(map(self.pack, value))}
        if kind is frozenset:
            return {"z": list(map(self.pack, value))}
        if id(value) in self.theirs:
            return {"H": self.theirs[id(value)][1]}
        if kind is types.FunctionType and not self.guarded:
            return self._export(value)
        if kinds.shared(value, kind) or (kinds.base_of(kind) is not None and not isinstance(value, type)):
            return {"@": self._share(value)}
        if (form := kinds.by_value(value)) is not None:
            return {"P": [form[0], [self.pack(x) for x in form[1]]]}
        if (name := kinds.library_name(value, self.guarded)) is not None:
            return {"L": name}
        return self._export(value)

    def _share(self, value: Any) -> int:
        number = self.numbers.get(id(value))
        if number is None:
            number = self.next
            self.next += 2
            self.numbers[id(value)] = number
            self.table[number] = [value, None]
            self.news.append(number)
        return number

    def _export(self, value: Any) -> Any:
        number = self.exported.get(id(value))
        if number is None:
            if self.guarded and isinstance(value, kinds.NEVER):
                raise plain.Unsupported(kinds.name_of(value))
            if len(self.objects) > _OBJECTS:
                raise plain.Unsupported("too many objects")
            number = len(self.objects)
            self.objects.append(value)
            self.exported[id(value)] = number
        if number in self.told or number in self.describing:
            return {"h": [number]}
        self.describing.append(number)
        return {"h": [number, *operations.describe(self, value)]}

    def unpack(self, form: Any) -> Any:
        """The value of a form.

        Raises:
            plain.ProtocolError, or another of `kinds.MALFORMED`: it is none.
        """
        if type(form) is not dict:
            return form if type(form) is not list else kinds.refuse("a bare list")
        ((tag, body),) = form.items()
        match tag:
            case "t":
                return tuple(map(self.unpack, body))
            case "z":
                return frozenset(map(self.unpack, body))
            case "@":
                return self.making[body] if body in self.making else self.table[body][0]
            case "P":
                return kinds.rebuild(body[0], [self.unpack(x) for x in body[1]])
            case "L":
                return kinds.library(body, self.guarded)
            case "H":
                return self.objects[body] if type(body) is int and body >= 0 else kinds.refuse("no object")
            case "h":
                number = body[0]
                if number not in self.seen:
                    if type(number) is not int:
                        raise plain.ProtocolError("no number")
                    mirror.build(self, number, *body[1:])
                return self.seen[number]
        return plain.decode(form)

    def keep(self, number: int, stand_in: Any) -> Any:
        """Remember what stands for the other side's object of that number."""
        self.seen[number] = stand_in
        self.theirs[id(stand_in)] = stand_in, number
        return stand_in
