"""From the store to training files: select, write, count, describe. Needs no model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verirs.errors import ConfigError, MissingExtra
from verirs.parts import SelectorPart, SinkPart
from verirs.records import Manifest, Origin, RunSummary
from verirs.report.page import run_page, write_page
from verirs.report.traces import Traces
from verirs.running.choosing import Chooser, Counts
from verirs.running.config import Config
from verirs.running.curating import all_of, curator, refuse_contaminated
from verirs.running.exporting import (
    Given,
    alone_because,
    groups,
    pieces_of,
    refuse_changed,
    room_for_pieces,
    written_sinks,
)
from verirs.running.forms import thought_key, thoughts_note, variants
from verirs.running.kept import is_known
from verirs.running.marks import Key, Mark, Overrides
from verirs.running.plan import rule_of
from verirs.running.shares import Shares, license_by_source, part_of, sampling_of
from verirs.sinks.card import card
from verirs.sinks.folder import claim
from verirs.sinks.howto import DATASET_INFO, dataset_info, loading
from verirs.sinks.writer import Written, export_pieces
from verirs.sinks.writer import export as write_rows
from verirs.store import Store
from verirs.system.files import write_text
from verirs.system.jobs import Jobs
from verirs.types import Group, Selection, Verdict
from verirs.until import told_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    Args:
        path: the folder with the files and their card.
        files: by sink.
        summary: counts and estimates of everything that was read.
        traces: a few candidates to show.
    """

    path: Path
    files: Mapping[str, Written]
    summary: RunSummary
    traces: Traces


def export(
    stores: Sequence[Store],
    config: Config,
    selector: SelectorPart,
    sinks: Sequence[SinkPart],
    *,
    path: Path | None = None,
    missing: Sequence[str] = (),
    marks: Mapping[Key, Mark] | None = None,
    each: Callable[[], None] = lambda: None,
    jobs: Jobs | None = None,
) -> Exported:
    """Select from all groups of the stores and write the training files and their card.

    Several stores are shards of one run: their problems differ.

    Args:
        path: the folder to write to; by default ``export`` in the first store's run directory.
        missing: shards that are missing, for the card.
        marks: verdicts by hand, in the place of the verifiers'.
        each: called after each problem.
        jobs: processes that do it, where several can (:func:`verirs.running.exporting.alone_because`); else
            this one.

    Raises:
        ConfigError: the selector ranks by a number that no candidate has, or a file that no export wrote$
            has a name of ours in the folder.
        PartError: the selector or a sink breaks its contract.
        OSError: the disk is full; files of an earlier export are as they were.
    """
    manifest, manifests = stores[0].manifest, [store.manifest for store in stores]
    key = thought_key(stores, config)
    written = written_sinks(config, sinks, manifest, key)
    if manifest.mixed:
        refuse_prompts(manifest, config)
    folder = path or stores[0].path / "export"
    claim(folder, names_of(config, sinks, alone=path is not None))
    if selector.traits.needs_value:
        refuse_numberless(stores, config, selector)
    curated = curator(config, lambda: all_of(stores), files=bool(sinks))
    refuse_contaminated(curated)
    chooser = Chooser(config, manifest, selector, curated.looked, marks or {})
    counts = Counts(config, manifest, selector.made)
    by_hand, formats = chooser.by_hand, config.export.formats
    if jobs is None or alone_because(config, selector, sinks):
        chooser.look(groups(stores))

        def selections() -> Iterator[Selection]:
            for selection in chooser.selections(groups(stores), counts):
                yield selection
                each()
            if chooser.balance.wanted.looks_ahead:  # both passes are to be of one moment
                refuse_changed(stores, manifests)

        files = write_rows(selections(), written, folder, formats)
    else:
        with room_for_pieces(folder) as room:
            given = Given(
                paths=tuple(store.path for store in stores),
                manifests=tuple(manifests),
                config=config,
                looked=curated.looked,
                marks=marks or {},
                thought_key=key,
                folder=room,
            )
            pieces = pieces_of(jobs, given, stores, counts, by_hand, each)
            with contextlib.closing(pieces):
                files = export_pieces(pieces, written, folder, formats)
    curated.count(counts.problems, counts.rows)
    thin = {name: files.pop(name) for name in list(files) if "/" in name}
    tally, account, runs = counts.tally, counts.account, counts.shares
    if account is None:
        summary = tally.summary()
    else:
        paths_hold = account.by_paths and not by_hand.laid  # they count the verdicts that the rule saw
        rates, method = (account.rates, account.method) if paths_hold else ({}, "first round")
        summary = replace(tally.summary(passes=rates, method=method), until=account.summary())
    summary = replace(
        summary,
        rows={name: written.rows for name, written in files.items()},
        curation=curated.summary() if sinks else None,
        labels=counts.labels.summary(),
        agreement=counts.opinions.told(),
        origin=replace(
            origin_of(manifest, config, runs),
            by_hand=by_hand.laid,
            mixed=runs.origins(),
            shares=runs.shares(),
            missing=(*manifest.missing, *missing, *counts.gaps.told()),
        ),
    )
    if tally.ranker:
        summary = with_rankers(summary, stores, counts.first, by_hand)
    folder.mkdir(parents=True, exist_ok=True)  # nobody made it when there are no sinks
    paths = [p.relative_to(folder).as_posix() for w in thin.values() for p in w.paths]
    if "llama-factory" in config.export.trainers:
        write_text(folder / DATASET_INFO, dataset_info(paths))
    note = thoughts_note(config, key)
    told = card(config.name, summary, files, loading(paths, note), note.get("", ""))
    write_text(folder / "README.md", told)
    return Exported(path=folder, files=files, summary=summary, traces=counts.traces)


def names_of(config: Config, sinks: Sequence[SinkPart], *, alone: bool) -> list[str]:
    """The files that an export writes into its folder.

    Args:
        alone: the folder is outside of the run directory: summary and report go there too.
    """
    names = [f"{sink.key}.{kind}" for sink in sinks for kind in config.export.formats]
    names += [f"{variant.key}.{kind}" for variant in variants(config) for kind in variant.traits.formats]
    names += [DATASET_INFO] if "llama-factory" in config.export.trainers else []
    return [*names, "README.md", *(["summary.json", "report/index.html"] if alone else [])]


def origin_of(manifest: Manifest, config: Config, shares: Shares) -> Origin:
    """What was run: what identifies the samples, and the selection that the config asks for now."""
    identity = manifest.identity
    model = part_of(identity, "engine.")
    engine = str(model.pop("name", ""))
    sampling = {"n": config.n, **sampling_of(identity)}
    if (rule := rule_of(config)) is not None:
        sampling = {"until": told_of(rule), **sampling_of(identity)}
    sources = dict.fromkeys(m.source for m in manifest.mixed) or (str(identity.get("source.name", "")),)
    licenses = set(shares.licenses() or (license_by_source(identity),))
    return Origin(
        problems=", ".join(sources),
        license=licenses.pop() if len(licenses) == 1 else "",
        engine=engine,
        model=model,
        sampling=sampling,
        selector=config.select.name,
        selection=config.select.options,
        settings=settings_of(config),
        reproducible=manifest.reproducible,
        rows_left_out=manifest.rows_left_out,
    )


def settings_of(config: Config) -> dict[str, Any]:
    """What decides over the rows beside the selector; files by their names, for the summary is published."""
    kept = {"duplicates", "decontaminate", "filter", "balance", "export"}
    told = config.model_dump(mode="json", by_alias=True, exclude_none=True, include=kept)
    if "decontaminate" in told:
        against = told["decontaminate"]["against"]
        told["decontaminate"]["against"] = [a if is_known(a) else Path(a).name for a in against]
    return told


def refuse_prompts(manifest: Manifest, config: Config) -> None:
    """Refuse to write what the models read as one prompt, where they read different ones.

    Raises:
        ConfigError: a mixed run, ``export.prompt = "sampled"``, and other system prompts or examples.
    """
    read = {(m.identity.get("prompt.system"), m.identity.get("prompt.examples")) for m in manifest.mixed}
    if config.export.prompt == "sampled" and len(read) > 1:
        raise ConfigError(
            "export.prompt = 'sampled': the models of this mixed run read different system prompts or "
            "examples; write the problem's prompt: --set export.prompt=problem"
        )


def with_rankers(
    summary: RunSummary, stores: Sequence[Store], first: int | None = None, by_hand: Overrides | None = None
) -> RunSummary:
    """The summary with each ranker judged (:mod:`verirs.reward.numbers.report`), and the run's own blend.

    Args:
        first: only by samples below this index, so that all problems have the same number.
        by_hand: verdicts in the place of the verifiers'.

    Reads the recorded numbers a second time. Without scikit-learn ``rankers_missing`` holds the reason.
    """
    from verirs.reward import BLEND
    from verirs.reward.numbers.blend import Blend
    from verirs.reward.numbers.report import report
    from verirs.reward.numbers.table import read

    blend = None
    file = stores[0].path / "blend.json"
    if len(stores) == 1 and file.exists():
        fitted = Blend.from_text(file.read_text())
        found = next((c for g in stores[0].groups() for c in g.candidates), None)
        # scoring a run again drops its blend's scores and leaves the file
        if found and any(s.scorer == BLEND and s.version == fitted.version for s in found.scores):
            blend = fitted
    try:
        found_groups = map(by_hand.laid_over, groups(stores)) if by_hand else groups(stores)
        return replace(summary, rankers=report(read(below(first, found_groups)), blend))
    except MissingExtra as missing:
        return replace(summary, rankers_missing=str(missing))


def below(first: int | None, found: Iterable[Group]) -> Iterator[Group]:
    """Groups with their samples below an index; ``None`` is all."""
    for group in found:
        kept = (c for c in group.candidates if first is None or c.completion.index < first)
        yield replace(group, candidates=tuple(kept))


def refuse_numberless(stores: Sequence[Store], config: Config, selector: SelectorPart) -> None:
    """Refuse a selection by numbers that no candidate has.

    Raises:
        ConfigError: there are candidates that could be accepted, and none has a number.
    """
    by = selector.traits.by
    passed = False
    for group in groups(stores):
        for candidate in group.candidates:
            if candidate.value_of(by) is not None:
                return
            passed = passed or candidate.verdict is Verdict.PASS
    if passed:  # if nothing passed: an empty export, not a mistake
        raise ConfigError(
            f"select.name = {config.select.name!r} ranks by a number, and no candidate has one"
            f"{' from ' + repr(by) if by else ''}. Score with a ranker first (verirs "
            f"score RUN --set scorer.reward_model.model=DIR), or select by first, majority or shortest."
        )


def save_summary(exported: Exported, path: Path, name: str) -> Path:
    """Write ``summary.json`` and ``report/index.html`` of a run; returns the latter's path."""
    exported.summary.save(path / "summary.json")
    return write_page(path, run_page(name, exported.summary, exported.traces))
