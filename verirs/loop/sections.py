"""The sections of a loop's configuration: training, the reward model, measuring, when to stop."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Method = Literal["sft", "dpo", "sft+dpo", "kto"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExtraData(Section):
    """Rows that the loop did not make."""

    path: Annotated[
        str,
        Field(
            description="a Parquet or JSON lines file with ``messages``, or ``prompt`` and ``completion``."
        ),
    ]
    share: Annotated[
        float,
        Field(gt=0, lt=1, description="of the rows that are trained on: so much comes from this file."),
    ]


class TrainConfig(Section):
    """How a round's data become a model."""

    method: Annotated[
        Method,
        Field(
            description="``sft`` on accepted traces, ``dpo`` on pairs, ``sft+dpo`` one after the other, or "
            "``kto``."
        ),
    ] = "sft"
    trainer: Annotated[
        Literal["trl", "command"], Field(description="TRL in a process of its own, or ``command``.")
    ] = "trl"
    command: Annotated[
        list[str],
        Field(
            description='for ``trainer = "command"``, a program and its arguments; ``{data}`` (folder of '
            "Parquet files), ``{model}`` (where to start from), ``{out}`` (where the new model directory has "
            "to be), ``{round}`` and ``{seed}`` are filled in."
        ),
    ] = []
    launcher: Annotated[
        list[str],
        Field(
            description='for ``trainer = "trl"``, a program that starts the training in several processes, '
            'and its arguments: ``["accelerate", "launch", "--config_file", "fsdp.yaml"]`` or ``["torchrun", '
            '"--nproc-per-node", "8"]``; empty is one process that sees one GPU.'
        ),
    ] = []
    timeout: Annotated[
        float, Field(ge=0, description="hours after which a training is ended as failed; 0 never.")
    ] = 0.0
    start: Annotated[
        Literal["base", "last", "best"],
        Field(
            description="train each round from the base model, the last round's, or the best round's so far."
        ),
    ] = "last"
    reference: Annotated[
        Literal["start", "base"],
        Field(
            description="what ``dpo`` and ``kto`` hold the policy to: the model that the stage starts "
            "from, or the base model."
        ),
    ] = "start"
    mix: Annotated[int, Field(ge=1, description="train on the data of the last so many rounds.")] = 1
    best_of: Annotated[
        Literal["round", "all"],
        Field(
            description="``round``: each round's run selects among its own samples; ``all``: one selector "
            "chooses among the samples of all rounds so far, and ``k`` is a problem's cap over all of them."
        ),
    ] = "round"
    extra: Annotated[
        list[ExtraData],
        Field(description="other rows for ``sft``, mixed into every round's, against forgetting."),
    ] = []
    average: Annotated[
        int,
        Field(
            ge=1,
            description="a round's model is the mean of its own weights and those of the rounds before, "
            "so many in all; 1 is none.",
        ),
    ] = 1
    lora: Annotated[
        int,
        Field(
            ge=0,
            description="rank of LoRA adapters on all linear layers, merged after training; 0 trains all "
            "weights.",
        ),
    ] = 0
    quantize: Annotated[
        Literal["", "4bit"],
        Field(
            description="``4bit``: adapters on weights in 4 bits (QLoRA, needs bitsandbytes), merged into "
            "the weights as they are stored."
        ),
    ] = ""
    sft: Annotated[
        dict[str, Any], Field(description="options of TRL's ``SFTConfig`` over our defaults.")
    ] = {}
    dpo: Annotated[
        dict[str, Any], Field(description="options of TRL's ``DPOConfig`` over our defaults.")
    ] = {}
    kto: Annotated[
        dict[str, Any], Field(description="options of TRL's ``KTOConfig`` over our defaults.")
    ] = {}

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(self.method.split("+"))


class HintConfig(Section):
    """A second try, with the gold answer in the prompt, at problems of a round that never passed (STaR)."""

    n: Annotated[int, Field(ge=1, description="samples of each such problem.")] = 4
    template: Annotated[
        str,
        Field(
            description="the hinted problem: ``{problem}`` and ``{answer}`` are filled in. It is in no row "
            "that is trained on; without ``{answer}`` it is a second try, for comparison."
        ),
    ] = (
        "{problem}\n\n(Hint: the answer is {answer}. Find the steps that lead to it, and write them as if "
        "you had not been told.)"
    )
    unwanted: Annotated[
        list[str], Field(description="solutions with one of these words, in any case, are left out.")
    ] = ["hint", "been told", "given answer"]


class ServeConfig(Section):
    """The servers behind ``sample.engine = {name = "openai"}``: what makes them serve a round's model."""

    command: Annotated[
        list[str],
        Field(
            description="a server that the loop starts before it samples and ends before it trains, with its "
            "arguments; ``{model}`` (the name that is asked for) and ``{path}`` (the model's directory) are "
            "filled in."
        ),
    ] = []
    reload: Annotated[
        list[str],
        Field(
            description="a program for servers elsewhere, run to its end whenever another model is to be "
            "sampled; the same places are filled in."
        ),
    ] = []
    wait: Annotated[
        float, Field(gt=0, description="minutes for which a server is waited for until it has the model.")
    ] = 30.0


class RewardConfig(Section):
    """A reward model, trained anew each round on the verdicts of all rounds so far."""

    base: Annotated[
        str, Field(description="the model that it starts from; empty is the loop's own base model.")
    ] = ""
    rank: Annotated[
        bool,
        Field(
            description='let it rank the round\'s accepted traces (``select.name = "best"``, '
            '``select.pairs = "hard"``); else it is trained and measured only.'
        ),
    ] = True
    options: Annotated[
        dict[str, Any], Field(description="options of the training, those of ``verirs rm train``.")
    ] = {}


class MeasureConfig(Section):
    """How far a policy has moved from the base policy."""

    kl: Annotated[
        bool,
        Field(
            description="measure it along the held-out completions; without it only what the pass rates "
            "prove is known. The policy and the base model are loaded together."
        ),
    ] = True
    completions: Annotated[
        int, Field(ge=1, description="along so many, the first of each problem first.")
    ] = 256
    device_map: Annotated[
        str,
        Field(
            description="``auto`` spreads each model over all GPUs and the main memory; empty is the first "
            "GPU, or the CPU."
        ),
    ] = ""


class StopConfig(Section):
    """When to end before ``rounds`` are done. Everything is measured on the held-out problems."""

    patience: Annotated[
        int,
        Field(
            ge=0,
            description="after so many rounds in a row without a gain in pass@1 over the best before; "
            "0 never.",
        ),
    ] = 2
    gain: Annotated[float, Field(ge=0, description="a smaller rise of pass@1 is none.")] = 0.0
    pass_k_drop: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="when pass@k (k = n) has fallen by more than this below the best round's, and the "
            "interval of the paired difference lies below zero: the policy loses its diversity.",
        ),
    ] = 0.02
    kl: Annotated[
        float,
        Field(
            ge=0,
            description="when a completion is more than so many nats from the base policy; 0 is no budget.",
        ),
    ] = 0.0
    tokens: Annotated[
        int,
        Field(ge=0, description="when so many tokens were sampled, evaluations included; 0 is no budget."),
    ] = 0
