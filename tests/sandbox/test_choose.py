"""Which sandbox is used, and how it is refused."""

from __future__ import annotations

import os
import signal

import pytest

from verirs.errors import SandboxError
from verirs.sandbox import Probe, choose, docker, local, open_sandbox, probe_all
from verirs.sandbox.packages import Packages


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(SandboxError, match="did you mean namespaces"):
        open_sandbox("namespace")


def test_process_warns_and_is_never_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.warns(RuntimeWarning, match="isolates nothing"):
        open_sandbox("process", workers=1).close()
    monkeypatch.setattr(
        choose, "probe", lambda name: Probe(name=name, available=name == "process", why=f"no {name}")
    )
    with pytest.raises(SandboxError) as refused:
        open_sandbox()
    for name in choose.AUTO:
        assert f"{name}: no {name}" in str(refused.value)


def test_a_weaker_one_is_not_taken_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(name: str) -> Probe:
        return Probe(name=name, available=name != "namespaces", why="namespaces are closed")

    monkeypatch.setattr(choose, "probe", probe)
    with pytest.warns(RuntimeWarning, match="'landlock'.*namespaces are closed"):
        assert open_sandbox(workers=1).name == "landlock"


def test_a_named_backend_is_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "probe", lambda name: Probe(name=name, available=False, why="broken here"))
    with pytest.raises(SandboxError, match="namespaces cannot run here: broken here"):
        open_sandbox("namespaces")


def test_docker_without_an_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setattr("verirs.sandbox.docker._client", docker._client.__wrapped__)
    found = choose.probe("docker")
    assert not found.available and "docker" in found.why


def test_without_files_in_memory_programs_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")  # as on macOS
    found = choose.probe("process")
    assert found.available, found.why


def test_a_system_without_the_runners_sockets_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(43, "Protocol not supported")  # macOS has no SOCK_SEQPACKET for pairs

    monkeypatch.setattr("socket.socketpair", refused)
    found = choose.probe("process")
    assert not found.available and "could not be started" in found.why and "not supported" in found.why


def test_a_hint_fits_what_was_said() -> None:
    said = "a first program failed: confining: OSError: [Errno 24] Too many open files"
    assert all("ulimit -n" in local.advice(tier, said) for tier in choose.AUTO)
    assert "5.13" in local.advice("landlock", "OSError: this kernel has no Landlock")
    assert local.advice("landlock", "a first program failed: it was killed") == ""


def test_a_runner_that_is_killed_is_told_so() -> None:
    worker = local.starter("process", Packages())()
    os.kill(worker.process._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    said = worker.process.failure()
    worker.close()
    assert "killed from outside" in said and "memory" in said


def test_probing_all_tells_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setattr("verirs.sandbox.docker._client", docker._client.__wrapped__)
    found = {p.name: p for p in probe_all()}
    assert list(found) == list(choose.BACKENDS)
    for probe in found.values():
        assert probe.guarantees if probe.available else probe.why
