"""``verirs serve`` and ``verirs hooks``: our graders for trainers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from verirs.cli.base import Debug, app, say


@app.command
def serve(
    config: str | None = None,
    /,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    processes: int = 1,
    drain: float = 30,
    debug: Debug = False,
) -> None:
    """Answer reward requests over HTTP: OpenRLHF, slime, NeMo Gym, and any client (see docs/hooks.md).

    Where the config has an engine, it answers OpenAI's chat completions too, each the best of n.

    Args:
        config: a TOML file with [scorer.NAME] tables and [hook], and [engine] for chat completions; or a
            scorer's name; by default by each row's gold.
        host: address to listen on. Others than this machine's own need a token in VERIRS_TOKEN.
        port: to listen on.
        processes: server processes; each has scorers, and an engine, of its own.
        drain: seconds that SIGTERM waits for requests in flight; then what still runs is ended.
        debug: show tracebacks.
    """
    from importlib.util import find_spec

    from verirs.errors import need
    from verirs.hooks.config import ENVIRONMENT
    from verirs.hooks.grader import Grader
    from verirs.serve.gate import check_start

    need("uvicorn", "serve", "verirs serve")
    check_start(host, port, processes, drain, os.environ.get("VERIRS_TOKEN", ""))
    if config is not None:
        os.environ[ENVIRONMENT] = str(Path(config).resolve()) if config.endswith(".toml") else config
    grader = Grader()  # what is wrong is told before anything listens
    names = ", ".join(grader.scorers)
    say(
        f"verirs serve: {names}, grader {grader.identity}, rewards {grader.reward_identity}, http://{host}:{port}"
    )
    grader.close()

    import uvicorn

    from verirs.serve.app import answerer_of

    if (answerer := answerer_of(os.environ.get(ENVIRONMENT, ""))) is not None:  # not started here
        said = f"chat completions by {answerer.engine.name}, n = {answerer.config.n}"
        say(f"verirs serve: {said}, answers {answerer.identity}, http://{host}:{port}/v1")

    uvicorn.run(
        "verirs.serve.app:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=processes,
        http="verirs.serve.heads:Protocol" if find_spec("httptools") else "auto",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=75,  # longer than clients keep one: none writes into one that just closes
        timeout_graceful_shutdown=round(drain),
        backlog=8192,
    )


@app.command
def hooks(
    framework: str | None = None,
    /,
    *,
    path: Annotated[bool, Parameter(negative="")] = False,
    debug: Debug = False,
) -> None:
    """List the trainers and benchmarks that can use our graders, each with the line to write.

    Args:
        framework: one of them.
        path: print the path of its file alone, for those that load a file.
        debug: show tracebacks.
    """
    from importlib.util import find_spec

    from verirs.errors import UserError, nearest
    from verirs.hooks.lines import LINES

    if framework is not None:
        framework = framework.lower()
    if framework is not None and framework not in LINES:
        known = ", ".join(LINES)
        raise UserError(f"no hook for {framework!r}{nearest(framework, LINES)} (there are: {known})")
    if path and framework is not None:
        spec = find_spec(f"verirs.hooks.{LINES[framework].module}")
        print(spec.origin if spec else "")
        return
    width = max(map(len, LINES))
    for name, line in LINES.items():
        if framework in (None, name):
            say(f"{name:{width}}  {line.text}")
