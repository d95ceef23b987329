"""Checkers (special judges): programs that say whether an output is right where several are.

A checker runs in a sandbox of its own, once an output, in a folder with ``input.txt``, ``output.txt`` (the
program's) and ``answer.txt`` (the expected one); the output is its standard input, too. Its word is read as
its kind has it:

- a program that leaves with exit codes: testlib's (0 right; 1, 2, 4, 7, 8 wrong; 3: the checker itself
  failed), its arguments input, output, answer; or those of ICPC validators (42 right, 43 wrong; arguments
  input, answer, a folder);
- a program that prints: ``1``, ``0`` or a score up to 1, ``true``, ``ok``, ``AC``, ``WA`` ..., its
  arguments input, answer, output, unless the names that it gives them say otherwise;
- a Python function (``check``, or the only one there is), called with texts by the names of its parameters.

The source alone decides the kind. What is said of one kind in a public description: testlib.h's exit codes,
https://github.com/MikeMirzayanov/testlib; https://icpc.io/problem-package-format.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from verirs.code.evaluating import evaluates, looks_up
from verirs.sandbox.jobs import Input, Run, Status
from verirs.sandbox.languages import language_name

_INPUT, _OUTPUT, _ANSWER = "input.txt", "output.txt", "answer.txt"
_OF_OUTPUT = re.compile(
    r"sub|user|part|contest|cand|team|pred|actual|ouf|produced|student|process|got|solution|program|model|their"
)
_OF_ANSWER = re.compile(r"ans|correct|expect|ref|jury|judge|gold|true|key|official|target|desired")
_OF_INPUT = re.compile(r"in|inp|inf|stdin|in_?file|inp?_?(path|text|data|str)")
_STRONG_OUTPUT = re.compile(r"sub|user|part|contest|cand|team|pred|actual")
_FUNCTIONS = (
    "check",
    "checker",
    "judge",
    "special_judge",
    "evaluate",
    "verify",
    "validate",
    "is_correct",
    "grade",
)
_ICPC = re.compile(r"\b42\b[\s\S]*\b43\b|\b43\b[\s\S]*\b42\b")
_RIGHT = {"ok", "ac", "accepted", "true", "yes", "right", "correct", "pass", "passed"}
_WRONG = {"wa", "wrong", "false", "no", "incorrect", "fail", "failed", "pe", "rejected", "wrong_answer"}
_FAILED = 3
_EPILOGUE = """
def _say():
    import os, sys, traceback
    texts = {{}}
    for name in ("input", "output", "answer"):
        with open(name + ".txt", encoding="utf-8", errors="surrogateescape", newline="") as f:
            texts[name] = f.read()
    try:
        said = {function}({arguments})
        if isinstance(said, (tuple, list)):
            said = said[0] if said else None
        said = getattr(said, "passed", said)
        if isinstance(said, str):
            said = said.strip().lower()
            said = True if said in {right} else False if said in {wrong} else None
        code = {failed} if said is None else 0 if said >= 1 else 1
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stderr.flush()
    os._exit(code)
_say()
"""


@dataclass(frozen=True, slots=True)
class Checker:
    """A checker as it is run: ``says`` is ``exit``, ``icpc`` or ``print``; ``arguments`` are names of its
    files."""

    code: str
    language: str
    says: str
    arguments: tuple[str, ...]
    beside: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Files that its compiler finds beside it (``testlib.h``)."""
    evaluates: str = ""
    """What in it may run the output that it judges; empty: nothing."""

    def given(self, stdin: bytes, output: bytes, answer: bytes) -> Input:
        """What it is run with for one output."""
        return Input(
            stdin=output, args=self.arguments, files={_INPUT: stdin, _OUTPUT: output, _ANSWER: answer}
        )

    def accepts(self, run: Run, output: bytes) -> bool | None:
        """Its verdict on an output; ``None`` when it has none: it failed, or did not end."""
        if run.status not in (Status.OK, Status.EXCEPTION) or run.exit_code is None or run.exit_code < 0:
            return None
        if self.says == "icpc":
            return {42: True, 43: False}.get(run.exit_code)
        if self.says == "exit":
            crashed = b"Traceback (most recent call last)" in run.stderr
            return True if run.exit_code == 0 else None if crashed or run.exit_code == _FAILED else False
        return _said(run.stdout, output) if run.exit_code == 0 else None


def read_checker(given: object) -> Checker:
    """The checker that a problem names: its text, or a table of ``code``, ``language``, ``arguments`` (the
    words ``input``, ``output``, ``answer`` in the order in which it wants the files) and ``files`` (texts
    that its compiler finds beside it, by name).

    Raises:
        ValueError: it is none, or nothing says how it is to be asked.
    """
    table: Mapping[str, object] = given if isinstance(given, Mapping) else {"code": given}
    code, language, order = table.get("code"), table.get("language"), table.get("arguments")
    if not isinstance(code, str) or not code.strip():
        raise ValueError("the checker is no text of a program")
    if unknown := sorted(map(str, table.keys() - {"code", "language", "arguments", "files"})):
        raise ValueError(f"unknown key checker.{unknown[0]} (known: code, language, arguments, files)")
    language = language or ("cpp" if re.search(r"#\s*include\b", code) else "python")
    if not isinstance(language, str):
        raise ValueError("checker.language is no text")
    files: tuple[str, ...] | None = None
    if order is not None:
        if not isinstance(order, Sequence) or not set(order) <= {"input", "output", "answer"}:
            raise ValueError("checker.arguments must be a list of the words input, output, answer")
        files = tuple(f"{word}.txt" for word in order)
    language = language_name(language)
    if language != "python":
        beside = table.get("files") or {}
        if not isinstance(beside, Mapping) or not all(
            _plain_name(k) and isinstance(v, str) for k, v in beside.items()
        ):
            raise ValueError("checker.files must be a table of names and texts")
        icpc = _ICPC.search(code) is not None
        order_ = (_INPUT, _ANSWER, ".") if icpc else (_INPUT, _OUTPUT, _ANSWER)
        return Checker(code, language, "icpc" if icpc else "exit", files or order_, dict(beside))
    return _python(code, files)


def _plain_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", name) is not None


def _python(code: str, files: tuple[str, ...] | None) -> Checker:
    try:
        tree = ast.parse(code.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"the checker is not Python: {error}") from error
    runs = evaluates(tree) or ("getattr" if looks_up(tree) else "")
    if files is None and "argv" not in code and "argparse" not in code and "ArgumentParser" not in code:
        if (function := _function(tree)) is not None:
            call = _EPILOGUE.format(
                function=function.name, arguments=_arguments(function), right=_RIGHT, wrong=_WRONG,
                failed=_FAILED,
            )  # fmt: skip
            return Checker(f"__name__ = 'checker'\n{code}\n{call}", "python", "exit", (), evaluates=runs)
        if "stdin" not in code and "input(" not in code and ".txt" not in code:
            raise ValueError("the checker defines no function and reads no file")
    if _ICPC.search(code) and "argv" in code:
        return Checker(code, "python", "icpc", files or (_INPUT, _ANSWER, "."), evaluates=runs)
    says = "exit" if _leaves(tree) else "print"
    order = (_INPUT, _OUTPUT, _ANSWER) if says == "exit" else (_INPUT, _ANSWER, _OUTPUT)
    return Checker(code, "python", says, files or _by_names(tree) or order, evaluates=runs)


def _leaves(tree: ast.Module) -> bool:
    """Whether a program says something by its exit code: it leaves with another one than a plain 0."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            plain = isinstance(node.args[0], ast.Constant) and node.args[0].value in (0, None)
            if name in ("exit", "_exit", "quit", "SystemExit", "quitf") and not plain:
                return True
    return False


def _function(tree: ast.Module) -> ast.FunctionDef | None:
    """The function that checks: one of the usual names, or the only one with two parameters or more."""
    known = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    for name in _FUNCTIONS:
        for node in known:
            if node.name == name:
                return node
    several = [n for n in known if len(n.args.args) >= 2]
    return several[0] if len(several) == 1 else None


def _arguments(function: ast.FunctionDef) -> str:
    """How the function is called: each parameter by what its name says, else input, output, answer in
    turn."""
    args = function.args
    names = [a.arg for a in (*args.posonlyargs, *args.args)]
    needed = names[: len(names) - len(args.defaults)]
    names = names[: max(len(needed), min(len(names), 3))]
    roles = [_role(name) for name in names]
    if None in roles or len(set(roles)) != len(roles):
        two = _two(names) if len(names) == 2 else (None, None)
        if None not in two:
            roles = [*two]
        else:
            roles = [*(("output", "answer") if len(names) == 2 else ("input", "output", "answer"))]
            roles = roles[: len(names)]
    positional = ", ".join(f"texts[{role!r}]" for role in roles)
    wanted = [a.arg for a in args.kwonlyargs if _role(a.arg)]
    named = "".join(f", {name}=texts[{_role(name)!r}]" for name in wanted)
    dmoj = ", judge_input=texts['input'].encode()" if args.kwarg and "judge_input" not in names else ""
    if names[:2] == ["process_output", "judge_output"]:  # DMOJ's checkers are given bytes
        positional = ", ".join(f"texts[{role!r}].encode('utf-8', 'surrogateescape')" for role in roles)
    else:
        dmoj = ""
    return positional + named + dmoj


def _role(name: str) -> str | None:
    """What a name says of a file or text: ``input``, ``output`` (the program's) or ``answer``."""
    name = name.lower()
    if "input" in name or _OF_INPUT.fullmatch(name):
        return "input"
    if _OF_ANSWER.search(name) and not _STRONG_OUTPUT.search(name):
        return "answer"
    if _OF_OUTPUT.search(name) or "out" in name:
        return "output"
    return "input" if re.search(r"test|case|problem|in_?f", name) else None


def _two(names: Sequence[str]) -> tuple[str | None, str | None]:
    """Two names of which one is an ``output`` that the other's name makes the expected one, or the
    reverse."""
    strong = [bool(_OF_OUTPUT.search(n.lower())) for n in names]
    weak = ["out" in n.lower() for n in names]
    if strong[0] != strong[1] and all(s or w for s, w in zip(strong, weak, strict=True)):
        return ("output", "answer") if strong[0] else ("answer", "output")
    return None, None


def _by_names(tree: ast.Module) -> tuple[str, ...] | None:
    """The order of a program's file arguments, from the names that it gives them."""
    names: dict[int, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if (at := _argument(value)) is not None:
                    names[at] = name
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=ast.Tuple(elts=values)):
                for target, value in zip(elts, values, strict=False):
                    if isinstance(target, ast.Name) and (at := _argument(value)) is not None:
                        names[at] = target.id
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=value) if (at := _slice(value)) is not None:
                names |= {at + n: t.id for n, t in enumerate(elts) if isinstance(t, ast.Name)}
            case ast.Call(func=ast.Attribute(attr="add_argument"), args=[ast.Constant(value=str(name)), *_]):
                if not name.startswith("-"):
                    names[len(names) + 1] = name
    wanted = [names.get(at, "") for at in (1, 2, 3)]
    if not all(wanted):
        return None
    roles = [_role(name) for name in wanted]
    if sorted(map(str, roles)) != ["answer", "input", "output"]:
        two = _two(wanted[1:])
        if roles[0] != "input" or None in two:
            return None
        roles = ["input", *two]
    return tuple(f"{role}.txt" for role in roles)


def _argument(node: ast.expr) -> int | None:
    """``n`` where the node is ``sys.argv[n]``, alone, opened or read."""
    for inner in ast.walk(node):
        match inner:
            case ast.Subscript(
                value=ast.Attribute(attr="argv") | ast.Name(id="argv"), slice=ast.Constant(value=int(at))
            ):
                return at
    return None


def _slice(node: ast.expr) -> int | None:
    """Where the arguments begin in ``sys.argv`` (0) or ``sys.argv[1:]`` (1)."""
    match node:
        case ast.Attribute(attr="argv") | ast.Name(id="argv"):
            return 0
        case ast.Subscript(
            value=ast.Attribute(attr="argv") | ast.Name(id="argv"),
            slice=ast.Slice(lower=ast.Constant(value=int(at))),
        ):
            return at
    return None


def _said(text: bytes, output: bytes) -> bool | None:
    """What a checker that prints has said: by its last line's first word, or its first line's. Among several
    lines one that stands in the output says nothing: the checker may have shown what it was given."""
    lines = [line.strip() for line in text.decode("utf-8", "replace").split("\n") if line.strip()]
    shown = (
        {line.strip() for line in output.decode("utf-8", "replace").split("\n")} if len(lines) > 1 else set()
    )
    for line in (*lines[-1:], *lines[:1]):
        word = line.split()[0].strip(".,:!").lower()
        said = True if word in _RIGHT else False if word in _WRONG else None
        if said is None and re.fullmatch(r"\d+(\.\d*)?", word):
            said = float(word) >= 1
        if said is not None:
            return None if said and line in shown else said
    return None
