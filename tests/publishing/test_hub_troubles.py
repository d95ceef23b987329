"""A hub that fails, refuses or forgets, and what `verirs push` and `verirs diff` make of it.

Through the real client of the hub; each trouble is of a public report or of the hub's documentation. Nothing
is published by halves: files and their list go up in one commit, or the error says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.publishing.hub_server import HubServer
from tests.publishing.test_publishing import REPO, hub, made
from verirs.errors import EngineError, UserError
from verirs.publishing import Release, difference, prepare, push
from verirs.running.again import export

__all__ = ["hub"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client waits before it tries again, up to eight seconds each time."""
    http = pytest.importorskip("huggingface_hub.utils._http")
    monkeypatch.setattr(http.time, "sleep", lambda _: None)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return prepare(made(tmp_path_factory.mktemp("release")))


@pytest.mark.parametrize(
    ("call", "status", "error", "words"),
    [
        # github.com/huggingface/huggingface_hub/issues/1312: the storage refuses a signed address
        ("/put/", 403, UserError, "status 403"),
        # github.com/huggingface/huggingface_hub/pull/1838: no right to write there
        ("/info/lfs/objects/batch", 403, UserError, "refuses org/name to this login"),
        ("/preupload/main", 403, UserError, "refuses org/name to this login"),
        # huggingface.co/docs/hub/rate-limits
        ("/commit/main", 429, EngineError, "later"),
        ("/commit/main", 503, EngineError, "later"),
        ("/commit/main", 413, UserError, "status 413"),
        # github.com/huggingface/datasets/issues/5833: two at once
        ("/commit/main", 409, UserError, "changed meanwhile"),
        ("/validate-yaml", 400, UserError, "refuses"),
    ],
)
def test_a_refused_upload_publishes_nothing_and_goes_through_later(
    hub: HubServer, release: Release, call: str, status: int, error: type[Exception], words: str
) -> None:
    hub.always[call] = status
    with pytest.raises(error, match=words):
        push(release, REPO)
    assert not hub.commits
    hub.always.clear()
    push(release, REPO)
    assert len(hub.commits) == 1 and {*release.files, *release.texts} <= set(hub.files(REPO))


def test_an_upload_that_breaks_off(hub: HubServer, release: Release) -> None:
    """The connection dies within a large file, and at the commit whose answer is lost."""
    hub.drops["/put/"] = 99
    with pytest.raises((EngineError, UserError), match="hub"):
        push(release, REPO)
    assert not hub.commits
    hub.drops.clear()
    push(release, REPO)
    assert set(hub.files(REPO)) >= {*release.files, *release.texts}


def test_a_commit_whose_answer_is_lost_is_made_once_more_with_the_same_files(
    hub: HubServer, release: Release
) -> None:
    hub.lost["/commit/main"] = 1
    with pytest.raises((EngineError, UserError)):
        push(release, REPO)
    before = dict(hub.files(REPO))
    push(release, REPO)
    assert hub.files(REPO) == before and {*release.files, *release.texts} <= set(before)


def test_a_file_that_the_repository_ignores_is_no_release(hub: HubServer, release: Release) -> None:
    """https://huggingface.co/docs/huggingface_hub/guides/upload: what a .gitignore names is left out with a
    warning, and the list of files would name what is not there."""
    push(release, REPO)
    hub.ignored = "sft.parquet"
    with pytest.raises(UserError, match=r"\.gitignore of org/name leaves out sft\.parquet"):
        push(release, REPO)
    assert len(hub.commits) == 1


def test_visibility_is_that_of_the_first_time(hub: HubServer, release: Release) -> None:
    push(release, REPO)
    push(release, REPO, public=True)
    assert hub.visibility[REPO] == "private"


def test_a_release_pushed_twice_is_one_set_of_files(hub: HubServer, release: Release) -> None:
    push(release, REPO)
    once = dict(hub.files(REPO))
    push(release, REPO)
    assert hub.files(REPO) == once


def test_a_token_that_may_read_only(hub: HubServer, release: Release) -> None:
    """huggingface.co/docs/hub/security-tokens: the repository is there, its making is refused."""
    push(release, REPO)
    hub.always["/repos/create"] = 403
    hub.always["/preupload/main"] = 403
    with pytest.raises(UserError, match="HF_TOKEN to a token that may write"):
        push(release, REPO)


def test_a_gated_data_set_says_what_to_do(hub: HubServer, release: Release) -> None:
    """https://huggingface.co/docs/hub/datasets-gated"""
    push(release, REPO)
    hub.gated = True
    with pytest.raises(UserError, match=r"gated.*ask"):
        difference(REPO, REPO)


def test_two_releases_of_one_repository_are_compared_by_their_commits(hub: HubServer, tmp_path: Path) -> None:
    path = made(tmp_path)
    push(prepare(path), REPO)
    first = hub.sha(REPO)
    export(path, changes={"select": {"k": 1}})
    push(prepare(path), REPO)
    found: Any = difference(f"{REPO}@{first}", REPO)
    assert found.rows["sft"].before > found.rows["sft"].after > 0
    assert difference(f"{REPO}@{first}", f"{REPO}@{first}").equal
    with pytest.raises(UserError, match=r"status 404|no such"):
        difference(f"{REPO}@nosuch", REPO)
