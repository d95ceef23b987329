"""`recipe = "auto"` on configs and weights' names of public models: the right recipe, or a true refusal.

Each case is a model of the hub (https://huggingface.co/ID), as its authors' code or the pipelines of
https://github.com/allenai/reward-bench (rewardbench/models) read it.
"""

from __future__ import annotations

from typing import Any

import pytest

from verirs.errors import UserError
from verirs.reward.models.reader import _need_body
from verirs.reward.recipes.auto import choose, choose_served
from verirs.reward.recipes.header import Header
from verirs.reward.recipes.recipe import Recipe

H = 8
SEQ, CAUSAL, TOKEN = "ForSequenceClassification", "ForCausalLM", "ForTokenClassification"
OWN = {"auto_map": {"AutoModel": "modeling.Model"}}
SCORE = {"score.weight": (1, H)}
TWO = {"score.0.weight": (H, H), "score.0.bias": (H,), "score.2.weight": (1, H), "score.2.bias": (1,)}
STEPS = {**TWO, "score.2.weight": (2, H), "score.2.bias": (2,)}
SUMMARY = {"v_head.summary.weight": (1, H), "v_head.summary.bias": (1,)}
GRM = {"v_head.summary.0.weight": (16, H), "v_head.summary.2.weight": (1, 16)}
GATE: dict[str, tuple[int, ...]] = {
    f"gating.layers.{n}.{k}": s for n, s in ((0, (16, H)), (1, (16, 16))) for k in ("weight", "bias")
}
GATE |= {"gating.layers.2.weight": (19, 16), "gating.layers.2.bias": (19,), "gating.logit_scale": (1,)}
ARMO = {**GATE, "regression_layer.weight": (19, H), "reward_transform_matrix": (19, 19)}
DEBERTA = {"deberta.x": (1,), "pooler.dense.weight": (H, H), "classifier.weight": (1, H)}

# hub id, model type, class, what the config has more, weights beside the body, chat template, recipe or words
CASES: list[tuple[str, str, str, dict[str, Any], dict[str, Any], bool, str]] = [
    ("Skywork/Skywork-Reward-V2-Llama-3.1-8B", "llama", "Llama" + SEQ, {}, SCORE, True, "class_head"),
    ("Skywork/Skywork-Reward-V2-Qwen3-0.6B", "qwen3", "Qwen3" + SEQ, {}, SCORE, True, "class_head"),
    ("Skywork/Skywork-Reward-Gemma-2-27B-v0.2", "gemma2", "Gemma2" + SEQ, {}, SCORE, True, "class_head"),
    ("nvidia/AceMath-7B-RM", "qwen2", "Qwen2" + SEQ, {}, SCORE, True, "class_head"),
    ("allenai/Llama-3.1-Tulu-3-8B-RM", "llama", "Llama" + SEQ, {}, SCORE, True, "class_head"),
    ("sfairXC/FsfairX-LLaMA3-RM-v0.1", "llama", "Llama" + SEQ, {}, SCORE, True, "class_head"),
    ("OpenRLHF/Llama-3-8b-rm-700k", "llama", "Llama" + SEQ, {}, SCORE, True, "class_head"),
    ("weqweasdas/RM-Mistral-7B", "mistral", "Mistral" + SEQ, {}, SCORE, True, "class_head"),
    ("weqweasdas/hh_rlhf_rm_open_llama_3b", "llama", "Llama" + SEQ, {}, SCORE, False, "class_head_text"),
    ("infly/INF-ORM-Llama3.1-70B", "llama", "INFORM" + SEQ, {}, TWO, True, "two_layer_head"),
    ("Qwen/Qwen2.5-Math-RM-72B", "qwen2", "Qwen2ForRewardModel", OWN, TWO, True, "qwen_math_rm"),
    ("Qwen/WorldPM-72B", "qwen2", "Qwen2ForRewardModel", OWN, TWO, True, "two_layer_head"),
    ("Qwen/Qwen2.5-Math-PRM-7B", "qwen2", "Qwen2ForProcessRewardModel", OWN, STEPS, True, "qwen_math_prm"),
    (
        "Qwen/Qwen2.5-Math-7B-PRM800K",
        "qwen2",
        "Qwen2ForProcessRewardModel",
        OWN,
        STEPS,
        True,
        "qwen_math_prm",
    ),
    (
        "prithivMLmods/PRM-Math-7B-Reasoner",
        "qwen2",
        "Qwen2ForProcessRewardModel",
        OWN,
        STEPS,
        True,
        "qwen_math_prm",
    ),
    (
        "ZaandaTeika/Qwen2.5-Math-7B-Instruct-PRM800K-SHARP-PRM",
        "qwen2",
        "Qwen2" + TOKEN,
        {},
        {"score.weight": (2, H)},
        True,
        "trl_prm",
    ),
    (
        "jinachris/Qwen2.5-Math-7B-PRM800K",
        "qwen2",
        "Qwen2" + TOKEN,
        {},
        {"score.weight": (2, H)},
        True,
        "trl_prm",
    ),
    (
        "Skywork/Skywork-o1-Open-PRM-Qwen-2.5-7B",
        "qwen2",
        "Qwen2ForPrmModel",
        {},
        SUMMARY,
        True,
        "skywork_o1_prm",
    ),
    ("peiyi9979/math-shepherd-mistral-7b-prm", "mistral", "Mistral" + CAUSAL, {}, {}, False, "math_shepherd"),
    ("RLHFlow/Llama3.1-8B-PRM-Deepseek-Data", "llama", "Llama" + CAUSAL, {}, {}, True, "rlhflow_prm"),
    ("RLHFlow/Llama3.1-8B-PRM-Mistral-Data", "llama", "Llama" + CAUSAL, {}, {}, True, "rlhflow_prm"),
    ("TIGER-Lab/AceCodeRM-7B", "qwen2", "Qwen2ForCausalRM", OWN, SUMMARY, True, "value_head"),
    ("me/llama-factory-rm", "llama", "Llama" + CAUSAL, {}, SUMMARY, True, "value_head"),
    (
        "me/openrlhf-rm",
        "llama",
        "Llama" + SEQ,
        {"value_head_prefix": "value_head"},
        {"value_head.weight": (1, H)},
        True,
        "openrlhf",
    ),
    (
        "openbmb/Eurus-RM-7b",
        "mistral",
        "EurusRewardModel",
        OWN,
        {"regression_head.weight": (1, H)},
        False,
        "eurus_rm",
    ),
    (
        "openbmb/UltraRM-13b",
        "llama",
        "LlamaRewardModel",
        {},
        {"regression_head.weight": (1, H)},
        False,
        "laid out",
    ),
    ("RLHFlow/ArmoRM-Llama3-8B-v0.1", "llama", "LlamaForRewardModelWithGating", OWN, ARMO, True, "armorm"),
    (
        "nicolinho/QRM-Llama3.1-8B",
        "llama",
        "LlamaForRewardModelWithGating",
        OWN,
        {**ARMO, "regression_layer.weight": (361, H)},
        True,
        "no recipe is known",
    ),
    (
        "LxzGordon/URM-LLaMa-3.1-8B",
        "llama",
        "Llama" + SEQ,
        OWN,
        {"score.weight": (10, H), "weights.0.weight": (16, H)},
        True,
        "no recipe is known",
    ),
    (
        "Ray2333/GRM-Llama3.2-3B-sftreg",
        "llama",
        "Llama" + CAUSAL,
        {"vhead_layer_type": "mlp"},
        GRM,
        True,
        "two_layer_head",
    ),
    (
        "internlm/internlm2-7b-reward",
        "internlm2",
        "InternLM2ForRewardModel",
        OWN,
        {"v_head.weight": (1, H)},
        True,
        "does not know, and the code",
    ),
    ("nvidia/Llama-3.1-Nemotron-70B-Reward-HF", "llama", "Llama" + CAUSAL, {}, {}, True, "nemotron_logit"),
    (
        "PKU-Alignment/beaver-7b-v1.0-reward",
        "llama",
        "LlamaForScore",
        {},
        {"score_head.weight": (1, H), "normalizer.mean": (1,)},
        False,
        "no recipe is known",
    ),
    (
        "llm-blender/PairRM-hf",
        "deberta-v2",
        "DebertaV2PairRM",
        {},
        {"pretrained_model.x": (1,), "final_layer.0.weight": (H, H)},
        False,
        "no recipe is known",
    ),
    (
        "OpenAssistant/reward-model-deberta-v3-large-v2",
        "deberta-v2",
        "DebertaV2" + SEQ,
        {},
        DEBERTA,
        False,
        "encoder",
    ),
    (
        "OpenAssistant/oasst-rm-2.1-pythia-1.4b-epoch-2.5",
        "gpt_neox_reward_model",
        "GPTNeoXRewardModel",
        {},
        {"out_proj.weight": (1, H)},
        False,
        "does not know",
    ),
    (
        "GAIR/ReasonEval-7B",
        "mistral",
        "ReasonEval_7B",
        {},
        {"score_head.weight": (3, H)},
        False,
        "no recipe is known",
    ),
    (
        "ScalableMath/llemma-7b-prm-metamath-level-1to3-hf",
        "llama",
        "Llama" + CAUSAL,
        {},
        {},
        False,
        "without a reward head",
    ),
    ("PRIME-RL/EurusPRM-Stage1", "qwen2", "Qwen2" + CAUSAL, {}, {}, True, "without a reward head"),
    ("Qwen/Qwen2.5-Math-7B-Instruct", "qwen2", "Qwen2" + CAUSAL, {}, {}, True, "without a reward head"),
    ("me/seq-cls-without-a-head", "llama", "Llama" + SEQ, {}, {}, True, "hold no head"),
]


def found(case: tuple[Any, ...]) -> Header:
    model, kind, architecture, config, head, _, _ = case
    body = {"model.embed_tokens.weight": (9, H), "model.norm.weight": (H,), "lm_head.weight": (9, H)}
    shapes = {**({} if kind == "deberta-v2" else body), **head}
    whole = {"model_type": kind, "architectures": [architecture], **config}
    return Header(model=model, config=whole, shapes=shapes, files=dict.fromkeys(shapes, "model.safetensors"))


def chosen(case: tuple[Any, ...]) -> Recipe:
    header = found(case)
    _need_body(header)
    tokens = {"<extra_0>"} if "ProcessReward" in header.architecture else set()
    return choose(header, chat=case[5], pair=case[1] == "deberta-v2", tokens=tokens)


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_public_models(case: tuple[Any, ...]) -> None:
    if " " not in case[6]:
        assert chosen(case).name == case[6]
    else:
        with pytest.raises(UserError, match=case[6]):
            chosen(case)


def test_the_head_is_read_where_its_weights_are() -> None:
    by_id = {c[0]: c for c in CASES}
    assert chosen(by_id["Ray2333/GRM-Llama3.2-3B-sftreg"]).weights == "v_head.summary"
    assert chosen(by_id["Qwen/WorldPM-72B"]).system == "", "the prompt of mathematics is for its models alone"


def test_a_served_model_needs_no_weights_here() -> None:
    def served(architecture: str) -> str:
        header = Header(model="m", config={"architectures": [architecture]}, shapes={}, files={})
        return choose_served(header, chat=True, pair=False, tokens=set()).name

    assert served("InternLM2ForRewardModel") == "internlm_reward"
    assert served("Qwen2ForProcessRewardModel") == "qwen_math_prm"
    assert served("LlamaForSequenceClassification") == "class_head"
    with pytest.raises(UserError, match="name its recipe"):
        served("LlamaForCausalLM")


def test_what_holds_no_weights_is_told() -> None:
    adapter = Header(model="m", config={}, shapes={}, files={}, adapter=True)
    with pytest.raises(UserError, match="merge it into the base"):
        choose(adapter, chat=True, pair=False, tokens=set())
    with pytest.raises(UserError, match="no weights that can be read"):
        choose(Header(model="m", config={}, shapes={}, files={}), chat=True, pair=False, tokens=set())
