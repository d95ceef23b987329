"""What of a completion is the model's own answer: not its reasoning, not a turn or a question after it.

Also out: HTML marks, comments, and what is struck out or hidden.
"""

from __future__ import annotations

import re

from verirs.system.patterns import regex

_ANY_MARK = regex("<[/|A-Za-z\uff5c]")
_TURN = regex(
    r"<\|(?:im_start|im_end|endoftext|eot_id|eom_id|eot|eom|end|return|end_of_text|end_of_turn|assistant|"
    r"user|"
    r"END_OF_TURN_TOKEN|start_header_id|endofassistant|start)\|>|<end_of_turn>|<start_of_turn>|<eos>|"
    r"<\uff5cend"
)
_THOUGHTS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
    ("[THINK]", "[/THINK]"),
    ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
)
_STRUCK = regex(r"<(s|del|strike)>.{0,200}?</\1>|(?<!~)~~(?!~).{1,200}?~~", re.DOTALL)
_COMMENT = regex(
    r"<!--.*?(?:-->|\Z)|\\iffalse\b.*?(?:\\fi\b|\Z)|\\begin\{comment\}.*?(?:\\end\{comment\}|\Z)", re.DOTALL
)
_LINE_COMMENT = regex(r"^[ \t]*%[^\n]*|(?<=[.;!?])[ \t]+%[ \t][^\n]*", re.MULTILINE)
_HIDDEN = regex(
    r"<([a-z]+)\s[^<>]{0,200}?(?:display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b)[^<>]{0,80}>.*?(?:</\1>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_POWER = regex(r"<sup>([^<]{1,40})</sup>")
_INDEX = regex(r"<sub>([^<]{1,40})</sub>")
_BREAK = regex(r"<(?:br|hr|/p|/div|/li|/tr|/h[1-6])\s*/?>", re.IGNORECASE)
_BOLD = regex(r"</?(?:b|strong)(?:\s[^<>]{0,80})?>", re.IGNORECASE)
_MARK = regex(
    r"</?(?:i|em|u|p|div|span|font|li|ul|ol|table|tbody|thead|tr|td|th|h[1-6]|center|mark|small|big|code|"
    r"pre|math|"
    r"solution|result)(?:\s[^<>]{0,200})?>",
    re.IGNORECASE,
)
_ENTITY = regex(r"&(?:nbsp|lt|gt|amp|le|ge|minus|times|deg|radic|pi|frac12|#\d{2,5});")
_NEW_QUESTION = regex(r"\n\s*(?:#+\s*)?(?:\*\*)?(?:Question|Q|User|Human):(?:\*\*)?\s")
_QUESTIONS = ("Question:", "Q:", "User:", "Human:")
_BEFORE_QUESTION = " \t\n\r\f\v\x1c\x1d\x1e\x1f#*"
_CONFIDENCE = regex(
    r"[\s*_(]*\bconfidence(?: (?:level|score))?\W{0,4}(?:[:=]|is)\W{0,4}"
    r"(?:(?:about |roughly )?(?:100|[89]\d)(?:\.\d+)?\s?%|(?:[89]|10)\s?/\s?10|(?:100|[89]\d)\s?/\s?100|"
    r"(?:very )?high)[\s*_.)]*\Z",
    re.IGNORECASE,
)
"""How sure it is, as prompts ask for it: said of the answer, no part of it."""
_SURE_AT_END = 300
_ANSWERS = ("####", "\\boxed", "answer is", "</answer>", "nswer:", 'nswer"')
"""Marks of which every match of the pattern above, and of that below, has one."""
_ANSWERED = regex(
    r"####\s*\S|\\boxed\s*\{|\banswer is\b|</answer>|(?:^|\n)[*_# ]*(?:[Ff]inal )?[Aa]nswer:\**\s*\S|"
    r"\banswer\"\s*:\s*[^\s_]"
)


def own(text: str) -> str | None:
    """The text without reasoning, other turns and marks; ``None`` where the reasoning was not finished."""
    if ("<" in text and "<!--" in text) or ("\\" in text and ("\\iffalse" in text or "{comment}" in text)):
        text = _COMMENT.sub(" ", text)
    if "%" in text and ("\n%" in text or " %" in text or text[0] == "%"):
        text = _LINE_COMMENT.sub("", text)
    if ("<" in text and _ANY_MARK.search(text)) or ("[" in text and "THINK]" in text) or "\u25b7" in text:
        for opened, closed in _THOUGHTS:
            at = text.rfind(closed)
            if at >= 0:
                text = text[at + len(closed) :]
            if opened in text:
                return None
        if "<|" in text or "<e" in text or "<s" in text or "<\uff5c" in text or "</s>" in text:
            text = _first_turn(text)
        if ">" in text:
            text = _without_marks(text)
    if "~" in text and "~~" in text:
        text = _STRUCK.sub(" ", text)
    if "&" in text and ";" in text:
        import html  # slow to load, and rare

        text = _ENTITY.sub(lambda m: html.unescape(m[0]).replace("\xa0", " "), text)
    if "onfidence" in text[-_SURE_AT_END:]:
        text = _CONFIDENCE.sub("", text)
    if (
        ("H" in text and "Human:" in text)
        or ("Q" in text and ("Question:" in text or "Q:" in text))
        or ("U" in text and "User:" in text)
    ):
        text = _before_next_question(text, _found_first(text, _QUESTIONS, len(text)))
    return text


def _first_turn(text: str) -> str:
    turn = _TURN.search(text)
    if turn and turn.start() > 0:
        return text[: turn.start()]
    if "</s>" in text and "<s>" not in text.lstrip()[3:]:
        return text.partition("</s>")[0]
    return text


def _without_marks(text: str) -> str:
    if "none" in text or "hidden" in text:
        text = _HIDDEN.sub(" ", text)
    if "</s>" in text or "</del>" in text or "</strike>" in text:
        text = _STRUCK.sub(" ", text)
    if "</" not in text and "<br" not in text and "<hr" not in text:
        return text
    text = _POWER.sub(lambda m: "^{" + m[1] + "}", text)
    text = _INDEX.sub(lambda m: "_{" + m[1] + "}", text)
    text = _BREAK.sub("\n", text)
    text = _BOLD.sub("**", text)
    return _MARK.sub("", text)


def _found_first(text: str, marks: tuple[str, ...], stop: int) -> int:
    """Where the first of some marks stands before ``stop``, or -1."""
    return min((at for mark in marks if (at := text.find(mark, 0, stop)) >= 0), default=-1)


def _before_next_question(text: str, asked: int) -> str:
    """A base model that goes on with a question of its own after its answer: what stands before it.
    ``asked`` is where the first mark of a question stands."""
    begin = len(text[:asked].rstrip(_BEFORE_QUESTION)) if text.isascii() else 0
    for found in _NEW_QUESTION.finditer(text, begin):
        answered = _found_first(text, _ANSWERS, found.start())
        line = text.rfind("\n", 0, answered) if answered >= 0 else -1
        if answered >= 0 and _ANSWERED.search(text, max(0, line), found.start()):
            return text[: found.start()]
    return text
