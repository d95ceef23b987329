"""Reaching a Ray cluster and starting actors there: all that this package asks of Ray."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from verirs.errors import EngineError, UserError, need

log = logging.getLogger("verirs.cluster")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where and on what the work is done; see the config's table ``[ray]``."""

    workers: int = 0
    gpus: float = -1.0
    scorers: int = 0
    scorer_gpus: float = 0.0
    address: str = ""


def connect(address: str) -> Any:
    """The module ``ray``, connected: to ``address``, to the cluster that Ray finds, or to a new one here.

    Raises:
        MissingExtra: ray is not installed.
        EngineError: no cluster there.
    """
    need("ray", "ray", "--on ray")
    import ray

    if not ray.is_initialized():
        # a run tells nobody outside that it is one
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = address or os.environ.get("RAY_ADDRESS", "")
        _refuse_nobody(address)
        try:
            _in_a_thread_that_stays(lambda: _init(ray, address)).result()
        except (ConnectionError, RuntimeError, ValueError, OSError) as e:
            if _wants_token(e):
                raise EngineError(
                    f"the Ray cluster at {address or 'this machine'} lets nobody in without its token: set "
                    "RAY_AUTH_MODE=token where this command runs, and bring the token there (Ray's docs: "
                    "token authentication); or start the cluster with RAY_AUTH_MODE=disabled"
                ) from e
            raise EngineError(_no_cluster(address, (str(e).strip().splitlines() or [""])[0])) from e
    return ray


def _init(ray: Any, address: str) -> None:
    ray.init(
        address=address or None,
        log_to_driver=False,
        include_dashboard=None if address else False,
        logging_level=logging.ERROR,
    )


def _in_a_thread_that_stays(work: Callable[[], None]) -> Future[None]:
    """A cluster that Ray starts here ends with the thread that started it. (In the main thread Ray would take
    our handler of SIGTERM away.)"""
    done: Future[None] = Future()

    def stay() -> None:
        try:
            work()
        except BaseException as e:  # noqa: BLE001 (handed to the caller, who waits)
            done.set_exception(e)
            return
        done.set_result(None)
        threading.Event().wait()

    threading.Thread(target=stay, name="verirs-ray", daemon=True).start()
    return done


def _refuse_nobody(address: str) -> None:
    """Where nobody answers, Ray would end this process.

    Raises:
        EngineError: nobody does.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not (colon and port.isdecimal()):
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=30).close()
    except OSError as e:
        raise EngineError(_no_cluster(address, str(e))) from e


def _wants_token(error: BaseException | None) -> bool:
    """Whether a cluster was there and refused us. Ray says it somewhere below its own error."""
    while error is not None:
        if type(error).__name__ == "AuthenticationError" or "AuthenticationError" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _no_cluster(address: str, why: str) -> str:
    return (
        f"no Ray cluster at {address or 'this machine'}: {why}. Start one with `ray start --head`, and set "
        "ray.address, or RAY_ADDRESS, where it is elsewhere"
    )


def count_workers(ray: Any, places: Places, needed: int) -> tuple[int, float]:
    """How many engines the cluster is to hold, and GPUs of each.

    Args:
        needed: GPUs that one engine needs by its own options, where it needs any.

    Raises:
        UserError: no node has as many GPUs as one engine needs.
    """
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    most = max((node.get("GPU", 0.0) for node in nodes), default=0.0)
    gpus = places.gpus if places.gpus >= 0 else float(needed if most else 0)
    if gpus > most:
        raise UserError(
            f"ray: an engine needs {gpus:g} GPUs (ray.gpus), and no node of the cluster has more than "
            f"{most:g}"
        )
    if places.workers:
        return places.workers, gpus
    if gpus:
        return sum(int(node.get("GPU", 0.0) / gpus) for node in nodes), gpus
    return max(1, len([node for node in nodes if node.get("CPU")])), gpus
