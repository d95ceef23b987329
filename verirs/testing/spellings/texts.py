"""How an answer stands in a text of a solution."""

# ruff: noqa: E501 - one notation a line
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verirs.testing.spellings.way import GSM8K, MATH, OWN, QWEN, Mode, hub

ANY = ("integer", "fraction", "interval", "quantity")
TAGS = hub("PrimeIntellect-ai/verifiers/pull/213")
BOXES = hub("huggingface/Math-Verify/issues/44")
MGSM = "https://arxiv.org/abs/2210.03057"
TOKENS = hub("EleutherAI/lm-evaluation-harness/issues/4142")


@dataclass(frozen=True)
class Spelled:
    """A spelling, and how it goes into a sentence (``s``) and into mathematics (``m``)."""

    text: str
    mode: Mode = "plain"

    @property
    def s(self) -> str:
        return f"${self.text}$" if self.mode == "tex" else self.text

    @property
    def m(self) -> str:
        return rf"\text{{{self.text}}}" if self.mode == "words" else self.text


@dataclass(frozen=True)
class Frame:
    """A text that gives an answer."""

    name: str
    put: Callable[[Spelled], str]
    source: str = OWN


FRAMES = (
    Frame("boxed", lambda v: rf"So we get $\boxed{{{v.m}}}$.", MATH),
    Frame("boxed alone", lambda v: rf"\boxed{{{v.m}}}", MATH),
    Frame("boxed in a display", lambda v: f"Hence\n\\[\n\\boxed{{{v.m}}}\n\\]", QWEN),
    Frame("boxed with spaces", lambda v: rf"Therefore $\boxed{{ {v.m} }}$.", QWEN),
    Frame("boxed and bold", lambda v: rf"**The answer is $\boxed{{{v.m}}}$.**", QWEN),
    Frame("fbox", lambda v: rf"So it is \fbox{{{v.m}}}.", hub("EleutherAI/lm-evaluation-harness/issues/3116")),
    Frame("boxed twice", lambda v: rf"I get \boxed{{{v.m}}}. A second way gives the same, so the answer is \boxed{{{v.m}}}.", BOXES),
    Frame("boxed after a wrong box", lambda v: rf"My first try was \boxed{{17}}, but a case was missing. With it, the answer is \boxed{{{v.m}}}.", BOXES),
    Frame("boxed and a remark", lambda v: f"$\\boxed{{{v.m}}}$\n\nThis agrees with the check in the second step.", hub("huggingface/Math-Verify/issues/57")),
    Frame("final answer and a box", lambda v: f"**Final Answer**\n\\boxed{{{v.m}}}", BOXES),
    Frame("sentence in the box", lambda v: rf"\boxed{{\text{{The answer is }}{v.m}}}", hub("modelscope/evalscope/pull/906")),
    Frame("the answer is", lambda v: f"We add both parts. The answer is {v.s}.", GSM8K),
    Frame("the final answer is", lambda v: f"Thus, the final answer is: {v.s}", QWEN),
    Frame("the correct answer is", lambda v: f"The correct answer is {v.s}.", QWEN),
    Frame("i hope it is correct", lambda v: f"Final Answer: The final answer is {v.s}. I hope it is correct.", hub("wellecks/lm-evaluation-harness/pull/9")),
    Frame("as required", lambda v: f"The answer is {v.s}, as required.", hub("jundot/omlx/pull/3484")),
    Frame("see above", lambda v: f"The answer is {v.s} (see the first step).", OWN),
    Frame("question behind", lambda v: f"The answer is {v.s}. Shall I explain one of the steps?", OWN),
    Frame("bold", lambda v: f"Therefore, the answer is **{v.s}**.", hub("huggingface/Math-Verify/issues/76")),
    Frame("bold with the point", lambda v: f"The answer is **{v.s}.**", hub("huggingface/Math-Verify/issues/76")),
    Frame("quotes", lambda v: f'The answer is "{v.s}".', OWN),
    Frame("corrected", lambda v: f"The answer is 17. Wait, I forgot a case. The answer is {v.s}.", hub("PrimeIntellect-ai/verifiers/pull/1336")),
    Frame("numbered steps", lambda v: f"1. Add both sides.\n2. Divide by the factor.\n\nThe answer is {v.s}.", GSM8K),
    Frame("four hashes", lambda v: f"First we add, then we divide.\n#### {v.s}", GSM8K),
    Frame("answer line", lambda v: f"We divide.\n\nAnswer: {v.s}", hub("openai/simple-evals/issues/33")),
    Frame("answer in capitals", lambda v: f"We divide.\n\nANSWER: {v.s}", hub("UKGovernmentBEIS/inspect_ai/issues/5055")),
    Frame("answer in bold", lambda v: f"**Answer:** {v.s}", hub("huggingface/Math-Verify/issues/76")),
    Frame("final answer in bold", lambda v: f"**Final Answer:** {v.s}", hub("huggingface/Math-Verify/issues/76")),
    Frame("final answer as a heading", lambda v: f"### Final Answer\n\n$$\n{v.m}\n$$", QWEN),
    Frame("answer and explanation", lambda v: f"Answer: {v.s}\n\nExplanation: we added both sides and divided.", OWN),
    Frame("answer in a formula", lambda v: f"$$\n\\text{{Answer: }} {v.m}\n$$", hub("UKGovernmentBEIS/inspect_ai/pull/4646")),
    Frame("answer tag", lambda v: f"<think>\nI add.\n</think>\n<answer>{v.s}</answer>", TAGS),
    Frame("answer tag on lines", lambda v: f"<answer>\n{v.s}\n</answer>", TAGS),
    Frame("box in a tag", lambda v: rf"<answer>The answer is \boxed{{{v.m}}}.</answer>", TAGS),
    Frame("box after thinking", lambda v: f"<think>maybe \\boxed{{17}}? No.</think>\nThe answer is \\boxed{{{v.m}}}.", TAGS),
    Frame("thinking without its begin", lambda v: f"I take 17, no.\n</think>\n\nThe answer is $\\boxed{{{v.m}}}$.", TAGS),
    Frame("json", lambda v: f'{{"answer": "{v.text}"}}', hub("huggingface/Math-Verify/issues/13")),
    Frame("end token im_end", lambda v: rf"The answer is \boxed{{{v.m}}}.<|im_end|>", TOKENS),
    Frame("end token s", lambda v: f"The answer is {v.s}.</s>", TOKENS),
    Frame("end token eot_id", lambda v: f"The answer is {v.s}<|eot_id|>", TOKENS),
    Frame("end token endoftext", lambda v: f"#### {v.s}<|endoftext|>", TOKENS),
    Frame("end token end_of_turn", lambda v: f"The answer is {v.s}.<end_of_turn>\n", TOKENS),
    Frame("end token return", lambda v: f"The answer is {v.s}.<|return|>", TOKENS),
    Frame("german", lambda v: f"Die Antwort ist {v.s}.", hub("EleutherAI/lm-evaluation-harness/pull/3799")),
    Frame("french", lambda v: f"La réponse est {v.s}.", hub("EleutherAI/lm-evaluation-harness/pull/3799")),
    Frame("spanish", lambda v: f"La respuesta es {v.s}.", hub("EleutherAI/lm-evaluation-harness/pull/3799")),
    Frame("portuguese", lambda v: f"A resposta é {v.s}.", OWN),
    Frame("italian", lambda v: f"La risposta è {v.s}.", OWN),
    Frame("russian", lambda v: f"Ответ: {v.s}", hub("EleutherAI/lm-evaluation-harness/pull/3799")),
    Frame("chinese", lambda v: f"所以答案是 {v.s}。", QWEN),
    Frame("chinese with a colon", lambda v: f"故答案为：{v.s}。", QWEN),
    Frame("chinese label", lambda v: f"【答案】{v.s}", QWEN),
    Frame("japanese", lambda v: f"答えは {v.s} です。", hub("EleutherAI/lm-evaluation-harness/pull/3799")),
    Frame("korean", lambda v: f"정답은 {v.s}입니다.", MGSM),
    Frame("dutch", lambda v: f"Het antwoord is {v.s}.", MGSM),
    Frame("polish", lambda v: f"Odpowiedź: {v.s}", MGSM),
    Frame("turkish", lambda v: f"Cevap: {v.s}", MGSM),
    Frame("swedish", lambda v: f"Svaret är {v.s}.", MGSM),
    Frame("indonesian", lambda v: f"Jawabannya adalah {v.s}.", MGSM),
    Frame("arabic", lambda v: f"الجواب هو {v.s}.", MGSM),
    Frame("hindi", lambda v: f"उत्तर {v.s} है।", MGSM),
    Frame("bengali", lambda v: f"উত্তর হল {v.s}।", MGSM),
    Frame("vietnamese", lambda v: f"Câu trả lời là {v.s}.", MGSM),
    Frame("thai", lambda v: f"คำตอบคือ {v.s}", MGSM),
    Frame("swahili", lambda v: f"Jibu ni {v.s}.", MGSM),
    Frame("last formula", lambda v: f"Multiplying both sides by the factor, we obtain $${v.m}$$", MATH),
)  # fmt: skip
