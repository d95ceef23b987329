"""A selector of your own.

`verirs run --source easy --engine fake --set select.name=examples/own_selector.py:One`
"""

from verirs import Group, Pair, Rejection, Selection, Verdict


class One:
    """Keeps the first pass of a problem, and pairs it with the first fail of another text."""

    name = "one"

    def select(self, group: Group) -> Selection:
        kept = [c for c in group.candidates if c.verdict is Verdict.PASS][:1]
        left = [c for c in group.candidates if c not in kept]
        texts = {c.completion.text for c in kept}
        fails = [c for c in left if c.verdict is Verdict.FAIL and c.completion.text not in texts]
        return Selection(
            group=group,
            accepted=tuple(kept),
            rejected=tuple(Rejection(candidate=c, reason="not the first pass") for c in left),
            pairs=tuple(Pair(chosen=a, rejected=b) for a, b in zip(kept, fails[:1], strict=False)),
        )
