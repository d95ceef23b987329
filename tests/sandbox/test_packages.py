"""Packages that programs may import: found with what they need, the same in every backend, lacking no
failure."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sandbox.conftest import opened
from verirs import grade
from verirs.errors import SandboxError
from verirs.sandbox import Stdio
from verirs.sandbox.choose import lend_sandbox, open_sandbox, return_sandbox
from verirs.sandbox.packages import Packages, packages
from verirs.sandbox.python import link_packages, open_to_all

PRINTS = [{"input": "", "output": "1"}]


def test_a_package_comes_with_what_it_needs() -> None:
    found = packages(("sympy",))
    assert [v.partition("==")[0] for v in found.versions] == ["mpmath", "sympy"]
    assert found.provides("sympy") and found.provides("mpmath") and not found.provides("numpy")
    assert all(Path(place).exists() for _, place in found.entries)


def test_the_digest_tells_versions_apart() -> None:
    one, other = Packages(versions=("a==1",)), Packages(versions=("a==2",))
    assert one.digest != other.digest == Packages(versions=("a==2",)).digest


@pytest.mark.parametrize("name", ["no such thing", "../x", "sympy; rm", "", "-r file"])
def test_what_is_no_package_is_refused(name: str) -> None:
    with pytest.raises(SandboxError, match="no package"):
        packages((name,))


@pytest.mark.parametrize("backend", ["namespaces", "landlock", "docker", "process"])
def test_chosen_packages_are_there_in_every_backend(backend: str, request: pytest.FixtureRequest) -> None:
    opened(backend, request)  # skips where it cannot run
    code = "import sympy\ntry:\n    import numpy\nexcept ImportError:\n    print(sympy.sqrt(8))"
    with open_sandbox(backend, workers=1, shown=packages(("sympy",))) as sandbox:
        assert sandbox.run(Stdio(code=code)).stdout == b"2*sqrt(2)\n"


def test_a_version_in_the_score_says_which_packages() -> None:
    with_ = grade("code", text="print(1)", tests=PRINTS, packages=["sympy"]).version
    without = grade("code", text="print(1)", tests=PRINTS).version
    assert packages(("sympy",)).digest in with_ and packages(("sympy",)).digest not in without


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("import scipy_that_is_not_there\nprint(1)", "abstain"),
        ("from pandas_not_there.x import y\nprint(1)", "abstain"),
        ("__import__('not_there_at_all')", "abstain"),
        ("import Queue\nprint(1)", "fail"),  # Python 2
        ("import os.nothing", "fail"),
        ("raise ModuleNotFoundError(\"No module named 'pandas_not_there'\")", "fail"),
        ("print(2)\ntry:\n    import not_there_at_all\nexcept ImportError: pass", "fail"),
    ],
)
def test_a_missing_package_is_no_failure_of_the_program(text: str, verdict: str) -> None:
    assert grade("code", text=text, tests=PRINTS).verdict == verdict


def test_one_wrong_answer_is_enough_whatever_is_lacking_elsewhere() -> None:
    text = "n = int(input())\nif n:\n    import not_there_at_all\nprint(2)"
    tests = [{"input": "0", "output": "1"}, {"input": "1", "output": "1"}]
    assert grade("code", text=text, tests=tests).verdict == "fail"
    assert grade("code", text=text, tests=tests[1:]).verdict == "abstain"


def test_scorers_with_other_limits_share_their_workers(local_name: str) -> None:
    first = lend_sandbox(local_name, 1, packages())
    assert lend_sandbox(local_name, 1, packages()) is first
    assert lend_sandbox(local_name, 2, packages()) is not first
    return_sandbox(first)
    assert first.run(Stdio(code="print(1)")).stdout == b"1\n"  # one user is left
    return_sandbox(first)
    with pytest.raises(SandboxError, match="closed"):
        first.run(Stdio(code="print(1)"))


@pytest.fixture
def local_name(local: object) -> str:
    return str(getattr(local, "name", ""))


def test_many_time_limits_need_no_more_processes(children: Callable[[], int]) -> None:
    grade("code", text="print(1)", tests=PRINTS, timeout=5)
    before = children()
    for number in range(24):
        assert grade("code", text="print(1)", tests=PRINTS, timeout=1 + number / 4)
    assert children() <= before


@pytest.fixture
def children() -> Callable[[], int]:
    return lambda: sum(
        len(Path(task, "children").read_text().split()) for task in Path("/proc/self/task").iterdir()
    )


def test_copies_of_packages_keep_what_lies_beside_them(tmp_path: Path) -> None:
    """numpy finds its libraries in ``../numpy.libs``, seen from where it lies."""
    closed = tmp_path / "site"
    for name in ("mine", "mine.libs"):
        (closed / name).mkdir(parents=True)
        (closed / name / "inside").write_text(name)
        (closed / name / "inside").chmod(0o600)
    (closed / "alone.py").write_text("x = 1")
    closed.chmod(0o700)
    shown = Packages(tuple((name, str(closed / name)) for name in ("alone.py", "mine", "mine.libs")))
    parents = [tmp_path / str(i) for i in range(4)]
    for parent in parents:
        parent.mkdir()
    with ThreadPoolExecutor(4) as threads:
        folders = list(threads.map(lambda parent: link_packages(str(parent), shown, copied=True), parents))
    for folder in map(Path, folders):
        assert sorted(os.listdir(folder)) == ["alone.py", "mine", "mine.libs"]
        real = (folder / "mine").resolve()
        assert closed not in real.parents and (real / "../mine.libs/inside").read_text() == "mine.libs"
        assert all(open_to_all(str(path)) for path in (real / "inside", (folder / "alone.py").resolve()))
    assert len({(Path(folder) / "mine").resolve() for folder in folders}) == 1
    links = link_packages(str(closed), shown, copied=False)
    assert (Path(links) / "mine").resolve() == closed / "mine"
