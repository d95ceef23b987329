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
    """A text that gives an answer; of the plain spellings of these kinds."""

    name: str
    put: Callable[[Spelled], str]
    source: str = OWN
    kinds: tuple[str, ...] = ANY


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
    Frame("simply", lambda v: f"The answer is simply {v.s}.", OWN),
    Frame("exactly", lambda v: f"Hence the answer is exactly {v.s}.", OWN),
    Frame("equal to", lambda v: f"So the answer is equal to {v.s}.", OWN),
    Frame("therefore", lambda v: f"The answer is therefore {v.s}.", GSM8K),
    Frame("must be", lambda v: f"It follows that the answer must be {v.s}.", OWN),
    Frame("should be", lambda v: f"So the answer should be {v.s}.", QWEN),
    Frame("i think", lambda v: f"I think the answer is {v.s}.", hub("huggingface/Math-Verify/issues/57")),
    Frame("conclude", lambda v: f"We conclude that the answer is {v.s}.", OWN),
    Frame("confident", lambda v: f"I am confident that the answer is {v.s}.", OWN),
    Frame("my answer", lambda v: f"My final answer is {v.s}.", QWEN),
    Frame("required answer", lambda v: f"Thus the required answer is {v.s}.", MATH),
    Frame("to the question", lambda v: f"So the answer to the question is {v.s}.", OWN),
    Frame("to this problem", lambda v: f"The answer to this problem is {v.s}.", OWN),
    Frame("we looked for", lambda v: f"The answer that we were looking for is {v.s}.", OWN),
    Frame("is the answer", lambda v: f"So {v.s} is the answer.", OWN),
    Frame("is the final answer", lambda v: f"Thus {v.s} is the final answer.", OWN),
    Frame("ans", lambda v: f"Ans: {v.s}", OWN),
    Frame("result", lambda v: f"Result: {v.s}", OWN),
    Frame("solution", lambda v: f"Solution: {v.s}", OWN),
    Frame("the result is", lambda v: f"The result is {v.s}.", OWN),
    Frame("the solution is", lambda v: f"The solution is {v.s}.", OWN),
    Frame("the value is", lambda v: f"The value is {v.s}.", OWN),
    Frame("because with numbers", lambda v: f"The answer is {v.s}, because there are 3 cases of 4 kinds.", hub("greynewell/matchspec/pull/306")),
    Frame("sum in brackets", lambda v: f"The answer is {v.s} (we added the 12 cases of the first kind).", hub("Azure-Samples/modern-data-warehouse-dataops/issues/1120")),
    Frame("sentence with a number behind", lambda v: f"The answer is {v.s}. This is because there are 12 cases in total.", hub("jundot/omlx/pull/3668")),
    Frame("check with a number behind", lambda v: f"The answer is {v.s}.\n\nCheck: with 12 in place of x, both sides agree.", OWN),
    Frame("hope this helps", lambda v: f"The answer is {v.s}. I hope this helps! Let me know if you have any other questions.", OWN),
    Frame("box and hope", lambda v: f"$\\boxed{{{v.m}}}$\n\nI hope this helps! Let me know if you have any other questions.", OWN),
    Frame("box and a number behind", lambda v: f"The answer is $\\boxed{{{v.m}}}$. We used that there are 12 cases.", OWN),
    Frame("box is the answer", lambda v: rf"So $\boxed{{{v.m}}}$ is the answer.", OWN),
    Frame("which gives", lambda v: rf"which gives $\boxed{{{v.m}}}$.", MATH),
    Frame("name before the box", lambda v: rf"Hence $x = \boxed{{{v.m}}}$.", MATH, ("integer", "fraction", "quantity")),
    Frame("sum before the box", lambda v: rf"Hence $a + b = \boxed{{{v.m}}}$.", MATH, ("integer", "fraction")),
    Frame("name in the box", lambda v: rf"Hence $\boxed{{x = {v.m}}}$.", MATH, ("integer", "fraction")),
    Frame("round brackets around the box", lambda v: rf"So it is \(\boxed{{{v.m}}}\).", QWEN),
    Frame("wrong first", lambda v: f"At first I got 17, but that is wrong. The answer is {v.s}.", OWN),
    Frame("not obvious", lambda v: f"The answer is not obvious. After some work, we find that the answer is {v.s}.", OWN),
    Frame("question first", lambda v: f"What is the answer? The answer is {v.s}.", OWN),
    Frame("asked and denied first", lambda v: f"Is the answer 17? No. The answer is {v.s}.", OWN),
    Frame("if first", lambda v: f"If the first die shows 6, there are 5 cases, else 12. Together, the answer is {v.s}.", OWN),
    Frame("either way", lambda v: f"Either way, the answer is {v.s}.", OWN),
    Frame("or first", lambda v: f"The root is 3 or 17, and 3 is too small. The answer is {v.s}.", OWN),
    Frame("bound first", lambda v: f"It is at most 1000 and more than 2. The answer is {v.s}.", OWN),
    Frame("supposition first", lambda v: f"Suppose that x is 17. Then there is a contradiction. So the answer is {v.s}.", OWN),
    Frame("rejected first", lambda v: f"We reject x = 17. Therefore the answer is {v.s}.", OWN),
    Frame("last sentence", lambda v: f"Ann has 3 boxes and gets some more. So she has {v.s} left.", GSM8K, ("integer", "quantity")),
    Frame("last sum", lambda v: f"Adding the 3 parts gives a total of {v.s}.", GSM8K, ("integer", "fraction", "quantity")),
    Frame("last name", lambda v: f"Dividing by 2 gives x = {v.s}.", GSM8K, ("integer", "fraction")),
    Frame("probability", lambda v: f"So the probability is {v.s}.", MATH, ("fraction",)),
    Frame("german thus", lambda v: f"Also ist die Antwort {v.s}.", OWN),
    Frame("german solution", lambda v: f"Die Lösung ist {v.s}.", OWN),
    Frame("french thus", lambda v: f"Donc la réponse est {v.s}.", OWN),
    Frame("spanish thus", lambda v: f"Por lo tanto, la respuesta es {v.s}.", OWN),
    Frame("spanish final", lambda v: f"La respuesta final es {v.s}.", OWN),
    Frame("russian thus", lambda v: f"Следовательно, ответ: {v.s}.", OWN),
    Frame("chinese final", lambda v: f"因此，最终答案是 {v.s}。", QWEN),
    Frame("chinese thus", lambda v: f"所以，答案为 {v.s}", QWEN),
    Frame("last formula", lambda v: f"Multiplying both sides by the factor, we obtain $${v.m}$$", MATH),
)  # fmt: skip
