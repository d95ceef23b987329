"""What a program takes its parameters for, and what comes back, read from its text."""

from __future__ import annotations

import ast

import pytest

from verirs.code.uses import returns_nothing, uses

CASES = {
    "def f(head, k):\n    while head and k: head = head.next": ({"head": "next"}, ""),
    "def f(root):\n    s = [root]\n    while s:\n        n = s.pop()\n        s += [n.left, n.right]": (
        {"root": "left right"}, ""),
    "def f(root):\n    def go(n): return go(n.left) if n else 0\n    return go(root)": ({"root": "left"}, ""),
    "def f(nums):\n    root = TreeNode(nums[0])\n    root.left = f(nums[1:])\n    return root": (
        {}, "TreeNode"),
    "def f(lists):\n    for i, l in enumerate(lists):\n        print(l.next)": ({"lists": "next"}, ""),
    "def f(nums):\n    return next(iter(nums))": ({}, "nums"),
    "def f(nums, head):\n    d = ListNode(0, head)\n    return d.next": ({"head": "next"}, "ListNode head"),
    "class Node:\n    def __init__(self, v): self.val = v; self.next = None\ndef f(v): return Node(v)": (
        {}, "ListNode"),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_links_read_of_parameters(code: str) -> None:
    tree = ast.parse(code)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef))
    read, back = uses(tree, function)
    links = {p: {a for a in found if a in ("next", "left", "right")} for p, found in read.items()}
    due, returned = CASES[code]
    assert {p: found for p, found in links.items() if found} == {p: set(a.split()) for p, a in due.items()}
    assert back == set(returned.split())


def test_a_function_without_a_value() -> None:
    (function,) = ast.parse("def f(x):\n    def g(): return 1\n    return").body
    assert isinstance(function, ast.FunctionDef) and returns_nothing(function)
