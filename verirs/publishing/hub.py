"""The Hugging Face hub: a release goes up as one commit, and comes down again to be compared.

Through ``huggingface_hub`` alone, with the login that it knows. A commit is made on the state that was looked
at, so two who publish at once do not write over each other.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verirs.errors import EngineError, UserError, need
from verirs.publishing.release import RELEASE, Release
from verirs.system.http import shown

_OWN = {".gitattributes"}
"""Files that the hub puts into a new repository."""


def push(
    release: Release, repo: str, *, public: bool = False, replace: bool = False, message: str = ""
) -> str:
    """Publish a release as a data set of the hub; returns the commit's address.

    A new repository is private unless ``public``; one that is there keeps its visibility. Files of the
    release before that this one lacks are removed, all others stay.

    Args:
        repo: ``ORG/NAME``.
        replace: also into a repository that holds data which no release of ours is.
        message: of the commit.

    Raises:
        UserError: no such name, no login, no right to write, another's data in the repository, or files that
            the repository ignores.
        EngineError: the hub cannot be reached, or fails.
        MissingExtra: ``huggingface_hub`` is not installed.
    """
    need("huggingface_hub", "hub", "verirs push")
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    refuse_name(repo)
    api = _api()
    with _words(repo):
        info = _info(api, repo, public)
        there = {sibling.rfilename for sibling in info.siblings or []}
        before = _before(api, repo, info.sha) if RELEASE in there else set()
        strange = sorted(there - before - _OWN - {"README.md", RELEASE})
        if RELEASE not in there and there - _OWN and not replace:
            found = ", ".join(sorted(there - _OWN)[:5])
            raise UserError(
                f"{repo} holds files that no `verirs push` put there ({found}): choose another name, or "
                "write beside and over them with --replace"
            )
        new = {*release.files, *release.texts}
        operations: list[Any] = [
            CommitOperationAdd(name, str(path)) for name, path in sorted(release.files.items())
        ]
        operations += [
            CommitOperationAdd(name, text.encode()) for name, text in sorted(release.texts.items())
        ]
        operations += [CommitOperationDelete(name) for name in sorted((before & there) - new - set(strange))]
        added = [operation for operation in operations if isinstance(operation, CommitOperationAdd)]
        api.preupload_lfs_files(repo, added, repo_type="dataset")
        ignored = [one.path_in_repo for one in added if getattr(one, "_should_ignore", False)]
        if ignored:
            raise UserError(
                f"a .gitignore of {repo} leaves out {', '.join(ignored[:5])}, and a release without it would "
                "be none. Take that out of the file there, and run the same command again"
            )
        made = api.create_commit(
            repo,
            operations,
            commit_message=message or f"Release by verirs {release.record.verirs}",
            repo_type="dataset",
            parent_commit=info.sha,
        )
    return str(made.commit_url)


def fetch(address: str, folder: Path) -> None:
    """Bring the rows of a release into a folder.

    Args:
        address: ``ORG/NAME`` or ``ORG/NAME@REVISION``.

    Raises:
        UserError: there is none, or it is no release of verirs.
        EngineError: the hub cannot be reached.
    """
    need("huggingface_hub", "hub", "a data set of the hub")
    repo, _, revision = address.partition("@")
    refuse_name(repo)
    api = _api()
    with _words(repo):
        info = api.repo_info(repo, repo_type="dataset", revision=revision or None)
        for sibling in info.siblings or []:
            name = sibling.rfilename
            if name == RELEASE or ("/" not in name and name.endswith((".parquet", ".jsonl"))):
                api.hf_hub_download(repo, name, repo_type="dataset", revision=info.sha, local_dir=str(folder))


def refuse_name(repo: str) -> None:
    """
    Raises:
        UserError: it is no name of a data set.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise UserError(f"{repo!r} is no name of a data set, as ORG/NAME: {shown(str(error))}") from None
    if "/" not in repo:
        raise UserError(f"{repo!r}: say whose it is, as ORG/{repo}")


def _api() -> Any:
    from huggingface_hub import HfApi

    return HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="verirs")


def _info(api: Any, repo: str, public: bool) -> Any:
    """The repository as it is; made if it is not there. (A token may be one that writes and makes none.)"""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        return api.repo_info(repo, repo_type="dataset")
    except GatedRepoError:
        raise
    except RepositoryNotFoundError:
        api.create_repo(repo, repo_type="dataset", private=not public, exist_ok=True)
        return api.repo_info(repo, repo_type="dataset")


def _before(api: Any, repo: str, revision: str) -> set[str]:
    """The files of the release that is there."""
    import tempfile

    from verirs.publishing.release import ReleaseRecord

    with tempfile.TemporaryDirectory() as folder:
        file = api.hf_hub_download(repo, RELEASE, repo_type="dataset", revision=revision, local_dir=folder)
        found = ReleaseRecord.load(Path(file)).files
    return {*found, "summary.json", "config.toml"}


@contextlib.contextmanager
def _words(repo: str) -> Iterator[None]:
    """What the hub refuses, in words and with what to do."""
    try:
        yield
    except (UserError, EngineError):
        raise
    except Exception as error:
        # the client wraps what a file's upload met; and which HTTP library it uses is its own affair
        cause: BaseException | None = error
        while cause is not None:
            if (told := _told(repo, cause)) is not None:
                raise told from None
            cause = cause.__cause__
        raise


def _told(repo: str, error: BaseException) -> UserError | EngineError | None:
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalTokenNotFoundError,
        RepositoryNotFoundError,
    )

    login = "hf auth login, or set HF_TOKEN to a token that may write"
    if isinstance(error, LocalTokenNotFoundError):
        return UserError(f"nobody is logged in: {login}")
    if isinstance(error, GatedRepoError):
        return UserError(
            f"{repo} is gated: ask for access on its page, with the account of this login (hf auth whoami)"
        )
    if isinstance(error, RepositoryNotFoundError):
        return UserError(f"the hub has no data set {repo} that this login may see")
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code if error.response is not None else 0
        said = shown(str(error.server_message or error))
        if status in {401, 403}:
            return UserError(f"the hub refuses {repo} to this login (status {status}: {said}): {login} there")
        if status in {409, 412}:
            return UserError(f"{repo} changed meanwhile ({said}); run the same command again")
        if 400 <= status < 500 and status != 429:
            return UserError(f"the hub refuses it (status {status}: {said})")
        return EngineError(f"the hub fails (status {status}: {said}); run the same command later")
    if isinstance(error, ValueError):  # the card's front matter, as the hub reads it
        return UserError(f"the hub refuses it: {shown(str(error))}")
    if isinstance(error, OSError) or type(error).__module__.startswith("httpx"):
        why = shown(str(error)) or type(error).__name__
        return EngineError(f"the hub cannot be reached ({why}); run the same command later")
    return None
