"""Samples with Hugging Face transformers in this process, on the CPU or one GPU, in batches.

One thread owns the model. Waiting samples are sorted by prompt length and sampled a batch at a time;
a prompt that several samples of the batch share is computed once; rows that have finished are handed
over at once and dropped from the batch as soon as half of it is idle. A batch that does not fit the
GPU's memory is halved and tried again.

Random numbers belong to the sample's seed, not to the batch (see :mod:`verirs.engines.draw`), but
matrix products round differently in batches of another shape, so a text may still, rarely, come out
different among other neighbours; float32 makes that much rarer than bfloat16. For throughput on a
GPU use the vllm engine.
"""

from __future__ import annotations

import functools
import gc
import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from verirs.engines.draw import nucleus, pick, uniforms
from verirs.engines.local_model import FIRST, LocalModel
from verirs.engines.models import is_small
from verirs.engines.requests import cut, too_long
from verirs.engines.worker import Inbox, Job
from verirs.errors import EngineError, UserError, nearest
from verirs.protocols import Request
from verirs.system import memory
from verirs.types import Completion, Message

_DTYPES = ("auto", "float32", "bfloat16", "float16")


class TransformersEngine:
    """A causal language model run by transformers.

    Args:
        model: a model directory, or a name on the hub.
        revision: commit or tag on the hub; default: the newest, recorded in the run's identity.
        dtype: ``auto`` (as stored), ``float32``, ``bfloat16`` or ``float16``.
        device: ``auto`` (the first GPU if there is one), ``cpu``, ``cuda``, ``cuda:1``.
        batch_size: samples computed together; lower it if the machine runs out of memory.
    """

    name = "transformers"
    reproducible = (
        "The same seed gives the same text on the same machine, up to floating-point rounding that "
        "depends on which other samples share the batch."
    )

    def __init__(
        self,
        model: str,
        revision: str | None = None,
        dtype: str = "auto",
        device: str = "auto",
        batch_size: int = 64,
    ):
        if dtype not in _DTYPES:
            raise UserError(
                f"engine transformers: dtype {dtype!r} is not one of {', '.join(_DTYPES)}"
                f"{nearest(dtype, _DTYPES)}"
            )
        if batch_size < 1:
            raise UserError(f"engine transformers: batch_size = {batch_size} is less than 1")
        self.concurrency = 4 * batch_size
        self._dtype, self._device = dtype, device
        self._local = LocalModel(
            self.name,
            model,
            revision,
            _Backend(self, batch_size),
            modules=("torch", "transformers"),
            extra="hf",
        )

    def identity(self) -> Mapping[str, Any]:
        """Model content or commit, and dtype; not the device and batch size, which only round.

        Raises:
            MissingExtra: torch or transformers is not installed.
            NotAModel, EngineError: the model cannot be found.
        """
        return {**self._local.located.identity(), "dtype": self._dtype}

    def render(self, messages: Sequence[Message]) -> str:
        return self._local.render(messages)

    async def start(self) -> None:
        await self._local.start()

    def sample(self, request: Request) -> AsyncIterator[Completion]:
        return self._local.sample(request)

    def prompt_tokens(self, request: Request) -> int:
        return self._local.prompt_tokens(request)

    async def first_tokens(self, request: Request) -> Mapping[str, float]:
        """As :meth:`verirs.engines.local_model.LocalModel.first_tokens`."""
        return await self._local.first_tokens(request)

    async def close(self) -> None:
        await self._local.worker.close()


class _Backend:
    """The blocking half: everything here runs in the worker's thread."""

    def __init__(self, engine: TransformersEngine, batch_size: int):
        self._engine, self._batch_size = engine, batch_size
        self._model: Any = None

    def load(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM, GenerationConfig
        from transformers.utils import logging

        engine = self._engine
        device = engine._device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        elif device.startswith("cuda") and not torch.cuda.is_available():
            raise UserError(
                f"engine transformers: device {device!r} was asked for, but torch sees no GPU; "
                "use device = 'cpu'"
            )
        self._tokenizer, located = engine._local.tokenizer, engine._local.located
        bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # one bar more would tear the run's live line
        try:
            model = AutoModelForCausalLM.from_pretrained(
                located.name, revision=located.revision, dtype=engine._dtype
            )
        except (OSError, ValueError) as error:
            raise EngineError(f"model {located.name!r} cannot be loaded: {error}") from error
        finally:
            if bars:
                logging.enable_progress_bar()
        self._model = model.to(device).eval()
        if device == "cpu":
            memory.keep_blocks()
        if device == "cpu" and is_small(model):
            torch.set_num_threads(1)  # of this thread, which is the worker's own
        self._device = torch.device(device)
        config = model.config.get_text_config()
        self.context = getattr(config, "max_position_embeddings", None) or 2**31
        eos = model.generation_config.eos_token_id
        eos = self._tokenizer.tokenizer.eos_token_id if eos is None else eos
        self._eos = torch.tensor([eos] if isinstance(eos, int) else list(eos or []), device=device)
        self._pad = self._tokenizer.tokenizer.pad_token_id or 0
        # The model's own defaults (a repetition penalty, a top-k) would change what is drawn.
        model.generation_config = GenerationConfig(do_sample=False, pad_token_id=self._pad)

    def unload(self) -> None:
        self._model = None
        gc.collect()
        if getattr(self, "_device", None) is not None and self._device.type == "cuda":
            import torch

            torch.cuda.empty_cache()

    def serve(self, inbox: Inbox) -> None:
        import torch

        waiting: list[Job] = []
        while not inbox.closed:
            for job in inbox.take(block=not waiting, enough=self._batch_size, linger=0.01):
                if len(job.prompt) >= self.context:
                    job.fail(too_long(job.problem, len(job.prompt), self.context))
                else:
                    waiting.append(job)
            waiting = [job for job in waiting if not job.cancelled]
            if not waiting:
                continue
            batch = form_batch(waiting, self._batch_size)
            try:
                with torch.inference_mode():
                    self._run(batch, inbox)
            except torch.OutOfMemoryError as error:
                self._halve(len(batch), error)
            waiting = [job for job in waiting if not job.done]

    def first(self, prompts: Sequence[tuple[int, ...]]) -> list[list[tuple[int, float]]]:
        """As :class:`verirs.engines.local_model.LocalBackend`; prompts of similar length go together.

        Raises:
            EngineError: one prompt alone does not fit the GPU's memory.
        """
        import torch

        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        found: dict[int, list[tuple[int, float]]] = {}
        while order:
            batch, rest = order[: self._batch_size], order[self._batch_size :]
            try:
                with torch.inference_mode():
                    found |= zip(batch, self._first([prompts[i] for i in batch]), strict=True)
                order = rest
            except torch.OutOfMemoryError as error:
                self._halve(len(batch), error)
        return [found[i] for i in range(len(prompts))]

    def _first(self, prompts: Sequence[tuple[int, ...]]) -> list[list[tuple[int, float]]]:
        import torch

        ids, mask = self._padded(prompts)
        out = self._model.generate(
            ids, attention_mask=mask, max_new_tokens=1, output_logits=True, return_dict_in_generate=True
        )
        numbers, tokens = torch.log_softmax(out.logits[0].float(), dim=-1).topk(
            min(FIRST, out.logits[0].shape[-1]), dim=-1
        )
        return [list(zip(t, n, strict=True)) for t, n in zip(tokens.tolist(), numbers.tolist(), strict=True)]

    def _padded(self, prompts: Sequence[tuple[int, ...]]) -> tuple[Any, Any]:
        """Token ids and their mask, padded on the left to one width."""
        import torch

        width = max(map(len, prompts))
        ids = [[self._pad] * (width - len(p)) + list(p) for p in prompts]
        mask = [[0] * (width - len(p)) + [1] * len(p) for p in prompts]
        return torch.tensor(ids, device=self._device), torch.tensor(mask, device=self._device)

    def _halve(self, size: int, error: Exception) -> None:
        """After running out of memory: half of what was computed together.

        Raises:
            EngineError: it was one alone.
        """
        import torch

        if self._batch_size == 1:
            raise EngineError(
                "engine transformers: one sample alone does not fit the GPU's memory; use a smaller "
                "model, dtype = 'bfloat16', or a lower max_tokens"
            ) from error
        self._batch_size = max(1, size // 2)
        torch.cuda.empty_cache()

    def _run(self, jobs: Sequence[Job], inbox: Inbox) -> None:
        """Sample one batch; finished rows are delivered on the way."""
        import torch
        from transformers import DynamicCache, LogitsProcessorList, StoppingCriteriaList

        width = max(len(job.prompt) for job in jobs)
        prompts = list(dict.fromkeys(job.prompt for job in jobs))
        rows = {prompt: row for row, prompt in enumerate(prompts)}
        ids, mask = self._padded(prompts)
        cache: Any = DynamicCache(config=self._model.config)
        # Rows of a plain cache can be copied and dropped; windows and recurrent states cannot.
        plain = bool(cache.layers) and all(type(layer).__name__ == "DynamicLayer" for layer in cache.layers)
        spread = torch.tensor([rows[job.prompt] for job in jobs], device=self._device)
        if plain and len(prompts) < len(jobs) and width > 1:
            # Compute each distinct prompt once. The last position is computed again, row by row, below.
            self._model.generate(ids, attention_mask=mask, max_new_tokens=1, **{cache_name(): cache})
            cache.crop(-1)
            cache.batch_select_indices(spread)
        ids, mask = ids[spread], mask[spread]
        state = _Rows(self, jobs, width, inbox, shrink=plain)
        while state.jobs:
            ids = self._model.generate(
                ids,
                attention_mask=mask,
                max_new_tokens=state.steps_left(),
                logits_processor=LogitsProcessorList([state.draw]),
                stopping_criteria=StoppingCriteriaList([state.look]),
                **{cache_name(): cache if plain else None},
            )
            kept = state.shrink()
            if not plain or inbox.closed:
                break
            ids = ids[kept]
            mask = torch.nn.functional.pad(mask[kept], (0, ids.shape[1] - mask.shape[1]), value=1)
            cache.batch_select_indices(kept)


@functools.cache
def cache_name() -> str:
    """What ``generate`` calls its cache: ``cache`` since transformers 5.24, ``past_key_values`` before."""
    from transformers import GenerationMixin

    known = inspect.signature(GenerationMixin.prepare_inputs_for_generation).parameters
    return "cache" if "cache" in known else "past_key_values"


class _Rows:
    """The rows of a running batch. ``draw`` chooses each row's token, ``look`` ends rows and batches."""

    def __init__(self, backend: _Backend, jobs: Sequence[Job], width: int, inbox: Inbox, shrink: bool):
        import torch

        sampling, device = jobs[0].sampling, backend._device
        self.jobs = list(jobs)
        self._sampling, self._width, self._inbox, self._may_shrink = sampling, width, inbox, shrink
        self._tokenizer, self._eos, self._step = backend._tokenizer, backend._eos, 0
        self._limits = [min(sampling.max_tokens, backend.context - len(job.prompt)) for job in jobs]
        self._uniforms = torch.from_numpy(uniforms([job.seed for job in jobs], max(self._limits))).to(device)
        self._logprob = torch.zeros(len(jobs), dtype=torch.float64, device=device)
        self._alive = [True] * len(jobs)
        # A stop text of b bytes is at most b tokens; a few more, as tokens may start inside a character.
        self._tail = max((len(stop.encode()) for stop in sampling.stop), default=0) + 4

    def steps_left(self) -> int:
        return max(self._limits) - self._step

    def draw(self, ids: Any, scores: Any) -> Any:
        """A logits processor: scores (rows, vocabulary) in float32 -> all mass on the drawn tokens."""
        import torch

        temperature, top_p = self._sampling.temperature, self._sampling.top_p
        if temperature == 0:
            token = scores.argmax(dim=-1, keepdim=True)
        else:
            weights = torch.softmax(scores / temperature, dim=-1)
            token = pick(weights if top_p >= 1 else nucleus(weights, top_p), self._uniforms[:, self._step])
        self._logprob += (scores.gather(-1, token)[:, 0] - scores.logsumexp(dim=-1)).double()
        return torch.full_like(scores, -torch.inf).scatter_(-1, token, 0.0)

    def look(self, ids: Any, scores: Any, **_: Any) -> Any:
        """A stopping criterion: hand over the rows that ended; end all when half of them are idle."""
        import torch

        self._step += 1
        ended = torch.isin(ids[:, -1], self._eos).tolist()
        tails: list[str] = []
        if self._sampling.stop:
            tails = self._tokenizer.tokenizer.batch_decode(
                ids[:, max(self._width, ids.shape[1] - self._tail) :], skip_special_tokens=True
            )
        for row, job in enumerate(self.jobs):
            if not self._alive[row]:
                continue
            stopped = ended[row] or (bool(tails) and cut(tails[row], self._sampling.stop)[1])
            if stopped or self._step >= self._limits[row]:
                text, was_cut = cut(
                    self._tokenizer.decode(ids[row, self._width :].tolist()), self._sampling.stop
                )
                job.finish(
                    text=text,
                    finish_reason="stop" if stopped or was_cut else "length",
                    tokens=self._step,
                    logprob=float(self._logprob[row]),
                )
                self._alive[row] = False
            elif job.cancelled:
                self._alive[row] = False
        alive = sum(self._alive)
        over = alive == 0 or self._inbox.closed or (self._may_shrink and alive <= len(self.jobs) // 2)
        return torch.full((len(self.jobs),), over, device=ids.device)

    def shrink(self) -> Any:
        """Drop the idle rows; returns the indices of the rows that stay."""
        import torch

        kept = [row for row, alive in enumerate(self._alive) if alive]
        index = torch.tensor(kept, dtype=torch.long, device=self._uniforms.device)
        self.jobs = [self.jobs[row] for row in kept]
        self._limits = [self._limits[row] for row in kept]
        self._uniforms, self._logprob = self._uniforms[index], self._logprob[index]
        self._alive = [True] * len(kept)
        return index


def form_batch(waiting: Sequence[Job], size: int) -> list[Job]:
    """Up to ``size`` jobs of similar prompt length, the one that has waited longest among them.

    Jobs of one prompt stay side by side, so that the prompt is computed once.
    """
    oldest = waiting[0]
    alike = sorted(
        (job for job in waiting if job.sampling == oldest.sampling),
        key=lambda job: (len(job.prompt), job.prompt),
    )
    start = max(0, min(alike.index(oldest), len(alike) - size))
    return alike[start : start + size]
