"""The imports that the judges of contest and LeetCode sets give every program, where it uses them.

Those judges run ``from typing import *``, ``import math`` and the like before the program. Here only names
that stand in the program are imported, so that nothing else is shadowed; what the program binds itself wins.
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache

_MODULES = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics"),
    *(
        "itertools",
        "functools",
        "operator",
        "io",
        "sys",
        "json",
        "os",
        "time",
        "typing",
        "fractions",
        "decimal",
    ),
    *("queue", "array", "cmath", "threading"),
)
_STARRED = (
    *("string", "collections", "heapq", "bisect", "math", "itertools", "functools", "typing", "fractions"),
    *("operator", "decimal"),
)
_NODES = {
    "ListNode": "class ListNode:\n    def __init__(self, val=0, next=None):\n"
    "        self.val, self.next = val, next",
    "TreeNode": "class TreeNode:\n    def __init__(self, val=0, left=None, right=None):\n"
    "        self.val, self.left, self.right = val, left, right",
}
"""Classes that LeetCode's judge defines before every program."""
_FUTURE = re.compile(r"^from __future__ import .*\n?", re.M)
_WORD = re.compile(r"[^\W\d]\w*")
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^[ \t]*(\w+)[ \t]*=(?!=)", re.M)
_IMPORTED = re.compile(r"^[ \t]*(?:from\s.*)?import\s(.*)", re.M)


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """The statement that imports a name, for each name that those judges give."""
    builtin = set(dir(__builtins__)) if not isinstance(__builtins__, dict) else set(__builtins__)
    known: dict[str, str] = {}
    for module in reversed(_STARRED):
        found = importlib.import_module(module)
        names = getattr(found, "__all__", None) or [n for n in dir(found) if not n.startswith("_")]
        known |= {n: f"from {module} import {n}" for n in names if n not in builtin}
    known |= {"deepcopy": "from copy import deepcopy", "randint": "from random import randint"}
    return known | {m: f"import {m}" for m in _MODULES}


def with_usual_imports(code: str) -> str:
    """The program with the usual imports of names that it uses and never binds, and LeetCode's classes."""
    known = _known()
    bound = {a or b for a, b in _DEFINED.findall(code)}
    bound |= {word for line in _IMPORTED.findall(code) for word in _WORD.findall(line)}
    words = [w for w in _WORD.findall(code) if w not in bound]
    used = dict.fromkeys(w for w in words if w in known)
    nodes = dict.fromkeys(w for w in words if w in _NODES)
    return before(code, "\n".join([*(known[w] for w in used), *(_NODES[w] for w in nodes)]))


def before(code: str, prelude: str) -> str:
    """The program with other code before it, behind its imports from ``__future__``."""
    if not prelude.strip():
        return code
    future = "".join(line.rstrip("\n") + "\n" for line in _FUTURE.findall(code))
    rest = _FUTURE.sub("", code) if future else code
    return f"{future}{prelude.rstrip(chr(10))}\n{rest}"
