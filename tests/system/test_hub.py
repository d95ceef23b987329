"""A hub that is away is found out in seconds, and asked again when it is back."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from verirs.errors import EngineError, SourceError, UserError
from verirs.parts import build
from verirs.system import hub

constants = pytest.importorskip("huggingface_hub.constants")


@pytest.fixture(autouse=True)
def unknown(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is known of the hub yet, and nobody hears of it after."""
    monkeypatch.setattr(hub, "_seen", hub._Seen())
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield
    if hub._seen.away and (datasets := __import__("sys").modules.get("datasets")):
        datasets.config.HF_HUB_OFFLINE = False


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port of a hub that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    return port


def test_it_is_told_once_and_asked_again_when_it_is_back(
    closed: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        hub.look()
        hub.look()
    assert constants.is_offline_mode()
    assert [r.getMessage() for r in caplog.records if "cannot be reached" in r.getMessage()] == [
        f"the hub (http://127.0.0.1:{closed}) cannot be reached: only what its cache holds is used"
    ]
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", closed))
        server.listen()
        hub._seen.at = -hub._KNOWN
        hub.look()
        assert not constants.is_offline_mode()


def test_what_the_user_set_and_what_a_proxy_hides_is_left_alone(
    closed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    hub.look()
    assert not constants.HF_HUB_OFFLINE
    monkeypatch.delenv("http_proxy")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub._seen.at = -hub._KNOWN
    hub.look()
    assert constants.HF_HUB_OFFLINE and not hub._seen.away


@pytest.mark.usefixtures("closed")
def test_a_source_a_model_and_a_reward_model_of_the_hub_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    from verirs.engines.models import locate
    from verirs.reward.recipes.header import _names

    pytest.importorskip("datasets")

    def retries(seconds: float) -> None:
        raise AssertionError("the hub's library tries again")

    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", retries)
    with pytest.raises(SourceError, match=r"cannot load .*source\.path=FILE"):
        list(build("source", "hub", {"dataset": "no-one/nothing-here"}).problems())
    with pytest.raises(EngineError, match="the hub cannot be reached, its cache here does not hold"):
        locate("no-one/nothing-here", None)
    with pytest.raises(UserError, match="the hub cannot be reached, and its cache here does not hold"):
        _names("no-one/nothing-here")
