"""Programs of a newer Python are told from broken ones, by their text alone."""

from __future__ import annotations

import pytest

from verirs.code.newer import newer_name, newer_syntax

NEWER = (
    'x = f"{d["a"]}"',
    'x = f"{"\\n".join(names)}"',
    'x = f"a{{b}} {f"{y:>{w}}"} {z!r:x}"',
    'print(f"{x = } {d["k"]:.2f}")  # it\'s',
    "s = f'{', '.join(f'{a}' for a in b)}'",
    "def f[T](x: list[T]) -> T:\n    return x",
    "async def f[T: (int, str), *Ts](x): pass",
    "class A[T: int](B): pass",
    "type X[T] = list[T]",
    "try:\n    pass\nexcept ValueError, os.Error:\n    pass",
)
BROKEN = (
    "def f(x:\n    return x",
    'x = f"{d["',
    'f"{}"',
    'x = f"{a b}"',
    'x = f"{d["a"]}',
    "def f[T(x): pass",
    'print "a"',
    "try:\n    pass\nexcept ValueError, e:\n    pass",
    "def f[T](x): return )",
    "x = " + 'f"{' * 12 + "1" + '}"' * 12,
    "x = " + 'f"{' * 400 + "1" + '}"' * 400,
)
OLDER = ("x = 1", "type = 3\ntype[0] = 4", "def f(x): return '#'", "x = f'{a}' f\"{b['c']}\"")


@pytest.mark.parametrize("code", NEWER)
def test_what_newer_pythons_read(code: str) -> None:
    assert newer_syntax(code + "\n") == "its syntax"


@pytest.mark.parametrize("code", BROKEN)
def test_what_no_python_reads(code: str) -> None:
    assert newer_syntax(code + "\n") == ""


@pytest.mark.parametrize("code", OLDER)
def test_what_every_python_reads_is_never_asked_about_as_broken(code: str) -> None:
    compile(code, "old", "exec")
    assert newer_syntax("x = (\n" + code) == ""


def test_names_of_the_library_count_where_the_program_asks_for_them() -> None:
    said = "ImportError: cannot import name 'batched' from 'itertools' (unknown location)"
    assert newer_name("from itertools import batched\n", said) == "itertools.batched"
    assert newer_name("import itertools\n", said) == ""
    assert newer_name("from itertools import batch\n", said.replace("batched", "batch")) == ""
    missing = "AttributeError: module 'math' has no attribute 'sumprod'"
    assert newer_name("import math\nmath.sumprod(a, b)\n", missing) == "math.sumprod"
