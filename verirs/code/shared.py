"""What tests and program share in one process besides objects, as far as the tests speak of it.

Two processes share none of it. The sandbox keeps some of it the same (``sandboxes/ambient.py``); where it
cannot, a failure says nothing of the program until its own process has been asked, too.
"""

from __future__ import annotations

import ast

AMBIENT = ("files", "environ", "random", "numpy_random", "logs", "warnings")
"""What the sandbox can keep the same in both processes."""
_WORDS = {
    "files": """
        open tempfile tmp_path tmpdir tmp_path_factory shutil pathlib Path mkdtemp mkstemp
        NamedTemporaryFile TemporaryDirectory TemporaryFile exists isfile isdir makedirs mkdir listdir
        remove unlink chdir getcwd glob zipfile tarfile write_text read_text""",
    "environ": "environ getenv putenv setenv delenv",
    "random": "seed",
    "logs": "logging getLogger assertLogs assertNoLogs caplog",
    "warnings": "warnings warns assertWarns assertWarnsRegex catch_warnings recwarn deprecated_call",
    "process": """
        threading gc locale sqlite3 contextvars getcontext setcontext localcontext weakref tracemalloc
        reload""",
}
_SHARED = {name: frozenset(words.split()) for name, words in _WORDS.items()}
"""What tests use that works on something outside of objects, by the name of that something."""

_LOADERS = {
    *("pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "exec", "eval"),
    *("runpy", "importlib", "import_module", "syspath_prepend"),
    *("extractall", "extract", "unpack_archive"),
}
"""What may run a file as code, or unpack one over what the tests wrote."""


def shared(tree: ast.Module) -> tuple[str, ...]:
    """Words of `AMBIENT`, ``process`` for what no sandbox keeps the same, and ``identity`` where the tests
    ask if two values are one object."""
    words = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    words |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    words |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            words |= {a.name.partition(".")[0] for a in node.names}
    found = [name for name, of in _SHARED.items() if words & of]
    if "files" in found and (words & _LOADERS or _names_sys_path(tree)):
        found[found.index("files")] = "process"  # what the program writes must not be run by the tests
    if "random" in found and words & {"np", "numpy"}:
        found.append("numpy_random")
    return (*found, *(("identity",) if _asks_identity(tree) else ()))


def _names_sys_path(tree: ast.Module) -> bool:
    return any(
        isinstance(n, ast.Attribute)
        and n.attr == "path"
        and isinstance(n.value, ast.Name)
        and n.value.id == "sys"
        for n in ast.walk(tree)
    )


def _asks_identity(tree: ast.Module) -> bool:
    """Whether the tests ask if two values are one object, which copies are not."""
    return any(
        isinstance(n, ast.Compare)
        and any(isinstance(op, (ast.Is, ast.IsNot)) for op in n.ops)
        and sum(not isinstance(side, ast.Constant) for side in (n.left, *n.comparators)) > 1
        for n in ast.walk(tree)
    ) or any(isinstance(n, ast.Attribute) and n.attr in ("assertIs", "assertIsNot") for n in ast.walk(tree))
