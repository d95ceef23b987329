"""What a browser would make of a page: its tags, attributes and texts, by the standard library's parser."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path


class Parsed(HTMLParser):
    """Tags with their counts, all attributes, and the texts of each ``pre``."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.pre: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()

    @classmethod
    def file(cls, path: Path) -> Parsed:
        return cls(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("meta", "br"):
            self._open.append(tag)
        if tag == "pre":
            self.pre.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"{tag} closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.texts.append(data)
        if "pre" in self._open:
            self.pre[-1] += data

    @property
    def text(self) -> str:
        return " ".join(self.texts)
