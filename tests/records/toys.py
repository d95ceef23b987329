"""One full example of each record: no field has its default, so that nothing is lost unseen."""

from __future__ import annotations

from dataclasses import replace

from tests.select.toys import candidate, group
from verirs.records import (
    KL,
    Agreement,
    Band,
    BenchmarkHits,
    Bin,
    Calibration,
    ContaminatedProblem,
    CurationSummary,
    Difficulty,
    Estimate,
    GoldConflict,
    HeldOut,
    Interval,
    KeptScores,
    LoopManifest,
    Manifest,
    MixedOrigin,
    MixedRun,
    Origin,
    Part,
    PseudoLabels,
    RankerSummary,
    Record,
    RewardChange,
    RoundMetrics,
    RunSummary,
    Sampled,
    ShardFile,
    Share,
    Step,
    Turn,
    UntilSummary,
)
from verirs.select import Threshold
from verirs.stats import Tally

HALF = Interval(0.5, 0.25, 0.75, 3)

ORIGIN = Origin(
    problems="gsm8k",
    license="mit",
    engine="vllm",
    model={"model": "tiny", "dtype": "float32", "layers": 2},
    sampling={"n": 4, "temperature": 0.8, "stop": ["\n"]},
    selector="threshold",
    selection={"unverified": True},
    reproducible="The same seed gives the same text.",
    shares=(
        Share(
            model="a",
            source="gsm8k",
            license="mit",
            problems=2,
            completions=8,
            passed=5,
            accepted=3,
        ),
    ),
    mixed=(
        MixedOrigin(
            run="a",
            source="file q.jsonl",
            model="tiny",
            license="mit",
            sampling={"seed": 3},
            first=4,
            problems=2,
            completions=8,
            passed=5,
            accepted=3,
        ),
    ),
    missing=("shard 1/2 is missing",),
    settings={"balance": {"total": 3}},
    by_hand=2,
)

MANIFEST = Manifest(
    identity={"engine.name": "fake", "n": None, "sampling.stop": ["a"]},
    run="0a1b",
    configs=("0f", "ee"),
    generation=3,
    stack="abc",
    grouped="abc 12",
    reproducible="always",
    files=(ShardFile(name="completions/a.parquet", rows=3, bytes=100, digest="0f"),),
    chain="ab",
    n=8,
    kept_out=3,
    source="00c0ffee00c0ffee",
    source_files="0fee",
    until={"accept": 4},
    scorers={"math": "1"},
    kept=(KeptScores(generation=2, stack="old", scorers={"math": "1", "brief": "2"}),),
    mixed=(
        MixedRun(
            name="a",
            first=2,
            n=4,
            problems=2,
            samples=8,
            source="gsm8k",
            model="tiny",
            identity={"engine.model": "tiny"},
        ),
    ),
    missing=("shard 1/2 is missing",),
)

UNTIL = UntilSummary(
    rule={"accept": 4, "n": 16},
    told="until 4 passes",
    first=2,
    estimator="path counting",
    stops={"enough": 2},
    rounds=1.5,
    most_rounds=2,
    missing=3,
    beyond=1,
)
TURN = Turn(k=2, last=4, at_k=0.5, at_last=0.25, change=HALF, over_one=HALF)

CURATION = CurationSummary(
    funnel=(Step(name="all problems", problems=9, rows=20),),
    duplicates=2,
    similar=1,
    variants=3,
    conflicts=(GoldConflict(problem_ids=("a", "b"), golds=("1", "2")),),
    conflicting=2,
    contamination=(
        BenchmarkHits(
            benchmark="own",
            items=5,
            items_found=1,
            problems=2,
            other_numbers=1,
            worst=(ContaminatedProblem(problem_id="c", item="own[3]", share=0.5, other_numbers=True),),
        ),
    ),
    action="drop",
)
RANKER = RankerSummary(
    versions=("1", "2"),
    method="isotonic",
    candidates=9,
    with_number=8,
    without_number=1,
    truncated=1,
    errors=1,
    labelled=7,
    right=3,
    problems=3,
    problems_with_both=2,
    auroc=0.75,
    auroc_interval=HALF,
    auroc_within=0.5,
    auroc_within_interval=HALF,
    top_strict=0.25,
    top_lenient=0.75,
    mrr=0.6,
    ties_within=0.125,
    calibration=Calibration(
        ece=0.1,
        brier=0.2,
        mean_chance=0.5,
        pass_rate=0.4,
        bins=(Bin(low=0.0, high=0.1, count=2, mean_chance=0.05, pass_rate=0.5),),
    ),
    estimates={"best@k": Estimate(method="exact", at={1: HALF, 2: HALF})},
    all_samples={"pass@1": HALF},
    differences={"best - pass@1": HALF},
    turn=TURN,
    problems_equal=2,
    by_difficulty=(
        Difficulty(pass_rate=(0.0, 0.25), problems=2, pair_accuracy=0.5, best=0.5, pass_1=0.1, accuracy=0.9),
    ),
    weights={"a": (0.5, 0.75)},
    words=("It helps.",),
)

HELD_OUT = HeldOut(
    n=4,
    problems=3,
    pass_1=HALF,
    pass_n=HALF,
    maj_n=HALF,
    distinct_answers=1.5,
    distinct_texts=2.5,
    answer_entropy=0.25,
    characters=80.5,
    truncated=1,
    left_out=2,
    tokens=300,
    counts={"p": (4, 2)},
)

METRICS = RoundMetrics(
    round=2,
    model="round-02/model",
    control="random",
    held_out=HELD_OUT,
    samples=Sampled(
        problems=3,
        completions=12,
        pass_rate=0.5,
        accepted=4,
        problems_accepted=2,
        pairs=1,
        tokens=500,
        retired=1,
        hinted=1,
    ),
    training=({"stage": "sft", "rows": 4, "loss": 0.5},),
    reward_model=RewardChange(
        auroc_before=0.5, auroc_after=0.75, judged_problems=3, train_problems=9, auroc_low=0.55, ranks=True
    ),
    kl=KL(measured=Band(0.5, 0.25, 0.75), at_least=0.1, data=0.2),
    entropy=Band(9.5, 9.0, 10.0),
    tokens=800,
    seconds={"training": 1.5},
    gpus=1,
    watched={"math": HELD_OUT},
    notes=("sft took 3 steps",),
)

LOOP = LoopManifest(
    settings={"seed": 0},
    parts={
        "round-01/model": Part(
            digest="a", made_from={"round-01/data": "b"}, seconds=1.5, note={"retired": 1}, dropped=True
        )
    },
)


def summary() -> RunSummary:
    """Of toys with a ranker, with unverified candidates and with an error, counted by the tally."""
    pick = Threshold(threshold=0.5, unverified=True, pairs="random")
    groups = [
        group(
            candidate(0, "right", value=0.9, answer="4"),
            candidate(1, "wrong", "fail", value=0.2, answer="5"),
            candidate(2, "wrong too", "fail", value=0.1, answer="5"),
            candidate(3, "broken", "error"),
            candidate(4, "who knows", "abstain", value=0.8),
            problem_id=name,
        )
        for name in ("a", "b")
    ]
    counted = Tally().extend(pick.select(g) for g in groups).summary()
    return replace(
        counted,
        tokens=7,
        truncated=1,
        curves=replace(counted.curves, warnings=("Look out.",)),
        rankers={"rm": RANKER},
        rankers_missing="scikit-learn is missing",
        rows={"sft": 2},
        refused=3,
        given_up=1,
        until=UNTIL,
        curation=CURATION,
        agreement=(Agreement(scorer="verifier", before="abstain", yes=3, no=2, unread=1),),
        labels=PseudoLabels(problems=3, rows=8, checked=40, wrong=2, error=0.05, low=0.01, high=0.17),
        origin=ORIGIN,
    )


def examples() -> list[Record]:
    return [summary(), MANIFEST, ORIGIN, METRICS, LOOP]
