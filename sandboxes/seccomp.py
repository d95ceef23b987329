"""Seccomp filters as classic BPF, assembled here: no libseccomp. x86-64 and aarch64.

Two filters, both inherited and never to be removed. `base` is the allow list of ``seccomp.json``, put
on the runner once, so that a job pays nothing for it. `job` is short and put on each job: it takes away
what only the runner needed, and for the tier without namespaces also processes and signals.
Does not guard against kernel bugs behind the calls that are allowed.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
from typing import Any

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARG0 = 0, 4, 16
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_X32 = 0x40000000
_CLONE_NEW = 0x7E020080
"""All CLONE_NEW* flags."""
_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
SELF = 0x7FFFFFFE
"""Stands for the job's own process number in a filter; no process has it."""

_prctl = ctypes.PyDLL(None, use_errno=True).prctl

_DATES_AND_RIGHTS = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
    "futimesat", "utimensat",
)  # fmt: skip

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seccomp.json")


class Profile:
    """``seccomp.json`` for one architecture."""

    def __init__(self, machine: str) -> None:
        with open(FILE, encoding="utf-8") as f:
            table: dict[str, Any] = json.load(f)
        if machine not in table["numbers"]:
            raise OSError(f"no seccomp filter for the architecture {machine}")
        self.arch = _AUDIT_ARCH[machine]
        self.numbers: dict[str, int] = table["numbers"][machine]
        self.allow = sorted(self.numbers[n] for n in table["allow"] if n in self.numbers)
        self.setup = sorted(self.numbers[n] for n in table["setup"] if n in self.numbers)

    def base(self) -> bytes:
        """The allow list (with the runner's own calls), a binary search over ranges of numbers."""
        head = [
            _op(_LOAD, _ARCH),
            _op(_JEQ, self.arch, 1, 0),
            _op(_RETURN, _KILL),
            _op(_LOAD, _NUMBER),
            _op(_JGE, _X32, 0, 1),
            _op(_RETURN, _ERRNO | _ENOSYS),
        ]
        wanted = sorted({*self.allow, *self.setup})
        edges = [n for n in wanted if n - 1 not in wanted] + [n + 1 for n in wanted if n + 1 not in wanted]
        return b"".join(head + _search(sorted(edges), False))

    def job(self, *, sockets: bool, alone: bool) -> bytes:
        """What a job loses on top: the runner's calls, new namespaces, sockets but AF_UNIX (all, unless
        ``sockets``); with ``alone`` also new processes, other programs, signals to anybody but `SELF`, and
        changes of files' dates and rights, which seem to succeed."""
        n = self.numbers
        refuse, allow = _op(_RETURN, _ERRNO | _EPERM), _op(_RETURN, _ALLOW)
        unknown, pretend = _op(_RETURN, _ERRNO | _ENOSYS), _op(_RETURN, _ERRNO)
        prog = [_op(_LOAD, _NUMBER)]
        lost = list(self.setup)
        if alone:
            lost += [n[x] for x in ("setpgid", "setsid") if x in n]
            prog += [_op(_JEQ, n["clone"], 0, 4), _op(_LOAD, _ARG0), _op(_JSET, _CLONE_THREAD, 0, 1), allow]
            prog += [unknown]  # another number than a refusal: who reads it can tell what was asked for
            for call in ("fork", "vfork", "execve", "execveat"):
                prog += [_op(_JEQ, n[call], 0, 1), unknown] if call in n else []
            for call in _DATES_AND_RIGHTS:  # Landlock guards none; no copy fails
                prog += [_op(_JEQ, n[call], 0, 1), pretend] if call in n else []
            for call in ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "prlimit64"):
                own = [_op(_JEQ, SELF, 0, 1), allow]
                if call in ("tkill", "prlimit64"):  # a thread of its own has another number; 0 is itself
                    own = [_op(_JEQ, SELF, 1, 0), _op(_JEQ, 0, 0, 1), allow]
                prog += [_op(_JEQ, n[call], 0, len(own) + 2), _op(_LOAD, _ARG0), *own, refuse]
        else:
            prog += [_op(_JEQ, n["clone"], 0, 4), _op(_LOAD, _ARG0), _op(_JSET, _CLONE_NEW, 0, 1), refuse]
            prog += [allow]
            # limits of itself only: the leader of a batch has the same user
            prog += [_op(_JEQ, n["prlimit64"], 0, 4), _op(_LOAD, _ARG0), _op(_JEQ, 0, 0, 1), allow, refuse]
        if sockets:
            prog += [
                _op(_JEQ, n["socket"], 0, 4),
                _op(_LOAD, _ARG0),
                _op(_JEQ, _AF_UNIX, 1, 0),
                refuse,
                allow,
            ]
        else:
            lost.append(n["socket"])
        for number in lost:
            prog += [_op(_JEQ, number, 0, 1), refuse]
        return b"".join([*prog, allow])


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _search(edges: list[int], inside: bool) -> list[bytes]:
    """Decide by binary search whether the number in the accumulator lies inside the ranges whose
    borders are ``edges``; ``inside`` tells for numbers below the first one."""
    if not edges:
        return [_op(_RETURN, _ALLOW if inside else _ERRNO | _ENOSYS)]
    middle = len(edges) // 2
    below = _search(edges[:middle], inside)
    above = _search(edges[middle + 1 :], inside ^ (middle % 2 == 0))
    if len(below) > 255:
        raise ValueError("the filter outgrew a jump")
    return [_op(_JGE, edges[middle], len(below), 0), *below, *above]


class Program:
    """An assembled filter in memory, ready to be installed with one call."""

    def __init__(self, program: bytes) -> None:
        self._code = ctypes.create_string_buffer(program, len(program))
        self._header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(self._code))
        ops = list(struct.iter_unpack("HBBI", program))
        self._pids = [8 * i + 4 for i, op in enumerate(ops) if op[3] == SELF]

    def set_pid(self, pid: int) -> None:
        """Put the process's number where the filter says `SELF`."""
        for offset in self._pids:
            struct.pack_into("I", self._code, offset, pid)

    def install(self) -> None:
        """Put the filter on this process; needs no_new_privs.

        Raises:
            OSError: the kernel refused it.
        """
        if _prctl(22, 2, self._header, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp: " + os.strerror(ctypes.get_errno()))
