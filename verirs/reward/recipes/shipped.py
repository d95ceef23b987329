"""The recipes of the known families, and the names by which plain language models among them are known.

How each family is read is documented by its authors: the places are in docs/reward_models.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from verirs.reward.recipes.recipe import Recipe

BOXED = "Please reason step by step, and put your final answer within \\boxed{}."

SHIPPED: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="class_head",
            about="sequence classification with a chat template: Skywork-Reward, AceMath-RM, Tulu, RLHFlow "
            "and FsfairX reward models, those of `verirs rm train`",
        ),
        Recipe(
            name="class_head_text",
            about="sequence classification without a chat template",
            form="text",
            opening="{question}\n\n",
            closing="{eos}",
        ),
        Recipe(
            name="encoder",
            about="encoders that read question and solution as a pair",
            form="pair",
            head="class",
        ),
        Recipe(
            name="two_layer_head",
            about="a head of two layers with a ReLU between them: INF-ORM, WorldPM, GRM",
            head="mlp",
            per_token=True,
        ),
        Recipe(
            name="qwen_math_rm",
            about="Qwen2.5-Math-RM",
            system=BOXED,
            head="mlp",
            per_token=True,
        ),
        Recipe(
            name="qwen_math_prm",
            about="Qwen2.5-Math-PRM, Qwen2.5-Math-7B-PRM800K",
            system=BOXED,
            separator="\n\n",
            tag="<extra_0>",
            head="mlp",
            at="tag",
            per_token=True,
            read="softmax",
        ),
        Recipe(
            name="skywork_o1_prm",
            about="Skywork-o1-Open-PRM",
            form="text",
            opening="{question}\n",
            bos="always",
            separator="\n",
            keep_empty=True,
            tag="\n",
            pieces=True,
            weights="v_head.summary",
            at="tag",
            per_token=True,
            read="sigmoid",
        ),
        Recipe(
            name="math_shepherd",
            about="Math-Shepherd",
            form="text",
            opening="{question} ",
            separator="\n",
            tag=" \u043a\u0438",
            joiner="\n",
            head="words",
            weights="lm_head",
            words=("+", "-"),
            at="tag",
            per_token=True,
            read="softmax",
        ),
        Recipe(
            name="rlhflow_prm",
            about="RLHFlow's PRMs (Llama-3.1-8B, Mistral and Deepseek data)",
            form="turns",
            opening="{question} {step}",
            separator="\n\n",
            tag="+",
            head="words",
            weights="lm_head",
            words=("+", "-"),
            at="before",
            per_token=True,
            read="softmax",
        ),
        Recipe(
            name="trl_prm",
            about="token classification as TRL's step-wise trainer lays texts out; PURE's PRM",
            form="text",
            opening="{question}",
            bos="always",
            separator="\n\n",
            tag="\n",
            pieces=True,
            at="tag",
            per_token=True,
            read="softmax",
        ),
        Recipe(
            name="marker_prm",
            about="token classification, read at the marker <extra_0> of a chat",
            separator="\n\n",
            tag="<extra_0>",
            at="tag",
            per_token=True,
            read="softmax",
        ),
        Recipe(
            name="value_head",
            about="a value head on a chat: AceCodeRM, LLaMA-Factory, TRL's value heads",
            weights="v_head.summary",
        ),
        Recipe(
            name="openrlhf",
            about="OpenRLHF's reward models with a head of another name than `score`",
            weights="value_head",
        ),
        Recipe(
            name="eurus_rm",
            about="Eurus-RM",
            form="text",
            opening="[INST] {question} [/INST] ",
            weights="regression_head",
        ),
        Recipe(
            name="internlm_reward",
            about="InternLM2-Reward, read at its reward token (served: its own code is not run)",
            after="<|reward|>",
            per_token=True,
            weights="v_head",
        ),
        Recipe(
            name="armorm",
            about="ArmoRM",
            head="gated",
            weights="regression_layer",
            gate="<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        Recipe(
            name="nemotron_logit",
            about="Llama-3.1-Nemotron-70B-Reward: the logit of token 0 where the next answer would start",
            after="{generation}",
            head="words",
            weights="lm_head",
            words=("#0",),
        ),
    )
}
"""``#N`` among the words is the token with the number N."""

KNOWN_BY_NAME: tuple[tuple[tuple[str, ...], str], ...] = (
    (("math-shepherd", "prm"), "math_shepherd"),
    (("llama3.1-8b-prm",), "rlhflow_prm"),
    (("rlhflow", "prm"), "rlhflow_prm"),
    (("nemotron", "reward"), "nemotron_logit"),
)
"""Of models without a head of their own: all of these parts in the model's name mean this recipe."""
