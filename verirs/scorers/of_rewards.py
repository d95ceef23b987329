"""What the scorers that read a reward model have in common: their settings, and one reader of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from verirs.errors import ConfigError
from verirs.parts import ByArguments
from verirs.reward.models.reader import Reader, Settings


class RewardScorer(ByArguments):
    """Ranks by the numbers of a reward model.

    Args:
        model: directory or hub id. With ``http`` its tokenizer, template and label names are read here,
            the weights are the server's.
        recipe: how it is read; ``auto`` is what its files say (docs/reward_models.md lists the recipes).
        override: fields of the recipe to change, as in ``{system = "..."}``.
        backend: ``transformers`` (in this process), ``vllm`` (pooling runner, in this process) or ``http``.
        url: for ``http``, the address with its endpoint: ``.../classify``, ``.../pooling`` or ``.../score``
            (vLLM), ``.../classify`` (SGLang) or ``.../get_reward`` (OpenRLHF); several share the work.
        server: for ``http``, which kind it is: ``vllm``, ``sglang``, ``openrlhf``; ``auto`` asks one text in
            each way that the address may mean.
        served: for ``http``, the model's name on a server that has several.
        tokenizer: directory or hub id of the tokenizer, where it is not the model's own.
        label: which output of a head wider than one is the reward: its name or its index. A head of
            width two needs none: the log-odds of the second against the first.
        thought: ``drop``: only what follows a model's thought is read; ``keep``: both, as they were sampled.
        batch_size: most texts at once.
        batch_tokens: most tokens at once, padding included; halved by itself when memory runs out.
        max_length: tokens; a longer text loses its middle. 0 is the model's own limit.
        dtype: ``auto`` is bfloat16 on a GPU, float32 elsewhere.
        device: ``auto`` is the GPU where there is one.
        timeout: for ``http``, seconds a request may take.
        api_key_env: for ``http``, the environment variable that holds the server's key, if it wants one.
        late: rank when all is sampled and the engine has given its memory back, so that one GPU serves both.
        options: for ``vllm``, further arguments of ``vllm.LLM``.

    Raises:
        ConfigError: everything that is wrong with these, and with the options of the scorer itself.
    """

    name: str
    version: str
    ranks = True
    by_steps: ClassVar[bool] = False
    """Whether it has a number for each step."""

    def __init__(
        self,
        *,
        model: str,
        recipe: str = "auto",
        override: Mapping[str, Any] | None = None,
        backend: Literal["transformers", "vllm", "http"] = "transformers",
        url: str | Sequence[str] = "",
        server: Literal["auto", "vllm", "sglang", "openrlhf"] = "auto",
        served: str = "",
        tokenizer: str = "",
        label: str | int = "",
        thought: Literal["drop", "keep"] = "drop",
        batch_size: int = 64,
        batch_tokens: int = 16384,
        max_length: int = 0,
        dtype: str = "auto",
        device: str = "auto",
        timeout: float = 120.0,
        api_key_env: str = "",
        late: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        settings = Settings(
            scorer=self.name,
            model=model,
            recipe=recipe,
            override=override,
            backend=backend,
            url=url,
            server=server,
            served=served,
            tokenizer=tokenizer,
            label=label,
            thought=thought,
            batch_size=batch_size,
            batch_tokens=batch_tokens,
            max_length=max_length,
            dtype=dtype,
            device=device,
            timeout=timeout,
            api_key_env=api_key_env,
            options=options,
        )
        if problems := [*settings.faults(), *self.faults()]:
            raise ConfigError(problems)
        self.settings, self.late = settings, late
        self.version = f"2+{settings.reading[:8]}"
        self.reader = Reader(settings, by_steps=self.by_steps)
        self.shows, self.prove = self.reader.shows, self.reader.prove
        self.interrupt, self.close = self.reader.interrupt, self.reader.close

    def faults(self) -> list[str]:
        """What is wrong with the options of the scorer itself."""
        return []
