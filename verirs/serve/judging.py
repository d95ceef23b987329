"""``POST /judge`` and ``POST /run_code``: this server as the sandbox of another machine.

``/judge`` is what :mod:`verirs.scorers.remote` asks: items with the options of a scorer ``code``.
``/run_code`` is SandboxFusion's call of one program with standard input (as of its commit 469de08), for
clients that know that: verl's ``sandbox_fusion.url``, say. Files to fetch, other modes than plain programs
and languages that are not here are refused as an error of the sandbox.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import platform
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verirs.errors import UserError, VerirsError
from verirs.parts import ScorerPart, build_scorer
from verirs.running.scoring import safely
from verirs.sandbox.jobs import Input, Limits, Run, Runs, Status
from verirs.scorers.code import CodeScorer
from verirs.scorers.remote import OPTIONS
from verirs.serve.gate import Refused
from verirs.types import Completion, Problem, to_json
from verirs.version import __version__

_MOST_ITEMS = 64
_LONGEST = 600.0
_LANGUAGES = {"python": "python", "cpp": "cpp", "nodejs": "javascript", "java": "java", "go": "go",
              "rust": "rust"}  # fmt: skip
"""SandboxFusion's names of what can be run here; its other modes (``pytest``, ``go_test``) are not."""


class Judging:
    """The two paths.

    Args:
        own: the options of this server's own scorer ``code``: its sandbox, packages and workers count.
    """

    def __init__(self, own: Mapping[str, Any]):
        self._own = {key: own[key] for key in ("sandbox", "packages", "workers") if key in own}
        self._threads = ThreadPoolExecutor(16, "verirs-judge")
        self._base: CodeScorer | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            if self._base is not None:
                self._base.close()
            self._base = None

    @contextlib.contextmanager
    def _scorer(self, options: Mapping[str, Any]) -> Iterator[tuple[ScorerPart, CodeScorer]]:
        """A scorer with a client's options; all share one sandbox, which the first keeps open."""
        with self._lock:
            if self._base is None:
                made = build_scorer("code", self._own, "code").made
                assert isinstance(made, CodeScorer)
                made.sandbox()
                self._base = made
        part = build_scorer("code", {**options, **self._own}, "code")
        assert isinstance(part.made, CodeScorer)
        try:
            yield part, part.made
        finally:
            part.made.close()

    async def judge(self, body: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._judge, body)

    async def run_code(self, body: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run_code, body)

    def _judge(self, body: Any) -> Any:
        try:
            options = dict(body["options"])
            items = [
                (Problem.from_json(problem), Completion.from_json(completion))
                for problem, completion in body["items"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(400, f"judge takes options and items: {type(error).__name__}: {error}") from None
        if unknown := sorted(options.keys() - set(OPTIONS)):
            raise Refused(400, f"option {unknown[0]!r} is not a client's to choose ({', '.join(OPTIONS)})")
        if len(items) > _MOST_ITEMS:
            raise Refused(413, f"{len(items)} items in one request; the limit is {_MOST_ITEMS}")
        try:
            with self._scorer(options) as (part, scorer):
                version = f"{part.version}.{self._here(scorer)}"
                return {"version": version, "scores": [to_json(s) for s in safely(part, items)]}
        except UserError as error:
            raise Refused(400, str(error)) from None
        except VerirsError as error:
            raise Refused(503, str(error)) from None

    def _here(self, scorer: CodeScorer) -> str:
        """What else verdicts may depend on here."""
        known = f"{__version__} {platform.python_version()} {scorer.sandbox().name} {scorer.shown.digest}"
        return hashlib.sha256(known.encode()).hexdigest()[:8]

    def _run_code(self, body: Any) -> Any:
        if not isinstance(body, dict) or not isinstance(body.get("code"), str):
            raise Refused(422, "run_code takes a table with code and language")
        try:
            language = _LANGUAGES.get(body.get("language", ""))
            if language is None:
                raise UserError(f"language {body.get('language')!r:.40} is none of {', '.join(_LANGUAGES)}")
            if body.get("fetch_files"):
                raise UserError("fetch_files is not supported")
            given = body.get("stdin") or ""
            beside = body.get("files") or {}
            if far := [name for name in beside if "/" in str(name) or str(name) in ("", ".", "..")]:
                raise UserError(f"file {far[0]!r:.60}: files lie in the program's own folder, by plain names")
            files = {str(name): base64.b64decode(content or "") for name, content in beside.items()}
            seconds, memory = float(body.get("run_timeout", 10)), int(body.get("memory_limit_MB", -1))
            if not 0 < seconds <= _LONGEST:
                raise UserError(f"run_timeout must be above 0, to {_LONGEST:g}")
            limits = Limits(cpu_s=seconds, memory_mb=memory if memory > 0 else 1024)
            inputs = (Input(stdin=str(given).encode("utf-8", "surrogatepass"), files=files),)
            with self._scorer({}) as (_, scorer):
                job = Runs(code=body["code"], inputs=inputs, language=language, limits=limits)
                result = scorer.sandbox().run(job)
        except (UserError, ValueError, TypeError, AttributeError) as error:
            return _answer("SandboxError", message=str(error))
        except VerirsError as error:
            return _answer("SandboxError", message=str(error))
        if result.status is Status.INFRA or not result.runs:
            return _answer("SandboxError", message=result.reason)
        return _told(result.runs[0])


def _told(run: Run) -> dict[str, Any]:
    late = run.status in (Status.CPU_TIMEOUT, Status.WALL_TIMEOUT)
    ended = run.status in (Status.OK, Status.EXCEPTION)
    code = run.exit_code if run.exit_code is not None else 0 if run.status is Status.OK else 1
    stderr = run.stderr.decode("utf-8", "replace")
    if not late and not ended:  # out of memory, too much output
        code, stderr = code or 1, f"{stderr}\n{run.status}: {run.reason}".strip()
    found = {
        "status": "TimeLimitExceeded" if late else "Finished",
        "execution_time": round(run.wall_s, 6),
        "return_code": None if late else code,
        "stdout": run.stdout.decode("utf-8", "replace"),
        "stderr": stderr,
    }
    good = run.status is Status.OK and code == 0
    return _answer("Success" if good else "Failed", run_result=found)


def _answer(status: str, *, message: str = "", run_result: Any = None) -> dict[str, Any]:
    return {
        "status": status,
        "message": message,
        "compile_result": None,
        "run_result": run_result,
        "executor_pod_name": None,
        "files": {},
    }
