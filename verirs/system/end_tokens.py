"""Special tokens that a server left at the end of a completion: cut before any grader reads it.

Only the end of the text is touched (and a closing code fence that a token stands right behind): in the
middle such a token is text like any other, a string of a program for one. White space before the first
token stays. The forms are those of the tokenizers of public chat models: Qwen, Llama, Gemma, Phi, gpt-oss,
DeepSeek, Mistral, Command R, GLM, InternLM, Kimi, EXAONE, Seed, StarCoder, T5 and others.
"""

from __future__ import annotations

import re

_ROLE = r"(?:assistant|user|system|model|human|tool|ipython|final|analysis)?"
_ANY = re.compile(
    # a new turn: <|im_start|>user, <|start_header_id|>user<|end_header_id|>, <start_of_turn>user
    rf"(?:<\|(?:im_start|start_header_id|header_start|start_of_role|start|turn_start)\|>\s{{0,4}}{_ROLE}"
    rf"(?:<\|(?:end_header_id|header_end|end_of_role|message|channel)\|>)?"
    rf"|<start_of_turn>\s{{0,4}}{_ROLE}"
    # <|im_end|>, <|END_OF_TURN_TOKEN|>; what closes an answer is no special token
    r"|<\|(?!(?:begin|end)_of_box\|)[A-Za-z][\w -]{2,60}\|>"
    r"|\[\|[A-Za-z]\w{2,40}\|\]"
    r"|\|(?:ENDOFTEXT|EOS|END)\|"
    # <｜end▁of▁sentence｜>
    r"|<\uff5c[^<>\uff5c\n]{2,60}\uff5c>"
    r"|</?(?:s|longcat_s|longcat_pad)>"
    r"|<(?:bos|eos|pad|unk|sep|mask|eot|eop|eoa|eoh|eom|eod|end|endoftext|endofturn|im_end|EOS_TOKEN|PAD_TOKEN)>"
    r"|<(?:end_of_(?!box\b|thought\b)\w{2,20}|seed:(?:eos|bos|pad)|extra_id_\d+|SPECIAL_\d+|unused\d+|reserved_\w{1,30})>"
    r"|<(?:BOS|EOS|PAD|UNK|SEP|MASK|EOT|EOP|EOD|END)>"
    r"|\[e~\[|<turn\|>"
    rf"|\[(?:BOS|EOS|PAD|UNK|SEP|CLS|MASK|EOT|EOM|EOD|UNUSED_TOKEN_\d+|/INST)\])"
)  # fmt: skip
_TOKEN = re.compile(rf"(?:{_ANY.pattern})\Z")
_LONGEST = 130
_LAST = "|>][smanrlut"  # the last characters of a token or of a role
_NO_LAST = frozenset(".}$)`0123456789")
"""How most texts end."""
_OPERATOR = re.compile(r"(?:[=(,+{*-]|\b(?:return|yield|in|not|and|or|else|if))[ \t]*\Z")
_AT_FENCE = re.compile(r"``` ?[<\[]")
"""A special token may stand right behind a code fence."""
_FENCE_END = re.compile(r"^([ \t]*`{3,})[ \t]*([<\[][^`\n]{1,120})$", re.MULTILINE)


def without_end_tokens(text: str) -> str:
    """The text without the special tokens that end it, however many and with white space between them.

    >>> without_end_tokens("The answer is 5.<|im_end|>\\n<|endoftext|>")
    'The answer is 5.'
    """
    if text[-1:] not in _NO_LAST:
        text = text[: _first_token(text, len(text))]
    if "`" in text and _AT_FENCE.search(text):
        text = _FENCE_END.sub(_bare_fence, text)
    return text


def _first_token(text: str, stop: int) -> int:
    """Where the run of special tokens begins that ends before ``stop``."""
    begin = stop
    names: dict[str, bool] = {}
    empty = -1  # the <s> behind which nothing but tokens stands
    while True:
        end = begin
        while end and text[end - 1].isspace():
            end -= 1
        if not end or text[end - 1] not in _LAST:
            return begin
        found = _TOKEN.search(text, max(0, end - _LONGEST), end)
        if found is not None and found[0] == "</s>" and names.get("<s>", True):
            opened = text.rfind("<s>", 0, found.start())
            names["<s>"] = opened > 0  # none before this one: none before those that come before it
            if opened > 0 and opened != empty and _ANY.sub("", text[opened + 3 : found.start()]).strip():
                return begin  # HTML that strikes out
            empty = opened
        if found is None or (found[0][-1] == "]" and _is_program(text, found, names)):
            return begin
        begin = found.start()


def _is_program(text: str, found: re.Match[str], names: dict[str, bool]) -> bool:
    """Whether ``[EOS]`` belongs to a program: a list, or an index whose name stands elsewhere too."""
    name = found[0][1:-1]
    if name not in names:
        word = re.escape(name)
        as_token = rf"\[\|?{word}\|?\]|<\|{word}\|>|<{word}>|\|{word}\|"
        names[name] = any(m[1] for m in re.finditer(rf"{as_token}|(?<!\[)\b({word})\b", text))
    return names[name] or _OPERATOR.search(text, max(0, found.start() - 40), found.start()) is not None


def _bare_fence(fence: re.Match[str]) -> str:
    return fence[1] if _first_token(fence[2], len(fence[2])) == 0 else fence[0]
