"""What is known of a finished round of a loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from verirs.records.band import Band, Interval
from verirs.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The round's model on the frozen held-out problems. Shares are in 0 .. 1.

    Args:
        n: the largest number of verified samples of a problem.
        problems: how many were sampled.
        pass_1: pass@1, mean over problems; ``None`` where nothing was verified.
        pass_n: pass@k at k = n.
        maj_n: maj@k at k = n; ``None`` without answers.
        distinct_answers: of a problem's samples, mean over problems; ``None`` without samples.
        distinct_texts: the same of whole texts.
        answer_entropy: of a problem's answers among its samples, in nats, mean over problems.
        characters: mean length of a completion.
        truncated: completions cut off by ``max_tokens``.
        left_out: completions without a verdict, in no estimate.
        tokens: generated, where the engine counts them.
        counts: by problem id, its verified samples and how many of them passed.
    """

    n: int
    problems: int
    pass_1: Interval | None
    pass_n: Interval | None
    maj_n: Interval | None
    distinct_answers: float | None = None
    distinct_texts: float | None = None
    answer_entropy: float | None = None
    characters: float | None = None
    truncated: int = 0
    left_out: int = 0
    tokens: int = 0
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What the round sampled to train on, with the model before.

    Args:
        problems: sampled in this round.
        completions: sampled in this round.
        pass_rate: pass / (pass + fail) over all completions; ``None`` without verified ones.
        accepted: completions that were selected.
        problems_accepted: problems with a selected one.
        pairs: preference pairs.
        tokens: generated, where the engine counts them.
        retired: problems left out because their pass rate had reached the loop's ``retire``.
        hinted: rows to train on that come from the hint pass; they are in no other figure here.
    """

    problems: int
    completions: int
    pass_rate: float | None
    accepted: int
    problems_accepted: int
    pairs: int
    tokens: int
    retired: int
    hinted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardChange:
    """The last round's reward model and this one's, on the same kept-back problems.

    Args:
        auroc_before: of the last round's, 0 .. 1; ``None`` where there was none.
        auroc_after: of this round's; ``None`` without right and wrong candidates.
        judged_problems: kept back, with a verdict.
        train_problems: it learned from.
        auroc_low: the lower end of the 95 % interval of the new one's AUROC within a problem, which is what
            ranking needs; ``None`` where no problem has right and wrong candidates.
        ranks: whether that is above one half: only then it may order the round's traces.
    """

    auroc_before: float | None
    auroc_after: float | None
    judged_problems: int
    train_problems: int
    auroc_low: float | None = None
    ranks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KL:
    """Distances between policies, in nats a completion.

    Args:
        measured: from the base policy, along held-out completions, mean over them; ``None`` in round 0, and
            where it was not measured.
        at_least: what the two pass rates alone prove: no policy with this pass rate is nearer to the base
            policy; ``None`` where it is infinite.
        data: from the policy that sampled them to the accepted traces: the mean of -ln(pass rate) over
            solved problems; ``None`` without one.
    """

    measured: Band | None = None
    at_least: float | None = None
    data: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundMetrics(Record):
    """``metrics.json`` of a round: it is finished. All but ``seconds`` depends on the stored data alone.

    Args:
        version: of this record.
        round: its number; round 0 judges the base model only.
        model: the round's model: a directory in the loop's, or the base model as it was named.
        control: the loop's ``control``; empty for none.
        held_out: how the model does.
        samples: what it was trained on; ``None`` in round 0.
        training: what the trainer wrote of itself, a table for each stage; empty in round 0.
        reward_model: ``None`` where none was trained.
        kl: how far the policy has moved.
        entropy: of a completion under the model, in nats, mean over held-out completions; ``None`` where no
            distance was measured.
        tokens: sampled in this round, held-out and watched ones included.
        seconds: wall time, by step.
        gpus: that this machine had.
        watched: how the model does on the problems that are only watched, by name.
        notes: what of this round should be looked at: a training that trained little, say.
    """

    mend: ClassVar[str] = "Delete it: it is then computed again from the round's files."

    version: int = 1
    round: int
    model: str
    control: str = ""
    held_out: HeldOut
    samples: Sampled | None = None
    training: tuple[Mapping[str, Any], ...] = ()
    reward_model: RewardChange | None = None
    kl: KL
    entropy: Band | None
    tokens: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    gpus: int = 0
    watched: Mapping[str, HeldOut] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
