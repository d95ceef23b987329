"""The languages of programs that read standard input: their commands, and whether their tools are here.

A program in another language than Python is compiled once, in the sandbox, and run once for each input. The
tools are those of this machine, found on ``PATH``; `find` says what is there, in which version.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from verirs.errors import SandboxError

_NAMES = {
    "python": ("python3", "py", "py3", "pypy", "pypy3", "python 3"),
    "cpp": ("c++", "cpp17", "c++17", "cxx", "cpp14", "cpp20", "gnu c++17", "g++"),
    "c": ("c11", "c99", "gcc"),
    "java": ("java17", "java21", "java8", "java11"),
    "javascript": ("js", "node", "nodejs", "node.js"),
    "rust": ("rs",),
    "go": ("golang",),
}
"""The name of each language here, and others that are used for it."""
BACKENDS = ("namespaces",)
"""Where programs may start others, and see this machine's tools."""


def language_name(given: object) -> str:
    """The name of a language, whatever it is called.

    Raises:
        ValueError: it is none that is known here.
    """
    word = str(given).strip().lower()
    for name, others in _NAMES.items():
        if word == name or word in others:
            return name
    raise ValueError(f"programs in {given!r} cannot be run here (known: {', '.join(_NAMES)})")


@dataclass(frozen=True, slots=True)
class _Commands:
    """How a language's programs are made and run: words with ``{tool}``, ``{main}`` and ``{memory}`` (MB)."""

    tools: tuple[str, ...]
    source: str
    compile: tuple[str, ...]
    run: tuple[str, ...]
    space: bool = True
    """Whether a limit on address space is bearable: some runtimes reserve far more than they use."""
    version: str = "--version"
    more: tuple[tuple[str, str], ...] = ()
    """Environment variables."""


_TABLE = {
    "cpp": _Commands(
        ("g++",), "program.cpp", ("{g++}", "-std=gnu++17", "-O2", "-pipe", "-o", "program", "program.cpp"),
        ("/program/program",),
    ),
    "c": _Commands(
        ("gcc",), "program.c", ("{gcc}", "-std=gnu11", "-O2", "-pipe", "-o", "program", "program.c", "-lm"),
        ("/program/program",),
    ),
    "java": _Commands(
        ("javac", "java"), "{main}.java",
        ("{javac}", "-J-Xmx512m", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", "-encoding", "UTF-8",
         "{main}.java"),
        ("{java}", "-XX:+UseSerialGC", "-Xss64m", "-Xmx{memory}m", "-cp", "/program", "{main}"),
        space=False, version="-version",
    ),
    "javascript": _Commands(
        ("node",), "program.js", ("{node}", "--check", "program.js"),
        ("{node}", "--stack-size=60000", "--max-old-space-size={memory}", "/program/program.js"), space=False,
    ),
    "rust": _Commands(
        ("rustc", "gcc"), "program.rs",
        ("{rustc}", "--edition", "2021", "-O", "-Clink-arg=-fuse-ld=bfd", "-o", "program", "program.rs"),
        ("/program/program",),
    ),
    "go": _Commands(
        ("go",), "program.go", ("{go}", "build", "-o", "program", "program.go"), ("/program/program",),
        space=False, version="version",
        more=(
            ("GOCACHE", "/tmp/cache"), ("GOPATH", "/tmp/go"), ("GOTOOLCHAIN", "local"), ("CGO_ENABLED", "0"),
        ),
    ),
}  # fmt: skip
PROOF = {
    "cpp": "#include <iostream>\nint main() { std::cout << 1; }",
    "c": '#include <stdio.h>\nint main(void) { puts("1"); return 0; }',
    "java": "public class Main { public static void main(String[] a) { System.out.println(1); } }",
    "javascript": "console.log(1)",
    "rust": 'fn main() { println!("1"); }',
    "go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n',
}
"""A program of each language that is right: where it does not compile, the tools are at fault."""
_COMPILING = {"cpu": 60.0, "wall": 120.0, "memory": 2 << 30, "disk": 256 << 20, "processes": 128}


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The tools of a language on this machine.

    Args:
        paths: each tool's place.
        roots: folders that must be seen for the tools to work.
        version: what the first one says of itself.
    """

    language: str
    paths: Mapping[str, str]
    roots: tuple[str, ...]
    version: str


@functools.cache
def find(language: str) -> Toolchain:
    """The tools of a language.

    Raises:
        SandboxError: one is not installed; says which.
    """
    commands = _TABLE[language]
    paths: dict[str, str] = {}
    for tool in commands.tools:
        path = shutil.which(tool)
        if path is None:
            raise SandboxError(f"programs in {language} need {tool}, which is not on PATH here")
        paths[tool] = _behind(tool, path)
    try:
        asked = subprocess.run(
            [paths[commands.tools[0]], commands.version],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise SandboxError(f"programs in {language} need {commands.tools[0]}, which does not run: {e}") from e
    said = (asked.stdout or asked.stderr).strip().splitlines()
    roots = _roots(paths.values())
    if hidden := next((r for r in roots if r == "/tmp" or r.startswith("/tmp/")), ""):
        raise SandboxError(
            f"programs in {language} need {hidden}, which lies below /tmp, the programs' own folder"
        )
    return Toolchain(language, paths, roots, said[0] if said else "")


def _behind(tool: str, path: str) -> str:
    """The tool itself, where its name is a switch's (rustup): such a switch wants its owner's home."""
    real = os.path.realpath(path)
    if os.path.basename(real) == "rustup":
        command = [os.path.join(os.path.dirname(path), "rustup"), "which", tool]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        return asked.stdout.strip() or path
    return path if os.path.basename(real) != "busybox" else real


def _roots(paths: Iterable[str]) -> tuple[str, ...]:
    found = {"/usr", "/etc/alternatives", "/etc/ld.so.cache"}
    for path in map(os.path.realpath, paths):
        if not path.startswith("/usr/"):
            found.add(str(Path(path).parents[1]))  # PREFIX of PREFIX/bin/tool
    found |= {str(p) for p in Path("/etc").glob("java*")}
    return tuple(sorted(p for p in found if os.path.exists(p)))


def all_roots() -> tuple[str, ...]:
    """What workers for other languages see of this machine, of all tools that are here."""
    found: set[str] = set()
    for language in _TABLE:
        try:
            found |= set(find(language).roots)
        except SandboxError:
            continue
    return tuple(sorted(found))


def available() -> dict[str, str]:
    """Each language with the version of its tools, or why it cannot be run."""
    said = {}
    for language in _TABLE:
        try:
            said[language] = find(language).version
        except SandboxError as e:
            said[language] = f"no: {e}"
    return said


def recipe(language: str, code: str, files: Mapping[str, str], memory_mb: int) -> dict[str, object]:
    """How the leader of a batch makes and runs a program.

    Raises:
        SandboxError: a tool is not installed.
    """
    commands, tools = _TABLE[language], find(language)
    words = {**tools.paths, "main": _java_class(code) if language == "java" else "", "memory": str(memory_mb)}

    def filled(text: str) -> str:
        return re.sub(r"\{([^}]+)\}", lambda m: words[m[1]], text)

    homes = {str(Path(p).parent) for p in tools.paths.values()}
    # programs that look for their libraries beside themselves ask /proc, which is not there
    beside = {str(Path(os.path.realpath(p)).parents[1] / "lib") for p in tools.paths.values()} - {"/usr/lib"}
    return {
        "files": {filled(commands.source): code, **files},
        "compile": [filled(w) for w in commands.compile],
        "run": [filled(w) for w in commands.run],
        "space": commands.space,
        "limits": {**_COMPILING, "space": commands.space and language != "rust"},
        "env": {
            "PATH": ":".join(sorted({"/usr/bin", "/bin", *homes})), "HOME": "/tmp", "TMPDIR": "/tmp",
            "LANG": "C.UTF-8", "LD_LIBRARY_PATH": ":".join(sorted(beside)), **dict(commands.more),
        },
    }  # fmt: skip


def _java_class(code: str) -> str:
    """The class whose ``main`` is run: the public one, else the outermost one around ``main``."""
    bare = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', " ", code, flags=re.S)
    if match := re.search(r"\bpublic\s+(?:(?:final|abstract|strictfp)\s+)*class\s+(\w+)", bare):
        return match[1]
    name, depth = "Main", 0
    for match in re.finditer(r"\bclass\s+(\w+)|static\s+(?:public\s+)?void\s+main\b|[{}]", bare):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif match[1] is None:
            break
        elif depth == 0:
            name = match[1]
    return name
