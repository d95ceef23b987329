"""The name by which tests call a program: a function, or a method of a class (``Solution().twoSum``).

Sets of LeetCode problems ask for a method of ``class Solution``, whether they name it ``twoSum`` or
``Solution().twoSum``. Such a program is called through a function of the method's name, which makes an object
of the class for every call, as LeetCode's own judge does.
"""

from __future__ import annotations

import re

from verirs.code.extraction.shapes import defines, has_method

OWNER = "Solution"
"""The class that a method stands in, where the entry point does not say."""
_METHOD = re.compile(r"\s*(?:(\w+)(?:\(\s*\))?\s*\.\s*)?(\w+)\s*(?:\(\s*\))?\s*")
_CALLED = "\n\n\ndef {name}(*args, **kwargs):\n    return {owner}().{name}(*args, **kwargs)\n"


def entry_name(entry_point: str | None) -> tuple[str, str]:
    """An entry point's function or method, and the class it would be a method of.

    >>> entry_name("Solution().twoSum"), entry_name("f"), entry_name(None)
    (('twoSum', 'Solution'), ('f', 'Solution'), ('', 'Solution'))
    """
    found = _METHOD.fullmatch(entry_point or "")
    if found is None:
        return entry_point or "", OWNER
    return found[2], found[1] or OWNER


def callable_as(code: str, name: str, owner: str = OWNER) -> str:
    """The program with a function ``name``, where it has that only as a method of ``owner``."""
    if not name or defines(code, name) or not has_method(code, name, owner):
        return code
    return code.rstrip("\n") + _CALLED.format(name=name, owner=owner)
