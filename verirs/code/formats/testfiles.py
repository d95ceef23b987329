"""Test code as data sets publish it: files that import the program, lists of asserts, doctests."""

from __future__ import annotations

import ast
import re
import sys

from verirs.code.entry import entry_name
from verirs.code.extraction.fences import fenced
from verirs.code.formats.doctests import of_doctest
from verirs.code.formats.length import check_length

_MODULE_WORDS = """
solution solutions main __main__ candidate submission answer program your_module your_solution my_module
my_solution answer_code implementation
"""
PROGRAM_MODULES = frozenset(_MODULE_WORDS.split())
"""Modules by whose names test files import the program (KodCode: ``solution``)."""
_METHOD = re.compile(r"\w+\(\)\.\w+")
_SESSION = re.compile(r"^[ \t]*>>> ", re.M)


def test_code(text: str, entry_point: str = "") -> tuple[str, str]:
    """Test code that takes the program's names from the program, whatever the text imports them from; and the
    entry point, where the code says it (``check(add)``, ``check(Solution().add)``).

    Raises:
        UnusableTests: a doctest whose output cannot be compared.
    """
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    check_length(text)
    tree = _parsed(text)
    if _SESSION.search(text) and (tree is None or _is_text(tree)):
        return of_doctest(text.replace('"""', "")), entry_point
    if tree is None:
        blocks = [b.code for b in fenced(text)[0] if b.language in ("python", "")]
        return test_code("\n".join(blocks), entry_point) if blocks else (text, entry_point)
    checked = _checked(tree)
    entry_point = entry_point or checked
    text = ast.unparse(tree) if "." in checked else text
    if not any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in ast.walk(tree)):
        return text, entry_point
    taken = _Imports(entry_name(entry_point)[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            taken.visit_Import(node)
        elif isinstance(node, ast.ImportFrom):
            taken.visit_ImportFrom(node)
    changed = taken.visit(tree)
    return (ast.unparse(ast.fix_missing_locations(changed)) if taken.dropped else text), entry_point


def _checked(tree: ast.Module) -> str:
    """What a module-level ``check(...)`` is given. A method is put as ``candidate``."""
    checks = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "check"}
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
            continue
        if isinstance(call.func, ast.Name) and call.func.id in checks:
            said = ast.unparse(call.args[0])
            if isinstance(call.args[0], ast.Name):
                return "" if said == "candidate" else said
            if _METHOD.fullmatch(said):
                call.args = [ast.Name("candidate", ast.Load())]
                return said
    return ""


def _is_text(tree: ast.Module) -> bool:
    """Whether code is nothing but a text: a docstring."""
    return all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) for n in tree.body)


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Imports(ast.NodeTransformer):
    """Leaves out imports of the program; its names are there without."""

    def __init__(self, entry_point: str):
        self.entry_point, self.modules, self.dropped = entry_point, set[str](), False
        self.renamed: dict[str, str] = {}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        names = {alias.name for alias in node.names}
        if not self._is_program((node.module or "").split(".")[0], names, node.level):
            return node
        self.dropped = True
        self.renamed |= {a.asname: a.name for a in node.names if a.asname}
        return ast.Pass()

    def visit_Import(self, node: ast.Import) -> ast.AST:
        own = [a for a in node.names if self._is_program(a.name, set(), 0)]
        if not own:
            return node if node.names else ast.Pass()
        self.dropped = True
        self.modules |= {a.asname or a.name for a in own}
        node.names = [a for a in node.names if a not in own]
        return self.visit_Import(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self.modules:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.renamed.get(node.id, node.id)
        return node

    def _is_program(self, module: str, names: set[str], level: int) -> bool:
        if level or module in PROGRAM_MODULES:
            return True
        return bool(self.entry_point in names and module not in sys.stdlib_module_names)
