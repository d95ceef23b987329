"""Whose the samples of an export are: of which run, model, source and licence, counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from verirs.curation.licences import KNOWN, license_of
from verirs.records import Manifest, MixedOrigin, Share
from verirs.running.forms import models_of
from verirs.store import Whose
from verirs.types import Candidate, Group, Selection, Verdict


def run_digest(identity: Mapping[str, Any]) -> str:
    """Twelve hex digits of what identifies a run's samples: the same for its shards, by whatever name."""
    whole = {key: value for key, value in sorted(identity.items()) if key != "shard"}
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()[:12]


def sampling_of(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Seed, temperature and so on."""
    if identity.get("engine.name") == "replay":  # nobody knows how recorded samples were drawn
        return {}
    seed = {"seed": identity["seed"]} if "seed" in identity else {}
    return seed | part_of(identity, "sampling.")


def part_of(identity: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The keys of an identity that begin so, without that."""
    return {k.removeprefix(prefix): v for k, v in identity.items() if k.startswith(prefix)}


def license_by_source(identity: Mapping[str, Any]) -> str:
    """What is known of a run's source."""
    names = (identity.get("source.name"), identity.get("source.dataset"))
    return next((KNOWN[str(n).lower()] for n in names if str(n).lower() in KNOWN), "")


class Shares:
    """Counts what became of the samples of each run, and of each model, source and licence."""

    def __init__(self, manifest: Manifest):
        self._whose = Whose(manifest.mixed)
        self._model_of = models_of(manifest)
        self._license = license_by_source(manifest.identity)
        self._source = str(manifest.identity.get("source.name", ""))
        self._digest = "" if manifest.mixed else run_digest(manifest.identity)
        self._read, self._passed, self._accepted = Counter[str](), Counter[str](), Counter[str]()
        self._shares: dict[tuple[str, str, str], Counter[str]] = {}

    def facts(self, group: Group) -> dict[str, str]:
        """The columns of a problem: its licence, and the run where all is of one."""
        return {"license": self._license_of(group), "run": self._digest}

    def _license_of(self, group: Group) -> str:
        default = self._license
        if self._whose.parts and group.candidates:
            default = license_by_source(self._whose.of(group.candidates[0].completion.index).identity)
        return license_of(group.problem, default)

    def add(self, selection: Selection) -> None:
        """Count a group's candidates."""
        group = selection.group
        license = self._license_of(group)
        seen: set[tuple[str, str, str]] = set()

        def share(candidate: Candidate) -> Counter[str]:
            index = candidate.completion.index
            source = group.problem.source or (
                self._whose.of(index).source if self._whose.parts else self._source
            )
            key = (self._model_of(index), source, license)
            counts = self._shares.get(key)
            if counts is None:
                counts = self._shares[key] = Counter()
            counts["problems"] += key not in seen
            seen.add(key)
            return counts

        for candidate in group.candidates:
            counts = share(candidate)
            counts["completions"] += 1
            counts["passed"] += candidate.verdict is Verdict.PASS
            if self._whose.parts:
                name = self._whose.of(candidate.completion.index).name
                self._read[name] += 1
                self._passed[name] += candidate.verdict is Verdict.PASS
        for candidate in selection.accepted:
            share(candidate)["accepted"] += 1
            if self._whose.parts:
                self._accepted[self._whose.of(candidate.completion.index).name] += 1

    def join(self, later: Shares) -> None:
        """Count what another counted of later problems."""
        self._read.update(later._read)
        self._passed.update(later._passed)
        self._accepted.update(later._accepted)
        for key, counts in later._shares.items():
            self._shares.setdefault(key, Counter()).update(counts)

    def shares(self) -> tuple[Share, ...]:
        """A record for each model, source and licence, by name."""
        return tuple(
            Share(
                model=model,
                source=source,
                license=license,
                problems=counts["problems"],
                completions=counts["completions"],
                passed=counts["passed"],
                accepted=counts["accepted"],
            )
            for (model, source, license), counts in sorted(self._shares.items())
        )

    def licenses(self) -> tuple[str, ...]:
        """The licences of the accepted candidates; ``""`` among them where one is not known."""
        found = (license for (_, _, license), n in sorted(self._shares.items()) if n["accepted"])
        return tuple(dict.fromkeys(found))

    def origins(self) -> tuple[MixedOrigin, ...]:
        """A record a run of a mix."""
        return tuple(
            MixedOrigin(
                run=m.name,
                source=m.source,
                model=m.model,
                license=license_by_source(m.identity),
                sampling=sampling_of(m.identity),
                first=m.first,
                problems=m.problems,
                completions=self._read[m.name],
                passed=self._passed[m.name],
                accepted=self._accepted[m.name],
            )
            for m in self._whose.parts
        )
