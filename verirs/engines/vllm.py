"""Samples with vLLM in this process: continuous batching, on GPUs or on the CPU.

One thread drives vLLM's engine step by step; completions are handed over as they finish. Each sample
is an engine request of its own with its own seed (vLLM gives child k of an n-sample request the seed
``seed + k``, so neighbouring requests would repeat samples); vLLM fans an n-sample request out to such
requests anyway, and its prefix cache computes the whole blocks of their common prompt once.

With vLLM's multiprocessing on (its default on GPUs) the model lives in child processes. They are ended
by ``close`` and, if this process is ended from outside, even by SIGKILL, by a small guard process.

Start-up sets a few environment variables, never over the user's: see :func:`_environment`.
"""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from verirs.engines.guard import Guard
from verirs.engines.local_model import FIRST, LocalModel
from verirs.engines.models import Located, locate, same_but_weights
from verirs.engines.requests import cut, too_long
from verirs.engines.worker import Inbox, Job
from verirs.errors import EngineError, RequestError, UserError
from verirs.protocols import Request
from verirs.types import Completion, Message


class VllmEngine:
    """A model run by vLLM.

    Args:
        model: a model directory, or a name on the hub.
        revision: commit or tag on the hub; default: the newest, recorded in the run's identity.
        dtype: ``auto``, ``bfloat16``, ``float16`` or ``float32``.
        max_model_len: longest prompt and completion together, in tokens; lower it if the cache does
            not fit; default: the model's own.
        gpu_memory_utilization: share of the GPU's memory to use; lower it if something else needs the
            GPU; default: vLLM's own.
        tensor_parallel_size: over how many GPUs the model is split.
        concurrency: samples in flight; more than vLLM runs at once (``max_num_seqs``) keeps it full.
        seeded: whether each sample has a seed of its own. vLLM draws the tokens of seeded samples one by one
            at every step; without seeds it draws a whole batch at once, and no text can be drawn again.
        options: anything else of vLLM's ``EngineArgs``, by its own name.
    """

    name = "vllm"
    reproducible = (
        "The same seed gives the same text on the same machine and vLLM version, up to floating-point "
        "rounding that depends on which other samples run at the same time (vLLM's batch-invariant mode "
        "removes it)."
    )

    def __init__(
        self,
        model: str,
        revision: str | None = None,
        dtype: str = "auto",
        max_model_len: int | None = None,
        gpu_memory_utilization: float | None = None,
        tensor_parallel_size: int = 1,
        concurrency: int = 2048,
        seeded: bool = True,
        options: Mapping[str, Any] | None = None,
    ):
        if gpu_memory_utilization is not None and not 0 < gpu_memory_utilization <= 1:
            raise UserError(
                f"engine vllm: gpu_memory_utilization = {gpu_memory_utilization} is not a share "
                "between 0 and 1"
            )
        self.concurrency, self.seeded = concurrency, seeded
        if not seeded:
            self.reproducible = "The samples have no seeds (seeded = false), so no text can be drawn again."
        given = {"max_model_len": max_model_len, "gpu_memory_utilization": gpu_memory_utilization}
        self._arguments: dict[str, Any] = {
            "dtype": dtype,
            "tensor_parallel_size": tensor_parallel_size,
            **{key: value for key, value in given.items() if value is not None},
            **(options or {}),
        }
        self._backend = _Backend(self)
        self._local = LocalModel(self.name, model, revision, self._backend, modules=("vllm",), extra="vllm")

    def identity(self) -> Mapping[str, Any]:
        """Model content or commit, dtype and context length; not what only decides speed.

        Raises:
            MissingExtra: vLLM is not installed.
            NotAModel, EngineError: the model cannot be found.
        """
        shaping = ("dtype", "max_model_len", "quantization")
        chosen = {key: self._arguments[key] for key in shaping if key in self._arguments}
        return {**self._local.located.identity(), **chosen}

    def render(self, messages: Sequence[Message]) -> str:
        return self._local.render(messages)

    async def start(self) -> None:
        """
        Raises:
            MissingExtra: vLLM is not installed.
            EngineError: no model, no GPU for this build of vLLM, not enough memory.
        """
        await self._local.start()

    def sample(self, request: Request) -> AsyncIterator[Completion]:
        return self._local.sample(request)

    def prompt_tokens(self, request: Request) -> int:
        return self._local.prompt_tokens(request)

    def outlive(self) -> None:
        self._backend.outlives = True

    async def rest(self) -> None:
        """Move the weights to main memory and drop the cache (vLLM's sleep mode). Without a GPU there is
        nothing to give back, and all stays where it is."""
        if self._local.worker.loaded:
            await self._local.worker.call(self._backend.rest)

    async def resume(self, model: str) -> bool:
        """Wake up; take the weights of another directory, if only they differ. The identity follows."""
        local = self._local
        located = locate(model, local.revision)
        fits = located == local.located or same_but_weights(local.located, located)
        if not (fits and local.worker.loaded):
            return False
        await local.worker.call(self._backend.wake)
        if located != local.located:
            await local.worker.call(lambda: self._backend.reload(located))
            local.located = located
        return True

    async def first_tokens(self, request: Request) -> Mapping[str, float]:
        """As :meth:`verirs.engines.local_model.LocalModel.first_tokens`."""
        return await self._local.first_tokens(request)

    async def close(self) -> None:
        """End vLLM and its processes and free its memory; another engine can start in this process."""
        await self._local.worker.close()


class _Backend:
    """The blocking half: everything here runs in the worker's thread."""

    def __init__(self, engine: VllmEngine):
        self._engine = engine
        self._vllm: Any = None
        self._guard: Guard | None = None
        self._running: dict[str, Job] = {}
        self._count = 0
        self._asleep = False
        self.outlives = False
        self.prompt_tokens = 0
        """Prompt tokens of all samples so far."""
        self.cached_tokens = 0
        """Those of them that vLLM took from its prefix cache instead of computing them."""

    def arguments(self, *, cpu: bool, sleeps: bool = False) -> dict[str, Any]:
        """What vLLM is started with: our defaults under what the user chose."""
        defaults: dict[str, Any] = {"disable_log_stats": True, "use_tqdm_on_load": False}
        if cpu:
            # The cache's size is set in GiB by the environment; the share is only checked against
            # free memory. vLLM's blocks of 128 tokens are too long to share short prompts. A seeded
            # request whose prompt is computed in chunks crashes vLLM on the CPU (seen in 0.32:
            # "CPU Generator does not use offset").
            defaults |= {
                "gpu_memory_utilization": 0.1,
                "block_size": 32,
                "enforce_eager": True,
                "enable_chunked_prefill": False,
            }
        if sleeps:
            defaults["enable_sleep_mode"] = True
        if not self._engine.seeded:  # vLLM's own default would draw the same again after each start
            defaults["seed"] = secrets.randbelow(2**31)
        return {**defaults, **self._engine._arguments}

    def load(self) -> None:
        located = self._engine._local.located
        self._tokenizer = self._engine._local.tokenizer
        _environment(os.environ)
        from vllm import EngineArgs
        from vllm.platforms import current_platform
        from vllm.usage.usage_lib import UsageContext
        from vllm.v1.engine.llm_engine import LLMEngine

        if not current_platform.device_type:
            raise EngineError(
                "engine vllm: vLLM sees no GPU on this machine (is the driver there, does nvidia-smi work?); "
                "use engine 'transformers', or a CPU build of vLLM"
            )
        self._guard = Guard()
        try:
            sleeps = self.outlives and current_platform.is_sleep_mode_available()
            chosen = EngineArgs(
                model=located.name,
                revision=located.revision,
                **self.arguments(cpu=current_platform.is_cpu(), sleeps=sleeps),
            )
            # vLLM's defaults for batch sizes follow this: twice as many sequences at once as for a server
            self._vllm = LLMEngine.from_engine_args(chosen, usage_context=UsageContext.LLM_CLASS)
        except (TypeError, ValueError, RuntimeError, OSError) as error:
            raise EngineError(
                f"engine vllm: vLLM cannot start {located.name!r}: {_advice(str(error))}"
            ) from error
        self._guard.started()

    def unload(self) -> None:
        vllm, self._vllm = self._vllm, None
        if vllm is not None:
            from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

            vllm.engine_core.shutdown()
            del vllm
            gc.collect()
            cleanup_dist_env_and_memory()
        if self._guard is not None:
            self._guard.finish()

    def rest(self) -> None:
        if not self._asleep:
            self._between_samples("go to sleep", lambda: self._vllm.sleep(level=1))
            self._asleep = True

    def wake(self) -> None:
        if self._asleep:
            self._between_samples("wake up", self._vllm.wake_up)
            self._asleep = False

    def reload(self, located: Located) -> None:
        def take() -> None:
            self._vllm.collective_rpc("reload_weights", kwargs={"weights_path": located.name})
            self._vllm.reset_prefix_cache()

        self._between_samples(f"take the weights of {located.name!r}", take)

    def _between_samples(self, what: str, do: Callable[[], Any]) -> None:
        if self._running:
            raise EngineError(f"engine vllm: {len(self._running)} samples are running; it cannot {what} now")
        try:
            do()
        except Exception as error:
            # vLLM's processes hand on errors of any type, bare Exceptions too
            raise EngineError(f"engine vllm: it cannot {what}: {type(error).__name__}: {error}") from error

    def serve(self, inbox: Inbox) -> None:
        while not inbox.closed:
            # an idle engine waits a moment for the rest of what is being asked for: a first step with
            # few rows costs as much as a full one
            idle = not self._running
            for job in inbox.take(block=idle, enough=self._engine.concurrency, linger=0.005 if idle else 0):
                self._add(job)
            gone = [key for key, job in self._running.items() if job.cancelled]
            if gone:
                self._vllm.abort_request(gone)
                for key in gone:
                    del self._running[key]
            if self._running:
                for output in self._vllm.step():
                    self._deliver(output)

    @property
    def context(self) -> int:
        """How many tokens the model reads."""
        return int(self._vllm.model_config.max_model_len)

    def first(self, prompts: Sequence[tuple[int, ...]]) -> list[list[tuple[int, float]]]:
        """As :class:`verirs.engines.local_model.LocalBackend`; samples that run meanwhile go on."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        asked = SamplingParams(
            temperature=0, max_tokens=1, logprobs=FIRST, output_kind=RequestOutputKind.FINAL_ONLY
        )
        keys = []
        for prompt in prompts:
            self._count += 1
            keys.append(str(self._count))
            self._vllm.add_request(keys[-1], {"type": "token", "prompt_token_ids": list(prompt)}, asked)
        open_, found = set(keys), {}
        while open_:
            for output in self._vllm.step():
                if output.request_id in open_:
                    open_.remove(output.request_id)
                    (numbers,) = output.outputs[0].logprobs
                    found[output.request_id] = [(token, n.logprob) for token, n in numbers.items()]
                else:
                    self._deliver(output)
        return [found[key] for key in keys]

    def _add(self, job: Job) -> None:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        try:
            from vllm.exceptions import VLLMValidationError as Refusal
        except ImportError:  # older versions raise ValueError
            Refusal = ValueError

        sampling = job.sampling
        if len(job.prompt) >= self.context:
            job.fail(too_long(job.problem, len(job.prompt), self.context))
            return
        self._count += 1
        key = str(self._count)
        try:
            self._vllm.add_request(
                key,
                {"type": "token", "prompt_token_ids": list(job.prompt)},
                SamplingParams(
                    temperature=sampling.temperature,
                    top_p=sampling.top_p,
                    max_tokens=sampling.max_tokens,
                    stop=list(sampling.stop),
                    seed=job.seed & (2**63 - 1) if self._engine.seeded else None,
                    logprobs=0,
                    output_kind=RequestOutputKind.FINAL_ONLY,
                ),
            )
        except (ValueError, Refusal) as error:
            job.fail(RequestError(f"problem {job.problem!r}: vLLM refuses the prompt: {error}"))
        else:
            self._running[key] = job

    def _deliver(self, output: Any) -> None:
        job = self._running.pop(output.request_id, None)
        if job is None:
            return
        self.prompt_tokens += len(output.prompt_token_ids or ())
        self.cached_tokens += output.num_cached_tokens or 0
        completion = output.outputs[0]
        if completion.finish_reason not in {"stop", "length"}:
            job.fail(RequestError(f"problem {job.problem!r}: vLLM gave up with {completion.finish_reason!r}"))
            return
        text = completion.text
        if self._tokenizer.marks(completion.token_ids):  # vLLM leaves them out of its text
            text, _ = cut(self._tokenizer.decode(completion.token_ids), job.sampling.stop)
        job.finish(
            text=text,
            finish_reason=completion.finish_reason,
            tokens=len(completion.token_ids),
            logprob=completion.cumulative_logprob,
            seeded=self._engine.seeded,
        )


def _environment(env: Any) -> None:
    """Defaults for vLLM's environment variables that the user has not set.

    Everywhere: no usage reports over the network, only errors in its log. On a machine whose vLLM is
    a CPU build: everything in this process, 2 GiB for the cache, no binding of threads to cores.
    """
    env.setdefault("VLLM_NO_USAGE_STATS", "1")
    env.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    from vllm.platforms import current_platform

    if current_platform.is_cpu():
        env.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
        env.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
        env.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")


def _advice(error: str) -> str:
    """vLLM's own words and what usually mends them."""
    first = error.strip().splitlines()[0] if error.strip() else "no reason given"
    if "memory" in error.lower():
        return f"{first} Lower gpu_memory_utilization or max_model_len, or free the GPU."
    if "root cause" in error:
        return f"{first} Set VLLM_LOGGING_LEVEL=INFO to see its child processes' messages."
    return first
