"""What a user writes for each framework: the list of ``verirs hooks`` and of docs/hooks.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """The module that serves a framework, and the one line to write."""

    module: str
    text: str


LINES: dict[str, Line] = {
    "trl": Line("trl", "GRPOTrainer(reward_funcs=verirs.hooks.trl.reward, ...)"),
    "unsloth": Line("trl", "GRPOTrainer(reward_funcs=verirs.hooks.trl.reward, ...)"),
    "axolotl": Line("trl", "trl: {reward_funcs: [verirs.hooks.trl.reward]}"),
    "verl": Line("verl", "reward.custom_reward_function.path=pkg://verirs.hooks.verl"),
    "rllm": Line("rllm", 'load_evaluator("verirs.hooks.rllm:evaluate")'),
    "openrlhf": Line("openrlhf", '--reward.remote_url "$(verirs hooks openrlhf --path)"'),
    "slime": Line("slime", "--custom-rm-path verirs.hooks.slime.reward"),
    "areal": Line("areal", 'reward_fn="verirs.hooks.areal.reward_fn"'),
    "skyrl": Line("skyrl", "verirs.hooks.skyrl.register(), then env_class: verirs"),
    "ms-swift": Line("swift", '--external_plugins "$(verirs hooks ms-swift --path)" --reward_funcs verirs'),
    "open-instruct": Line("openinstruct", "import verirs.hooks.openinstruct, --remap_verifier math=verirs"),
    "verifiers": Line("verifiers", '[...taskset.task.rewards.verirs] fn = "verirs.hooks.verifiers:reward"'),
    "prime-rl": Line("verifiers", '[...taskset.task.rewards.verirs] fn = "verirs.hooks.verifiers:reward"'),
    "nemo-gym": Line("verl", "verirs serve, then a resources server at http://127.0.0.1:8765 (/verify)"),
    "nemo-rl": Line("nemorl", "verirs.hooks.nemorl.register(), then env_name: verirs"),
    "evalscope": Line("evalscope", 'import verirs.hooks.evalscope, then metric_list=["verirs"]'),
    "inspect": Line("inspect", "Task(..., scorer=verirs.hooks.inspect.verirs())"),
    "lm-eval": Line("lmeval", "process_results: !function lmeval.process_results"),
    "lighteval": Line("lighteval", "metrics=[verirs.hooks.lighteval.metric()]"),
    "http": Line("openrlhf", "verirs serve, then POST /grade or /grade_many"),
}
