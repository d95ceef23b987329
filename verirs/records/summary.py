"""The summary of a run: counts, estimates with intervals, curves. Made by :class:`verirs.stats.Tally`.

Shares are in 0 .. 1, KL in nats. ``n`` of a problem is its number of *verified* candidates (``pass`` or
``fail``); ``error`` and ``abstain`` are in no estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from verirs.records.band import Estimate, Turn
from verirs.records.curation import Agreement, CurationSummary, PseudoLabels
from verirs.records.origin import Origin
from verirs.records.rankers import RankerSummary
from verirs.records.record import Record
from verirs.records.until import UntilSummary
from verirs.types import Verdict, grader_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerCounts:
    """What one scorer of the stack said.

    Args:
        scorer: its key in the config.
        version: its version with a digest of its options.
        verdicts: scores by verdict. A ranker abstains: it gives a number.
        seconds: wall time of all its scores together.
    """

    scorer: str
    version: str
    verdicts: Mapping[Verdict, int]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionCounts:
    """What a selector took.

    Args:
        accepted: candidates that were selected.
        acceptance: accepted / completions; ``None`` of nothing.
        accepted_per_problem: accepted / problems; ``None`` of nothing. May be above 1.
        problems_accepted: problems with an accepted candidate.
        rejected: candidates that were not selected, by reason, the most frequent first.
        pairs: preference pairs.
        unverified: accepted candidates that no verifier could judge (``select.unverified``).
        expected_error: the share of wrong ones to expect among the unverified, if their values are
            calibrated; ``None`` without unverified ones, or where the values are no probabilities.
    """

    accepted: int
    acceptance: float | None
    accepted_per_problem: float | None
    problems_accepted: int
    rejected: Mapping[str, int]
    pairs: int
    unverified: int = 0
    expected_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One figure at every k of the curves, in columns.

    Args:
        method: how it was computed.
        mean: over problems with k verified candidates or more.
        low: of the 95 % interval.
        high: of the 95 % interval.
        problems: how many the mean at k is over.
    """

    method: str
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    problems: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where all problems end at each k, as shares that add up to 1.

    Args:
        selected: a right candidate is among the k and is taken.
        not_selected: one is there, another is taken.
        not_found: none of the k is right.
        unknown: the problem has fewer than k verified candidates.
    """

    selected: tuple[float, ...]
    not_selected: tuple[float, ...]
    not_found: tuple[float, ...]
    unknown: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """KL from the policy, in nats, mean over problems.

    Args:
        verifier: at each k, of taking one that passes among k, any one if none does.
        pass_only: of keeping only what passes, over the solved problems; ``None`` without one.
        pass_only_problems: how many those are.
        bound: at each k, what no ranker can exceed.
    """

    verifier: tuple[float, ...]
    pass_only: float | None
    pass_only_problems: int
    bound: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """gain(d) = d (alpha - beta d), d = sqrt(KL) in square roots of nats (Gao et al. 2023).

    Args:
        alpha: slope at the policy.
        beta: how fast the slope falls.
        residual: root mean square of what the fit leaves.
        turn_over: the d at which the gain is greatest; ``None`` where the fit does not rise and then fall.
    """

    alpha: float
    beta: float
    residual: float
    turn_over: float | None

    def gain(self, d: float) -> float:
        """What the fit says was gained at ``d``."""
        return d * (self.alpha - self.beta * d)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overoptimization:
    """The best of k by the last ranker, over the same problems at every k.

    Args:
        problems: those whose every verified candidate has a number, and that have the largest k.
        k: at which k the columns below are given.
        kl: from the policy, in nats; an estimate.
        proxy: the ranker's own number of its favourite.
        gold: the share of favourites that are right.
        length: of the favourite, in characters.
        fit: of ``proxy`` and ``gold`` over all k; empty with fewer than three.
        turn: whether more samples made it worse; ``None`` with one sample a problem.
    """

    problems: int
    k: tuple[int, ...]
    kl: tuple[float, ...]
    proxy: tuple[float, ...]
    gold: tuple[float, ...]
    length: tuple[float, ...]
    fit: Mapping[str, Fit] = field(default_factory=dict)
    turn: Turn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Everything over k from one pool of samples, for plots. Empty without verified candidates.

    Args:
        k: the columns below run over these.
        estimates: by figure, as in the summary's ``estimates``.
        gap: by figure, but ``pass@k``: what selecting so loses.
        kl: how far selection moves from the policy; ``None`` where ``k`` is empty.
        overoptimization: ``None`` without a ranker that ranked everything.
        warnings: what to know before selecting by the ranker, in sentences.
    """

    k: tuple[int, ...] = ()
    estimates: Mapping[str, Curve] = field(default_factory=dict)
    gap: Mapping[str, Gap] = field(default_factory=dict)
    kl: Divergence | None = None
    overoptimization: Overoptimization | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary(Record):
    """``summary.json`` of a run directory.

    Args:
        version: of this record.
        problems: all problems of the run.
        problems_verified: those with a verified candidate (``pass`` or ``fail``).
        problems_solved: those with a ``pass``.
        completions: all candidates.
        verdicts: candidates by verdict.
        left_out: candidates that are in no estimate: ``error``, ``abstain`` and ``unwanted``.
        pass_rate: pass / (pass + fail) over all candidates, with ``until`` the mean of pass@1; ``None``
            without verified ones.
        truncated: candidates cut off by ``max_tokens``.
        tokens: generated, where the engine counts them.
        refused: samples that the engine refused for good in the last command.
        given_up: samples that failed as often as they may in the last command; another run tries them again.
        errors: the most frequent kinds of error verdicts (``scorer: kind``), at most 20.
        scorers: what each scorer said, in order of name.
        selection: what was selected; ``None`` where nothing was.
        estimates: by figure: ``pass@k``, and where there are answers or a ranker ``maj@k``, ``best@k``,
            ``weighted_maj@k``.
        curves: the same at more k, the selection gap, KL, over-optimisation.
        rankers: by ranker, and ``blend``; empty without one.
        rankers_missing: why the rankers were not judged (a package is missing); else empty.
        rows: written, by sink.
        until: where the problems stopped; ``None`` where all have the same number of samples.
        curation: what became of the problems: duplicates, contamination, filters; ``None`` where nothing was
            looked for.
        labels: answers by majority of problems without gold; ``None`` where there are none.
        agreement: what second opinions said beside the verifiers before them.
        origin: what was run.
    """

    mend: ClassVar[str] = "`verirs export RUN` writes it again."

    version: int = 1
    problems: int
    problems_verified: int
    problems_solved: int
    completions: int
    verdicts: Mapping[Verdict, int]
    left_out: int
    pass_rate: float | None
    truncated: int
    tokens: int
    errors: Mapping[str, int]
    scorers: tuple[ScorerCounts, ...]
    selection: SelectionCounts | None
    estimates: Mapping[str, Estimate]
    curves: Curves
    rankers: Mapping[str, RankerSummary] = field(default_factory=dict)
    rankers_missing: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    given_up: int = 0
    until: UntilSummary | None = None
    curation: CurationSummary | None = None
    labels: PseudoLabels | None = None
    agreement: tuple[Agreement, ...] = ()
    origin: Origin = field(default_factory=Origin)

    @property
    def samples_per_accepted(self) -> float | None:
        """Completions for each accepted trace; ``None`` without one."""
        found = self.selection
        return self.completions / found.accepted if found and found.accepted else None

    @property
    def tokens_per_accepted(self) -> float | None:
        """Generated tokens for each accepted trace; ``None`` without one, or where nobody counted them."""
        found = self.selection
        return self.tokens / found.accepted if found and found.accepted and self.tokens else None

    @property
    def grader(self) -> str:
        """The digest of the scorers, as hooks and the server show it (:func:`verirs.types.grader_identity`);
        empty where nothing was scored."""
        found = {s.scorer: s.version for s in self.scorers}
        return grader_identity(found) if found else ""
