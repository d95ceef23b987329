"""Thoughts as servers send them and models write them: kinds from public reports, in our own words.

``A`` is what is thought, ``B`` what is answered. ``cut`` cases end before an answer.
"""

# ruff: noqa: E501 - addresses
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GH = "https://github.com/"
A, B = "Two and two.\n So: 4?\t\u00e9\u4e2d", "It is \\boxed{4}."


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One message of a server.

    Args:
        seen: where it was reported.
        message: of the choice.
        pieces: the same as the deltas of a stream; made of the message where there are none.
        cut: the thought has no answer.
        reason: the finish reason.
    """

    id: str
    seen: str
    message: dict[str, Any]
    pieces: tuple[dict[str, Any], ...] = ()
    cut: bool = False
    reason: str = "stop"


def sent(
    id: str, seen: str, cut: bool = False, reason: str = "stop", pieces: Any = (), **message: Any
) -> Sent:
    return Sent(id=id, seen=seen, message=message, cut=cut, reason=reason, pieces=tuple(pieces))


SENT = [
    sent("vllm-reasoning-content", GH + "stanford-crfm/helm/pull/3632", content=B, reasoning_content=A),
    sent("vllm-reasoning", GH + "vllm-project/vllm/issues/27755", content=B, reasoning=A),
    sent("vllm-both-names", GH + "vllm-project/vllm/pull/27752", content=B, reasoning=A, reasoning_content=A),
    sent("vllm-blank-lines-before-answer", GH + "vllm-project/vllm/issues/34684", content="\n\n" + B, reasoning=A),
    sent("vllm-cut-null", GH + "vllm-project/vllm/issues/52640", content=None, reasoning=A, cut=True, reason="length"),
    sent("vllm-all-is-thought", GH + "vllm-project/vllm/issues/39103", content=None, reasoning=A, cut=True),
    sent("sglang-null-content", GH + "sgl-project/sglang/pull/20789", content=None, reasoning_content=A, cut=True),
    sent("sglang-first-field-empty", GH + "langchain-ai/langchain/pull/31065", content=B, reasoning_content="", reasoning=A),
    sent("sglang-separate", GH + "sgl-project/sglang/pull/3859", content="\n\n" + B, reasoning_content=A, tool_calls=None),
    sent("deepseek-empty-then-text", GH + "Oaklight/llm-rosetta/issues/356", content=B, reasoning_content=A,
         pieces=({"role": "assistant", "content": None, "reasoning_content": ""}, {"reasoning_content": A[:5]},
                 {"content": None, "reasoning_content": A[5:]}, {"content": B, "reasoning_content": None})),
    sent("llamacpp-deepseek", GH + "ggml-org/llama.cpp/issues/13867", content=B, reasoning_content=A),
    sent("llamacpp-legacy-both", GH + "ggml-org/llama.cpp/pull/12379", content=f"<think>{A}</think>\n{B}", reasoning_content=A),
    sent("llamacpp-none", GH + "ggml-org/llama.cpp/issues/11325", content=f"<think>\n{A}\n</think>\n\n{B}"),
    sent("ollama-reasoning", GH + "ollama/ollama/issues/12628", content=B, reasoning=A),
    sent("ollama-thinking", GH + "spring-projects/spring-ai/pull/5057", content=B, thinking=A),
    sent("ollama-empty-while-thinking", GH + "bojieli/ai-agent-book/pull/1046", content="", thinking=A, cut=True, reason="length"),
    sent("openrouter-details", GH + "braintrustdata/braintrust-sdk-javascript/issues/1883", content=B, reasoning=A,
         reasoning_details=[{"type": "reasoning.text", "text": A, "format": "unknown", "index": 0}]),
    sent("openrouter-details-only", "https://app.unpkg.com/@openrouter/ai-sdk-provider@0.7.2/files/dist/internal/index.mjs.map",
         content=B, reasoning=None, reasoning_details=[{"type": "reasoning.text", "text": A[:9]}, {"type": "reasoning.summary", "summary": A[9:]}, {"type": "reasoning.encrypted", "data": "zz"}]),
    sent("anthropic-parts", GH + "NousResearch/hermes-agent/pull/4748", content=[{"type": "thinking", "thinking": A, "signature": "s"}, {"type": "text", "text": B}]),
    sent("anthropic-redacted", GH + "BerriAI/litellm", content=[{"type": "redacted_thinking", "data": "zz"}, {"type": "thinking", "thinking": A}, {"type": "text", "text": B}]),
    sent("litellm-blocks", GH + "BerriAI/litellm", content=B, thinking_blocks=[{"type": "thinking", "thinking": A, "signature": "s"}]),
    sent("mistral-parts", "https://docs.mistral.ai/capabilities/reasoning/", content=[{"type": "thinking", "thinking": [{"type": "text", "text": A}]}, {"type": "text", "text": B}]),
    sent("responses-parts", "https://openrouter.ai/docs/api/api-reference/responses/create-responses.md", content=[{"type": "reasoning_text", "text": A}, {"type": "output_text", "text": B}]),
    sent("minimax-append-think", GH + "vllm-project/vllm/issues/34625", content=f"<think>{A}</think>\n\n{B}", reasoning_content=None),
    sent("only-the-closing-tag", GH + "tonyd2wild/DeepSeek-v4-Flash-Vision-Exp-DSpark-1M-NVFP4-KV-2x-DGX-Spark/issues/16", content=f"{A}\n</think>\n\n{B}"),
    sent("tag-never-closed", GH + "EleutherAI/lm-evaluation-harness/issues/3382", content=f"<think>\n{A}", cut=True, reason="length"),
    sent("tag-never-closed-stop", GH + "QwenLM/Qwen3/issues/1680", content=f"<think>\n{A}", cut=True),
    sent("closed-and-no-answer", GH + "vllm-project/vllm/issues/28266", content=f"<think>{A}</think>", cut=True, reason="length"),
    sent("magistral", "https://huggingface.co/mistralai/Magistral-Small-2507", content=f"[THINK]{A}[/THINK]{B}"),
    sent("kimi", "https://huggingface.co/moonshotai/Kimi-VL-A3B-Thinking", content=f"\u25c1think\u25b7{A}\u25c1/think\u25b7{B}"),
    sent("openthinker", "https://huggingface.co/open-thoughts/OpenThinker-7B", content=f"<|begin_of_thought|>\n{A}\n<|end_of_thought|>\n\n{B}"),
    sent("seed-oss", "https://huggingface.co/ByteDance-Seed/Seed-OSS-36B-Instruct", content=f"<seed:think>{A}</seed:think>{B}"),
    sent("command-a", "https://huggingface.co/CohereLabs/command-a-reasoning-08-2025", content=f"<|START_THINKING|>{A}<|END_THINKING|>{B}"),
    sent("harmony-leaked", GH + "NousResearch/hermes-agent/pull/62680", content=f"<|start|>assistant<|channel|>analysis<|message|>{A}<|end|>\n<|start|>assistant<|channel|>final<|message|>{B}<|return|>"),
    sent("harmony-no-start", GH + "cuga-project/cuga-agent/issues/669", content=f"<|channel|>analysis<|message|>{A}<|end|><|channel|>final<|message|>{B}"),
    sent("harmony-stripped", GH + "cuga-project/cuga-agent/pull/558", content=f"analysis{A}assistantfinal{B}"),
    sent("harmony-commentary-only", GH + "odysseus-dev/odysseus/issues/4522", content=f"<|channel|>commentary<|message|>{A}<|end|>", cut=True),
]  # fmt: skip
NONE = [
    ("no-tags", "It is \\boxed{4}."),
    ("talks-of-tags", "The tag `</think>` ends a thought, and <think> begins it. So \\boxed{4}."),
    ("a-program", "```python\nprint('<think>')\nprint('</think>')\n```"),
    ("tag-in-a-code-block", "It is:\n```html\n<p>\n</think>\n</p>\n```\n\\boxed{4}"),
    ("asked-for-tags", "<reasoning>2 + 2</reasoning>\n<answer>4</answer>"),
    ("analysis-in-prose", "analysis of the problem: 2 + 2. The assistant finalises it: 4."),
    ("thought-as-a-word", "I thought about it: 4"),
]
"""Texts that hold no thought of a model's own; reports of the first kinds: ollama/ollama/issues/8529."""
