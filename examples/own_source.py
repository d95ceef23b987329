"""A source of your own: `verirs run --source examples/own_source.py:Squares --engine fake`."""

from collections.abc import Iterator

from verirs import Problem


class Squares:
    """The first ``count`` squares (an option: [source] count = 100)."""

    def __init__(self, count: int = 20):
        self.count = count

    def problems(self) -> Iterator[Problem]:
        for i in range(self.count):
            yield Problem(prompt=f"What is {i} * {i}?", answer=str(i * i), source="squares")
