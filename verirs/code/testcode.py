"""Reads test code of any shape: what it takes from the program, and its statements as texts, each one test.

Nothing is left out: statements keep their order, a guard's body stands where the guard stood, functions and
classes that pytest or unittest would find are found by the test process itself, and every function that
holds a check is marked, so that one that never ran is noticed. Nothing is run here.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from verirs.code.literal import call_of_name, is_check

_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}
MARK = "__ran__"
"""The function that a marked function calls when it is entered (``sandboxes/suite.py``)."""
_MODULE = re.compile(
    r"(your|my)_?\w*|solutions?\w*|submission|answer|program|main|candidate|module|implementation|task\w*|code_\w+"
    r"|source|script|impl|(student|generated|user|target)_\w+"
)
"""How tests name the module of a program that has no name of its own."""
PACKAGES = frozenset((
    "PIL", "attr", "attrs", "bs4", "django", "fastapi", "flask", "freezegun", "hypothesis", "lxml", "mock",
    "matplotlib", "networkx", "nose", "numba", "numpy", "pandas", "parameterized", "psutil", "pydantic",
    "pytest", "requests", "scipy", "seaborn", "six", "sklearn", "sortedcontainers", "sympy", "tensorflow",
    "torch", "typing_extensions", "yaml",
))  # fmt: skip
"""Packages that tests use beside the program."""
_LOOKING_IN = (
    "getsource", "getsourcelines", "getmembers", "isabstract", "asdict", "astuple", "is_dataclass",
    "fields", "get_type_hints", "getrefcount", "get_referrers", "_getframe",
    "__annotations__", "__code__", "__closure__", "__abstractmethods__", "__slots__",
    "__dataclass_fields__", "__bases__", "__globals__", "__defaults__", "__mro__", "__subclasses__",
)  # fmt: skip
"""What takes an object of the program to pieces, which only works where the object is."""
_DEF = (ast.FunctionDef, ast.AsyncFunctionDef)


class NotTests(ValueError):
    """What the tests use is not understood; says what."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Test code in parts.

    Args:
        setup: runs first and does not touch the program.
        tests: texts that run after it, in their order.
        labels: what to call each; empty where a text checks nothing and only has to run.
        checks: the marks of functions that hold checks, and what to call each.
    """

    setup: str
    tests: tuple[str, ...]
    labels: tuple[str, ...]
    checks: tuple[tuple[str, str], ...]


def helpers(prompt: str, entry_point: str) -> str:
    """The prompt's imports and helper functions, without the entry point: some tests need them."""
    for ending in ("", "    pass\n"):
        try:
            tree = ast.parse(prompt + ending)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        keep = [n for n in tree.body if getattr(n, "name", "") != entry_point and not isinstance(n, ast.Expr)]
        return "\n".join(map(ast.unparse, keep))
    return ""


def free_names(code: str) -> set[str]:
    """Names the code uses but neither binds at its top level nor finds among the builtins."""
    used: set[str] = set()

    def visit(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_global() or table.get_type() == "module":
                used.add(symbol.get_name())
        for child in table.get_children():
            visit(child)

    visit(symtable.symtable(code, "tests", "exec"))
    return used - bound_names(code) - _BUILTINS


def bound_names(code: str) -> set[str]:
    """Names bound at the top level of the code."""
    symbols = symtable.symtable(code, "code", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


# --- what comes from the program ------------------------------------------------------------------------


def imported(tree: ast.Module, entry_point: str) -> tuple[set[str], dict[str, str]]:
    """The modules that stand for the program, and the names that the tests import from them (local name:
    the program's)."""
    modules: set[str] = set()
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            taken = {a.asname or a.name: a.name for a in node.names}
            if _is_program(node.module, entry_point in taken.values()):
                modules.add(node.module)
                names |= {local: name for local, name in taken.items() if name != "*"}
        elif isinstance(node, ast.Import):
            modules |= {a.name for a in node.names if _is_program(a.name, False)}
    return modules, names


def only_import(tree: ast.Module) -> tuple[set[str], dict[str, str]]:
    """As :func:`imported`, where nothing else in the tests can be the program's: the one module that they
    take names from and that is no known package (Exercism: ``from bank_account import BankAccount``)."""
    unknown = [
        n for n in tree.body
        if isinstance(n, ast.ImportFrom) and n.module and not n.level
        and n.module.partition(".")[0] not in sys.stdlib_module_names | PACKAGES
    ]  # fmt: skip
    modules = {str(n.module) for n in unknown}
    if len(modules) != 1:
        return set(), {}
    return modules, {a.asname or a.name: a.name for n in unknown for a in n.names if a.name != "*"}


def _is_program(module: str, has_entry_point: bool) -> bool:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return False
    return (has_entry_point and top != "pytest") or _MODULE.fullmatch(top) is not None


def without_shadows(tree: ast.Module, entry_point: str) -> ast.Module:
    """The tests less what would put something else in the place of the program's entry point: an import
    of a library function of that name, a copy of the prompt's stub."""
    body = []
    for node in tree.body:
        if isinstance(node, (*_DEF, ast.ClassDef)) and node.name == entry_point:
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            kept = [a for a in node.names if (a.asname or a.name) != entry_point]
            if not kept:
                continue
            node.names = kept
        body.append(node)
    tree.body = body
    return tree


def functions_and_objects(tree: ast.Module, names: set[str]) -> tuple[list[str], list[str]]:
    """Of names the tests take from the program: those that are only ever called and have a function's
    name, and the others (classes, constants)."""
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    held = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}
    functions = [n for n in sorted(names) if n not in held and not n.lstrip("_")[:1].isupper()]
    return functions, sorted(names.difference(functions))


def called_builtins(tree: ast.Module) -> list[str]:
    """Builtin functions that the tests call: where they call nothing else, one of them is the program's."""
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return sorted(called & _BUILTINS)


def depth_of_call(tree: ast.Module) -> Callable[[str], tuple[int, int, str]]:
    """A sort key of names: the one called first, and of calls in one another the innermost, is most likely
    the program's entry point."""
    found: dict[str, tuple[int, int]] = {}
    for n in ast.walk(tree):
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name):
            found.setdefault(n.func.id, (n.lineno, -n.col_offset))
    return lambda name: (*found.get(name, (1 << 30, 0)), name)


def needs_program(tree: ast.Module, program: Collection[str]) -> str:
    """Why the tests have to run in the program's own process; empty when they need not."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(bases=bases, name=name) if any(_uses(b, program) for b in bases):
                return f"the tests derive {name} from a class of the program"
            case ast.Attribute(attr=attr) | ast.Name(id=attr) if attr in _LOOKING_IN:
                return f"the tests take objects of the program to pieces: {attr}"
            case ast.alias(name=name) if name in _LOOKING_IN:
                return f"the tests take objects of the program to pieces: {name}"
            case ast.Constant(value=str() as text) if text.startswith("__main__."):
                return f"the tests change the program: {text[:80]}"
            case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="__name__")), *_]):
                return "the tests change the program by the name of its module"
    return ""


def watched(tree: ast.Module) -> tuple[str, ...]:
    """Globals of the library that the tests may put something in the place of."""
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    paths = {t for t in texts if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", t)}
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Store()):
                paths.add(f"{owner}.{name}")
            # patch.object(sys, "stdin", ...), setattr(...)
            case ast.Call(args=[ast.Name(id=owner), ast.Constant(value=str() as name), *_]):
                paths.add(f"{owner}.{name}")
    if not names & {"patch", "mock", "monkeypatch", "sys", "builtins", "os"} and not paths:
        return ()
    return tuple(sorted(p for p in paths if p.partition(".")[0] in sys.stdlib_module_names)[:50])


# --- the statements as texts ----------------------------------------------------------------------------


def split(tree: ast.Module, source: str, program: Collection[str]) -> Texts:
    """The test module in parts.

    Raises:
        NotTests: it uses a runner that is not understood.
    """
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            named = [getattr(node, "module", None) or "", *(a.name for a in node.names)]
            if any(n.partition(".")[0] in ("doctest", "hypothesis", "nose") for n in named):
                raise NotTests(f"the tests use {', '.join(filter(None, named))}, which is not understood")
    marker = _Marker(program)
    body = _statements(tree, {*program, "candidate"})
    own = {n.name for n in body if isinstance(n, _DEF)}
    setup: list[str] = []
    texts: list[str] = []
    labels: list[str] = []
    waiting: list[str] = []
    begun = False
    for node in body:
        if isinstance(node, (*_DEF, ast.ClassDef)):
            text = marker.text(node, source)
        else:
            text = ast.unparse(node)
        begun = begun or _touches(node, program, own)
        if not begun:
            setup.append(text)
        elif _could_fail(node, own):
            texts.append("\n".join((*waiting, text)))
            labels.append(_label(node))
            waiting = []
        else:
            waiting.append(text)
    if waiting:  # what follows the last test has to run, too
        texts.append("\n".join(waiting))
        labels.append("")
    return Texts("\n".join(setup), tuple(texts), tuple(labels), tuple(marker.checks))


def _statements(tree: ast.Module, program: set[str]) -> list[ast.stmt]:
    """The module's statements. A main guard is opened; a check function that is a plain list of asserts is
    put where it is called; one that nobody calls is called with the program."""
    body: list[ast.stmt] = []
    for node in tree.body:
        body += node.body if _is_guard(node) and isinstance(node, ast.If) else [node]
    checks = {n.name: n for n in body if isinstance(n, ast.FunctionDef) and is_check(n)}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    mentions = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
    mentions.subtract(call[0] for node in body if (call := call_of_name(node)) is not None)
    for node in list(body):
        if isinstance(node, ast.FunctionDef) and node.name not in called and _takes_program(node):
            body.append(ast.parse(f"{node.name}(candidate)").body[0])
    out: list[ast.stmt] = []
    for node in body:
        call = call_of_name(node)
        check = checks.get(call[0]) if call is not None else None
        if check is None or call is None or not _straight(check):
            in_place = isinstance(node, ast.FunctionDef) and node.name in checks and _straight(node)
            if not in_place or mentions[getattr(node, "name", "")] > 0:  # something else calls it, too
                out.append(node)
            continue
        parameter = check.args.args[0].arg
        if parameter != call[1] and not (parameter == "candidate" and call[1] in program):
            out.append(ast.parse(f"{parameter} = {call[1]}").body[0])
        out += check.body
    return out


def _is_guard(node: ast.stmt) -> bool:
    """Whether a statement is ``if __name__ == "__main__":``, with nothing else to it."""
    match node:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
            ),
            orelse=[],
        ):
            return True
    return False


def _takes_program(node: ast.FunctionDef) -> bool:
    """Whether a function is a check that is to be called with the program and nothing else."""
    a = node.args
    needed = len(a.posonlyargs) + len(a.args) - len(a.defaults)
    if needed != 1 or a.kwonlyargs or a.vararg or a.kwarg or node.decorator_list:
        return False
    first = [*a.posonlyargs, *a.args][0].arg
    return node.name == "check" or first == "candidate"


def _straight(check: ast.FunctionDef) -> bool:
    """Whether a function's body can be run statement by statement at module level."""
    odd = (ast.Return, ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom)
    asserts = any(isinstance(n, ast.Assert) for n in check.body)
    return asserts and not any(isinstance(n, odd) for n in ast.walk(check))


def _now(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement that run when it does: not the bodies of functions in it."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*_DEF, ast.Lambda)):
            yield from (d for d in getattr(child, "decorator_list", ()))
        else:
            yield from _now(child)


def _touches(node: ast.stmt, program: Collection[str], own: Collection[str]) -> bool:
    """Whether a statement may use the program when it runs."""
    if isinstance(node, _DEF):
        return any(_uses(d, program) for d in (*node.decorator_list, *node.args.defaults))
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return False
    if isinstance(node, ast.ClassDef):
        return _uses(node, program)
    return _could_fail(node, own) or _uses(node, {*program, *own, "candidate"})


def _could_fail(node: ast.stmt, own: Collection[str]) -> bool:
    """Whether a statement checks something: it asserts, raises, ends the process, or calls a function that
    the tests define."""
    if isinstance(node, (*_DEF, ast.ClassDef)):
        return False
    for n in _now(node):
        match n:
            case ast.Assert() | ast.Raise():
                return True
            case ast.Call(func=ast.Name(id=name)) if name in own or name in ("exit", "quit"):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="sys"), attr="exit")):
                return True
            case ast.Call(func=ast.Attribute(attr=attr)) if re.match(r"assert|fail|raises", attr):
                return True
    return False


def always_true(tree: ast.Module) -> bool:
    """Whether the tests check by nothing but ``assert (condition, "message")``, which cannot fail, and
    asserts whose failure a handler takes in silence."""
    quiet = [s for t in ast.walk(tree) if isinstance(t, ast.Try) and _swallows(t) for s in t.body]
    lost = {id(n) for s in quiet for n in ast.walk(s)}
    asserts = [n for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    found = [n.test for n in asserts if id(n) not in lost]
    others = any(
        isinstance(n, ast.Raise)
        or (isinstance(n, ast.Attribute) and re.match(r"assert|fail|raises|exit", n.attr))
        or (isinstance(n, ast.Name) and n.id in ("exit", "quit", "raises", "fail"))
        for n in ast.walk(tree)
    )
    return bool(asserts) and not others and all(_full_tuple(test) for test in found)


def _swallows(node: ast.Try) -> bool:
    """Whether a failed assert in it changes nothing: a handler takes it and does nothing."""
    for handler in node.handlers:
        kinds = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type else set()
        if handler.type is None or kinds & {"AssertionError", "Exception", "BaseException"}:
            return all(isinstance(s, (ast.Pass, ast.Continue)) for s in handler.body) and not node.orelse
    return False


def _full_tuple(test: ast.expr) -> bool:
    return isinstance(test, ast.Tuple) and any(not isinstance(e, ast.Starred) for e in test.elts)


class _Marker:
    """Marks functions that hold checks."""

    def __init__(self, program: Collection[str]) -> None:
        self.program = program
        self.checks: list[tuple[str, str]] = []

    def text(self, node: ast.stmt, source: str) -> str:
        """A definition's text; as it was written where nothing is marked."""
        before = len(self.checks)
        for n in ast.walk(node):
            if isinstance(n, _DEF) and self._checks(n):
                mark = f"check {len(self.checks)}"
                self.checks.append((mark, f"def {n.name}"))
                at = 1 if ast.get_docstring(n, clean=False) is not None else 0
                n.body.insert(at, ast.parse(f"{MARK}({mark!r})").body[0])
        if len(self.checks) == before and not node.col_offset and node.end_lineno is not None:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            return "\n".join(source.split("\n")[first - 1 : node.end_lineno])
        return ast.unparse(node)

    def _checks(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a function that is never entered would be a check that was lost."""
        inside = [n for s in node.body for n in _now(s)]
        if node.name.startswith("test"):
            return True
        checks = any(isinstance(n, (ast.Assert, ast.Raise)) for n in inside) or any(
            isinstance(n, ast.Attribute) and re.match(r"assert|fail$|raises", n.attr) for n in inside
        )
        given = {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
        calls = {n.func.id for n in inside if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        return checks and not calls.isdisjoint({*self.program, *given})


def _label(node: ast.stmt) -> str:
    return ast.unparse(node).split("\n")[0][:200]


def _uses(node: ast.AST, names: Collection[str]) -> bool:
    """Whether any of the names occurs in a piece of code."""
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))


def mentioned(names: Sequence[str], text: str) -> list[str]:
    """Those of the names that a text holds as words."""
    words = set(re.findall(r"\w+", text))
    return [n for n in names if n in words]
