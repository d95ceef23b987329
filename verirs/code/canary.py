"""The canary of in-process tests: the same tests, each asking for the opposite.

A program that passes a test and its opposite decides the results itself. The reverse is not proved:
a forger that reads the tests can obey both, which is why in-process verdicts stay untrusted.
The idea is that of ImpossibleBench (arXiv 2510.20270).
"""

from __future__ import annotations

import ast
from dataclasses import replace

from verirs.code.plan import Plan

_PAIRS = (
    ("assertEqual", "assertNotEqual"),
    ("assertTrue", "assertFalse"),
    ("assertIn", "assertNotIn"),
    ("assertIs", "assertIsNot"),
    ("assertIsNone", "assertIsNotNone"),
    ("assertIsInstance", "assertNotIsInstance"),
    ("assertAlmostEqual", "assertNotAlmostEqual"),
    ("assertGreater", "assertLessEqual"),
    ("assertLess", "assertGreaterEqual"),
)
_OPPOSITE = dict(_PAIRS) | {b: a for a, b in _PAIRS}
_OPPOSITE |= {f"assert{kind}Equal": "assertNotEqual" for kind in ("List", "Tuple", "Set", "Dict", "Sequence")}


def flipped(plan: Plan) -> Plan | None:
    """The plan with every expectation turned round; ``None`` when a test has none that can be."""
    setup, in_setup = _flip(plan.setup)
    tests = []
    for text in plan.tests:
        if text.startswith("import unittest as _unittest\n"):  # its expectations stand in the setup
            turned, here = text, False
        else:
            turned, here = _flip(text)
        if not here and not in_setup:
            return None
        tests.append(turned)
    return replace(plan, setup=setup, tests=tuple(tests))


def _flip(code: str) -> tuple[str, bool]:
    flip = _Flip()
    tree = ast.fix_missing_locations(flip.visit(ast.parse(code)))
    return (ast.unparse(tree), True) if flip.found else (code, False)


class _Flip(ast.NodeTransformer):
    found = False

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.found = True
        return ast.Assert(ast.UnaryOp(ast.Not(), node.test), None)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr not in _OPPOSITE:
            return self.generic_visit(node)
        self.found = True
        return ast.Attribute(self.visit(node.value), _OPPOSITE[node.attr], node.ctx)
