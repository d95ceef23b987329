"""What a config names, built and checked once: problems, engine, scorers, selector, sinks, and the
run's identity."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from verirs.errors import PART_RAISED, ConfigError, PartError, SourceError, VerirsError
from verirs.parts import (
    SelectorPart,
    SinkPart,
    SourcePart,
    build,
    build_scorer,
    build_selector,
    build_sink,
    build_source,
)
from verirs.protocols import Engine, Request, Sampling
from verirs.reward import BLEND
from verirs.running.config import Config
from verirs.running.curating import foreseen
from verirs.running.prompts import Prompter, few_shot, sample_seed
from verirs.running.scoring import Stack
from verirs.sources.paths import files_of
from verirs.store.entry import rows_digest
from verirs.system.files import digest, text_digest
from verirs.types import Problem, to_json
from verirs.until import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """What to sample."""

    n: int
    seed: int
    sampling: Sampling
    prompter: Prompter
    max_errors: float = 0.01
    rule: Rule | None = None
    """When a problem has enough samples; without one each gets ``n``."""

    def request(self, problem: Problem, indices: tuple[int, ...]) -> Request:
        return Request(
            problem=problem,
            messages=self.prompter.messages(problem),
            indices=indices,
            seeds=tuple(sample_seed(self.seed, problem.id, i) for i in indices),
            sampling=self.sampling,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a config names, complete: a part that lacks something was refused by name."""

    problems: tuple[Problem, ...]
    skipped: tuple[tuple[str, str], ...]
    """Rows of the source that were left out: where they stand, and why."""
    where: Callable[[str], str]
    """Where the problem of an id stands in the source; empty if nobody knows."""
    rows: str
    """Of a shard: a digest of all problems of the source, those of other shards too; else empty."""
    engine: Engine
    stack: Stack
    selector: SelectorPart
    sinks: tuple[SinkPart, ...]
    plan: SamplingPlan
    kept_out: Mapping[str, str] = field(default_factory=dict)
    """Problems that the training files will lack, by what is known before sampling: why, by id."""


def build_parts(config: Config, engine: Engine | None = None) -> Parts:
    """Build all parts of a run; nothing is sampled, started or written.

    Args:
        engine: in place of the config's.

    Raises:
        ConfigError, SourceError, PartError: what is wrong, found before anything costs money.
    """
    if isinstance(engine, type):
        raise ConfigError(f"engine is the class {engine.__name__}; give an object of it")
    selector, sinks = selection_parts(config)
    stack = make_stack(config)
    check_selection(config, stack, selector)
    loaded = load_source(config)
    return Parts(
        problems=loaded.problems,
        skipped=loaded.skipped,
        where=loaded.where,
        rows=loaded.rows,
        engine=engine or make_engine(config),
        stack=stack,
        selector=selector,
        sinks=sinks,
        plan=make_plan(config),
        kept_out=foreseen(config, sinks, loaded.problems),
    )


def make_engine(config: Config) -> Engine:
    """The engine of a config, in this process or in a cluster.

    Raises:
        ConfigError, UserError, PartError: it cannot be had.
    """
    name, options = config.engine.name, config.engine.options
    if config.ray is None:
        made: Engine = build("engine", name, options, "engine")
        return made
    from verirs.cluster.engine import RayEngine

    return RayEngine(name, options, config.ray.places())


def selection_parts(config: Config) -> tuple[SelectorPart, tuple[SinkPart, ...]]:
    """The selector and the sinks of a config.

    Raises:
        ConfigError, PartError: one cannot be had, or two sinks write one file.
    """
    selector = build_selector(config.select.name, config.select.options)
    sinks = tuple(build_sink(name, config.export.options.get(name, {})) for name in config.export.sinks)
    stems = [sink.key for sink in sinks]
    if twice := sorted({stem for stem in stems if stems.count(stem) > 1}):
        raise ConfigError(f"export.sinks: two sinks are named {twice[0]!r}, so both would write one file")
    return selector, sinks


def prompter(config: Config) -> Prompter:
    """The prompts a config asks for."""
    return Prompter(
        system=config.prompt.system,
        template=config.prompt.template,
        examples=few_shot(config.prompt.few_shot, config.prompt.few_shot_file),
    )


def make_plan(config: Config) -> SamplingPlan:
    return SamplingPlan(
        n=config.n,
        seed=config.seed,
        sampling=config.sampling.sampling(),
        prompter=prompter(config),
        max_errors=config.limits.max_errors,
        rule=rule_of(config),
    )


def rule_of(config: Config) -> Rule | None:
    """When a problem has enough samples, if a config says so."""
    if config.until is None:
        return None
    allowed = config.select.options
    return Rule(
        n=config.n,
        **config.until.model_dump(),
        truncated=bool(allowed.get("allow_truncated", False)),
        in_process=bool(allowed.get("allow_in_process", False)),
    )


def make_stack(config: Config) -> Stack:
    """The scorers a config asks for, each under its key."""
    named = config.scorer_stack()
    scorers = [build_scorer(plugin, options, key) for key, plugin, options in named]
    if config.ray is not None and config.ray.scorers:
        from verirs.cluster.scorers import in_cluster

        scorers = in_cluster(scorers, named, config.ray.places())
    return Stack(
        scorers,
        rank_all=config.rank == "all",
        rule=rule_of(config),
        rank_unverified=config.select.options.get("unverified") is True,
    )


def check_selection(config: Config, stack: Stack, selector: SelectorPart) -> None:
    """Refuse a selection that this stack's numbers cannot feed.

    Raises:
        ConfigError: it ranks, and nothing gives it a number, or it names a scorer that there is not.
    """
    traits, keys = selector.traits, [s.key for s in stack.scorers]
    if config.until is not None and not stack.gates:
        raise ConfigError(
            f"[until] stops by verdicts, and {', '.join(keys)} only ranks: add a scorer that verifies"
        )
    if traits.by and traits.by not in (*keys, BLEND):
        raise ConfigError(
            f"select.by = {traits.by!r}: no scorer has this key (the scorers are {', '.join(keys)})"
        )
    feeding = [s for s in stack.scorers if not traits.by or s.key == traits.by]
    numberless = traits.by != BLEND and not any(s.traits.gives_value for s in feeding)
    if traits.needs_value and numberless:
        raise ConfigError(
            f"select.name = {config.select.name!r} ranks by a number, and no scorer gives one. "
            f"Add a ranker (reward_model, judge, your own), or select by first, majority or shortest."
        )
    ranked_only = bool(feeding) and feeding[-1].traits.ranks and not stack.rank_all
    if traits.needs_fail_values and (numberless or ranked_only):
        raise ConfigError(
            f"select.pairs = {config.select.options.get('pairs')!r} needs a number for the wrong candidates "
            f"too: "
            'have a ranker and rank = "all", or pair by random or length_matched.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a source gave; the fields are those of :class:`Parts`."""

    problems: tuple[Problem, ...]
    skipped: tuple[tuple[str, str], ...]
    where: Callable[[str], str]
    rows: str


def load_source(config: Config) -> Loaded:
    """The config's problems: the source's, its limit, this process's shard.

    Raises:
        SourceError: rows that cannot be used, problems of one id, or no problem at all.
        PartError: the source yields something else than problems.
    """
    name = config.source.name
    source = build_source(name, config.source.options)
    try:
        problems: Iterable[Problem] = iter(source.made.problems())
    except TypeError as e:
        raise PartError(f"source {name!r}: problems() gives no sequence of problems: {e}") from e
    except (VerirsError, OSError):
        raise
    except PART_RAISED as e:
        raise PartError(f"source {name!r}: problems() raised {type(e).__name__}: {e}") from e
    if config.source.limit:
        problems = itertools.islice(problems, min(config.source.limit, sys.maxsize))
    found: list[Problem] = []
    while (problem := _next(problems, name, len(found))) is not None:
        found.append(problem)
    if not found:
        raise SourceError(f"source {name}: no problems")
    where = source.traits.where or (lambda _: "")
    refuse_twins(found, where)
    return Loaded(
        problems=tuple(p for p in found if in_shard(p.id, config.shard)),
        skipped=_skipped(source, name),
        where=where,
        rows=rows_digest(found) if config.shard else "",
    )


def source_files(config: Config) -> str:
    """A digest of the files that the source reads; empty where it names none, or they are not here."""
    path = config.source.options.get("path")
    if not isinstance(path, (str, Path)) or not str(path):
        return ""
    try:
        return text_digest(" ".join(digest(file) for file in files_of(path)))
    except (SourceError, OSError):
        return ""


def _skipped(source: SourcePart, name: str) -> tuple[tuple[str, str], ...]:
    if source.traits.skipped is None:
        return ()
    try:
        return tuple((str(place), str(why)) for place, why in source.traits.skipped())
    except (TypeError, ValueError) as e:
        raise PartError(f"source {name!r}: skipped() must give (place, why) of each row: {e}") from e


def load_problems(config: Config) -> Iterator[Problem]:
    """The problems of :func:`load_source` alone; raises as it does."""
    return iter(load_source(config).problems)


def refuse_twins(problems: Iterable[Problem], where: Callable[[str], str]) -> None:
    """Refuse problems that share an id: a store holds one of each.

    Raises:
        SourceError: naming some.
    """
    twice = [key for key, count in Counter(p.id for p in problems).items() if count > 1]
    if twice:
        shown = ", ".join(repr(key) + (f" ({where(key)})" if where(key) else "") for key in twice[:5])
        raise SourceError(
            f"{len(twice)} problem ids occur more than once: {shown}{' ...' if twice[5:] else ''}. Give each "
            f"problem an id of its own; a Problem made without one gets a hash of its prompt."
        )


def _next(problems: Iterable[Problem], name: str, count: int) -> Problem | None:
    """The source's next problem; what it raises is the source's fault, not ours."""
    try:
        problem = next(iter(problems), None)
    except (VerirsError, OSError):
        raise
    except PART_RAISED as e:
        raise PartError(f"source {name!r} failed after {count} problems: {type(e).__name__}: {e}") from e
    if problem is not None and not isinstance(problem, Problem):
        raise PartError(
            f"source {name!r} yields {type(problem).__name__} (item {count}); it must yield verirs.Problem, "
            f"for example Problem(prompt='1+1?', answer='2')"
        )
    if problem is not None and not any(str(m.get("content", "")).strip() for m in problem.prompt):
        raise SourceError(f"source {name!r}: the prompt of problem {problem.id!r} (item {count}) is empty")
    if problem is not None and problem.meta:
        try:
            json.dumps(to_json(problem.meta))
        except (TypeError, ValueError) as e:
            fault = f"source {name!r}: meta of problem {problem.id!r} ({', '.join(map(str, problem.meta))})"
            raise PartError(f"{fault} must hold JSON values only: {e}") from e
    return problem


def in_shard(problem_id: str, shard: str) -> bool:
    """Whether a problem belongs to shard ``i/N``; the same on every machine.

    Raises:
        ConfigError: not of the form i/N with 0 <= i < N.
    """
    if not shard:
        return True
    i, slash, n = shard.partition("/")
    if not (slash and re.fullmatch("[0-9]{1,9}", i) and re.fullmatch("[0-9]{1,9}", n) and int(i) < int(n)):
        raise ConfigError(f"shard {shard!r}: write it as i/N with i from 0 to N-1, for example 0/8")
    digest = hashlib.blake2b(problem_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % int(n) == int(i)


def identity(config: Config, engine: Engine, plan: SamplingPlan) -> dict[str, Any]:
    """What makes this run's samples this run's; everything else may change between calls."""
    source = {k: Path(v).name if k == "path" else v for k, v in config.source.options.items()}
    source.pop("on_error", None)  # which rows are left out changes no sample of the others
    sampling = asdict(plan.sampling)
    if not sampling["chat_template_kwargs"]:  # what runs without it never had
        del sampling["chat_template_kwargs"]
    examples = hashlib.sha256(repr(plan.prompter.examples).encode()).hexdigest()[:16]
    return {
        "seed": config.seed,
        "source.name": config.source.name,
        **{f"source.{k}": v for k, v in source.items()},
        "prompt.system": plan.prompter.system,
        "prompt.template": plan.prompter.template,
        "prompt.examples": examples if plan.prompter.examples else "",
        "engine.name": engine.name,
        **{f"engine.{k}": v for k, v in engine.identity().items()},
        **{f"sampling.{k}": list(v) if k == "stop" else v for k, v in sampling.items()},
        **({"shard": config.shard} if config.shard else {}),
    }
