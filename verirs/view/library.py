"""The runs and loops that are looked at. Every question of the page is a name, and an answer is JSON.

::

    runs                    the list
    run/NAME                what is said of a whole run
    run/NAME/state          changes when anything of the run does
    run/NAME/problems       columns, a value a problem
    run/NAME/samples        columns, a value a sample
    run/NAME/problem/I      the I-th problem with all its samples
    run/NAME/search/TEXT    which problems and samples hold a text
    loop/NAME               a loop: rounds, curves, traces
    compare/A/B             two runs, paired by problem

A name is looked up among those known, and never becomes a path. To name the runs nothing is opened and little
imported: `verirs view` says its address at once, and what reads a run comes with the first question.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verirs.errors import ConfigError, StoreError, UserError
from verirs.version import __version__
from verirs.view.found import NotThere, find

if TYPE_CHECKING:
    from verirs.view.run import RunView

LONGEST_WORD = 200
"""Characters of a text that is looked for."""


class Library:
    """Runs and loops by name, those in given folders found anew at every question for the list.

    Any thread may ask.

    Args:
        paths: run directories, loops, or folders that hold some.

    Raises:
        UserError: a path that is none of these.
    """

    def __init__(self, paths: Sequence[Path]):
        self.roots = [Path(p) for p in paths]
        self._lock = threading.Lock()
        self._paths: dict[str, Path] = {}
        self._views: dict[str, RunView] = {}
        self._loops: dict[str, Path] = {}
        for path in self.roots:
            if not path.is_dir():
                raise UserError(
                    f"{path} is no folder; give run directories, loops, or a folder of them (runs/)"
                )
        self.refresh()
        if not self._paths and not self._loops:
            raise UserError(
                f"no run in {', '.join(map(str, self.roots))}: a run directory has a manifest.json. "
                f"`verirs run` makes one, `verirs demo --rounds 0` in half a minute"
            )

    def refresh(self) -> None:
        """Look for runs that came since."""
        found, loops = find(self.roots)
        with self._lock:
            self._loops = loops
            self._paths = found | {name: path for name, path in self._paths.items() if name in found}
            for name in self._views.keys() - found.keys():
                self._views.pop(name)

    def close(self) -> None:
        for view in list(self._views.values()):
            view.close()

    @property
    def names(self) -> list[str]:
        return sorted(self._paths)

    @property
    def loops(self) -> list[str]:
        return sorted(self._loops)

    def run(self, name: str) -> RunView:
        from verirs.view.run import RunView

        with self._lock:
            if name not in self._paths:
                raise NotThere(f"no run {name!r} is looked at")
            if name not in self._views:
                self._views[name] = RunView(self._paths[name], name)
            return self._views[name]

    def begin(self) -> None:
        """Read what a page will ask for first, where that is known: the lists of the only run."""
        if len(names := self.names) == 1:
            with contextlib.suppress(StoreError, OSError, NotThere):  # the page's own question will say so
                self.run(names[0]).index()

    def listed(self) -> dict[str, Any]:
        """The list of runs and loops."""
        from verirs.view.run import row

        self.refresh()
        return {
            "version": __version__,
            "runs": [row(self.run(name)) for name in self.names],
            "loops": [{"name": name} for name in self.loops],
        }

    def loop(self, name: str) -> dict[str, Any]:
        if name not in self._loops:
            raise NotThere(f"no loop {name!r} is looked at")
        from verirs.loop.page import loop_json

        names = {path.resolve(): run for run, path in self._paths.items()}
        return {"name": name, **loop_json(self._loops[name], names)}

    def compared(self, before: str, after: str) -> dict[str, Any]:
        """Two runs over the problems that both have, or why they cannot be compared."""
        from verirs.running.comparing import compare
        from verirs.stats.words import compared
        from verirs.types import to_json

        a, b = self.run(before), self.run(after)
        try:
            found = compare(a.path, b.path, common=True)
        except ConfigError as e:
            return {"before": before, "after": after, "refused": str(e)}
        places = [{key: i for i, key in enumerate(view.index().ids)} for view in (a, b)]
        result: dict[str, Any] = to_json(found)
        for flip in result["result"]["flips"]:
            flip["places"] = [p.get(flip["problem_id"]) for p in places]
        for row, change in zip(result["result"]["changes"], found.result.changes, strict=True):
            row["finding"] = compared(change.change).partition(":")[0]
        return {**result, "before": before, "after": after}

    def answer(self, question: Sequence[str]) -> Any:
        """What a question asks for; its parts are those between the slashes.

        Raises:
            NotThere: nothing answers it.
            StoreError: a run that cannot be read.
        """
        match list(question):
            case ["runs"]:
                return self.listed()
            case ["run", name]:
                return self.run(name).overview()
            case ["run", name, "state"]:
                self.run(name).judge_beside()
                return self.run(name).state()
            case ["run", name, "problems" | "samples" as what]:
                return self.run(name).lists(what)
            case ["run", name, "problem", place] if place.isascii() and place.isdigit() and len(place) < 10:
                return self.run(name).problem(int(place))
            case ["run", name, "search", wanted] if 0 < len(wanted) <= LONGEST_WORD:
                return self.run(name).search(wanted)
            case ["loop", name]:
                return self.loop(name)
            case ["compare", before, after]:
                return self.compared(before, after)
        raise NotThere(f"nothing answers {'/'.join(question)!r}")
