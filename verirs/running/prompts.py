"""What the model reads: system prompt, worked examples, the template, and the seed of each sample."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from verirs.errors import ConfigError
from verirs.types import Message, Problem

# Our own grade-school examples, in the answer format of GSM8K.
EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "A bakery bakes 12 trays of rolls with 8 rolls on each tray. It sells 75 rolls. How many are left?",
        "The bakery bakes 12 * 8 = 96 rolls. After selling 75 it has 96 - 75 = 21 rolls.\n#### 21",
    ),
    (
        "Nadia reads 15 pages a day from Monday to Friday and 30 pages a day on the weekend. How many "
        "pages does she read in a week?",
        "From Monday to Friday she reads 5 * 15 = 75 pages. On the weekend she reads 2 * 30 = 60 pages. "
        "In a week she reads 75 + 60 = 135 pages.\n#### 135",
    ),
    (
        "A jacket costs $80. It is sold at a discount of 25%. Omar pays with a $100 bill. How much change "
        "does he get?",
        "The discount is 80 * 25 / 100 = 20 dollars, so the jacket costs 80 - 20 = 60 dollars. "
        "His change is 100 - 60 = 40 dollars.\n#### 40",
    ),
    (
        "Three friends share 48 stickers equally. Then Lena gives half of hers to her brother. How many "
        "stickers does Lena have now?",
        "Each friend gets 48 / 3 = 16 stickers. Lena gives away 16 / 2 = 8, so she has 16 - 8 = 8 "
        "stickers.\n#### 8",
    ),
    (
        "A tank holds 240 liters. A pump fills 18 liters a minute while 3 liters a minute leak out. How "
        "many minutes does it take to fill the empty tank?",
        "The tank gains 18 - 3 = 15 liters a minute. It is full after 240 / 15 = 16 minutes.\n#### 16",
    ),
    (
        "Ivan is twice as old as Petra, and Petra is 4 years older than Sol. Sol is 9. How old is Ivan?",
        "Petra is 9 + 4 = 13 years old. Ivan is 2 * 13 = 26 years old.\n#### 26",
    ),
    (
        "A farmer packs 350 eggs into boxes of 12. How many boxes are full, and how many eggs are left "
        "over? Give the number left over.",
        "350 / 12 is 29 with a remainder, and 29 * 12 = 348. So 29 boxes are full and 350 - 348 = 2 eggs "
        "are left over.\n#### 2",
    ),
    (
        "Kim walks 3 km to school and back on each of 5 days, and bikes 14 km on Saturday. How many km "
        "does Kim travel in all?",
        "Walking both ways is 2 * 3 = 6 km a day, so 5 * 6 = 30 km in five days. With the bike ride it is "
        "30 + 14 = 44 km.\n#### 44",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompter:
    """Builds the chat of a problem.

    Args:
        system: the system message, or empty.
        template: the last user message, ``{problem}`` standing for its text.
        examples: worked examples as ``(problem, completion)``, before the problem.
    """

    system: str = ""
    template: str = "{problem}"
    examples: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if "{problem}" not in self.template:
            raise ConfigError(f"prompt.template must contain {{problem}}, is {self.template!r}")

    def problem_messages(self, problem: Problem) -> tuple[Message, ...]:
        """The problem's own messages, the template applied to the last user message."""
        messages = list(problem.prompt)
        last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=None)
        if last is not None:
            messages[last] = {"role": "user", "content": self._fill(messages[last]["content"])}
        return tuple(messages)

    def messages(self, problem: Problem) -> tuple[Message, ...]:
        """Everything the model reads: system message, examples, the problem's messages."""
        own = self.problem_messages(problem)
        head: list[Message] = []
        if self.system and not any(m["role"] == "system" for m in own):
            head.append({"role": "system", "content": self.system})
        for question, completion in self.examples:
            head.append({"role": "user", "content": self._fill(question)})
            head.append({"role": "assistant", "content": completion})
        # a problem's own system message stays the first
        split = 1 if own and own[0]["role"] == "system" else 0
        return (*own[:split], *head, *own[split:])

    def _fill(self, text: str) -> str:
        # not str.format: problems are full of braces
        return self.template.replace("{problem}", text)


def few_shot(count: int, file: str = "") -> tuple[tuple[str, str], ...]:
    """``count`` worked examples, from a JSONL file of prompt and completion or from our own.

    Raises:
        ConfigError: there are not so many.
        SourceError: a broken file.
    """
    if not count:
        return ()
    examples: Sequence[tuple[str, str]] = EXAMPLES
    if file:
        from verirs.sources.files import read_rows, text_of

        examples = [
            (
                text_of(row, where, "prompt"),
                text_of(row, where, "completion"),
            )
            for where, row in read_rows(file)
        ]
    if count > len(examples):
        raise ConfigError(
            f"prompt.few_shot: asked for {count} examples, {file or 'our own set'} has {len(examples)}"
        )
    return tuple(examples[:count])


def sample_seed(run_seed: int, problem_id: str, index: int) -> int:
    """The seed of one sample: 53 bits (exact in any JSON reader) of a hash of where it belongs.

    Neighbouring seeds would repeat samples on servers that give child k of a request seed + k.
    """
    key = f"{run_seed}\0{problem_id}\0{index}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") >> 11
