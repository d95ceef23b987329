"""What in test code may run a text, bytes or a file that an answer of the program holds.

A program whose answer is run by the tests can take over their process; so such tests are marked, whatever a
program answers. Found by name, generously: under an alias, and where a function is only handed on.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

_BUILTINS = frozenset({"eval", "exec", "compile", "__import__"})
_METHODS = frozenset(
    {"eval", "exec", "compile", "loads", "import_module", "run_path", "system", "Popen", "popen"}
)
"""Evaluating whatever owns them, but for the harmless owners."""
_HARMLESS = {
    "loads": {"json", "tomllib", "plistlib", "marshal", "orjson", "ujson"},
    "compile": {"re", "regex"},
}
_PICKLES = dict.fromkeys(
    ("pickle", "cPickle", "_pickle", "dill", "joblib", "shelve", "torch", "yaml", "cloudpickle"),
    ("load", "loads", "open", "Unpickler", "unsafe_load", "full_load"),
)
_OF: dict[str, Collection[str]] = {
    **_PICKLES,
    "subprocess": (
        "run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput",
    ),
    "os": (
        "system", "popen", "posix_spawn", "execv", "execve", "execvp", "execl", "spawnv", "spawnl",
    ),
    "asyncio": ("create_subprocess_exec", "create_subprocess_shell"),
    "runpy": ("run_path", "run_module"),
    "importlib": ("import_module", "spec_from_file_location", "exec_module", "load_module"),
    "pandas": ("read_pickle", "eval"),
    "builtins": tuple(_BUILTINS),
    "pty": ("spawn",),
    "ctypes": ("CDLL", "cdll"),
}  # fmt: skip
"""Functions of modules that run what they are given, or a file."""


def evaluates(tree: ast.Module, program: Collection[str] = ()) -> str:
    """What in the tests may run what an answer holds; empty: nothing.

    ``program``: names that are the program's own.
    """
    return next((name for name in _found(tree, *_imported(tree)) if name not in program), "")


def looks_up(tree: ast.Module) -> bool:
    """Whether attributes are looked up by names that are no constants, which may lead to any of those."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    fixed = {id(c.func) for c in calls if len(c.args) > 1 and isinstance(c.args[1], ast.Constant)}
    return any(isinstance(n, ast.Name) and n.id == "getattr" and id(n) not in fixed for n in ast.walk(tree))


def _imported(tree: ast.Module) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Modules by the names they have here, and functions: module and name."""
    modules: dict[str, str] = {}
    functions: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {_top(a.asname or a.name): _top(a.name) for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            functions |= {a.asname or a.name: (_top(node.module), a.name) for a in node.names}
    return modules, functions


def _found(tree: ast.Module, modules: dict[str, str], functions: dict[str, tuple[str, str]]) -> Iterator[str]:
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    called = {id(n.func) for n in calls}
    fixed = {id(n.func) for n in calls if _fixed(n.args)}
    for name, (module, function) in functions.items():
        if function == "*" and module in _OF:
            yield f"{module}.{name}"
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                module, function = functions.get(name, ("builtins", name))
                if function in _OF.get(module, ()) and not (
                    function == "import_module" and id(node) in fixed
                ):
                    yield name
            case ast.Attribute(value=value, attr=name, ctx=ast.Load()):
                owner = value.id if isinstance(value, ast.Name) else ""
                owner = modules.get(owner, owner)
                asked = id(node) in called and name in _METHODS and owner not in _HARMLESS.get(name, ())
                if (asked or name in _OF.get(owner, ())) and not (
                    name == "import_module" and id(node) in fixed
                ):
                    yield name
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=asked_for), *_]):
                if asked_for in _BUILTINS:
                    yield "getattr"
            case ast.keyword(arg="allow_pickle", value=allowed):
                if not isinstance(allowed, ast.Constant) or allowed.value:
                    yield "allow_pickle"


def _top(module: str) -> str:
    return module.partition(".")[0]


def _fixed(args: list[ast.expr]) -> bool:
    return bool(args) and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str)
