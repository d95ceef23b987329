"""A checker of your own, here for the game of 24:
`verirs run --source examples/game24.jsonl --engine fake --scorer examples/game24.py:game24`."""

import ast
import operator
import re
from fractions import Fraction

from verirs import Completion, Problem

SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def value(node: ast.AST) -> Fraction:
    """Of an expression of whole numbers; never `eval` what a model wrote."""
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
            return Fraction(SIGNS[type(sign)](value(left), value(right)))
    raise ValueError("something else than whole numbers, + - * and /")


def game24(problem: Problem, completion: Completion) -> bool:
    """Whether the last line makes 24 of the four numbers in the problem's last text, each used once."""
    last = (completion.text.strip().splitlines() or [""])[-1]
    expression = re.sub(r"(?i)^.*answer:", "", last).split("=")[0].strip()[:200]
    asked = problem.meta.get("numbers") or problem.prompt[-1]["content"].splitlines()[-1]
    if sorted(re.findall(r"\d+", expression)) != sorted(re.findall(r"\d+", str(asked))):
        return False
    try:
        return value(ast.parse(expression, mode="eval").body) == 24
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError):
        return False
